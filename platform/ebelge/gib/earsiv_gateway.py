"""The way to GİB's e-Arşiv service: reports handed over, their fate asked (SOAP 1.2, WS-Security; gib/FACTS 4.3)."""

from base64 import b64encode
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from types import TracebackType
from typing import Literal, Self
from uuid import UUID

from lxml import etree

from ebelge.gib.errors import GatewayAnswerUnreadable, GibFault
from ebelge.gib.gateway import SoapGateway
from ebelge.gib.mtom import SOAP, SOAP_TYPE, MessageUnreadable, parse_message
from ebelge.gib.wssecurity import MessageSeal, signed_envelope

NAMESPACE = "http://earsiv.vedop3.ggm.gov.org/"
SERVICE_PATH = "/services/EArsivWsPort"
# Two implementations agree on these; GİB's full list was never found, so anything else is a failure (FACTS 4.3).
ACCEPTED, WORKING = 30, frozenset({10, 15})
STORED_WORD = "kaydedil"  # "Dosya Kaydedildi"


@dataclass(frozen=True, slots=True)
class BatchStatus:
    """GİB's answer about a report."""

    code: int
    text: str

    @property
    def outcome(self) -> Literal["accepted", "working", "failed"]:
        """What the code means."""
        if self.code == ACCEPTED:
            return "accepted"
        return "working" if self.code in WORKING else "failed"


class EArsivGateway:
    """GİB's e-Arşiv service at `base_url` (…/earsiv); one kept connection, not thread-safe.

    `seal` signs each message (the integrator's); `clock` gives the instant it is stamped with.
    """

    def __init__(
        self, base_url: str, seal: Callable[[], MessageSeal], clock: Callable[[], datetime], timeout_s: float = 30.0
    ) -> None:
        self._http = SoapGateway(base_url, timeout_s)
        self._seal, self._clock = seal, clock

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Give the kept connection up."""
        self._http.close()

    def send(self, file_name: str, zipped: bytes) -> str:
        """Hand a report over with sendDocumentFile; returns GİB's words.

        :raises GibFault: GİB refused the call. :raises GatewayOutcomeUnknown: it may have the report all the same.
        """
        request = etree.Element(f"{{{NAMESPACE}}}sendDocumentFile", nsmap={"web": NAMESPACE})
        attachment = etree.SubElement(request, "Attachment")
        etree.SubElement(attachment, "fileName").text = file_name
        etree.SubElement(attachment, "binaryData").text = b64encode(zipped).decode()
        answer = self._call(request, "SendDocumentFile", "sendDocumentFileResponse")
        words = (answer.findtext("return") or "").strip()
        if STORED_WORD not in words.casefold():
            raise GatewayAnswerUnreadable(words[:200] or "boş yanıt", f"the service says {words[:200]!r}")
        return words

    def status(self, report_id: UUID) -> BatchStatus:
        """Ask what became of a report with getBatchStatus; asking changes nothing.

        :raises GibFault, GatewayOutcomeUnknown.
        """
        request = etree.Element(f"{{{NAMESPACE}}}getBatchStatus", nsmap={"web": NAMESPACE})
        etree.SubElement(request, "paketId").text = str(report_id)
        answer = self._call(request, "GetBatchStatus", "getBatchStatusResponse")
        code = (answer.findtext("return/durumKodu") or "").strip()
        about = (answer.findtext("return/paketId") or "").strip().casefold()
        if not (code.lstrip("-").isascii() and code.lstrip("-").isdigit()) or about not in ("", str(report_id)):
            raise GatewayAnswerUnreadable("durumKodu yok", f"no status of this report in the answer ({code!r})")
        return BatchStatus(int(code), (answer.findtext("return/durumAciklama") or "").strip())

    def _call(self, request: etree._Element, action: str, expected: str) -> etree._Element:
        message = signed_envelope(request, self._seal(), at=self._clock())
        content_type = f'{SOAP_TYPE}; charset=utf-8; action="urn:{action}"'
        status, answer_type, data = self._http.post(SERVICE_PATH, message, content_type)
        try:
            answer = parse_message(data, answer_type).body
        except MessageUnreadable as error:
            raise GatewayAnswerUnreadable(f"HTTP {status}", f"HTTP {status}: {error}") from error
        if answer.tag == f"{{{SOAP}}}Fault":
            raise _fault(answer)
        if status != 200 or answer.tag != f"{{{NAMESPACE}}}{expected}":
            raise GatewayAnswerUnreadable(f"HTTP {status}: {answer.tag}", f"HTTP {status}: {answer.tag}")
        return answer


def _fault(fault: etree._Element) -> GibFault:
    detail = fault.find(f"{{{SOAP}}}Detail/{{{NAMESPACE}}}EArsivFault")
    reason = " ".join((fault.findtext(f"{{{SOAP}}}Reason/{{{SOAP}}}Text") or "").split())
    if detail is None:
        return GibFault(0, reason)
    code = (detail.findtext("code") or "").strip()
    return GibFault(
        int(code) if code.isascii() and code.isdigit() else 0, (detail.findtext("message") or "").strip() or reason
    )
