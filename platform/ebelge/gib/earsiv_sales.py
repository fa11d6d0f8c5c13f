"""What an e-Arşiv invoice says beside the schema: how it is sent, internet sale, meter, investment permit.

Sending type and internet sale are no fields of UBL-TR: integrators carry them as AdditionalDocumentReference with
DocumentTypeCode SendingType and EArchiveType (gib/FACTS 4.5); the payment stands in PaymentMeans, the carrier and the
day in Delivery, the address of the shop in the supplier's WebsiteURI.
"""

import re

from lxml import etree

from ebelge.gib.earsiv_nodes import add, cac, cbc, text_of

SENDING_TYPES = ("KAGIT", "ELEKTRONIK")
PAYMENT_WORDS = ("KREDIKARTI/BANKAKARTI", "EFT/HAVALE", "KAPIDAODEME", "ODEMEARACISI")
UNDATED = ("KAPIDAODEME", "DIGER")  # GİB's XSL wants no day of payment for these
# UN/ECE 4461 -> the report's word, where the invoice does not say it in words.
_CARD, _TRANSFER, _AT_DOOR, _AGENT = PAYMENT_WORDS
_WORD_OF_CODE = {
    "48": _CARD, "54": _CARD, "55": _CARD, "42": _TRANSFER, "31": _TRANSFER, "30": _TRANSFER, "10": _AT_DOOR,
    "68": _AGENT,
}  # fmt: skip
_YTB = re.compile(r"[0-9]{6}", re.ASCII)


def reference(root: etree._Element, code: str) -> str:
    """DocumentType of the AdditionalDocumentReference with this DocumentTypeCode; "" without one."""
    for element in root.iterfind(cac("AdditionalDocumentReference")):
        if text_of(element, cbc("DocumentTypeCode")) == code:
            return text_of(element, cbc("DocumentType"))
    return ""


def sending(root: etree._Element) -> str:
    """KAGIT or ELEKTRONIK, as the document says; "" where it says nothing."""
    found = reference(root, "SendingType")
    return found if found in SENDING_TYPES else ""


def is_internet(root: etree._Element) -> bool:
    """Was it sold over the internet?"""
    return reference(root, "EArchiveType") == "INTERNET"


def meter(root: etree._Element) -> str:
    """The customer's meter (tesisat), for energy, water and gas."""
    party = f"{cac('AccountingCustomerParty')}/{cac('Party')}"
    for identity in root.iterfind(f"{party}/{cac('PartyIdentification')}/{cbc('ID')}"):
        if identity.get("schemeID") == "TESISATNO":
            return (identity.text or "").strip()
    return ""


def investment_permit(root: etree._Element) -> tuple[str, str] | None:
    """Number and day of the investment incentive document (YTB)."""
    for element in root.iterfind(cac("ContractDocumentReference")):
        number, day = text_of(element, cbc("ID")), text_of(element, cbc("IssueDate"))
        if _YTB.fullmatch(number) and day:
            return number, day
    return None


def person(holder: etree._Element, party: etree._Element) -> None:
    """A party as tuzelKisi or gercekKisi; nothing where it has no number."""
    numbers = {
        one.get("schemeID"): (one.text or "").strip()
        for one in party.iterfind(f"{cac('PartyIdentification')}/{cbc('ID')}")
    }
    name = text_of(party, f"{cac('PartyName')}/{cbc('Name')}")
    first, family = (text_of(party, f"{cac('Person')}/{cbc(part)}") for part in ("FirstName", "FamilyName"))
    if numbers.get("VKN"):
        found = add(holder, "tuzelKisi")
        add(found, "vkn", numbers["VKN"])
        add(found, "unvan", _named(name or f"{first} {family}"))
    elif numbers.get("TCKN"):
        found = add(holder, "gercekKisi")
        add(found, "tckn", numbers["TCKN"])
        add(found, "adiSoyadi", _named(f"{first} {family}".strip() or name))


def _named(name: str) -> str:
    """The report wants two letters at least."""
    name = " ".join(name.split())
    return name if len(name) > 1 else f"{name or '-'}-"


def internet_sale(line: etree._Element, root: etree._Element) -> None:
    """internetSatisBilgi, for a sale over the internet."""
    if not is_internet(root):
        return
    day = text_of(root, cbc("IssueDate"))
    supplier = f"{cac('AccountingSupplierParty')}/{cac('Party')}"
    site = text_of(root, f"{supplier}/{cbc('WebsiteURI')}")
    sale = add(line, "internetSatisBilgi")
    add(sale, "webAdresi", site if len(site) > 1 else "-" * 2)
    way, agent = payment_way(root)
    add(sale, "odemeSekli", way)
    if agent:
        add(sale, "odemeAracisiAdi", agent)
    paid_on = text_of(root, f"{cac('PaymentMeans')}/{cbc('PaymentDueDate')}")
    if paid_on or not way.startswith(UNDATED):
        add(sale, "odemeTarihi", paid_on or day)
    delivery = cac("Delivery")
    sent_on = text_of(root, f"{delivery}/{cac('Despatch')}/{cbc('ActualDespatchDate')}") or text_of(
        root, f"{delivery}/{cbc('ActualDeliveryDate')}"
    )
    shipping = add(sale, "gonderiBilgileri")
    add(shipping, "gonderimTarihi", sent_on or day)
    carrier = root.find(f"{delivery}/{cac('CarrierParty')}")
    own = root.find(supplier)
    by = add(shipping, "gonderiTasiyan")
    for party in (carrier, own):  # what nobody carries, the seller hands over himself (software, tickets)
        if party is not None and not len(by):
            person(by, party)


def payment_way(root: etree._Element) -> tuple[str, str]:
    """The report's word for how it was paid, and the payment institution's name."""
    note = text_of(root, f"{cac('PaymentMeans')}/{cbc('InstructionNote')}")
    word, _, agent = note.partition(": ")
    if word in PAYMENT_WORDS:
        return word, agent if word == "ODEMEARACISI" else ""
    if note.startswith("DIGER - ") and note.removeprefix("DIGER - ").strip():
        return note, ""
    code = text_of(root, f"{cac('PaymentMeans')}/{cbc('PaymentMeansCode')}")
    return _WORD_OF_CODE.get(code) or f"DIGER - {' '.join(note.split()) or code or 'belirtilmemis'}", ""
