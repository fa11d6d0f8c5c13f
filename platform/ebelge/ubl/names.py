"""Namespaces of UBL-TR and the element names used more than once."""

from typing import Any, Final

from lxml import etree

INVOICE: Final = "urn:oasis:names:specification:ubl:schema:xsd:Invoice-2"
CREDIT_NOTE: Final = "urn:oasis:names:specification:ubl:schema:xsd:CreditNote-2"
DESPATCH: Final = "urn:oasis:names:specification:ubl:schema:xsd:DespatchAdvice-2"
APPLICATION_RESPONSE: Final = "urn:oasis:names:specification:ubl:schema:xsd:ApplicationResponse-2"
RECEIPT_ADVICE: Final = "urn:oasis:names:specification:ubl:schema:xsd:ReceiptAdvice-2"
CAC: Final = "urn:oasis:names:specification:ubl:schema:xsd:CommonAggregateComponents-2"
CBC: Final = "urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2"
EXT: Final = "urn:oasis:names:specification:ubl:schema:xsd:CommonExtensionComponents-2"
DS: Final = "http://www.w3.org/2000/09/xmldsig#"

NS: Final = {"cac": CAC, "cbc": CBC, "ext": EXT, "ds": DS}
PREFIXES: Final = {uri: prefix for prefix, uri in NS.items()}

SUPPLIER: Final = {
    "Invoice": f"{{{CAC}}}AccountingSupplierParty",
    "CreditNote": f"{{{CAC}}}AccountingSupplierParty",
    "DespatchAdvice": f"{{{CAC}}}DespatchSupplierParty",
}
CUSTOMER: Final = {
    "Invoice": f"{{{CAC}}}AccountingCustomerParty",
    "CreditNote": f"{{{CAC}}}AccountingCustomerParty",
    "DespatchAdvice": f"{{{CAC}}}DeliveryCustomerParty",
}
LINE: Final = {
    "Invoice": f"{{{CAC}}}InvoiceLine",
    "CreditNote": f"{{{CAC}}}CreditNoteLine",
    "DespatchAdvice": f"{{{CAC}}}DespatchLine",
}
ROOTS: Final = {
    f"{{{INVOICE}}}Invoice": "Invoice",
    f"{{{CREDIT_NOTE}}}CreditNote": "CreditNote",
    f"{{{DESPATCH}}}DespatchAdvice": "DespatchAdvice",
}

# What answers a document: no documents of their own, so they never come in where documents do.
ANSWER_ROOTS: Final = {
    f"{{{APPLICATION_RESPONSE}}}ApplicationResponse": "ApplicationResponse",
    f"{{{RECEIPT_ADVICE}}}ReceiptAdvice": "ReceiptAdvice",
}
# e-SMM in GİB's own form: made by us alone, so it never comes in either.
OWN_FORM: Final = {"{http://earsiv.efatura.gov.tr}eArsivVeri": "eArsivVeri"}
ALL_ROOTS: Final = ROOTS | ANSWER_ROOTS | OWN_FORM


def tag(name: str) -> str:
    """`cbc:ID` as lxml writes it: `{urn:…CommonBasicComponents-2}ID`."""
    prefix, _, local = name.partition(":")
    return f"{{{NS[prefix]}}}{local}"


def line_of(element: etree._Element) -> int | None:
    """The line on which an element begins in the bytes it was read from; None for what we added."""
    line: Any = element.sourceline
    return int(line) if line else None
