"""In which class of the month a document counts: what stands, returns, and apart what was cancelled or refused."""

from typing import Any, Final

from sqlalchemy import ColumnElement, case, or_, select

from ebelge.documents.answers.models import MistakeRecord
from ebelge.documents.incoming.models import IncomingDocument
from ebelge.documents.models import Document
from ebelge.documents.reports.models import ReportRemark

# In the order in which the month shows them. What is wrong in several ways counts in the last of these that fits.
CLASSES: Final[dict[str, tuple[str, str]]] = {
    "normal": ("Satış ve alış", "Sales and purchases"),
    "return": ("İade", "Returns"),
    "objected": ("İtiraz edilen", "Objected to"),
    "rejected": ("Reddedilen ya da geri çevrilen", "Rejected or sent back"),
    "cancelled": ("İptal edilen", "Cancelled"),
}
# What stands in the books of the month; the other classes are told apart.
STANDING: Final = ("normal", "return")
RETURNS: Final = ("IADE", "TEVKIFATIADE", "YTBIADE", "YTBTEVKIFATIADE")
# States of documents that were never issued.
NOT_ISSUED: Final = ("withdrawn", "failed", "refused", "given_up")
_SENT_BACK: Final = ("rejected", "returned")


def outgoing() -> ColumnElement[str]:
    """The class of an outgoing document."""
    remarked = select(1).where(
        ReportRemark.tenant_id == Document.tenant_id,
        ReportRemark.document_id == Document.document_id,
        ReportRemark.kind == "objection",
    )
    return case(
        (or_(Document.state == "cancelled", _recorded(Document, "portal_cancel_approved")), "cancelled"),
        (Document.buyer_answer.in_(_SENT_BACK), "rejected"),
        (or_(remarked.exists(), _recorded(Document, "objection")), "objected"),
        (Document.type_code.in_(RETURNS), "return"),
        else_="normal",
    )


def incoming() -> ColumnElement[str]:
    """The class of a document that came in."""
    return case(
        (_recorded(IncomingDocument, "portal_cancel_approved"), "cancelled"),
        (IncomingDocument.answer.in_(_SENT_BACK), "rejected"),
        (_recorded(IncomingDocument, "objection"), "objected"),
        (IncomingDocument.type_code.in_(RETURNS), "return"),
        else_="normal",
    )


def _recorded(of: Any, way: str) -> ColumnElement[bool]:
    """Whether somebody recorded that this happened outside."""
    side = "outgoing" if of is Document else "incoming"
    return (
        select(1)
        .where(
            MistakeRecord.tenant_id == of.tenant_id,
            MistakeRecord.document_id == of.document_id,
            MistakeRecord.side == side,
            MistakeRecord.way == way,
        )
        .exists()
    )
