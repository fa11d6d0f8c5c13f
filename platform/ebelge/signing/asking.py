"""Asking about a certificate: an OCSP question, a CRL fetched; bounded in time and size. Nothing is believed here."""

from time import monotonic

import requests
import urllib3
from cryptography import x509
from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import ocsp

from ebelge.core.errors import DomainError

OCSP_BYTES_MAX = 64 * 1024
CRL_BYTES_MAX = 32 * 1024 * 1024
_CHUNK = 64 * 1024


class NobodyAnswers(DomainError):
    """A responder or a list was not to be had."""

    code, http_status = "revocation_unreachable", 503
    title_tr, title_en = "Sertifika durumu sorulamadı", "The certificate's state could not be asked"


def ask_ocsp(url: str, *, certificate: x509.Certificate, issuer: x509.Certificate, timeout_s: float) -> bytes:
    """What a responder answers (DER), unjudged. :raises NobodyAnswers: nothing came in time."""
    # SHA-1 names the issuer, it protects nothing: many responders know no other digest (RFC 5019, 2.1.1).
    question = ocsp.OCSPRequestBuilder().add_certificate(certificate, issuer, SHA1()).build()  # noqa: S303  # a name, no protection
    body = question.public_bytes(Encoding.DER)
    return _call("POST", url, body, "application/ocsp-request", timeout_s=timeout_s, bytes_max=OCSP_BYTES_MAX)


def fetch_crl(url: str, *, timeout_s: float) -> bytes:
    """A list (DER), unjudged. :raises NobodyAnswers: nothing came in time, or too much."""
    return _call("GET", url, None, "", timeout_s=timeout_s, bytes_max=CRL_BYTES_MAX)


def _call(method: str, url: str, body: bytes | None, kind: str, *, timeout_s: float, bytes_max: int) -> bytes:
    headers = {"Content-Type": kind} if kind else {}
    until, found = monotonic() + timeout_s, bytearray()
    try:
        with requests.request(
            method, url, data=body, headers=headers, timeout=timeout_s, stream=True, allow_redirects=False
        ) as answer:
            if answer.status_code != requests.codes.ok:
                raise _nobody(url, f"HTTP {answer.status_code}")
            while chunk := answer.raw.read1(_CHUNK, decode_content=True):
                found += chunk
                if len(found) > bytes_max or monotonic() > until:
                    raise _nobody(url, "an answer without end")
    except (requests.RequestException, urllib3.exceptions.HTTPError, OSError) as error:
        raise _nobody(url, type(error).__name__) from error
    return bytes(found)


def _nobody(url: str, reason: str) -> NobodyAnswers:
    return NobodyAnswers(f"{url[:120]}: {reason}", f"{url[:120]}: {reason}")
