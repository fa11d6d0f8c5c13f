"""Uygulama yanıtı: what a buyer says of an invoice (KABUL, RED, IADE) as a UBL-TR ApplicationResponse."""

from dataclasses import dataclass
from datetime import date, time
from typing import Literal
from uuid import UUID

from ebelge.ubl import nodes
from ebelge.ubl.names import APPLICATION_RESPONSE
from ebelge.ubl.nodes import sub
from ebelge.ubl.prepare import cac_signature, serialise, signature_id
from ebelge.ubl.types import Party, Signatory

ResponseCode = Literal["KABUL", "RED", "IADE"]
WORDS: dict[ResponseCode, str] = {
    "KABUL": "Fatura kabul edilmiştir.",
    "RED": "Fatura reddedilmiştir.",
    "IADE": "Fatura iade edilmiştir.",
}


@dataclass(frozen=True, slots=True)
class Answered:
    """The document that is answered, as the answer refers to it."""

    ettn: UUID
    number: str
    issue_date: date
    profile: str


def application_response(
    *,
    about: Answered,
    code: ResponseCode,
    reason: str,
    sender: Party,
    receiver: Party,
    number: str,
    ettn: UUID,
    issue_date: date,
    issue_time: time,
    signatory: Signatory,
) -> bytes:
    """The answer ready for its seal: placeholder extension empty, cac:Signature names `signatory`.

    `sender` is the buyer who answers, `receiver` the invoice's issuer. The schema has no place for a stylesheet.
    GİB's samples refer to the invoice by its ETTN; the number stands beside it for people.
    """
    root = nodes.root(APPLICATION_RESPONSE, "ApplicationResponse")
    sub(root, "cbc:UBLVersionID", "2.1")
    sub(root, "cbc:CustomizationID", "TR1.2")
    sub(root, "cbc:ProfileID", "IHRACAT" if about.profile == "IHRACAT" else "TICARIFATURA")
    sub(root, "cbc:ID", number)
    sub(root, "cbc:UUID", str(ettn))
    sub(root, "cbc:IssueDate", issue_date.isoformat())
    sub(root, "cbc:IssueTime", issue_time.strftime("%H:%M:%S"))
    sub(root, "cbc:Note", f"{about.number}: {WORDS[code]}")
    root.append(cac_signature(signatory, signature_id(root)))
    nodes.party(root, sender, "cac:SenderParty")
    nodes.party(root, receiver, "cac:ReceiverParty")
    said = sub(root, "cac:DocumentResponse")
    response = sub(said, "cac:Response")
    sub(response, "cbc:ReferenceID", str(ettn))
    sub(response, "cbc:ResponseCode", code)
    sub(response, "cbc:Description", reason or WORDS[code])
    reference = sub(said, "cac:DocumentReference")
    sub(reference, "cbc:ID", str(about.ettn))
    sub(reference, "cbc:IssueDate", about.issue_date.isoformat())
    sub(reference, "cbc:DocumentTypeCode", "FATURA")
    sub(reference, "cbc:DocumentType", "FATURA")
    sub(reference, "cbc:DocumentDescription", about.number)
    return serialise(root)
