"""Templates: drafts with a name, of the whole company, from which new documents begin."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from ebelge.core.errors import Conflict, NotFound
from ebelge.core.ids import new_id
from ebelge.documents.drafting.drafts import NAME_MAX, Desk, Summary
from ebelge.documents.drafting.models import Draft
from tenants.audit.deeds import deed
from tenants.fields import Checks

TEMPLATES_MAX: Final = 500
# What belongs to one document only.
_OWN: Final = ("ettn", "number", "issue_date", "issue_time")


class TooManyTemplates(Conflict):
    """The company has as many templates as it can have."""

    code = "too_many_templates"
    title_tr, title_en = "Şablon sayısı sınırına ulaşıldı", "There can be no more templates"
    advice_tr = "Bu şablon kaydedilmedi. Kullanmadıklarınızı silin."
    advice_en = "This one was not saved. Delete those you do not use."


def add(
    session: Session, *, desk: Desk, name: str, content: dict[str, Any], summary: Summary, by: str, at: datetime
) -> UUID:
    """Keep what is written as a template: without date and number of its own.

    :raises InvalidFields: the name. :raises TooManyTemplates: 409.
    """
    check = Checks()
    title = check.text("name", name, longest=NAME_MAX, needed=True) or ""
    check.done()
    kept = (Draft.tenant_id == desk.tenant_id, Draft.name != "", Draft.deleted_at.is_(None))
    if (session.scalar(select(func.count()).where(*kept)) or 0) >= TEMPLATES_MAX:
        raise TooManyTemplates(f"En çok {TEMPLATES_MAX} şablon.", f"At most {TEMPLATES_MAX} templates.")
    body = {key: value for key, value in dict(content.get("draft", {})).items() if key not in _OWN}
    row = Draft(
        tenant_id=desk.tenant_id, draft_id=new_id(), person_id=desk.person_id, name=title,
        content={**content, "draft": body}, revision=1, tab=new_id(), kind=summary.kind, buyer=summary.buyer,
        currency=summary.currency, payable_kurus=summary.payable_kurus, created_at=at, saved_at=at,
    )  # fmt: skip
    session.add(row)
    session.flush()
    _note(session, row, "template.saved", by, at)
    return row.draft_id


def listed(session: Session, *, tenant_id: UUID) -> Sequence[Draft]:
    """The company's templates, by name."""
    found = select(Draft).where(Draft.tenant_id == tenant_id, Draft.name != "", Draft.deleted_at.is_(None))
    return session.scalars(found.order_by(Draft.name, Draft.draft_id).limit(TEMPLATES_MAX)).all()


def get(session: Session, *, tenant_id: UUID, draft_id: UUID) -> Draft:
    """A template. :raises NotFound: there is none."""
    row = session.get(Draft, (tenant_id, draft_id))
    if row is None or not row.name or row.deleted_at is not None:
        raise NotFound("Şablon bulunamadı.", "There is no such template.")
    return row


def delete_one(session: Session, *, tenant_id: UUID, draft_id: UUID, by: str, at: datetime) -> None:
    """Delete a template; it can be had back for 30 days. :raises NotFound: there is none."""
    row = get(session, tenant_id=tenant_id, draft_id=draft_id)
    row.deleted_at = at
    row.saved_at = at
    _note(session, row, "draft.deleted", by, at)


def restore(session: Session, *, tenant_id: UUID, draft_id: UUID, by: str, at: datetime) -> None:
    """Have a deleted template back. :raises NotFound: there is none."""
    row = session.get(Draft, (tenant_id, draft_id))
    if row is None or not row.name or row.deleted_at is None:
        raise NotFound("Silinmiş şablon bulunamadı.", "There is no such deleted template.")
    row.deleted_at = None
    row.saved_at = at
    _note(session, row, "draft.restored", by, at)


def _note(session: Session, row: Draft, action: str, by: str, at: datetime) -> None:
    deed(
        session, tenant_id=row.tenant_id, action=action, object_kind="draft", object_id=row.draft_id,
        after={"kind": row.kind, "name": row.name}, by=by, at=at,
    )  # fmt: skip
