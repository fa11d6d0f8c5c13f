"""The authority behind the socket: POST /ocsp, GET /issuer.crl and /root.crl, and the desk.

What it says of a certificate: the settings `revoked` and `unknown`, lists of serial numbers as texts; all else is good.
Orders for the calls `ocsp` and `crl`: `{"fail": "stale"}` (an answer long out of date), `{"fail": "stranger"}`
(signed by another), `{"fail": "try_later"}` (OCSP only), and the transports that every fake knows.
"""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import ocsp

from ebelge.devstack.fake_ca.authority import Issuer, prepare
from ebelge.devstack.fake_http import orders
from ebelge.devstack.fake_http.desk import Desk
from ebelge.devstack.fake_http.postman import Postman
from ebelge.devstack.fake_http.server import Reply, Request
from ebelge.devstack.fake_http.store import Store

SETTINGS: dict[str, Any] = {"revoked": [], "unknown": [], "answer_lasts_s": 3600}


class FakeCa:
    """Everything behind the socket."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.store = Store(folder)
        self._desk = Desk(self.store, Postman(self.store, lambda body, manner: {}), SETTINGS, ())
        self._base_url = ""

    @property
    def base_url(self) -> str:
        """Where it listens: known when the socket is, and written into the issuer's certificate."""
        return self._base_url

    @base_url.setter
    def base_url(self, value: str) -> None:
        self._base_url = value
        self._root, self._issuer = prepare(self._folder, value)

    def start(self) -> None:
        """Nothing runs in the background."""

    def stop(self) -> None:
        """Close the memory."""
        self.store.close()

    def control(self, method: str, path: str, query: Mapping[str, str], body: bytes) -> Any:
        """The desk."""
        head, _, rest = path.partition("/")
        return self._desk.handle(method, head, rest, query, body)

    def handle(self, request: Request) -> Reply:
        """An answer about a certificate, or a list."""
        call = "ocsp" if request.path == "/ocsp" else "crl"
        order = orders.take(self.store, call, {})
        way = str(order.get("fail", ""))
        self.store.note_call(call, {"path": request.path}, way or "ok")
        spoil = order if "transport" in order else {}
        if call == "ocsp":
            return Reply(200, "application/ocsp-response", self._ocsp(request.body, way), spoil)
        issuer = {"/root.crl": self._root, "/issuer.crl": self._issuer}.get(request.path)
        if issuer is None:
            return Reply(404, "text/plain", b"")
        return Reply(200, "application/pkix-crl", self._crl(issuer, way), spoil)

    def _times(self, way: str) -> tuple[datetime, datetime]:
        at = datetime.now(UTC).replace(microsecond=0) - (timedelta(days=90) if way == "stale" else timedelta())
        return at - timedelta(minutes=1), at + timedelta(seconds=self._desk.setting("answer_lasts_s"))

    def _ocsp(self, body: bytes, way: str) -> bytes:
        if way == "try_later":
            later = ocsp.OCSPResponseBuilder.build_unsuccessful(ocsp.OCSPResponseStatus.TRY_LATER)
            return later.public_bytes(Encoding.DER)
        asked = ocsp.load_der_ocsp_request(body)
        serial = str(asked.serial_number)
        status = ocsp.OCSPCertStatus.GOOD
        if serial in self._desk.setting("unknown"):
            status = ocsp.OCSPCertStatus.UNKNOWN
        if serial in self._desk.setting("revoked"):
            status = ocsp.OCSPCertStatus.REVOKED
        revoked = status is ocsp.OCSPCertStatus.REVOKED
        this_update, next_update = self._times(way)
        builder = ocsp.OCSPResponseBuilder().add_response_by_hash(
            asked.issuer_name_hash, asked.issuer_key_hash, asked.serial_number, asked.hash_algorithm, status,
            this_update, next_update, this_update if revoked else None,
            x509.ReasonFlags.key_compromise if revoked else None,
        )  # fmt: skip
        builder = builder.responder_id(ocsp.OCSPResponderEncoding.HASH, self._issuer.certificate)
        return builder.sign(self._key(self._issuer, way), SHA256()).public_bytes(Encoding.DER)

    def _crl(self, issuer: Issuer, way: str) -> bytes:
        this_update, next_update = self._times(way)
        builder = (
            x509.CertificateRevocationListBuilder()
            .issuer_name(issuer.certificate.subject)
            .last_update(this_update)
            .next_update(next_update)
            .add_extension(x509.CRLNumber(int(this_update.timestamp())), critical=False)
            .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer.key.public_key()), critical=False)
        )
        for serial in self._desk.setting("revoked"):
            entry = x509.RevokedCertificateBuilder().serial_number(int(serial)).revocation_date(this_update)
            entry = entry.add_extension(x509.CRLReason(x509.ReasonFlags.key_compromise), critical=False)
            builder = builder.add_revoked_certificate(entry.build())
        return builder.sign(self._key(issuer, way), SHA256()).public_bytes(Encoding.DER)

    def _key(self, issuer: Issuer, way: str) -> rsa.RSAPrivateKey:
        if way == "stranger":
            return rsa.generate_private_key(public_exponent=65537, key_size=2048)
        return issuer.key
