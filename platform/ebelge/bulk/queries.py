"""Reading uploads: one, the newest, how far each has come, and what it holds."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from sqlalchemy import and_, func, select
from sqlalchemy.orm import Session

from ebelge.bulk.models import BulkItem, BulkUpload
from ebelge.core.errors import NotFound

# What is wrong with a document that breaks no rule are warnings: it is sent all the same.
_IS_WARNED: Final = and_(BulkItem.state.in_(("good", "sent")), func.jsonb_array_length(BulkItem.findings) > 0)


@dataclass(frozen=True, slots=True)
class Progress:
    """How many documents stand where, and what the good ones cost together; `warned`: of those that are good or sent
    already, those with warnings."""

    waiting: int = 0
    good: int = 0
    bad: int = 0
    sent: int = 0
    failed: int = 0
    kontor: int = 0
    warned: int = 0

    @property
    def total(self) -> int:
        """All documents of the upload."""
        return self.waiting + self.good + self.bad + self.sent + self.failed


def look(session: Session, *, tenant_id: UUID, upload_id: UUID) -> BulkUpload:
    """An upload of this tenant, for reading. :raises NotFound: there is none."""
    found = session.get(BulkUpload, (tenant_id, upload_id))
    if found is None:
        raise NotFound()
    return found


def get(session: Session, *, tenant_id: UUID, upload_id: UUID) -> BulkUpload:
    """An upload of this tenant, locked. :raises NotFound: there is none."""
    found = session.get(BulkUpload, (tenant_id, upload_id), with_for_update=True, populate_existing=True)
    if found is None:
        raise NotFound()
    return found


def uploads(session: Session, *, tenant_id: UUID, limit: int = 20, after: UUID | None = None) -> Sequence[BulkUpload]:
    """The tenant's uploads, newest first."""
    asked = select(BulkUpload).where(BulkUpload.tenant_id == tenant_id)
    if after is not None:
        asked = asked.where(BulkUpload.upload_id < after)
    return session.scalars(asked.order_by(BulkUpload.upload_id.desc()).limit(limit)).all()


def same_file(session: Session, upload: BulkUpload) -> BulkUpload | None:
    """An earlier upload of the same bytes of which something was sent: a second one would send it all again."""
    return session.scalars(
        select(BulkUpload)
        .where(
            BulkUpload.tenant_id == upload.tenant_id,
            BulkUpload.sha256 == upload.sha256,
            BulkUpload.upload_id < upload.upload_id,
            BulkUpload.started_at.is_not(None),
        )
        .order_by(BulkUpload.upload_id)
        .limit(1)
    ).first()


def counts(session: Session, *, tenant_id: UUID, upload_ids: Sequence[UUID]) -> dict[UUID, dict[str, int]]:
    """How many documents of each upload stand where: upload -> state -> documents."""
    found: dict[UUID, dict[str, int]] = {upload_id: {} for upload_id in upload_ids}
    for upload_id, state, count in session.execute(
        select(BulkItem.upload_id, BulkItem.state, func.count())
        .where(BulkItem.tenant_id == tenant_id, BulkItem.upload_id.in_(upload_ids))
        .group_by(BulkItem.upload_id, BulkItem.state)
    ):
        found[upload_id][state] = count
    return found


def progress(session: Session, *, tenant_id: UUID, upload_id: UUID) -> Progress:
    """How far an upload has come."""
    found: dict[str, int] = {}
    kontor = warned = 0
    for state, count, cost, with_warnings in session.execute(
        select(BulkItem.state, func.count(), func.sum(BulkItem.kontor), func.count().filter(_IS_WARNED))
        .where(BulkItem.tenant_id == tenant_id, BulkItem.upload_id == upload_id)
        .group_by(BulkItem.state)
    ):
        found[state] = count
        kontor += int(cost or 0) if state == "good" else 0
        warned += with_warnings
    return Progress(**found, kontor=kontor, warned=warned)


def items(
    session: Session, *, tenant_id: UUID, upload_id: UUID, state: str | None = None, warned: bool = False,
    after: int = 0, limit: int = 100,
) -> Sequence[BulkItem]:  # fmt: skip
    """Documents of an upload in the file's order, without their content read. `warned`: only those with warnings."""
    asked = select(BulkItem).where(
        BulkItem.tenant_id == tenant_id, BulkItem.upload_id == upload_id, BulkItem.item > after
    )
    if state is not None:
        asked = asked.where(BulkItem.state == state)
    if warned:
        asked = asked.where(_IS_WARNED)
    return session.scalars(asked.order_by(BulkItem.item).limit(limit)).all()
