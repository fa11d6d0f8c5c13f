"""The two operations: receive an envelope and answer at once; say what became of one."""

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from lxml import etree

from ebelge.gib.efatura_wsdl import NAMESPACE
from ebelge.gib.mtom import SOAP, SOAP_TYPE, MessageUnreadable, SoapMessage, parse_message, soap_envelope
from ebelge.gib.simulator import checks, orders
from ebelge.gib.simulator.clerk import Clerk
from ebelge.gib.simulator.store import DocumentFacts, Store
from ebelge.gib.status_codes import FAULT_CODES, status_of
from ebelge.gib.system_response import write_system_response
from ebelge.gib.zarf import Mailbox

_FILE_NAME = re.compile(r"([0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12})\.zip", re.ASCII)
_OWN_MAILBOX = Mailbox("GIB", "3900383669", "GELİR İDARESİ BAŞKANLIĞI")


class Fault(Exception):
    """An EFaturaFault with a code of GİB's list."""

    def __init__(self, code: int, message: str = "") -> None:
        super().__init__(message)
        self.code, self.message = code, message or FAULT_CODES[code].text_tr


@dataclass(frozen=True, slots=True)
class Answer:
    """An HTTP answer; `transport` says in which way it is to be spoilt."""

    status: int
    content_type: str
    body: bytes
    transport: Mapping[str, Any] | None = None


class EFaturaService:
    """GİB's e-Fatura service over a store."""

    def __init__(self, store: Store, clerk: Clerk) -> None:
        self._store, self._clerk = store, clerk

    def handle(self, body: bytes, content_type: str) -> Answer:
        """Answer one SOAP call."""
        try:
            message = parse_message(body, content_type)
        except MessageUnreadable as error:
            self._store.note_call("unreadable", "", str(error))
            return _soap(400, _fault_element("Sender", str(error)))
        if message.body.tag == f"{{{NAMESPACE}}}documentRequest":
            return self._send(message)
        if message.body.tag == f"{{{NAMESPACE}}}getAppRespRequest":
            return self._application_response(message)
        return _soap(400, _fault_element("Sender", f"unknown request {message.body.tag}"))

    def _send(self, message: SoapMessage) -> Answer:
        name = (message.body.findtext("fileName") or "").strip()
        match = _FILE_NAME.fullmatch(name)
        instance_id = str(UUID(match[1])) if match else ""
        binary = message.body.find("binaryData")
        try:
            data = b"" if binary is None else message.binary(binary)
        except MessageUnreadable as error:
            self._store.note_call("sendDocument", instance_id, str(error))
            return _soap(400, _fault_element("Sender", str(error)))
        order = orders.take_call_order(self._store, "sendDocument", instance_id, self._peek(data, instance_id))
        stored_anyway = bool(order and order.get("stored", "transport" in order))
        try:
            if order is None or stored_anyway:
                self._receive(match, name, data, (message.body.findtext("hash") or "").strip())
            if order and "fault" in order:
                raise Fault(int(order["fault"]), str(order.get("msg", "")))
        except Fault as fault:
            return self._spoil(_fault_answer(fault), order, "sendDocument", instance_id, str(fault.code))
        answer = etree.Element(f"{{{NAMESPACE}}}documentResponse", nsmap={"ns2": NAMESPACE})
        etree.SubElement(answer, "msg").text = "ZARF ALINDI"
        etree.SubElement(answer, "hash").text = hashlib.md5(data, usedforsecurity=False).hexdigest()
        return self._spoil(_soap(200, answer), order, "sendDocument", instance_id, "stored")

    def _peek(self, data: bytes, instance_id: str) -> list[DocumentFacts]:
        """The documents, read before answering only where an order may be about one of them."""
        if not instance_id or not any(
            order.document_keys and "status" not in order.act for order in orders.active(self._store)
        ):
            return []
        try:
            return checks.read_envelope(data, UUID(instance_id))[1]
        except checks.Refused:
            return []

    def _receive(self, match: re.Match[str] | None, name: str, data: bytes, md5: str) -> None:
        if match is None:
            raise Fault(2006)
        # Hexadecimal digits: casefold() is safe. GİB does not say which case it wants.
        if hashlib.md5(data, usedforsecurity=False).hexdigest() != md5.casefold():
            raise Fault(2000)
        if not self._store.receive(str(UUID(match[1])), name, md5, data):
            raise Fault(2001)
        self._clerk.ring()

    def _application_response(self, message: SoapMessage) -> Answer:
        asked = (message.body.findtext("instanceIdentifier") or "").strip()
        try:
            instance_id = str(UUID(asked))
        except ValueError:
            instance_id = asked
        order = orders.take_call_order(
            self._store, "getApplicationResponse", instance_id, self._documents_of(instance_id)
        )
        try:
            if order and "fault" in order:
                raise Fault(int(order["fault"]), str(order.get("msg", "")))
            rows = self._store.rows("SELECT * FROM envelope WHERE instance_id = ?", (instance_id,))
            if not rows:
                raise Fault(2004)
        except Fault as fault:
            return self._spoil(_fault_answer(fault), order, "getApplicationResponse", instance_id, str(fault.code))
        answer = etree.Element(f"{{{NAMESPACE}}}getAppRespResponse", nsmap={"ns2": NAMESPACE})
        etree.SubElement(answer, "applicationResponse").text = _system_response(rows[0])
        return self._spoil(_soap(200, answer), order, "getApplicationResponse", instance_id, str(rows[0]["status"]))

    def _documents_of(self, instance_id: str) -> list[DocumentFacts]:
        rows = self._store.rows("SELECT * FROM document WHERE instance_id = ?", (instance_id,))
        return [
            DocumentFacts(row["kind"], row["number"], row["ettn"], row["supplier"], row["customer"], row["sha256"])
            for row in rows
        ]

    def _spoil(
        self, answer: Answer, order: Mapping[str, Any] | None, operation: str, instance_id: str, outcome: str
    ) -> Answer:
        transport = order if order and "transport" in order else None
        spoilt = f" then {transport['transport']}" if transport else ""
        self._store.note_call(operation, instance_id, outcome + spoilt)
        return Answer(answer.status, answer.content_type, answer.body, transport)


def _system_response(row: Mapping[str, Any]) -> str:
    sender, receiver = json.loads(row["sender"]), json.loads(row["receiver"])
    meaning = status_of(row["status"])
    return write_system_response(
        about=UUID(row["instance_id"]),
        about_type="POSTBOXENVELOPE" if row["envelope_type"] == "POSTBOXENVELOPE" else "SENDERENVELOPE",
        code=meaning.code,
        text=meaning.text_tr,
        # The answer goes back the way the envelope came; before it is read GİB speaks for itself.
        sender=Mailbox(**receiver) if receiver else _OWN_MAILBOX,
        receiver=Mailbox(**sender) if sender else _OWN_MAILBOX,
        at=datetime.fromtimestamp(row["status_at"], UTC),
    )


def _soap(status: int, body: etree._Element) -> Answer:
    return Answer(status, f"{SOAP_TYPE}; charset=utf-8", soap_envelope(body))


def _fault_element(side: str, reason: str) -> etree._Element:
    fault = etree.Element(f"{{{SOAP}}}Fault", nsmap={"soap": SOAP})
    code = etree.SubElement(fault, f"{{{SOAP}}}Code")
    etree.SubElement(code, f"{{{SOAP}}}Value").text = f"soap:{side}"
    text = etree.SubElement(etree.SubElement(fault, f"{{{SOAP}}}Reason"), f"{{{SOAP}}}Text")
    text.text = reason
    text.set("{http://www.w3.org/XML/1998/namespace}lang", "tr")
    return fault


def _fault_answer(fault: Fault) -> Answer:
    element = _fault_element("Receiver", "EFaturaFaultMessage")
    detail = etree.SubElement(element, f"{{{SOAP}}}Detail")
    inner = etree.SubElement(detail, f"{{{NAMESPACE}}}EFaturaFault", nsmap={"ns2": NAMESPACE})
    etree.SubElement(inner, "code").text = str(fault.code)
    etree.SubElement(inner, "msg").text = fault.message
    return _soap(500, element)
