"""e-İrsaliye: draft -> UBL-TR DespatchAdvice (gib/FACTS 7)."""

from datetime import date, time
from uuid import UUID

from lxml import etree

from ebelge.ubl import nodes
from ebelge.ubl.draft import DespatchDraft, DespatchLineDraft
from ebelge.ubl.names import DESPATCH
from ebelge.ubl.nodes import plain, sub
from ebelge.ubl.type_rules import type_code
from ebelge.ubl.types import Address, Party


def despatch(
    draft: DespatchDraft, *, supplier: Party, number: str, ettn: UUID, issue_date: date, issue_time: time
) -> etree._Element:
    """The unsigned despatch advice, without cac:Signature and stylesheet (`prepare` adds both)."""
    root = nodes.root(DESPATCH, "DespatchAdvice")
    sub(root, "cbc:UBLVersionID", "2.1")
    sub(root, "cbc:CustomizationID", "TR1.2.1")
    sub(root, "cbc:ProfileID", draft.profile)
    sub(root, "cbc:ID", number)
    sub(root, "cbc:CopyIndicator", "false")
    sub(root, "cbc:UUID", str(ettn))
    sub(root, "cbc:IssueDate", issue_date.isoformat())
    sub(root, "cbc:IssueTime", issue_time.strftime("%H:%M:%S"))
    sub(root, "cbc:DespatchAdviceTypeCode", type_code(draft))
    for note in draft.notes:
        nodes.optional(root, "cbc:Note", note)
    sub(root, "cbc:LineCountNumeric", str(len(draft.lines)))
    if draft.order:
        nodes.reference(root, "cac:OrderReference", draft.order)
    if draft.paper:
        paper = sub(root, "cac:AdditionalDocumentReference")
        sub(paper, "cbc:ID", draft.paper.number)
        sub(paper, "cbc:IssueDate", draft.paper.date.isoformat())
        sub(paper, "cbc:DocumentType", "MATBU")
    shipment = [("SEVKIYATNO", draft.shipment_number)] if draft.shipment_number else []
    nodes.party(sub(root, "cac:DespatchSupplierParty"), supplier, also=shipment)
    nodes.party(sub(root, "cac:DeliveryCustomerParty"), draft.buyer.party())
    _shipment(root, draft, issue_date=issue_date, issue_time=issue_time)
    for position, line in enumerate(draft.lines, start=1):
        _line(root, position, line)
    return root


def _shipment(root: etree._Element, draft: DespatchDraft, *, issue_date: date, issue_time: time) -> None:
    shipment = sub(root, "cac:Shipment")
    sub(shipment, "cbc:ID", "1")
    plate = draft.plate or draft.foreign_plate
    if draft.drivers or plate:
        stage = sub(shipment, "cac:ShipmentStage")
        if plate:
            road = sub(sub(stage, "cac:TransportMeans"), "cac:RoadTransport")
            sub(road, "cbc:LicensePlateID", plate, schemeID="PLAKA" if draft.plate else "YABANCIPLAKA")
        for driver in draft.drivers:
            person = sub(stage, "cac:DriverPerson")
            sub(person, "cbc:FirstName", driver.first_name)
            sub(person, "cbc:FamilyName", driver.family_name)
            sub(person, "cbc:Title", "Şoför")
            sub(person, "cbc:NationalityID", driver.tckn)
    delivery = sub(shipment, "cac:Delivery")
    place = draft.delivery_address
    address = Address(
        district=place.district,
        city=place.city,
        street=place.street,
        building_number=place.building_number,
        postal_zone=place.postal_zone,
        country=place.country,
    )
    nodes.postal_address(delivery, "cac:DeliveryAddress", address)
    if draft.carrier:
        nodes.party(delivery, draft.carrier.party(), "cac:CarrierParty")
    actual = sub(delivery, "cac:Despatch")
    sub(actual, "cbc:ActualDespatchDate", (draft.despatch_date or issue_date).isoformat())
    sub(actual, "cbc:ActualDespatchTime", (draft.despatch_time or issue_time).strftime("%H:%M:%S"))
    trailers = [("DORSEPLAKA", one) for one in draft.trailer_plates]
    trailers += [("YABANCIDORSEPLAKA", one) for one in draft.foreign_trailer_plates]
    if trailers:
        unit = sub(shipment, "cac:TransportHandlingUnit")
        for scheme, trailer in trailers:
            sub(sub(unit, "cac:TransportEquipment"), "cbc:ID", trailer, schemeID=scheme)


def _line(root: etree._Element, position: int, line: DespatchLineDraft) -> None:
    element = sub(root, "cac:DespatchLine")
    sub(element, "cbc:ID", str(position))
    nodes.optional(element, "cbc:Note", line.note)
    sub(element, "cbc:DeliveredQuantity", plain(line.quantity), unitCode=line.unit)
    sub(sub(element, "cac:OrderLineReference"), "cbc:LineID", line.order_line or str(position))
    nodes.item(
        element,
        name=line.name,
        description=line.description,
        buyer_code=line.buyer_code,
        seller_code=line.seller_code,
        identifiers=line.identifiers,
    )
