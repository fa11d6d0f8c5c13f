"""The way to GİB's e-Fatura service: SOAP 1.2 with MTOM over HTTP(S).

Contract: EFaturaPortType of GİB's WSDL: sendDocument and getApplicationResponse; the elements inside the
requests carry no namespace. Nothing is repeated here: who calls decides by the kind of error.
"""

import hashlib
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Protocol, Self
from uuid import UUID

import requests
import urllib3
from lxml import etree

from ebelge.gib.errors import GatewayAnswerUnreadable, GatewayTimeout, GatewayUnreachable, GibFault
from ebelge.gib.mtom import (
    SOAP,
    SOAP_TYPE,
    MessageUnreadable,
    SoapMessage,
    include,
    multipart,
    parse_message,
    soap_envelope,
)
from ebelge.gib.system_response import SystemResponse, read_system_response
from ebelge.gib.taxpayers import ListKind
from ebelge.gib.zarf import Zarf

NAMESPACE = "http://gib.gov.tr/vedop3/eFatura"
SERVICE_PATH = "/services/EFatura"
ANSWER_BYTES_MAX = 8 * 1024 * 1024
USER_LIST_BYTES_MAX = 2 * 1024**3
LIST_TIMEOUT_S = 1800.0
ETAG_MAX = 200
_CHUNK = 64 * 1024


@dataclass(frozen=True, slots=True)
class Receipt:
    """GİB has stored the envelope (not yet checked it); `message` is GİB's own text."""

    message: str
    hash_hex: str


@dataclass(frozen=True, slots=True)
class ListFile:
    """A list as it was fetched: SHA-256 in hex of the zip, and the name GİB's server gives this version, if any."""

    sha256_hex: str
    etag: str


class GibGateway(Protocol):
    """What the product needs of GİB; both calls may raise GibFault or GatewayOutcomeUnknown."""

    def send(self, zarf: Zarf) -> Receipt:
        """Hand an envelope over."""

    def status(self, instance_id: UUID) -> SystemResponse:
        """Ask what became of an envelope; asking changes nothing at GİB."""


class SoapGateway:
    """GİB's service at `base_url` (…/EFaturaMerkez), one kept connection per instance; not thread-safe.

    `timeout_s` bounds the connection, each wait for bytes, and a whole answer. `ca_bundle` replaces the
    system's certificate authorities, for development only.
    """

    def __init__(
        self,
        base_url: str,
        timeout_s: float = 30.0,
        *,
        connect_timeout_s: float = 5.0,
        answer_bytes_max: int = ANSWER_BYTES_MAX,
        ca_bundle: Path | None = None,
    ) -> None:
        self.base_url = base_url.rstrip("/")
        self._timeout_s, self._connect_timeout_s = timeout_s, min(connect_timeout_s, timeout_s)
        self._answer_bytes_max = answer_bytes_max
        self._http = requests.Session()
        # GİB knows us by fixed addresses: a proxy from the environment must not slip in between.
        self._http.trust_env = False
        if ca_bundle is not None:
            self._http.verify = str(ca_bundle)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Give the kept connection up."""
        self._http.close()

    def send(self, zarf: Zarf) -> Receipt:
        """Hand an envelope over with sendDocument.

        :raises GibFault: GİB refused the call; 2001 says that it has this envelope already.
        :raises GatewayOutcomeUnknown: no readable answer; ask `status` before sending again.
        """
        request = etree.Element(f"{{{NAMESPACE}}}documentRequest", nsmap={"ef": NAMESPACE})
        etree.SubElement(request, "fileName").text = zarf.file_name
        content_id = f"{zarf.instance_id}@ebelge"
        include(etree.SubElement(request, "binaryData"), content_id)
        etree.SubElement(request, "hash").text = zarf.md5_hex
        body, content_type = multipart(soap_envelope(request), {content_id: zarf.zip_bytes}, action="sendDocument")
        answer = self._call(body, content_type, expected="documentResponse").body
        return Receipt((answer.findtext("msg") or "").strip(), (answer.findtext("hash") or "").strip())

    def status(self, instance_id: UUID) -> SystemResponse:
        """Ask for the system response about an envelope with getApplicationResponse.

        :raises GibFault: 2004: GİB has no such envelope.
        :raises GatewayOutcomeUnknown: no readable answer; asking again is safe.
        """
        request = etree.Element(f"{{{NAMESPACE}}}getAppRespRequest", nsmap={"ef": NAMESPACE})
        etree.SubElement(request, "instanceIdentifier").text = str(instance_id)
        content_type = f'{SOAP_TYPE}; charset=utf-8; action="getApplicationResponse"'
        message = self._call(soap_envelope(request), content_type, expected="getAppRespResponse")
        try:
            return read_system_response(message.body.findtext("applicationResponse") or "", about=instance_id)
        except MessageUnreadable as error:
            raise GatewayAnswerUnreadable("Sistem yanıtı okunamadı", str(error)) from error

    def download_user_list(self, kind: ListKind, target: Path, *, etag: str = "") -> ListFile | None:
        """Write GİB's user list zip to `target` (at most hourly, by GİB's rule).

        None: the list is still the one that GİB named `etag`. The file is complete or not there.
        :raises GatewayOutcomeUnknown: no list; the old one stays.
        """
        return self.download(kind.file_name, target, etag=etag)

    def download(self, file_name: str, target: Path, *, etag: str = "") -> ListFile | None:
        """`download_user_list` for any file that GİB keeps beside its lists."""
        digest, part = hashlib.sha256(), target.with_name(target.name + ".part")
        asked = {"If-None-Match": etag} if etag else {}
        try:
            with (
                _outcome(),
                self._open("GET", f"/{file_name}", headers=asked) as response,
                part.open("wb") as file,
            ):
                if response.status_code == 304 and etag:
                    return None
                if response.status_code != 200:
                    status = f"HTTP {response.status_code}"
                    raise GatewayAnswerUnreadable(status, status)
                for chunk in self._body(response, USER_LIST_BYTES_MAX, deadline_s=LIST_TIMEOUT_S):
                    digest.update(chunk)
                    file.write(chunk)
            part.replace(target)
        finally:
            part.unlink(missing_ok=True)
        return ListFile(digest.hexdigest(), response.headers.get("ETag", "")[:ETAG_MAX])

    def post(self, path: str, body: bytes, content_type: str) -> tuple[int, str, bytes]:
        """One bounded call; the answer's HTTP status, media type and bytes. :raises GatewayOutcomeUnknown:"""
        with _outcome(), self._open("POST", path, body, content_type) as response:
            status, answer_type = response.status_code, response.headers.get("Content-Type", "")
            return status, answer_type, b"".join(self._body(response, self._answer_bytes_max))

    def _call(self, body: bytes, content_type: str, *, expected: str) -> SoapMessage:
        status, answer_type, data = self.post(SERVICE_PATH, body, content_type)
        try:
            message = parse_message(data, answer_type)
        except MessageUnreadable as error:
            raise GatewayAnswerUnreadable(f"HTTP {status}", f"HTTP {status}: {error}") from error
        if message.body.tag == f"{{{SOAP}}}Fault":
            raise _fault(message.body)
        if status != 200 or message.body.tag != f"{{{NAMESPACE}}}{expected}":
            raise GatewayAnswerUnreadable(f"HTTP {status}: {message.body.tag}", f"HTTP {status}: {message.body.tag}")
        return message

    def _open(
        self, method: str, path: str, body: bytes | None = None, content_type: str = "",
        headers: Mapping[str, str] | None = None,
    ) -> requests.Response:  # fmt: skip
        headers = {
            **(headers or {}),
            "Accept-Encoding": "identity",
        }  # no compressed answers: the bound counts what is parsed
        if content_type:
            headers["Content-Type"] = content_type
        return self._http.request(
            method,
            self.base_url + path,
            data=body,
            headers=headers,
            stream=True,
            allow_redirects=False,
            timeout=(self._connect_timeout_s, self._timeout_s),
        )

    def _body(self, response: requests.Response, bytes_max: int, *, deadline_s: float | None = None) -> Iterator[bytes]:
        # The socket's time-out is per wait, so a body that drips would never end: bound the whole of it.
        end, total = time.monotonic() + (deadline_s or self._timeout_s), 0
        # read1 gives what is there; iter_content would wait until a whole chunk has dripped in.
        while chunk := response.raw.read1(_CHUNK):
            total += len(chunk)
            if total > bytes_max:
                response.close()
                raise GatewayAnswerUnreadable("Yanıt çok büyük", f"The answer exceeds {bytes_max} bytes")
            if time.monotonic() > end:
                response.close()
                raise GatewayTimeout("Yanıt zamanında bitmedi", "The answer did not end in time")
            yield chunk
        length = response.headers.get("Content-Length", "")
        if length.isascii() and length.isdigit() and total < int(length):
            raise GatewayUnreachable("Yanıt yarıda kesildi", "The answer was cut off")


@contextmanager
def _outcome() -> Iterator[None]:
    """Say what an exception of the transport means for the envelope."""
    try:
        yield
    except requests.ConnectTimeout as error:
        raise GatewayUnreachable("Bağlantı kurulamadı", f"No connection: {error}", may_have_arrived=False) from error
    except (requests.Timeout, urllib3.exceptions.ReadTimeoutError) as error:
        raise GatewayTimeout("Süre doldu", f"Timed out: {error}") from error
    except (requests.RequestException, urllib3.exceptions.HTTPError) as error:
        arrived = not _never_connected(error)
        raise GatewayUnreachable(
            "Bağlantı koptu" if arrived else "Bağlantı kurulamadı",
            f"{type(error).__name__}: {error}",
            may_have_arrived=arrived,
        ) from error


def _never_connected(error: BaseException) -> bool:
    """True if the failure came before a byte of the request could leave."""
    reason = error.args[0] if error.args else None
    return isinstance(getattr(reason, "reason", reason), urllib3.exceptions.NewConnectionError)


def _fault(fault: etree._Element) -> GibFault:
    detail = fault.find(f"{{{SOAP}}}Detail/{{{NAMESPACE}}}EFaturaFault")
    reason = " ".join((fault.findtext(f"{{{SOAP}}}Reason/{{{SOAP}}}Text") or "").split())
    if detail is None:
        return GibFault(0, reason)
    code = (detail.findtext("code") or "").strip()
    return GibFault(
        int(code) if code.isascii() and code.isdigit() else 0,
        (detail.findtext("msg") or "").strip() or reason,
    )
