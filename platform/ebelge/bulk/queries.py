"""Reading uploads: one, the newest, how far each has come, and what it holds."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from ebelge.bulk.models import BulkItem, BulkUpload
from ebelge.core.errors import NotFound


@dataclass(frozen=True, slots=True)
class Progress:
    """How many documents stand where, and what the good ones cost together."""

    waiting: int = 0
    good: int = 0
    bad: int = 0
    sent: int = 0
    failed: int = 0
    kontor: int = 0

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


def progress(session: Session, *, tenant_id: UUID, upload_id: UUID) -> Progress:
    """How far an upload has come."""
    found: dict[str, int] = {}
    kontor = 0
    for state, count, cost in session.execute(
        select(BulkItem.state, func.count(), func.sum(BulkItem.kontor))
        .where(BulkItem.tenant_id == tenant_id, BulkItem.upload_id == upload_id)
        .group_by(BulkItem.state)
    ):
        found[state] = count
        kontor += int(cost or 0) if state == "good" else 0
    return Progress(**found, kontor=kontor)


def items(
    session: Session, *, tenant_id: UUID, upload_id: UUID, state: str | None = None, after: int = 0, limit: int = 100
) -> Sequence[BulkItem]:
    """Documents of an upload in the file's order, without their content read."""
    asked = select(BulkItem).where(
        BulkItem.tenant_id == tenant_id, BulkItem.upload_id == upload_id, BulkItem.item > after
    )
    if state is not None:
        asked = asked.where(BulkItem.state == state)
    return session.scalars(asked.order_by(BulkItem.item).limit(limit)).all()
