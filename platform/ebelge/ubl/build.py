"""Draft -> complete unsigned UBL-TR document: built, then prepared like a document that came as XML."""

from datetime import date, time
from uuid import UUID

from lxml import etree

from ebelge.ubl.despatch import despatch
from ebelge.ubl.draft import DespatchDraft, Draft, InvoiceDraft, ProducerReceiptDraft
from ebelge.ubl.errors import InvalidDraft
from ebelge.ubl.esmm import receipt
from ebelge.ubl.esmm_draft import ProfessionalReceiptDraft
from ebelge.ubl.esmm_ubl import receipt_invoice
from ebelge.ubl.invoice import invoice
from ebelge.ubl.prepare import complete, serialise
from ebelge.ubl.producer import producer_receipt
from ebelge.ubl.refusals import discount_too_large, kind_and_draft_differ
from ebelge.ubl.sums import DiscountTooLarge
from ebelge.ubl.type_rules import type_findings
from ebelge.ubl.types import DocumentKind, Party, Signatory


def build(
    draft: Draft,
    *,
    supplier: Party,
    kind: DocumentKind,
    number: str,
    ettn: UUID,
    issue_date: date,
    issue_time: time,
    signatory: Signatory,
    stylesheet: bytes | None = None,
    esmm_form: str = "earsivveri",
) -> bytes:
    """UBL-TR 1.2.1 of a draft: stylesheet embedded, placeholder extension empty, cac:Signature names `signatory`.

    `stylesheet`: what is embedded instead of ours.

    The draft's own `number`, `ettn`, `issue_date` and `issue_time` are wishes: the caller decides and passes them.
    `esmm_form`: an e-SMM is GİB's own XML (`earsivveri`, without stylesheet and cac:Signature) or an invoice (`ubl`).
    :raises InvalidDraft: the draft is of another kind, its type wants other fields, or a discount is larger than what
        it stands on.
    """
    if isinstance(draft, ProfessionalReceiptDraft) and kind is DocumentKind.ESMM and esmm_form == "earsivveri":
        return receipt(
            draft, supplier=supplier, number=number, ettn=ettn, issue_date=issue_date, issue_time=issue_time,
            signatory=signatory,
        )  # fmt: skip
    findings = type_findings(draft, kind=kind)
    if findings:
        raise InvalidDraft(findings=findings)
    root = _element(
        draft,
        supplier=supplier,
        kind=kind,
        number=number,
        ettn=ettn,
        issue_date=issue_date,
        issue_time=issue_time,
    )
    complete(root, signatory=signatory, sheet=stylesheet)
    etree.indent(root, "\t")
    return serialise(root)


def _element(
    draft: Draft,
    *,
    supplier: Party,
    kind: DocumentKind,
    number: str,
    ettn: UUID,
    issue_date: date,
    issue_time: time,
) -> etree._Element:
    try:
        if isinstance(draft, InvoiceDraft) and kind in (DocumentKind.EFATURA, DocumentKind.EARSIV):
            return invoice(
                draft,
                supplier=supplier,
                kind=kind,
                number=number,
                ettn=ettn,
                issue_date=issue_date,
                issue_time=issue_time,
            )
        if isinstance(draft, DespatchDraft) and kind is DocumentKind.EIRSALIYE:
            return despatch(
                draft, supplier=supplier, number=number, ettn=ettn, issue_date=issue_date, issue_time=issue_time
            )
        if isinstance(draft, ProducerReceiptDraft) and kind is DocumentKind.EMM:
            return producer_receipt(
                draft, supplier=supplier, number=number, ettn=ettn, issue_date=issue_date, issue_time=issue_time
            )
        if isinstance(draft, ProfessionalReceiptDraft) and kind is DocumentKind.ESMM:
            return receipt_invoice(
                draft, supplier=supplier, number=number, ettn=ettn, issue_date=issue_date, issue_time=issue_time
            )
    except DiscountTooLarge as error:
        raise InvalidDraft(findings=[discount_too_large(error.path)]) from error
    raise InvalidDraft(findings=[kind_and_draft_differ()])
