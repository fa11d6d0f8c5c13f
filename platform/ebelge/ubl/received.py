"""What somebody else issued, read for its receiver: tolerant where the law is, bounded where numbers are.

A VKN's checksum is not asked (GİB's own samples fail it), nor how the number looks: the sender's rules are not ours.
What GİB's schema and rules demand was checked before (`validate.zarf_breach`).
"""

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Final
from uuid import UUID

from lxml import etree

from ebelge.core.money import kurus
from ebelge.ubl.names import CAC, CBC

AMOUNT_MAX: Final = Decimal(10) ** 15
TEXT_MAX: Final = 500
KDV: Final = "0015"
_CAC, _CBC = f"{{{CAC}}}", f"{{{CBC}}}"
_UBL: Final = "urn:oasis:names:specification:ubl:schema:xsd:"
# root -> element type in an envelope, who issued it, how its lines are called
_ROOTS: Final = {
    f"{{{_UBL}Invoice-2}}Invoice": ("INVOICE", "AccountingSupplierParty", "InvoiceLine"),
    f"{{{_UBL}DespatchAdvice-2}}DespatchAdvice": ("DESPATCHADVICE", "DespatchSupplierParty", "DespatchLine"),
    f"{{{_UBL}ReceiptAdvice-2}}ReceiptAdvice": ("RECEIPTADVICE", "DeliveryCustomerParty", "ReceiptLine"),
    f"{{{_UBL}ApplicationResponse-2}}ApplicationResponse": ("APPLICATIONRESPONSE", "SenderParty", "DocumentResponse"),
}
_TYPES: Final = ("InvoiceTypeCode", "DespatchAdviceTypeCode", "ReceiptAdviceTypeCode")


class NotReceivable(ValueError):
    """Something the receiver must know is missing, is not what it should be, or is out of all bounds."""


@dataclass(frozen=True, slots=True)
class TaxLine:
    """A tax of the document at one rate; `withheld`: tevkifat, paid by the buyer."""

    code: str
    rate: str
    base_kurus: int
    tax_kurus: int
    withheld: bool


@dataclass(frozen=True, slots=True)
class Received:
    """The facts of a document that came in. Amounts in hundredths of `currency`; 0 where there are none.

    `about`: for answers, what they are about (an ETTN, or a number); for returns, the invoice that goes back.
    """

    element_type: str
    profile: str
    type_code: str
    ettn: UUID
    number: str
    issue_date: date
    sender_vkn_tckn: str
    sender_title: str
    currency: str
    line_count: int
    base_kurus: int
    payable_kurus: int
    taxes: tuple[TaxLine, ...] = field(default=())
    about: str = ""
    answer_code: str = ""
    note: str = ""

    def tax_kurus(self, *, kdv: bool, withheld: bool = False) -> int:
        """The sum of KDV, of the other taxes, or of what is withheld."""
        return sum(
            tax.tax_kurus for tax in self.taxes if tax.withheld == withheld and (withheld or (tax.code == KDV) == kdv)
        )


def read(root: etree._Element) -> Received:
    """The facts of a document that was checked. :raises NotReceivable: with a sentence for the log."""
    known = _ROOTS.get(str(root.tag))
    if known is None:
        raise NotReceivable(f"{str(root.tag)[:100]} is no document of e-Fatura or e-İrsaliye")
    element_type, issuer, line = known
    party = root.find(_CAC + issuer)
    vkn_tckn, title = _party(party)
    money = root.find(f"{_CAC}LegalMonetaryTotal")
    return Received(
        element_type=element_type,
        profile=_text(root, "ProfileID"),
        type_code=next((_text(root, name) for name in _TYPES if _text(root, name)), ""),
        ettn=_uuid(_text(root, "UUID")),
        number=_needed(_text(root, "ID"), "a number"),
        issue_date=_day(_text(root, "IssueDate")),
        sender_vkn_tckn=_needed(vkn_tckn, "a sender"),
        sender_title=title,
        currency=_text(root, "DocumentCurrencyCode") or "TRY",
        line_count=sum(1 for _ in root.iterchildren(_CAC + line)),
        base_kurus=_amount(money, "TaxExclusiveAmount"),
        payable_kurus=_amount(money, "PayableAmount"),
        taxes=tuple(_taxes(root)),
        about=_about(root, element_type),
        answer_code=(root.findtext(f"{_CAC}DocumentResponse/{_CAC}Response/{_CBC}ResponseCode") or "").strip()[:40],
        note=_note(root),
    )


def _taxes(root: etree._Element) -> list[TaxLine]:
    """Summed by code and rate: a document may name a rate several times."""
    found: dict[tuple[str, str, bool], tuple[int, int]] = {}
    for name, withheld in (("TaxTotal", False), ("WithholdingTaxTotal", True)):
        for part in root.iterfind(f"{_CAC}{name}/{_CAC}TaxSubtotal"):
            code = (part.findtext(f"{_CAC}TaxCategory/{_CAC}TaxScheme/{_CBC}TaxTypeCode") or "").strip()[:20]
            key = code, _text(part, "Percent")[:20], withheld
            base, tax = found.get(key, (0, 0))
            found[key] = base + _amount(part, "TaxableAmount"), tax + _amount(part, "TaxAmount")
    return [TaxLine(code, rate, base, tax, withheld) for (code, rate, withheld), (base, tax) in found.items()]


def _about(root: etree._Element, element_type: str) -> str:
    paths = {
        "APPLICATIONRESPONSE": f"{_CAC}DocumentResponse/{_CAC}DocumentReference/{_CBC}ID",
        "RECEIPTADVICE": f"{_CAC}DespatchDocumentReference/{_CBC}ID",
        "INVOICE": f"{_CAC}BillingReference/{_CAC}InvoiceDocumentReference/{_CBC}ID",
    }
    path = paths.get(element_type)
    return "" if path is None else (root.findtext(path) or "").strip()[:TEXT_MAX]


def _note(root: etree._Element) -> str:
    said = root.findtext(f"{_CAC}DocumentResponse/{_CAC}Response/{_CBC}Description") or _text(root, "Note")
    return said.strip()[:TEXT_MAX]


def _party(holder: etree._Element | None) -> tuple[str, str]:
    """VKN or TCKN, and the name, of a party element (or of the Party in it)."""
    if holder is None:
        return "", ""
    inner = holder.find(f"{_CAC}Party")
    party = holder if inner is None else inner
    ids = {
        one.get("schemeID"): (one.text or "").strip() for one in party.iterfind(f"{_CAC}PartyIdentification/{_CBC}ID")
    }
    name = (party.findtext(f"{_CAC}PartyName/{_CBC}Name") or "").strip()
    if not name:
        person = (party.findtext(f"{_CAC}Person/{_CBC}{part}") or "" for part in ("FirstName", "FamilyName"))
        name = " ".join(part.strip() for part in person if part.strip())
    vkn_tckn = ids.get("VKN") or ids.get("TCKN") or ""
    return vkn_tckn[:11], name[:TEXT_MAX]


def _text(parent: etree._Element, name: str) -> str:
    return (parent.findtext(_CBC + name) or "").strip()[:TEXT_MAX]


def _needed(value: str, what: str) -> str:
    if not value:
        raise NotReceivable(f"the document has not {what}")
    return value


def _uuid(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError as error:
        raise NotReceivable("the document's UUID is none") from error


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text[:10])
    except ValueError as error:
        raise NotReceivable("the document's IssueDate is none") from error


def _amount(parent: etree._Element | None, name: str) -> int:
    """An amount in hundredths. :raises NotReceivable: no number, or one that no ledger could hold."""
    text = "" if parent is None else _text(parent, name)
    if not text:
        return 0
    try:
        value = Decimal(text)
    except InvalidOperation as error:
        raise NotReceivable(f"{name} is no number") from error
    if not value.is_finite() or abs(value) >= AMOUNT_MAX:
        raise NotReceivable(f"{name} is out of bounds")
    return kurus(value)
