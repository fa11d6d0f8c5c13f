"""GİB's e-Arşiv service, simulated: takes reports and answers at once, checks when asked, after the desk's delay.

Codes other than 10, 15 and 30, and what it says of a report that it does not have, are inventions: GİB's list is not
public. Orders of its own (`POST /control/earsiv-orders`) make a call or a report fail.
"""

import json
import time
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from cryptography import x509
from lxml import etree

from ebelge.gib.earsiv_gateway import ACCEPTED, NAMESPACE
from ebelge.gib.errors import ZarfUnreadable
from ebelge.gib.mtom import SOAP, SOAP_TYPE, MessageUnreadable, parse_message, soap_envelope
from ebelge.gib.simulator import earsiv_checks
from ebelge.gib.simulator.clerk import Clerk
from ebelge.gib.simulator.control import ControlRefused
from ebelge.gib.simulator.service import Answer
from ebelge.gib.simulator.store import Store

BASE_PATH = "/earsiv"
SERVICE_PATH = f"{BASE_PATH}/services/EArsivWsPort"
QUEUED, CHECKING, NOT_FOUND, INVALID = 10, 15, 99, 40
OPERATIONS = ("sendDocumentFile", "getBatchStatus")
_TEXTS = {QUEUED: "PAKET KUYRUKTA", CHECKING: "PAKET İŞLENİYOR", ACCEPTED: "BAŞARIYLA İŞLENDİ"}


class EArsivService:
    """The service over the simulator's store."""

    def __init__(self, store: Store, clerk: Clerk, trust: Sequence[x509.Certificate] = ()) -> None:
        self._store, self._clerk, self._trust = store, clerk, trust

    def handle(self, body: bytes, content_type: str) -> Answer:
        """Answer one SOAP call; a message whose WS-Security does not hold is refused."""
        try:
            request = parse_message(body, content_type).body
            earsiv_checks.message(body, self._trust)
        except (MessageUnreadable, earsiv_checks.Refused) as error:
            self._store.note_call("earsiv unreadable", "", str(error))
            return _fault(0, str(error), side="Sender")
        name = etree.QName(request).localname
        if name not in OPERATIONS:
            return _fault(0, f"unknown request {request.tag}", side="Sender")
        return self._send(request) if name == "sendDocumentFile" else self._status(request)

    def _send(self, request: etree._Element) -> Answer:
        file_name = (request.findtext("Attachment/fileName") or "").strip()
        report_id = file_name.removesuffix(".zip").casefold()
        data = earsiv_checks.base64_of(request.findtext("Attachment/binaryData") or "")
        order = self._take("sendDocumentFile", report_id)
        refused = "fault" in order
        if not refused and order.get("stored", True):
            try:
                UUID(report_id)
            except ValueError:
                return self._said(_fault(1, "dosya adı <raporNo>.zip olmalı"), order, "sendDocumentFile", report_id)
            cursor = self._store.write(
                "INSERT INTO report (report_id, zip, received_at) VALUES (?, ?, ?) ON CONFLICT DO NOTHING",
                (report_id, data, time.time()),
            )
            if cursor.rowcount != 1:
                return self._said(_fault(2, "bu rapor daha önce alındı"), order, "sendDocumentFile", report_id)
        if refused:
            answer = _fault(int(order["fault"]), str(order.get("msg", "SİSTEM HATASI")))
        else:
            answer = _answer("sendDocumentFile", {"": "Dosya Kaydedildi"})
        return self._said(answer, order, "sendDocumentFile", report_id)

    def _status(self, request: etree._Element) -> Answer:
        report_id = (request.findtext("paketId") or "").strip().casefold()
        order = self._take("getBatchStatus", report_id)
        if "fault" in order:
            answer = _fault(int(order["fault"]), str(order.get("msg", "SİSTEM HATASI")))
        else:
            code, text = self._judged(report_id)
            if "code" in order:
                code, text = int(order["code"]), str(order.get("msg", "SİPARİŞ ÜZERİNE"))
            answer = _answer("getBatchStatus", {"durumAciklama": text, "durumKodu": str(code), "paketId": report_id})
        return self._said(answer, order, "getBatchStatus", report_id)

    def _judged(self, report_id: str) -> tuple[int, str]:
        """Where a report stands; it is checked when its time has come and somebody asks."""
        rows = self._store.rows("SELECT * FROM report WHERE report_id = ?", (report_id,))
        if not rows:
            return NOT_FOUND, "PAKET BULUNAMADI"
        row = rows[0]
        if row["code"]:
            return int(row["code"]), str(row["finding"] or _TEXTS.get(row["code"], ""))
        waited_ms = (time.time() - row["received_at"]) * 1000
        if waited_ms < self._clerk.answer_delay_ms:
            code = QUEUED if waited_ms < self._clerk.answer_delay_ms / 2 else CHECKING
            return code, _TEXTS[code]
        with self._store.alone():
            code, finding, lines, taxpayer = self._check(row)
            self._store.write(
                "UPDATE report SET code = ?, finding = ?, taxpayer = ? WHERE report_id = ?",
                (code, finding, taxpayer, report_id),
            )
            for kind, number in lines if code == ACCEPTED else ():
                self._store.write(
                    "INSERT INTO report_line (report_id, taxpayer, kind, number) VALUES (?, ?, ?, ?)",
                    (report_id, taxpayer, kind, number),
                )
        return code, finding or _TEXTS.get(code, "")

    def _check(self, row: Mapping[str, Any]) -> tuple[int, str, list[tuple[str, str]], str]:
        ordered = self._take("report", row["report_id"])
        if "code" in ordered:
            return int(ordered["code"]), str(ordered.get("msg", "SİPARİŞ ÜZERİNE")), [], ""
        try:
            report = earsiv_checks.report(row["zip"], UUID(row["report_id"]), self._trust)
        except (earsiv_checks.Refused, ZarfUnreadable, MessageUnreadable) as error:
            return INVALID, str(error), [], ""
        known = {
            (one["kind"], one["number"])
            for one in self._store.rows("SELECT kind, number FROM report_line WHERE taxpayer = ?", (report.taxpayer,))
        }
        try:
            earsiv_checks.numbers(report.lines, known)
        except earsiv_checks.Refused as error:
            return INVALID, str(error), [], report.taxpayer
        return ACCEPTED, "", report.lines, report.taxpayer

    def _take(self, operation: str, report_id: str) -> Mapping[str, Any]:
        """The first order that fits, used up by one; an empty one where there is none."""
        for order in self._store.rows("SELECT * FROM report_order WHERE times > used ORDER BY id"):
            wanted = order["report_id"]
            if order["operation"] == operation and wanted in ("", report_id):
                self._store.write("UPDATE report_order SET used = used + 1 WHERE id = ?", (order["id"],))
                return dict(json.loads(order["act"]))
        return {}

    def _said(self, answer: Answer, order: Mapping[str, Any], operation: str, report_id: str) -> Answer:
        transport = order if "transport" in order else None
        self._store.note_call(operation, report_id, str(answer.status))
        return Answer(answer.status, answer.content_type, answer.body, transport)

    def desk(self, method: str, path: str, body: bytes) -> Any:
        """The desk's part: reports, their lines, orders. :raises ControlRefused:"""
        if (method, path) == ("GET", "reports"):
            return self._store.rows("SELECT report_id, taxpayer, received_at, code, finding FROM report ORDER BY rowid")
        if (method, path) == ("GET", "report-lines"):
            return self._store.rows("SELECT report_id, taxpayer, kind, number FROM report_line ORDER BY rowid")
        if (method, path) != ("POST", "earsiv-orders"):
            raise ControlRefused(404, f"no {method} /control/{path}")
        order = json.loads(body)
        if order.get("operation") not in (*OPERATIONS, "report") or not isinstance(order.get("do"), dict):
            raise ControlRefused(400, "an order has operation, do, report_id and times")
        self._store.write(
            "INSERT INTO report_order (operation, report_id, act, times) VALUES (?, ?, ?, ?)",
            (order["operation"], order.get("report_id", ""), json.dumps(order["do"]), int(order.get("times", 1))),
        )
        return {"status": "placed"}


def _answer(operation: str, values: Mapping[str, str]) -> Answer:
    response = etree.Element(f"{{{NAMESPACE}}}{operation}Response", nsmap={"ns2": NAMESPACE})
    returned = etree.SubElement(response, "return")
    for name, value in values.items():
        if name:
            etree.SubElement(returned, name).text = value
        else:
            returned.text = value
    return Answer(200, f"{SOAP_TYPE}; charset=utf-8", soap_envelope(response))


def _fault(code: int, text: str, *, side: str = "Receiver") -> Answer:
    fault = etree.Element(f"{{{SOAP}}}Fault", nsmap={"soap": SOAP})
    value = etree.SubElement(etree.SubElement(fault, f"{{{SOAP}}}Code"), f"{{{SOAP}}}Value")
    value.text = f"soap:{side}"
    reason = etree.SubElement(etree.SubElement(fault, f"{{{SOAP}}}Reason"), f"{{{SOAP}}}Text")
    reason.text = text
    reason.set("{http://www.w3.org/XML/1998/namespace}lang", "tr")
    detail = etree.SubElement(fault, f"{{{SOAP}}}Detail")
    inner = etree.SubElement(detail, f"{{{NAMESPACE}}}EArsivFault", nsmap={"ns2": NAMESPACE})
    etree.SubElement(inner, "code").text = str(code)
    etree.SubElement(inner, "message").text = text
    return Answer(500, f"{SOAP_TYPE}; charset=utf-8", soap_envelope(fault))
