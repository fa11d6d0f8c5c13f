"""Writing UBL elements with lxml: the few forms every document is made of."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from lxml import etree

from ebelge.core.money import decimal_text
from ebelge.ubl.draft_parts import ReferenceDraft
from ebelge.ubl.draft_special import IdentifierDraft
from ebelge.ubl.names import CAC, CBC, EXT, tag
from ebelge.ubl.types import Address, Party


def root(namespace: str, name: str) -> etree._Element:
    """The document's root with the placeholder extension into which the signature goes."""
    prefixes: Any = {None: namespace, "cac": CAC, "cbc": CBC, "ext": EXT}
    element = etree.Element(f"{{{namespace}}}{name}", nsmap=prefixes)
    extension = sub(sub(element, "ext:UBLExtensions"), "ext:UBLExtension")
    sub(extension, "ext:ExtensionContent")
    return element


def sub(parent: etree._Element, name: str, text: str | None = None, **attributes: str) -> etree._Element:
    """Append `<prefix:Name attributes>text</…>` and return it."""
    element = etree.SubElement(parent, tag(name), attributes)
    if text is not None:
        element.text = text
    return element


def optional(parent: etree._Element, name: str, text: str, **attributes: str) -> None:
    """Append the element unless its text is empty."""
    if text:
        sub(parent, name, text, **attributes)


def amount(parent: etree._Element, name: str, amount_kurus: int, currency: str) -> None:
    """An amount with two decimals and its currency."""
    sub(parent, name, decimal_text(amount_kurus), currencyID=currency)


def plain(value: Decimal) -> str:
    """A decimal without exponent and without trailing zeros: 1E+2 -> "100", 1.50 -> "1.5"."""
    text = format(value, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def postal_address(parent: etree._Element, name: str, address: Address) -> None:
    """A UBL-TR address: district, city and country are mandatory, there is no free text line."""
    element = sub(parent, name)
    optional(element, "cbc:StreetName", address.street)
    optional(element, "cbc:BuildingNumber", address.building_number)
    sub(element, "cbc:CitySubdivisionName", address.district)
    sub(element, "cbc:CityName", address.city)
    optional(element, "cbc:PostalZone", address.postal_zone)
    sub(sub(element, "cac:Country"), "cbc:Name", address.country)


def identification(parent: etree._Element, vkn_tckn: str, scheme: str) -> None:
    """cac:PartyIdentification of a VKN, a TCKN or another number."""
    sub(sub(parent, "cac:PartyIdentification"), "cbc:ID", vkn_tckn, schemeID=scheme)


def party(
    parent: etree._Element, party: Party, name: str = "cac:Party", *, also: Sequence[tuple[str, str]] = ()
) -> None:
    """A party: VKN with PartyName, TCKN with Person. `also`: further numbers as (schemeID, value)."""
    element = sub(parent, name)
    optional(element, "cbc:WebsiteURI", party.website)
    identification(element, party.vkn_tckn, party.scheme)
    for kind, value in also:
        identification(element, value, kind)
    if party.name:
        sub(sub(element, "cac:PartyName"), "cbc:Name", party.name)
    postal_address(element, "cac:PostalAddress", party.address)
    if party.tax_office:
        scheme = sub(sub(element, "cac:PartyTaxScheme"), "cac:TaxScheme")
        sub(scheme, "cbc:Name", party.tax_office)
    if party.phone or party.email:
        contact = sub(element, "cac:Contact")
        optional(contact, "cbc:Telephone", party.phone)
        optional(contact, "cbc:ElectronicMail", party.email)
    if party.scheme == "TCKN":
        person = sub(element, "cac:Person")
        sub(person, "cbc:FirstName", party.first_name or party.name)
        sub(person, "cbc:FamilyName", party.family_name or "-")


def reference(parent: etree._Element, name: str, draft: ReferenceDraft, type_code: str = "") -> None:
    """A reference to another document by number and date."""
    element = sub(parent, name)
    sub(element, "cbc:ID", draft.number)
    sub(element, "cbc:IssueDate", draft.date.isoformat())
    optional(element, "cbc:DocumentTypeCode", type_code)


def tax_category(
    parent: etree._Element, *, code: str, name: str, exemption_code: str = "", exemption_reason: str = ""
) -> None:
    """cac:TaxCategory with its scheme, and the exemption where there is one."""
    category = sub(parent, "cac:TaxCategory")
    optional(category, "cbc:TaxExemptionReasonCode", exemption_code)
    optional(category, "cbc:TaxExemptionReason", exemption_reason)
    scheme = sub(category, "cac:TaxScheme")
    sub(scheme, "cbc:Name", name)
    sub(scheme, "cbc:TaxTypeCode", code)


def item(
    parent: etree._Element,
    *,
    name: str,
    description: str = "",
    model: str = "",
    buyer_code: str = "",
    seller_code: str = "",
    identifiers: Sequence[IdentifierDraft] = (),
) -> etree._Element:
    """cac:Item: a name, a longer description, the codes of both sides, numbers by scheme."""
    element = sub(parent, "cac:Item")
    optional(element, "cbc:Description", description)
    sub(element, "cbc:Name", name)
    optional(element, "cbc:ModelName", model)
    if buyer_code:
        sub(sub(element, "cac:BuyersItemIdentification"), "cbc:ID", buyer_code)
    if seller_code:
        sub(sub(element, "cac:SellersItemIdentification"), "cbc:ID", seller_code)
    for one in identifiers:
        sub(sub(element, "cac:AdditionalItemIdentification"), "cbc:ID", one.value, schemeID=one.scheme)
    return element
