"""Drafts and templates: saved by the page that writes them, never over another's work in silence, sent once.

A draft is its person's; colleagues who reach every series see all of them (`Desk`).
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Select, delete, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from ebelge.core.errors import Conflict, DomainError, NotFound
from ebelge.documents.drafting.models import CONTENT_BYTES_MAX, Draft
from tenants.audit.deeds import deed

DRAFTS_MAX: Final = 2000
NAME_MAX: Final = 100
KEPT: Final = timedelta(days=180)
ENDED_KEPT: Final = timedelta(days=30)


class DraftChanged(Conflict):
    """Another page has saved this draft since, or somebody deleted it; nothing of it was overwritten."""

    code = "draft_changed"
    title_tr, title_en = "Taslak başka bir pencerede değişti", "The draft was changed in another window"
    advice_tr = "Öteki kayıt duruyor, buradaki yazdıklarınız kaydedilmedi. Hangisinin kalacağını seçin."
    advice_en = "What was saved there is kept, what you wrote here is not saved. Choose which is to stay."


class DraftSent(Conflict):
    """The draft was sent; `document_id` is what it has become."""

    code = "draft_sent"
    title_tr, title_en = "Bu taslak gönderildi", "This draft was sent"
    advice_tr = "Belge duruyor; aynı belge yeniden gönderilmez. Yenisi için belgeyi kopyalayın."
    advice_en = "The document is there and is not sent again. For another one copy the document."


class DraftTooLarge(DomainError):
    """More than a draft may hold."""

    code, http_status = "draft_too_large", 413
    title_tr, title_en = "Taslak çok büyük", "The draft is too large"
    advice_tr = "Son kaydedilen hâli duruyor. Belgeyi bölün ya da toplu yükleyin."
    advice_en = "What was saved last is kept. Split the document, or use the bulk upload."


class TooManyDrafts(Conflict):
    """The person has as many drafts as he can have."""

    code = "too_many_drafts"
    title_tr, title_en = "Taslak sayısı sınırına ulaşıldı", "There can be no more drafts"
    advice_tr = "Bu taslak kaydedilmedi. Eskilerini silin ya da gönderin."
    advice_en = "This one was not saved. Delete or send older ones."


@dataclass(frozen=True, slots=True)
class Desk:
    """Whose drafts are reached: those of `person_id`, and all of the tenant if `whole`."""

    tenant_id: UUID
    person_id: UUID
    whole: bool = False


@dataclass(frozen=True, slots=True)
class Summary:
    """What lists show of a draft without reading it."""

    kind: str = ""
    buyer: str = ""
    currency: str = ""
    payable_kurus: int | None = None


NOTHING: Final = Summary()


def save(
    session: Session, *, desk: Desk, draft_id: UUID, tab: UUID, revision: int, content: dict[str, Any],
    summary: Summary, at: datetime, corrects_id: UUID | None = None, over: bool = False,
) -> int:  # fmt: skip
    """Keep what the page `tab` shows, which began from `revision` (0: a new draft); returns the new revision.

    `over`: the person was told of the other page and wants this one to stay.
    :raises DraftChanged: another page saved since, or it was deleted. :raises DraftSent: 409, with `document_id`.
    :raises DraftTooLarge, TooManyDrafts: 413, 409.
    """
    if len(json.dumps(content, ensure_ascii=False).encode()) > CONTENT_BYTES_MAX:
        raise DraftTooLarge()
    values = {
        "content": content, "tab": tab, "kind": summary.kind, "buyer": summary.buyer, "currency": summary.currency,
        "payable_kurus": summary.payable_kurus, "corrects_id": corrects_id, "saved_at": at,
    }  # fmt: skip
    row = _locked(session, desk, draft_id)
    if row is None:
        if _count(session, desk) >= DRAFTS_MAX:
            raise TooManyDrafts(f"En çok {DRAFTS_MAX} taslak.", f"At most {DRAFTS_MAX} drafts.")
        made = session.execute(
            insert(Draft)
            .values(
                tenant_id=desk.tenant_id, draft_id=draft_id, person_id=desk.person_id, revision=1, created_at=at,
                **values,
            )
            .on_conflict_do_nothing()
            .returning(Draft.revision)
        ).scalar()  # fmt: skip
        if made is not None:
            return made
        row = _locked(session, desk, draft_id)  # another request was faster
    if row is None:
        raise NotFound("Taslak bulunamadı.", "There is no such draft.")
    _must_not_be_sent(row)
    if not over and (row.deleted_at is not None or (row.tab != tab and row.revision != revision)):
        raise DraftChanged(revision=row.revision)
    for name, value in values.items():
        setattr(row, name, value)
    row.deleted_at = None
    row.revision += 1
    session.flush()
    return row.revision


def get(session: Session, *, desk: Desk, draft_id: UUID) -> Draft:
    """A draft that is there. :raises NotFound: none, not his, deleted. :raises DraftSent: it was sent."""
    row = session.scalars(_reached(desk).where(Draft.draft_id == draft_id)).first()
    if row is None or row.deleted_at is not None:
        raise NotFound("Taslak bulunamadı.", "There is no such draft.")
    _must_not_be_sent(row)
    return row


def listed(
    session: Session, *, desk: Desk, own: bool = False, before: datetime | None = None, limit: int = 50
) -> Sequence[Draft]:
    """Drafts that are neither sent nor deleted nor templates, the last saved first; `own`: only the person's."""
    found = _reached(Desk(desk.tenant_id, desk.person_id, desk.whole and not own)).where(
        Draft.document_id.is_(None), Draft.deleted_at.is_(None)
    )
    if before is not None:
        found = found.where(Draft.saved_at < before)
    return session.scalars(found.order_by(Draft.saved_at.desc(), Draft.draft_id.desc()).limit(limit)).all()


def of_ids(session: Session, *, desk: Desk, draft_ids: Sequence[UUID]) -> Sequence[Draft]:
    """Those of these drafts that can be sent, in the order they were begun."""
    wanted = _reached(desk).where(
        Draft.draft_id.in_(draft_ids), Draft.document_id.is_(None), Draft.deleted_at.is_(None)
    )
    return session.scalars(wanted.order_by(Draft.created_at, Draft.draft_id)).all()


def delete_one(session: Session, *, desk: Desk, draft_id: UUID, by: str, at: datetime) -> None:
    """Delete a draft; for 30 days it can be had back. :raises NotFound, DraftSent: see `get`."""
    row = get(session, desk=desk, draft_id=draft_id)
    row.deleted_at = at
    row.saved_at = at
    _note(session, row, "draft.deleted", by, at)


def restore(session: Session, *, desk: Desk, draft_id: UUID, by: str, at: datetime) -> None:
    """Have a deleted draft back. :raises NotFound: there is none."""
    row = session.scalars(_reached(desk).where(Draft.draft_id == draft_id, Draft.deleted_at.is_not(None))).first()
    if row is None:
        raise NotFound("Silinmiş taslak bulunamadı.", "There is no such deleted draft.")
    row.deleted_at = None
    row.saved_at = at
    _note(session, row, "draft.restored", by, at)


def hold(session: Session, *, desk: Desk, draft_id: UUID, tab: UUID, revision: int, at: datetime) -> UUID | None:
    """Lock the draft for sending what the page shows; the document it has become already, if it was sent.

    A draft that was never saved is entered, so that its id is known to a second request. `sent` ends what this begins,
    in the same transaction: a refusal in between leaves the draft as it was. Before the locks of a document.
    :raises DraftChanged: another page has saved since.
    """
    session.execute(
        insert(Draft)
        .values(
            tenant_id=desk.tenant_id, draft_id=draft_id, person_id=desk.person_id, revision=1, tab=tab, content={},
            created_at=at, saved_at=at,
        )
        .on_conflict_do_nothing()
    )  # fmt: skip
    row = _locked(session, desk, draft_id)
    if row is None:
        raise NotFound("Taslak bulunamadı.", "There is no such draft.")
    if row.document_id is None and row.tab != tab and row.revision != revision:
        raise DraftChanged(revision=row.revision)
    return row.document_id


def sent(session: Session, *, desk: Desk, draft_id: UUID, document_id: UUID, at: datetime) -> None:
    """The draft that `hold` locked has become a document: it is emptied, and says so for 30 days."""
    row = _locked(session, desk, draft_id)
    if row is None:
        raise NotFound("Taslak bulunamadı.", "There is no such draft.")
    row.document_id, row.content, row.deleted_at, row.saved_at = document_id, {}, None, at
    session.flush()


def document_of(session: Session, *, desk: Desk, draft_id: UUID) -> UUID | None:
    """The document that a draft has become; None: it was not sent, or there is none."""
    return session.scalar(
        select(Draft.document_id).where(Draft.tenant_id == desk.tenant_id, Draft.draft_id == draft_id)
    )


def clear_old(session: Session, *, tenant_id: UUID, at: datetime) -> int:
    """Delete drafts that nobody touched for 180 days, and sent or deleted ones after 30; templates stay."""
    ended = (Draft.document_id.is_not(None) | Draft.deleted_at.is_not(None)) & (Draft.saved_at < at - ENDED_KEPT)
    idle = (Draft.name == "") & (Draft.saved_at < at - KEPT)
    gone = session.scalars(
        delete(Draft).where(Draft.tenant_id == tenant_id, ended | idle).returning(Draft.draft_id)
    ).all()
    return len(gone)


def _reached(desk: Desk) -> Select[Draft]:
    found = select(Draft).where(Draft.tenant_id == desk.tenant_id, Draft.name == "")
    return found if desk.whole else found.where(Draft.person_id == desk.person_id)


def _locked(session: Session, desk: Desk, draft_id: UUID) -> Draft | None:
    found = _reached(desk).where(Draft.draft_id == draft_id).with_for_update()
    return session.scalars(found.execution_options(populate_existing=True)).first()


def _count(session: Session, desk: Desk) -> int:
    mine = (Draft.tenant_id == desk.tenant_id, Draft.person_id == desk.person_id)
    return session.scalar(select(func.count()).where(*mine)) or 0


def _must_not_be_sent(row: Draft) -> None:
    if row.document_id is not None:
        raise DraftSent(document_id=str(row.document_id))


def _note(session: Session, row: Draft, action: str, by: str, at: datetime) -> None:
    deed(
        session, tenant_id=row.tenant_id, action=action, object_kind="draft", object_id=row.draft_id,
        after={"kind": row.kind, "name": row.name}, by=by, at=at,
    )  # fmt: skip
