"""The system response (sistem yanıtı, S_APR) about an envelope: read what GİB says, write one.

Form: Sistem Yanıtı Şema Yapısı v1.5. DocumentReference/ID is the envelope that is spoken of, the first
LineResponse (LineID 0) carries status code and text. It is not signed; only systems make it.
"""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID, uuid5
from xml.sax.saxutils import escape

from ebelge.core.clock import ISTANBUL
from ebelge.gib.mtom import MessageUnreadable, parse_xml
from ebelge.gib.status_codes import StatusCode, status_of
from ebelge.gib.zarf import CAC, CBC, EnvelopeType, Mailbox, envelope_head

_UBL = "urn:oasis:names:specification:ubl:schema:xsd:"
_RESPONSE = f"{{{_UBL}ApplicationResponse-2}}ApplicationResponse"


@dataclass(frozen=True, slots=True)
class SystemResponse:
    """What GİB says of one of our envelopes: `code` with GİB's own `text`."""

    instance_id: UUID
    code: int
    text: str

    @property
    def meaning(self) -> StatusCode:
        """Our table's row for the code: reaction and effect on kontör."""
        return status_of(self.code)


def read_system_response(xml: str | bytes, *, about: UUID | None) -> SystemResponse:
    """The status in a system response envelope (or a bare ApplicationResponse) about envelope `about` (None: any).

    :raises MessageUnreadable: not XML, no S_APR in it, one about another envelope, or a code that is none.
    """
    root = parse_xml(xml.encode() if isinstance(xml, str) else xml)
    for response in root.iter(_RESPONSE):
        for document in response.iterfind(f"{CAC}DocumentResponse"):
            if (document.findtext(f"{CAC}Response/{CBC}ResponseCode") or "").strip() != "S_APR":
                continue
            subject = (document.findtext(f"{CAC}DocumentReference/{CBC}ID") or "").strip()
            line = document.find(f"{CAC}LineResponse/{CAC}Response")
            code = "" if line is None else (line.findtext(f"{CBC}ResponseCode") or "").strip()
            told = _id(subject)
            if told is None or about not in (None, told):
                raise MessageUnreadable(f"a system response about {subject!r}, not about {about}")
            if line is None or not (len(code) == 4 and code.isascii() and code.isdigit()):
                raise MessageUnreadable("a system response without a status code")
            return SystemResponse(told, int(code), (line.findtext(f"{CBC}Description") or "").strip())
    raise MessageUnreadable("no system response (S_APR) in the answer")


def _id(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


def write_system_response(
    *,
    about: UUID,
    about_type: EnvelopeType,
    code: int,
    text: str,
    sender: Mailbox,
    receiver: Mailbox,
    at: datetime,
) -> str:
    """A SYSTEMENVELOPE saying `code` about the envelope `about`.

    `sender` and `receiver` are those of this answer: the received envelope's, swapped. Ids are derived
    from the envelope, the code and the time, so the same answer asked twice is the same text.
    """
    instance_id = uuid5(about, f"zarf {code} {at.isoformat()}")
    document = system_response_document(
        about=about, about_type=about_type, code=code, text=text, sender=sender, receiver=receiver, at=at
    )
    return (
        f"{envelope_head(instance_id, 'SYSTEMENVELOPE', sender, receiver, at)}"
        "<ef:Package><Elements><ElementType>APPLICATIONRESPONSE</ElementType><ElementCount>1</ElementCount>"
        f"<ElementList>{document}</ElementList></Elements></ef:Package></sh:StandardBusinessDocument>"
    )


def system_response_document(
    *,
    about: UUID,
    about_type: EnvelopeType,
    code: int,
    text: str,
    sender: Mailbox,
    receiver: Mailbox,
    at: datetime,
) -> str:
    """The ApplicationResponse (S_APR) alone, as it goes into a SYSTEMENVELOPE; `build_zarf` wraps it. Not signed."""
    ids = [uuid5(about, f"{part} {code} {at.isoformat()}") for part in ("zarf", "document", "uuid", "line")]
    moment = at.astimezone(ISTANBUL).replace(tzinfo=None)
    day, clock = moment.date().isoformat(), moment.time().isoformat(timespec="seconds")
    return (
        f'<ApplicationResponse xmlns="{_UBL}ApplicationResponse-2" '
        f'xmlns:cac="{_UBL}CommonAggregateComponents-2" xmlns:cbc="{_UBL}CommonBasicComponents-2">'
        "<cbc:UBLVersionID>2.1</cbc:UBLVersionID><cbc:CustomizationID>TR1.2</cbc:CustomizationID>"
        f"<cbc:ProfileID>UBL-TR-PROFILE-1</cbc:ProfileID><cbc:ID>{ids[1]}</cbc:ID>"
        f"<cbc:UUID>{ids[2]}</cbc:UUID><cbc:IssueDate>{day}</cbc:IssueDate>"
        f"<cbc:IssueTime>{clock}</cbc:IssueTime>"
        f"{_party('SenderParty', sender)}{_party('ReceiverParty', receiver)}"
        f"<cac:DocumentResponse><cac:Response><cbc:ReferenceID>{ids[1]}</cbc:ReferenceID>"
        "<cbc:ResponseCode>S_APR</cbc:ResponseCode><cbc:Description>APPLICATIONRESPONSE</cbc:Description>"
        f"</cac:Response><cac:DocumentReference><cbc:ID>{about}</cbc:ID><cbc:IssueDate>{day}</cbc:IssueDate>"
        f"<cbc:DocumentTypeCode>{about_type}</cbc:DocumentTypeCode>"
        f"<cbc:DocumentType>{about_type}</cbc:DocumentType></cac:DocumentReference>"
        "<cac:LineResponse><cac:LineReference><cbc:LineID>0</cbc:LineID><cac:DocumentReference>"
        f"<cbc:ID>{about}</cbc:ID><cbc:IssueDate>{day}</cbc:IssueDate></cac:DocumentReference>"
        f"</cac:LineReference><cac:Response><cbc:ReferenceID>{ids[3]}</cbc:ReferenceID>"
        f"<cbc:ResponseCode>{code}</cbc:ResponseCode><cbc:Description>{escape(text)}</cbc:Description>"
        "</cac:Response></cac:LineResponse></cac:DocumentResponse></ApplicationResponse>"
    )


def _party(role: str, mailbox: Mailbox) -> str:
    natural = len(mailbox.vkn_tckn) == 11
    title = escape(mailbox.title or mailbox.alias)
    name = "" if natural else f"<cac:PartyName><cbc:Name>{title}</cbc:Name></cac:PartyName>"
    person = (
        f"<cac:Person><cbc:FirstName>{title}</cbc:FirstName><cbc:FamilyName>{title}</cbc:FamilyName></cac:Person>"
        if natural
        else ""
    )
    return (
        f'<cac:{role}><cac:PartyIdentification><cbc:ID schemeID="{"TCKN" if natural else "VKN"}">'
        f"{escape(mailbox.vkn_tckn)}</cbc:ID></cac:PartyIdentification>{name}"
        "<cac:PostalAddress><cbc:CitySubdivisionName/><cbc:CityName/>"
        "<cac:Country><cbc:Name>Türkiye</cbc:Name></cac:Country></cac:PostalAddress>"
        f"{person}</cac:{role}>"
    )
