"""What the address book and the list of products do alike: one page after another, storing, taking out, the log."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Generic, TypeVar
from uuid import UUID

from sqlalchemy import Select, and_, delete, func, or_, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import InstrumentedAttribute, Session

from ebelge.core.errors import Conflict
from ebelge.documents.drafting.models import Contact, Product
from tenants.audit.deeds import deed

ENTRIES_MAX: Final = 50_000
Row = TypeVar("Row", Contact, Product)
After = tuple[str, UUID]


@dataclass(frozen=True, slots=True)
class Book(Generic[Row]):
    """A book of a tenant: its rows stand in the order of a folded name. `noted`: what the audit log says of one.

    `added`, `changed`, `deleted`: the deeds as the audit log names them.
    """

    noun: str
    model: type[Row]
    key: InstrumentedAttribute[UUID]
    name: InstrumentedAttribute[str]
    exists: type[Conflict]
    noted: Callable[[Row], dict[str, object]]
    added: str
    changed: str
    deleted: str

    def begun(self, found: Select[Any], after: After | None) -> Select[Any]:
        """The statement in the book's order, begun after an entry."""
        if after is not None:
            name, key = after
            found = found.where(or_(self.name > name, and_(self.name == name, self.key > key)))
        return found.order_by(self.name, self.key)

    def is_full(self, session: Session, *, tenant_id: UUID) -> bool:
        """Whether there are as many entries as there can be."""
        held = session.scalar(select(func.count()).where(self.model.tenant_id == tenant_id)) or 0
        return held >= ENTRIES_MAX

    def store(self, session: Session, row: Row) -> None:
        """Write an entry. :raises Conflict: it is there already, as `exists`."""
        try:
            with session.begin_nested():
                session.add(row)
                session.flush()
        except IntegrityError as error:
            raise self.exists() from error

    def alter(self, session: Session, row: Row, clean: dict[str, Any], *, by: str, at: datetime) -> None:
        """Write the columns of an entry anew, with its line in the audit log. :raises Conflict: see `store`."""
        before = self.noted(row)
        for name, value in clean.items():
            setattr(row, name, value)
        row.changed_at = at
        self.store(session, row)
        self.note(session, row, self.changed, before, by=by, at=at)

    def take_out(self, session: Session, row: Row, *, by: str, at: datetime) -> None:
        """Delete an entry, with its line in the audit log."""
        tenant_id, key, before = row.tenant_id, self._key(row), self.noted(row)
        session.execute(delete(self.model).where(self.model.tenant_id == tenant_id, self.key == key))
        deed(
            session, tenant_id=tenant_id, action=self.deleted, object_kind=self.noun, object_id=key,
            before=before, by=by, at=at,
        )  # fmt: skip

    def note(
        self, session: Session, row: Row, action: str, before: dict[str, object], *, by: str, at: datetime
    ) -> None:  # fmt: skip
        """A line of the audit log: what was done to an entry, and what it says now."""
        deed(
            session, tenant_id=row.tenant_id, action=action, object_kind=self.noun,
            object_id=self._key(row), before=before, after=self.noted(row), by=by, at=at,
        )  # fmt: skip

    def _key(self, row: Row) -> UUID:
        key: UUID = getattr(row, self.key.key)
        return key
