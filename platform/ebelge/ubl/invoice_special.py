"""What only some profiles and types put on an invoice: export, charging, investment, künye and other labels."""

from lxml import etree

from ebelge.ubl import nodes
from ebelge.ubl.draft import InvoiceDraft
from ebelge.ubl.draft_line import LineDraft
from ebelge.ubl.draft_special import ForeignBuyerDraft
from ebelge.ubl.nodes import plain, sub
from ebelge.ubl.types import Address


def period(root: etree._Element, draft: InvoiceDraft) -> None:
    """cac:InvoicePeriod: days of an SGK invoice, instants of a charging."""
    if draft.charging is not None:
        element = sub(root, "cac:InvoicePeriod")
        for name, moment in (("Start", draft.charging.start), ("End", draft.charging.end)):
            sub(element, f"cbc:{name}Date", moment.date().isoformat())
            sub(element, f"cbc:{name}Time", moment.strftime("%H:%M:%S"))
    elif draft.period is not None:
        element = sub(root, "cac:InvoicePeriod")
        sub(element, "cbc:StartDate", draft.period.start.isoformat())
        sub(element, "cbc:EndDate", draft.period.end.isoformat())


def documents(root: etree._Element, draft: InvoiceDraft) -> None:
    """The incentive certificate, the ESÜ report and other papers."""
    if draft.investment is not None:
        contract = sub(root, "cac:ContractDocumentReference")
        sub(contract, "cbc:ID", draft.investment.number, schemeID="YTBNO")
        sub(contract, "cbc:IssueDate", draft.investment.date.isoformat())
    if draft.charging is not None and draft.charging.report_id:
        report = sub(root, "cac:AdditionalDocumentReference")
        sub(report, "cbc:ID", draft.charging.report_id, schemeID="ESURaporID")
        sub(report, "cbc:IssueDate", (draft.charging.report_date or draft.charging.end.date()).isoformat())
    for other in draft.other_documents:
        element = sub(root, "cac:AdditionalDocumentReference")
        sub(element, "cbc:ID", other.number)
        sub(element, "cbc:IssueDate", other.date.isoformat())
        sub(element, "cbc:DocumentTypeCode", other.type_code)
        nodes.optional(element, "cbc:DocumentType", other.name)


def supplier_numbers(draft: InvoiceDraft) -> list[tuple[str, str]]:
    """Further numbers of the supplier."""
    return [("SEVKIYATNO", draft.shipment_number)] if draft.shipment_number else []


def customer_numbers(draft: InvoiceDraft) -> list[tuple[str, str]]:
    """Further numbers of the customer: the vehicle that was charged."""
    if draft.charging is None:
        return []
    numbers = [("PLAKA", draft.charging.plate)]
    return [*numbers, ("ARACKIMLIKNO", draft.charging.vehicle_id)] if draft.charging.vehicle_id else numbers


def parties(root: etree._Element, draft: InvoiceDraft) -> None:
    """The buyer abroad, and the intermediary who pays the KDV back."""
    if draft.foreign_buyer is not None:
        traveller = draft.profile == "YOLCUBERABERFATURA"
        _foreign_buyer(root, draft.foreign_buyer, "TAXFREE" if traveller else "EXPORT")
    if draft.tax_representative is not None:
        agent = draft.tax_representative
        element = sub(root, "cac:TaxRepresentativeParty")
        nodes.identification(element, agent.vkn, "ARACIKURUMVKN")
        nodes.identification(element, agent.alias, "ARACIKURUMETIKET")
        sub(sub(element, "cac:PartyName"), "cbc:Name", agent.name)
        nodes.postal_address(element, "cac:PostalAddress", Address(agent.district, agent.city))


def _foreign_buyer(root: etree._Element, buyer: ForeignBuyerDraft, party_type: str) -> None:
    element = sub(sub(root, "cac:BuyerCustomerParty"), "cac:Party")
    nodes.identification(element, party_type, "PARTYTYPE")
    if buyer.legal_name:
        sub(sub(element, "cac:PartyName"), "cbc:Name", buyer.legal_name)
    address = Address(
        buyer.district, buyer.city, street=buyer.street, postal_zone=buyer.postal_zone, country=buyer.country
    )
    nodes.postal_address(element, "cac:PostalAddress", address)
    if buyer.legal_name:
        entity = sub(element, "cac:PartyLegalEntity")
        sub(entity, "cbc:RegistrationName", buyer.legal_name)
        nodes.optional(entity, "cbc:CompanyID", buyer.tax_number)
    if buyer.first_name or buyer.family_name:
        person = sub(element, "cac:Person")
        sub(person, "cbc:FirstName", buyer.first_name)
        sub(person, "cbc:FamilyName", buyer.family_name)
        nodes.optional(person, "cbc:NationalityID", buyer.nationality or "")
        if buyer.passport_number and buyer.passport_date:
            passport = sub(person, "cac:IdentityDocumentReference")
            sub(passport, "cbc:ID", buyer.passport_number)
            sub(passport, "cbc:IssueDate", buyer.passport_date.isoformat())


def delivery(root: etree._Element, draft: InvoiceDraft) -> None:
    """cac:Delivery of the whole invoice: place, Incoterms, way of transport."""
    if draft.delivery is None:
        return
    element = sub(root, "cac:Delivery")
    nodes.postal_address(element, "cac:DeliveryAddress", Address(**draft.delivery.address.model_dump()))
    sub(sub(element, "cac:DeliveryTerms"), "cbc:ID", draft.delivery.terms, schemeID="INCOTERMS")
    shipment = sub(element, "cac:Shipment")
    sub(shipment, "cbc:ID", "1")
    sub(sub(shipment, "cac:ShipmentStage"), "cbc:TransportModeCode", draft.delivery.transport_mode)


def line_delivery(parent: etree._Element, draft: InvoiceDraft, line: LineDraft) -> None:
    """cac:Delivery of a line: tariff number, package, the line codes of an inward processing permit."""
    both = (("ALICIDIBSATIRKOD", line.buyer_export_code), ("SATICIDIBSATIRKOD", line.seller_export_code))
    codes = [(scheme, code) for scheme, code in both if code]
    if not (line.gtip or line.package or codes):
        return
    shipment = sub(sub(parent, "cac:Delivery"), "cac:Shipment")
    sub(shipment, "cbc:ID", "1")
    if line.gtip:
        sub(sub(shipment, "cac:GoodsItem"), "cbc:RequiredCustomsID", line.gtip)
    if line.package or codes:
        unit = sub(shipment, "cac:TransportHandlingUnit")
        if line.package:
            package = sub(unit, "cac:ActualPackage")
            nodes.optional(package, "cbc:ID", line.package.number)
            sub(package, "cbc:Quantity", plain(line.package.count))
            sub(package, "cbc:PackagingTypeCode", line.package.type_code)
        if codes:
            declaration = sub(unit, "cac:CustomsDeclaration")
            sub(declaration, "cbc:ID", "1")
            issuer = sub(declaration, "cac:IssuerParty")
            for scheme, code in codes:
                nodes.identification(issuer, code, scheme)
            buyer = draft.buyer
            nodes.postal_address(issuer, "cac:PostalAddress", Address(buyer.district, buyer.city))


def item(parent: etree._Element, line: LineDraft) -> None:
    """cac:Item with numbers by scheme, and the expense type and machine of an incentive certificate."""
    machine = line.machine
    element = nodes.item(
        parent,
        name=line.name,
        description=line.description,
        model=machine.name if machine else "",
        buyer_code=line.buyer_code,
        seller_code=line.seller_code,
        identifiers=line.identifiers,
    )
    if line.expense_type:
        sub(sub(element, "cac:CommodityClassification"), "cbc:ItemClassificationCode", line.expense_type)
    if machine:
        instance = sub(element, "cac:ItemInstance")
        sub(instance, "cbc:ProductTraceID", machine.list_number)
        sub(instance, "cbc:SerialID", machine.serial)
    elif line.serial:
        sub(sub(element, "cac:ItemInstance"), "cbc:SerialID", line.serial)
