"""A sale over the internet, and how an e-Arşiv invoice is sent: what the invoice carries for report and reader.

Neither is a field of the schema. They stand where integrators put them: AdditionalDocumentReference with
DocumentTypeCode EArchiveType and SendingType; shop in the supplier's WebsiteURI, payment in PaymentMeans, carrier and
day of despatch in Delivery. `gib.earsiv_sales` reads them for the report.
"""

from dataclasses import replace
from datetime import date
from typing import Literal

from lxml import etree

from ebelge.ubl import nodes
from ebelge.ubl.draft import InternetSaleDraft, PaymentDraft
from ebelge.ubl.names import OWN_FORM, tag
from ebelge.ubl.nodes import sub
from ebelge.ubl.types import Party

Sending = Literal["KAGIT", "ELEKTRONIK"]
# The words of the report as UN/ECE 4461 has them.
MEANS = {"KREDIKARTI/BANKAKARTI": "48", "EFT/HAVALE": "42", "KAPIDAODEME": "10", "ODEMEARACISI": "ZZZ", "DIGER": "1"}


def references(root: etree._Element, *, internet: bool, sending: Sending | None, ettn: str, issue_date: date) -> None:
    """The AdditionalDocumentReferences that say "over the internet" and how it is sent."""
    said = ([("EArchiveType", "INTERNET")] if internet else []) + ([("SendingType", sending)] if sending else [])
    for code, word in said:
        kept = sub(root, "cac:AdditionalDocumentReference")
        sub(kept, "cbc:ID", ettn)
        sub(kept, "cbc:IssueDate", issue_date.isoformat())
        sub(kept, "cbc:DocumentTypeCode", code)
        sub(kept, "cbc:DocumentType", word)


def seller(supplier: Party, sale: InternetSaleDraft | None) -> Party:
    """The supplier with the shop's address."""
    return supplier if sale is None else replace(supplier, website=sale.web_address)


def delivery_and_payment(
    root: etree._Element, sale: InternetSaleDraft, payment: PaymentDraft | None, *, issue_date: date, currency: str
) -> None:
    """Who carries it and when it leaves; how and when it was paid."""
    delivery = sub(root, "cac:Delivery")
    if sale.carrier is not None:
        nodes.party(delivery, sale.carrier.party(), "cac:CarrierParty")
    despatch = sub(delivery, "cac:Despatch")
    sub(despatch, "cbc:ActualDespatchDate", (sale.despatch_date or issue_date).isoformat())
    means = sub(root, "cac:PaymentMeans")
    sub(means, "cbc:PaymentMeansCode", MEANS[sale.payment_way])
    if sale.payment_date:
        sub(means, "cbc:PaymentDueDate", sale.payment_date.isoformat())
    sub(means, "cbc:InstructionNote", sale.report_word)
    if payment is not None and payment.iban:
        account = sub(means, "cac:PayeeFinancialAccount")
        sub(account, "cbc:ID", payment.iban.replace(" ", ""))
        sub(account, "cbc:CurrencyCode", currency)


def says_internet(root: etree._Element) -> bool:
    """Does this invoice say that it was sold over the internet?"""
    return _reference(root, "EArchiveType") == "INTERNET"


def sending_of(root: etree._Element) -> str:
    """KAGIT or ELEKTRONIK, as the document says; "" where it says nothing."""
    if root.tag in OWN_FORM:
        return (root.findtext("{*}serbestMeslekMakbuz/{*}gonderimSekli") or "").strip()
    return _reference(root, "SendingType")


def _reference(root: etree._Element, code: str) -> str:
    for one in root.iterchildren(tag("cac:AdditionalDocumentReference")):
        if (one.findtext(tag("cbc:DocumentTypeCode")) or "").strip() == code:
            return (one.findtext(tag("cbc:DocumentType")) or "").strip()
    return ""
