"""Where a finding points: a short XPath in the client's XML, or the JSON path it was built from."""

import re
from collections.abc import Iterable
from dataclasses import replace

from lxml import etree

from ebelge.core.findings import Finding
from ebelge.ubl.names import LINE, PREFIXES, line_of

_LINES = frozenset(LINE.values())


def short_path(element: etree._Element) -> str:
    """`/Invoice/cac:InvoiceLine[2]/cbc:InvoicedQuantity`: positions only where there are siblings alike."""
    parts: list[str] = []
    node: etree._Element | None = element
    while node is not None:
        name = etree.QName(node)
        prefix = PREFIXES.get(name.namespace or "", "")
        part = f"{prefix}:{name.localname}" if prefix else name.localname
        parent = node.getparent()
        before = sum(1 for _ in node.itersiblings(node.tag, preceding=True))
        if before or node.tag in _LINES or next(node.itersiblings(node.tag), None) is not None:
            part += f"[{before + 1}]"
        parts.append(part)
        node = parent
    return "/" + "/".join(reversed(parts))


def locate(root: etree._Element, xpath: str) -> tuple[int | None, str]:
    """Line and short path of what an XPath of the checkers points at; (None, "") when it points at nothing."""
    if not xpath:
        return None, ""
    xpath = re.sub(r"Q\{([^}]*)\}([^/\[\]@]+)", r"*[namespace-uri()='\1' and local-name()='\2']", xpath).replace(
        "/@*[namespace-uri()='' and local-name()=", "/@*[local-name()="
    )
    namespaces = {prefix: uri for prefix, uri in root.nsmap.items() if prefix}
    try:
        found = root.getroottree().xpath(xpath, namespaces=namespaces)
    except etree.XPathError:
        return None, ""
    node = found[0] if isinstance(found, list) and found else None
    suffix = ""
    if isinstance(node, etree._ElementUnicodeResult):
        suffix = f"/@{node.attrname!s}" if node.is_attribute else ""
        node = node.getparent()
    if not isinstance(node, etree._Element):
        return None, ""
    return line_of(node), short_path(node) + suffix


# XPath of the built document -> path in the draft. The first pattern that matches wins; {n} is the line's index.
_INVOICE: tuple[tuple[str, str], ...] = (
    (r"/cac:(?:Invoice|Despatch|CreditNote)Line\[(\d+)\](.*)", "lines[{n}]{rest}"),
    (r"/cac:(?:AccountingCustomer|DeliveryCustomer)Party(.*)", "{party}{rest}"),
    (r"/cac:Shipment/cac:Delivery/cac:DeliveryAddress(.*)", "delivery_address{rest}"),
    (r"/cac:Shipment/cac:Delivery/cac:CarrierParty(.*)", "carrier{rest}"),
    (r"/cac:Shipment/cac:Delivery/cac:Despatch/cbc:ActualDespatchDate", "despatch_date"),
    (r"/cac:Shipment/cac:Delivery/cac:Despatch/cbc:ActualDespatchTime", "despatch_time"),
    (r"/cac:Shipment/cac:ShipmentStage/cac:DriverPerson(?:\[(\d+)\])?.*", "drivers[{n}]"),
    (r"/cac:Shipment/cac:ShipmentStage/cac:TransportMeans.*", "plate"),
    (r"/cac:Shipment/cac:TransportHandlingUnit/cac:TransportEquipment(?:\[(\d+)\])?.*", "trailer_plates[{n}]"),
    (r"/cac:Shipment/cac:TransportHandlingUnit.*", "trailer_plates"),
    (r"/cac:BuyerCustomerParty(.*)", "foreign_buyer{rest}"),
    (r"/cac:TaxRepresentativeParty.*", "tax_representative"),
    (r"/cac:Delivery/cac:DeliveryAddress.*", "delivery.address"),
    (r"/cac:Delivery/cac:DeliveryTerms.*", "delivery.terms"),
    (r"/cac:Delivery/cac:Shipment.*", "delivery.transport_mode"),
    (r"/cac:ContractDocumentReference.*", "investment.number"),
    (r"/cac:InvoicePeriod.*", "period"),
    (r"/cbc:AccountingCost", "accounting_cost"),
    (r"/cac:BillingReference(?:\[(\d+)\])?.*", "returned_invoices[{n}]"),
    (r"/cac:DespatchDocumentReference(?:\[(\d+)\])?.*", "despatches[{n}]"),
    (r"/cac:OrderReference.*", "order"),
    (r"/cac:PaymentMeans/cac:PayeeFinancialAccount.*", "payment.iban"),
    (r"/cac:PaymentMeans/cbc:PaymentMeansCode", "payment.means_code"),
    (r"/cac:PaymentMeans.*", "payment"),
    (r"/cac:PricingExchangeRate.*", "exchange_rate"),
    (r"/cac:AllowanceCharge(?:\[(\d+)\])?.*", "discounts[{n}]"),
    (r"/cbc:Note(?:\[(\d+)\])?", "notes[{n}]"),
    (r"/cbc:ID", "number"),
    (r"/cbc:UUID", "ettn"),
    (r"/cbc:IssueDate", "issue_date"),
    (r"/cbc:IssueTime", "issue_time"),
    (r"/cbc:ProfileID", "profile"),
    (r"/cbc:(?:Invoice|DespatchAdvice)TypeCode", "type_code"),
    (r"/cbc:DocumentCurrencyCode", "currency"),
    (r"/cac:WithholdingTaxTotal.*", "lines"),
    (r"/cac:TaxTotal.*", "lines"),
)
_IN_LINE: tuple[tuple[str, str], ...] = (
    (r"/cbc:(?:Invoiced|Delivered|Credited)Quantity/@unitCode", ".unit"),
    (r"/cbc:(?:Invoiced|Delivered|Credited)Quantity", ".quantity"),
    (r"/cac:Price.*", ".unit_price"),
    (r"/cac:Item/cbc:Name", ".name"),
    (r"/cac:Item/cbc:Description", ".description"),
    (r"/cac:AllowanceCharge(?:\[(\d+)\])?.*", ".discounts[{n}]"),
    (r"/cac:Item/cac:AdditionalItemIdentification(?:\[(\d+)\])?.*", ".identifiers[{n}]"),
    (r"/cac:Item/cac:CommodityClassification.*", ".expense_type"),
    (r"/cac:Item/cac:ItemInstance.*", ".serial"),
    (r"/cac:Delivery/cac:Shipment/cac:GoodsItem.*", ".gtip"),
    (r"/cac:Delivery.*/cac:ActualPackage.*", ".package"),
    (r"/cac:Delivery.*/cac:CustomsDeclaration.*", ".buyer_export_code"),
    (r"/cac:WithholdingTaxTotal.*/cbc:Percent", ".withholding_rate"),
    (r"/cac:WithholdingTaxTotal.*", ".withholding_code"),
    (r"/cac:TaxTotal.*/cbc:TaxExemptionReasonCode", ".exemption_code"),
    (r"/cac:TaxTotal.*/cbc:TaxExemptionReason", ".exemption_reason"),
    (r"/cac:TaxTotal.*", ".kdv_rate"),
)
_IN_PARTY: tuple[tuple[str, str], ...] = (
    (r".*/cbc:CitySubdivisionName", ".district"),
    (r".*/cbc:CityName", ".city"),
    (r".*/cbc:PostalZone", ".postal_zone"),
    (r".*/cbc:StreetName", ".street"),
    (r".*/cac:Country.*", ".country"),
    (r".*/cac:PartyName.*", ".name"),
    (r".*/cbc:FirstName", ".first_name"),
    (r".*/cbc:FamilyName", ".family_name"),
)


def point_at_json(findings: Iterable[Finding]) -> list[Finding]:
    """The same findings with JSON paths instead of lines, for documents that we built from a draft.

    `path` is "" where the place follows from the whole draft (a sum, the supplier). What one field of the draft
    breaks in several places of the XML is told once, at the field.
    """
    found = [replace(finding, path=draft_path(finding.path), line=None) for finding in findings]
    told_at_a_field = {replace(finding, path="") for finding in found if finding.path}
    return [one for one in dict.fromkeys(found) if one.path or one not in told_at_a_field]


def draft_path(path: str) -> str:
    """`/Invoice/cac:InvoiceLine[2]/cbc:InvoicedQuantity` -> `lines[1].quantity`; "" when there is no such field."""
    root, _, rest = path.removeprefix("/").partition("/")
    party = "farmer" if root == "CreditNote" else "buyer"
    for pattern, target in _INVOICE:
        match = re.fullmatch(pattern, "/" + rest)
        if match is None:
            continue
        groups = match.groups()
        text = target.replace("{party}", party)
        if "{rest}" in text:
            table = _IN_LINE if text.startswith("lines") else _IN_PARTY
            text = text.replace("{rest}", _inner(table, groups[-1] or ""))
        return _numbered(text, groups[0] if groups else None)
    return ""


def _inner(table: tuple[tuple[str, str], ...], rest: str) -> str:
    for pattern, target in table:
        match = re.fullmatch(pattern, rest)
        if match:
            return _numbered(target, match.group(1) if match.groups() else None)
    return ""


def _numbered(target: str, position: str | None) -> str:
    if "{n}" not in target:
        return target
    index = int(position) - 1 if position and position.isdigit() else 0
    return target.replace("{n}", str(index))
