"""The receiving side of GİB's e-Fatura contract: calls that come to us, read; answers and faults, made.

Pure: what is stored and looked up is the caller's. Facts: Yazılım Standartları v1.4 (contract, faults 2000 … 2007).
"""

import hashlib
import re
from dataclasses import dataclass
from uuid import UUID

from lxml import etree

from ebelge.gib.efatura_wsdl import NAMESPACE
from ebelge.gib.mtom import SOAP, SOAP_TYPE, MessageUnreadable, parse_message, soap_envelope
from ebelge.gib.status_codes import FAULT_CODES

CONTENT_TYPE = f"{SOAP_TYPE}; charset=utf-8"
_FILE_NAME = re.compile(r"([0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12})\.zip", re.ASCII)


class EFaturaFault(Exception):
    """A refusal with a code of GİB's list; it is answered as a typed SOAP fault."""

    def __init__(self, code: int, message: str = "") -> None:
        super().__init__(message)
        self.code, self.message = code, message or FAULT_CODES[code].text_tr


@dataclass(frozen=True, slots=True)
class PushedZarf:
    """sendDocument: an envelope's id (from the file's name), its zip, and the zip's MD5 in lower case."""

    zarf_id: UUID
    zipped: bytes
    md5: str


@dataclass(frozen=True, slots=True)
class AskedZarf:
    """getApplicationResponse: which envelope is asked about."""

    zarf_id: UUID


def read_call(body: bytes, content_type: str) -> PushedZarf | AskedZarf:
    """What is asked of us.

    :raises MessageUnreadable: not a call of this contract. :raises EFaturaFault: 2006 no envelope's name, 2000 another
        hash than the file's, 2004 an id that is none.
    """
    message = parse_message(body, content_type)
    if message.body.tag == f"{{{NAMESPACE}}}getAppRespRequest":
        asked = (message.body.findtext("instanceIdentifier") or "").strip()
        try:
            return AskedZarf(UUID(asked))
        except ValueError as error:
            raise EFaturaFault(2004) from error
    if message.body.tag != f"{{{NAMESPACE}}}documentRequest":
        raise MessageUnreadable(f"unknown request {str(message.body.tag)[:100]}")
    match = _FILE_NAME.fullmatch((message.body.findtext("fileName") or "").strip())
    if match is None:
        raise EFaturaFault(2006)
    binary = message.body.find("binaryData")
    zipped = b"" if binary is None else message.binary(binary)
    md5 = hashlib.md5(zipped, usedforsecurity=False).hexdigest()
    # Hexadecimal digits: casefold() is safe. GİB does not say which case it writes.
    if not zipped or md5 != (message.body.findtext("hash") or "").strip().casefold():
        raise EFaturaFault(2000)
    return PushedZarf(UUID(match[1]), zipped, md5)


def stored_answer(md5: str) -> bytes:
    """documentResponse: the envelope is ours now."""
    answer = etree.Element(f"{{{NAMESPACE}}}documentResponse", nsmap={"ns2": NAMESPACE})
    etree.SubElement(answer, "msg").text = "ZARF BASARIYLA ALINDI"
    etree.SubElement(answer, "hash").text = md5
    return soap_envelope(answer)


def response_answer(system_response: str) -> bytes:
    """getAppRespResponse: the system response envelope as a string."""
    answer = etree.Element(f"{{{NAMESPACE}}}getAppRespResponse", nsmap={"ns2": NAMESPACE})
    etree.SubElement(answer, "applicationResponse").text = system_response
    return soap_envelope(answer)


def fault_answer(fault: EFaturaFault) -> bytes:
    """A SOAP 1.2 fault with GİB's EFaturaFault in its detail."""
    element = _fault("Receiver", "EFaturaFaultMessage")
    inner = etree.SubElement(
        etree.SubElement(element, f"{{{SOAP}}}Detail"), f"{{{NAMESPACE}}}EFaturaFault", nsmap={"ns2": NAMESPACE}
    )
    etree.SubElement(inner, "code").text = str(fault.code)
    etree.SubElement(inner, "msg").text = fault.message
    return soap_envelope(element)


def unreadable_answer() -> bytes:
    """A SOAP 1.2 fault for what is no call of the contract; it does not repeat what was sent."""
    return soap_envelope(_fault("Sender", "İstek okunamadı / the request cannot be read"))


def _fault(side: str, reason: str) -> etree._Element:
    fault = etree.Element(f"{{{SOAP}}}Fault", nsmap={"soap": SOAP})
    code = etree.SubElement(fault, f"{{{SOAP}}}Code")
    etree.SubElement(code, f"{{{SOAP}}}Value").text = f"soap:{side}"
    text = etree.SubElement(etree.SubElement(fault, f"{{{SOAP}}}Reason"), f"{{{SOAP}}}Text")
    text.text = reason
    text.set("{http://www.w3.org/XML/1998/namespace}lang", "tr")
    return fault
