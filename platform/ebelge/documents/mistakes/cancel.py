"""Cancelling (iptal) and objecting to (itiraz) e-Arşiv invoices and receipts: free of charge, the kontör is kept.

A signed number is never given to another document (ADR 0112): what is cancelled before its report is reported
together with its cancellation, what was reported is cancelled in the next report.
"""

from datetime import date, datetime
from typing import Final
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from ebelge.core.clock import istanbul_date
from ebelge.core.errors import Conflict, InvalidRequest
from ebelge.core.ids import new_id
from ebelge.documents import events, queries
from ebelge.documents.models import Document
from ebelge.documents.reports.models import ReportRemark
from ebelge.documents.states import State
from ebelge.gib.earsiv_report import CANCEL_LINES, OBJECTION_LINES, OBJECTION_WAYS, TEXT_MAX
from ebelge.outbox import messages
from tenants.audit.deeds import deed
from tenants.members.reach import WHOLE, Reach

WAY_NAMES: Final = {
    "KEP": ("KEP", "KEP (registered e-mail)"), "NOTER": ("noter", "notary"), "TELGRAF": ("telgraf", "telegram"),
    "TAAHHUTLU_MEKTUP": ("taahhütlü mektup", "registered letter"),
}  # fmt: skip
PAPER_NUMBER_MAX = 50


class NotCancellable(Conflict):
    """The document is of a kind, or in a state, that cannot be cancelled by its issuer."""

    code = "not_cancellable"
    title_tr, title_en = "Belge iptal edilemez", "The document cannot be cancelled"


class NoObjection(Conflict):
    """The report knows no objection to a document of this kind or state, or there is one already."""

    code = "no_objection"
    title_tr, title_en = "Belgeye itiraz bildirilemez", "No objection can be reported"


def cancel(
    session: Session, *, tenant_id: UUID, document_id: UUID, at: datetime, reason: str = "", reach: Reach = WHOLE
) -> Document:
    """Cancel a signed e-Arşiv invoice, e-Müstahsil Makbuzu or e-SMM; GİB hears of it with the day's report.

    A mail that still waits is called off. Free; the kontör is kept (TRADE.md 4).
    :raises NotFound: no such document. :raises NotCancellable: another kind, not signed yet, or ended otherwise.
    """
    messages.call_off(session, tenant_id=tenant_id, topic="document.mail", key=document_id, at=at)
    document = queries.lock(session, tenant_id=tenant_id, document_id=document_id, reach=reach)
    if document.kind not in CANCEL_LINES:
        raise NotCancellable(
            "Yalnız e-Arşiv Fatura, e-Müstahsil Makbuzu ve e-SMM iptal edilir; e-Fatura'da alıcının reddi, GİB "
            "portalından iptal ya da iade faturası yoluna gidilir.",
            "Only e-Arşiv invoices, e-Müstahsil and e-SMM receipts are cancelled here; an e-Fatura is rejected by its "
            "buyer, cancelled on GİB's portal, or answered by a return invoice.",
            state=document.state,
        )
    if document.state not in (State.SIGNED, State.DELIVERED, State.UNDELIVERED):
        raise NotCancellable(
            "Belge imzalanmamış (geri çekin) ya da zaten sonuçlanmış.",
            "The document is not signed yet (withdraw it), or has ended already.",
            state=document.state,
        )
    reason = " ".join(reason.split())[:TEXT_MAX]
    events.move(
        session,
        document=document,
        to=State.CANCELLED,
        text_tr=f"İptal edildi; {document.number} başka belgede kullanılmaz, kontör iade edilmez. GİB'e günün "
        f"raporuyla bildirilecek.{f' Neden: {reason}' if reason else ''}",
        text_en=f"Cancelled; {document.number} goes to no other document, the kontör is kept. GİB hears of it with "
        f"the day's report.{f' Reason: {reason}' if reason else ''}",
        at=at,
    )
    session.add(
        ReportRemark(
            tenant_id=tenant_id,
            remark_id=new_id(),
            document_id=document_id,
            kind="cancel",
            day=istanbul_date(at),
            text=reason,
            state="pending",
            created_at=at,
        )
    )
    deed(
        session, tenant_id=tenant_id, action="document.cancelled", object_kind="document", object_id=document_id,
        after={"number": document.number, "state": State.CANCELLED}, at=at,
    )  # fmt: skip
    session.flush()
    return document


def object_to(
    session: Session,
    *,
    tenant_id: UUID,
    document_id: UUID,
    way: str,
    paper_number: str,
    paper_date: date,
    text: str,
    at: datetime,
    reach: Reach = WHOLE,
) -> Document:
    """Enter an objection that was made outside (TTK 18/3), so that the next report tells GİB of it. Free.

    :raises NotFound. :raises NoObjection: the report knows none for the kind, the document is not issued, or it has
        one. :raises InvalidRequest: way, number or date cannot be.
    """
    if way not in OBJECTION_WAYS:
        raise InvalidRequest(f"Yöntem şunlardan biri olmalı: {', '.join(OBJECTION_WAYS)}.", "Unknown way of objecting.")
    paper_number, text = " ".join(paper_number.split()), " ".join(text.split())
    if not 0 < len(paper_number) <= PAPER_NUMBER_MAX or len(text) > TEXT_MAX:
        raise InvalidRequest("İtiraz belgesinin numarası ya da açıklaması geçersiz.", "Number or text is not valid.")
    document = queries.lock(session, tenant_id=tenant_id, document_id=document_id, reach=reach)
    if paper_date > istanbul_date(at) or paper_date < document.issue_date:
        raise InvalidRequest(
            "İtiraz tarihi belge tarihi ile bugün arasında olmalı.",
            "The objection's date must be between the document's and today.",
        )
    known = session.scalar(
        select(ReportRemark.remark_id).where(
            ReportRemark.tenant_id == tenant_id,
            ReportRemark.document_id == document_id,
            ReportRemark.kind == "objection",
        )
    )
    issued = (State.SIGNED, State.DELIVERED, State.UNDELIVERED, State.CANCELLED)
    if document.kind not in OBJECTION_LINES or document.state not in issued or known is not None:
        raise NoObjection(
            "İtiraz e-Arşiv Fatura ve e-SMM için, imzalandıktan sonra ve bir kez bildirilir.",
            "An objection is reported of an e-Arşiv invoice or e-SMM, once, after it was signed.",
            state=document.state,
        )
    session.add(
        ReportRemark(
            tenant_id=tenant_id,
            remark_id=new_id(),
            document_id=document_id,
            kind="objection",
            day=istanbul_date(at),
            way=way,
            paper_number=paper_number,
            paper_date=paper_date,
            text=text,
            state="pending",
            created_at=at,
        )
    )
    tr, en = WAY_NAMES[way]
    events.record(
        session, document=document, kind="objection",
        text_tr=f"İtiraz kaydedildi: {tr}, {paper_number}, {paper_date:%d.%m.%Y}. GİB'e günün raporuyla bildirilecek.",
        text_en=f"Objection entered: {en}, {paper_number}, {paper_date.isoformat()}. The day's report tells GİB.",
        data={"way": way, "paper_number": paper_number, "paper_date": paper_date.isoformat()}, at=at,
    )  # fmt: skip
    deed(
        session, tenant_id=tenant_id, action="document.objected", object_kind="document", object_id=document_id,
        after={"number": document.number, "way": way, "paper": paper_number}, at=at,
    )  # fmt: skip
    session.flush()
    return document
