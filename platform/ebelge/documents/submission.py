"""What a client sends, read: bounded and parsed, nothing decided yet and no database needed."""

import re
from dataclasses import dataclass
from typing import Any

from ebelge.core.errors import InvalidRequest
from ebelge.documents.registered.taxpayer import DOCUMENT_TYPE, MailboxKey
from ebelge.ubl.draft import DespatchDraft, Draft, InvoiceDraft, ProducerReceiptDraft, read_draft
from ebelge.ubl.esmm_draft import ProfessionalReceiptDraft
from ebelge.ubl.parse import ParsedDocument, parse
from ebelge.ubl.types import DocumentKind

EMAIL = re.compile(r"[^@\s\x00-\x1f<>,;\"]{1,64}@[^@\s\x00-\x1f<>,;\"]+\.[^@\s\x00-\x1f<>,;\".]+")
_KINDS_OF_ROOT = {
    "Invoice": (DocumentKind.EFATURA, DocumentKind.EARSIV),
    "DespatchAdvice": (DocumentKind.EIRSALIYE,),
    "CreditNote": (DocumentKind.EMM,),
}


@dataclass(frozen=True, slots=True)
class Submission:
    """One document as a client sends it: UBL-TR XML or a draft, with its wishes.

    `kind` "auto" lets GİB's list decide between e-Fatura and e-Arşiv. `series` names three letters; without them
    the default series of the kind numbers the document, unless it carries a number of an erp series.
    """

    xml: bytes | None = None
    draft: dict[str, Any] | None = None
    kind: str = "auto"
    series: str | None = None
    receiver_alias: str | None = None
    buyer_email: str | None = None


@dataclass(frozen=True, slots=True)
class Read:
    """A submission that could be read: exactly one of `parsed` and `draft` is set."""

    submission: Submission
    parsed: ParsedDocument | None
    draft: Draft | None
    kinds: tuple[DocumentKind, ...]
    wish: str
    buyer_vkn_tckn: str

    @property
    def mailbox_key(self) -> MailboxKey | None:
        """Whose mailbox must be looked up before this can be checked; None where GİB's list plays no part."""
        document_type = DOCUMENT_TYPE.get(self.kinds[0])
        return MailboxKey(self.buyer_vkn_tckn, document_type) if document_type else None


def read(submission: Submission) -> Read:
    """Read the XML or the draft.

    :raises UnreadableDocument, InvalidDraft: with findings. :raises InvalidRequest: both or neither was sent, a
        kind that does not exist, or an e-mail address that is none.
    """
    if (submission.xml is None) == (submission.draft is None):
        raise InvalidRequest("XML ya da taslaktan yalnız biri gönderilir.", "Send either XML or a draft.")
    if submission.kind != "auto" and submission.kind not in list(DocumentKind):
        raise InvalidRequest("Belge türü tanınmıyor.", "Unknown kind of document.")
    email = submission.buyer_email
    if email is not None and not (len(email) <= 254 and EMAIL.fullmatch(email)):
        raise InvalidRequest("E-posta adresi geçersiz.", "The e-mail address is invalid.")
    if submission.xml is not None:
        parsed = parse(submission.xml)
        kinds = _KINDS_OF_ROOT[parsed.root]
        return Read(submission, parsed, None, kinds, submission.kind, parsed.customer.vkn_tckn)
    return _read_draft(submission, dict(submission.draft or {}))


def _read_draft(submission: Submission, body: dict[str, Any]) -> Read:
    if submission.kind != "auto":
        body.setdefault("kind", submission.kind)
    draft = read_draft(body)
    kinds = _kinds_of(draft)
    # A kind on the way beside the draft and one inside must agree; "auto" agrees with all.
    wish = draft.kind if submission.kind == "auto" else submission.kind
    if draft.kind not in ("auto", wish):
        raise InvalidRequest(
            f"Belge türü iki yerde farklı: {submission.kind} ve {draft.kind}.",
            f"The kind is given twice and differs: {submission.kind} and {draft.kind}.",
        )
    buyer = draft.farmer if isinstance(draft, ProducerReceiptDraft) else draft.buyer
    return Read(submission, None, draft, kinds, wish, buyer.vkn or buyer.tckn or "")


def _kinds_of(draft: Draft) -> tuple[DocumentKind, ...]:
    if isinstance(draft, InvoiceDraft):
        return (DocumentKind.EFATURA, DocumentKind.EARSIV)
    if isinstance(draft, ProfessionalReceiptDraft):
        return (DocumentKind.ESMM,)
    return (DocumentKind.EIRSALIYE,) if isinstance(draft, DespatchDraft) else (DocumentKind.EMM,)
