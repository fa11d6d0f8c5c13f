"""Building a zarf: signed documents of one kind, wrapped for GİB (UBL-TR Zarf v1.5, TypeVersion 1.2)."""

import hashlib
import io
import re
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from uuid import UUID
from xml.sax.saxutils import escape

from lxml import etree

from ebelge.core.clock import ISTANBUL
from ebelge.gib.errors import ZarfError
from ebelge.gib.mtom import MessageUnreadable, parse_xml

ElementType = Literal[
    "INVOICE", "DESPATCHADVICE", "RECEIPTADVICE", "APPLICATIONRESPONSE", "PROCESSUSERACCOUNT", "CANCELUSERACCOUNT"
]
EnvelopeType = Literal["SENDERENVELOPE", "POSTBOXENVELOPE", "SYSTEMENVELOPE", "USERENVELOPE"]

SH = "http://www.unece.org/cefact/namespaces/StandardBusinessDocumentHeader"
EF = "http://www.efatura.gov.tr/package-namespace"
XSI = "http://www.w3.org/2001/XMLSchema-instance"
HR = "http://www.hr-xml.org/3"
_UBL = "urn:oasis:names:specification:ubl:schema:xsd:"
CAC, CBC = f"{{{_UBL}CommonAggregateComponents-2}}", f"{{{_UBL}CommonBasicComponents-2}}"
ROOTS: dict[ElementType, str] = {
    "INVOICE": f"{{{_UBL}Invoice-2}}Invoice",
    "DESPATCHADVICE": f"{{{_UBL}DespatchAdvice-2}}DespatchAdvice",
    "RECEIPTADVICE": f"{{{_UBL}ReceiptAdvice-2}}ReceiptAdvice",
    "APPLICATIONRESPONSE": f"{{{_UBL}ApplicationResponse-2}}ApplicationResponse",
    "PROCESSUSERACCOUNT": f"{{{HR}}}ProcessUserAccount",
    "CANCELUSERACCOUNT": f"{{{HR}}}CancelUserAccount",
}
# Who issues and who receives, per kind: GİB refuses an envelope whose parties are not the document's.
PARTIES: dict[ElementType, tuple[str, str]] = {
    "INVOICE": ("AccountingSupplierParty", "AccountingCustomerParty"),
    "DESPATCHADVICE": ("DespatchSupplierParty", "DeliveryCustomerParty"),
    "RECEIPTADVICE": ("DeliveryCustomerParty", "DespatchSupplierParty"),
    "APPLICATIONRESPONSE": ("SenderParty", "ReceiverParty"),
}
# Which elements each kind of envelope may carry (Zarf Şema Yapısı v1.5); the first kind that fits is the usual one.
CARRIES: dict[EnvelopeType, tuple[ElementType, ...]] = {
    "SENDERENVELOPE": ("INVOICE", "DESPATCHADVICE"),
    "POSTBOXENVELOPE": ("APPLICATIONRESPONSE", "RECEIPTADVICE"),
    "SYSTEMENVELOPE": ("APPLICATIONRESPONSE",),
    "USERENVELOPE": ("PROCESSUSERACCOUNT", "CANCELUSERACCOUNT"),
}
INVOICE_COUNT_MAX, ELEMENT_COUNT_MAX = 100, 1000
# User accounts go to GİB itself and to nobody else.
GIB_VKN, GIB_ALIAS = "3900383669", "GIB"
# GİB's mailbox for despatches to recipients who are not registered (secondary source, November 2026).
VIRTUAL_DESPATCH_VKN = "3900892152"

_DECLARATION = re.compile(rb"\A(?:\xef\xbb\xbf)?\s*(?:<\?xml\s[^>]*\?>)?\s*")
_ENCODING = re.compile(rb"\A(?:\xef\xbb\xbf)?\s*<\?xml\s[^>]*encoding\s*=\s*[\"']([A-Za-z0-9._-]+)[\"']")
# A fixed stamp: the same envelope gives the same bytes, so the same MD5, when it is built again.
_ZIP_TIME = (1980, 1, 1, 0, 0, 0)


@dataclass(frozen=True, slots=True)
class Mailbox:
    """An address at GİB: alias (etiket, `urn:mail:…`), VKN or TCKN, and the title for people."""

    alias: str
    vkn_tckn: str
    title: str = ""


@dataclass(frozen=True, slots=True)
class Zarf:
    """An envelope ready to be sent: its XML, the zip that holds it, and the MD5 of the zip."""

    instance_id: UUID
    xml: bytes
    zip_bytes: bytes
    md5_hex: str
    file_name: str


def build_zarf(
    documents: Sequence[bytes],
    *,
    instance_id: UUID,
    sender: Mailbox,
    receiver: Mailbox,
    element_type: ElementType,
    at: datetime,
    envelope_type: EnvelopeType | None = None,
) -> Zarf:
    """Wrap signed documents of one kind, from one sender to one receiver, into a zarf.

    `envelope_type`: by default the one that carries this kind (an application response: POSTBOXENVELOPE).

    The documents go in byte by byte, without XML declaration: their signatures stay valid when each is
    taken out again as a document of its own. Built twice from the same input, the bytes are the same.
    :raises ZarfError: no document or too many, another kind, another encoding than UTF-8, parties that
        are not the envelope's, or something outside the root that a signature would cover.
    """
    count_max = INVOICE_COUNT_MAX if element_type == "INVOICE" else ELEMENT_COUNT_MAX
    if not 1 <= len(documents) <= count_max:
        raise ZarfError(
            f"Zarf 1 ile {count_max} arasında belge taşır: {len(documents)}",
            f"An envelope carries 1 to {count_max} documents, not {len(documents)}",
        )
    kind = envelope_type or usual_envelope(element_type)
    if element_type not in CARRIES[kind]:
        raise ZarfError(f"{kind} zarfı {element_type} taşımaz", f"A {kind} does not carry {element_type}")
    if kind == "USERENVELOPE" and (receiver.vkn_tckn, receiver.alias) != (GIB_VKN, GIB_ALIAS):
        raise ZarfError("Kullanıcı zarfı yalnızca GİB'e gider", "A user envelope goes to GİB itself only")
    bodies = [_body(document, element_type, sender, receiver) for document in documents]
    return pack_zarf(_xml(bodies, instance_id, sender, receiver, element_type, kind, at), instance_id=instance_id)


def usual_envelope(element_type: ElementType) -> EnvelopeType:
    """The kind of envelope that carries this kind of element (an application response: POSTBOXENVELOPE)."""
    kinds: list[EnvelopeType] = [kind for kind, carried in CARRIES.items() if element_type in carried]
    return kinds[0]


def pack_zarf(xml: bytes, *, instance_id: UUID) -> Zarf:
    """Zip an envelope's XML as GİB wants it: `<id>.xml` alone in `<id>.zip`, with the MD5 of the zip."""
    entry = zipfile.ZipInfo(f"{instance_id}.xml", _ZIP_TIME)
    entry.compress_type, entry.external_attr = zipfile.ZIP_DEFLATED, 0o100600 << 16
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr(entry, xml)
    zipped = buffer.getvalue()
    digest = hashlib.md5(zipped, usedforsecurity=False).hexdigest()
    return Zarf(instance_id, xml, zipped, digest, f"{instance_id}.zip")


def _body(document: bytes, element_type: ElementType, sender: Mailbox, receiver: Mailbox) -> bytes:
    encoding = _ENCODING.match(document)
    # ASCII protocol token: upper() is safe.
    if encoding is not None and encoding[1].upper() not in (b"UTF-8", b"UTF8", b"US-ASCII"):
        raise ZarfError("Belge UTF-8 olmalı", "The document must be UTF-8")
    try:
        root = parse_xml(document)
    except MessageUnreadable as error:
        raise ZarfError("Belge XML olarak okunamadı", f"The document cannot be read: {error}") from error
    if root.tag != ROOTS[element_type]:
        raise ZarfError(
            f"{element_type} zarfına başka türde belge konamaz",
            f"A document of another kind in an envelope of {element_type}",
        )
    if root.getprevious() is not None or root.getnext() is not None:
        raise ZarfError(
            "Kök elemanın dışında açıklama veya yönerge olamaz",
            "Nothing but the root element may stand in the document: it would be lost",
        )
    if element_type in CARRIES["USERENVELOPE"]:  # these name no parties: the integrator speaks to GİB
        return _DECLARATION.sub(b"", document, count=1).rstrip()
    issuer, recipient = PARTIES[element_type]
    if sender.vkn_tckn not in party_ids(root, issuer):
        raise ZarfError(
            "Zarfı gönderen ile belgeyi düzenleyen aynı olmalı",
            "The envelope's sender must be the document's issuer",
        )
    if receiver.vkn_tckn not in (*party_ids(root, recipient), VIRTUAL_DESPATCH_VKN):
        raise ZarfError(
            "Zarfı alan ile belgeyi alan aynı olmalı",
            "The envelope's receiver must be the document's recipient",
        )
    return _DECLARATION.sub(b"", document, count=1).rstrip()


def party_ids(root: etree._Element, party: str) -> tuple[str, ...]:
    """The VKN and TCKN that a document gives for `party` (a UBL element name), in document order."""
    holder = root.find(CAC + party)
    if holder is None:
        return ()
    # The parties of an application response are the party itself, those of an invoice hold one.
    inner = holder.find(CAC + "Party")
    ids = (holder if inner is None else inner).iterfind(f"{CAC}PartyIdentification/{CBC}ID")
    return tuple((item.text or "").strip() for item in ids if item.get("schemeID") in ("VKN", "TCKN"))


def _xml(
    bodies: Sequence[bytes],
    instance_id: UUID,
    sender: Mailbox,
    receiver: Mailbox,
    element_type: ElementType,
    envelope_type: EnvelopeType,
    at: datetime,
) -> bytes:
    head = envelope_head(instance_id, envelope_type, sender, receiver, at)
    package = (
        f"<ef:Package><Elements><ElementType>{element_type}</ElementType>"
        f"<ElementCount>{len(bodies)}</ElementCount><ElementList>"
    )
    tail = "</ElementList></Elements></ef:Package></sh:StandardBusinessDocument>"
    return b"".join(((head + package).encode(), *bodies, tail.encode()))


def envelope_head(
    instance_id: UUID, envelope_type: EnvelopeType, sender: Mailbox, receiver: Mailbox, at: datetime
) -> str:
    """Everything of an envelope before ef:Package; the creation time is Istanbul's wall clock."""
    created = at.astimezone(ISTANBUL).replace(tzinfo=None).isoformat(timespec="seconds")
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f'<sh:StandardBusinessDocument xmlns:sh="{SH}" xmlns:ef="{EF}" xmlns:xsi="{XSI}" '
        f'xsi:schemaLocation="{SH} PackageProxy_1_2.xsd"><sh:StandardBusinessDocumentHeader>'
        "<sh:HeaderVersion>1.0</sh:HeaderVersion>"
        f"<sh:Sender>{_partner(sender)}</sh:Sender><sh:Receiver>{_partner(receiver)}</sh:Receiver>"
        "<sh:DocumentIdentification><sh:Standard>UBL-TR</sh:Standard><sh:TypeVersion>1.2</sh:TypeVersion>"
        f"<sh:InstanceIdentifier>{instance_id}</sh:InstanceIdentifier><sh:Type>{envelope_type}</sh:Type>"
        f"<sh:CreationDateAndTime>{created}</sh:CreationDateAndTime>"
        "</sh:DocumentIdentification></sh:StandardBusinessDocumentHeader>"
    )


def _partner(mailbox: Mailbox) -> str:
    title = _contact(mailbox.title, "UNVAN") if mailbox.title else ""
    identifier = f"<sh:Identifier>{escape(mailbox.alias)}</sh:Identifier>"
    return identifier + title + _contact(mailbox.vkn_tckn, "VKN_TCKN")


def _contact(value: str, kind: str) -> str:
    return (
        f"<sh:ContactInformation><sh:Contact>{escape(value)}</sh:Contact>"
        f"<sh:ContactTypeIdentifier>{kind}</sh:ContactTypeIdentifier></sh:ContactInformation>"
    )
