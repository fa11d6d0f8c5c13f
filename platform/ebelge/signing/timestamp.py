"""Time stamps (RFC 3161): asked of an authority over HTTP, and believed only when they verify.

asn1crypto writes the question (it knows the policy), rfc3161-client judges the answer.
"""

import hashlib
import secrets
from base64 import b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from time import monotonic
from typing import ClassVar, Literal, Never

import requests
import urllib3
from asn1crypto import cms, core, tsp
from cryptography import x509
from rfc3161_client import VerificationError, VerifierBuilder, decode_timestamp_response

from ebelge.signing.errors import TimeStampInvalid, TimeStampRefused, TimeStampUnknown

Digest = Literal["sha256", "sha384", "sha512"]

TOKEN_BYTES_MAX = 64 * 1024
"""A token with a long chain is 10 kB; what is larger is none."""

_QUERY_TYPE, _REPLY_TYPE = "application/timestamp-query", "application/timestamp-reply"
_GRANTED = ("granted", "granted_with_mods")


class _Answer(core.Sequence):  # type: ignore[misc]  # asn1crypto has no types
    """TimeStampResp (RFC 3161, 2.4.2): asn1crypto's own wants a token in refusals, too."""

    _fields: ClassVar = [("status", tsp.PKIStatusInfo), ("time_stamp_token", cms.ContentInfo, {"optional": True})]


@dataclass(frozen=True)
class Stamp:
    """What a time stamp proves: the stamped data existed at `at`.

    `certificate` is the authority's that signed, `token` the stamp itself (DER of a CMS SignedData).
    """

    at: datetime
    digest: Digest
    serial_number: int
    policy: str
    certificate: x509.Certificate
    token: bytes


@dataclass(frozen=True)
class TimeStamper:
    """A time-stamping authority and those who vouch for it.

    `trust`: certificates of the authorities above it. `user`, `password`: HTTP Basic, when it asks for them.
    `policy`: the OID to ask for; without one, the authority's own.
    """

    url: str
    trust: Sequence[x509.Certificate]
    user: str = ""
    password: str = ""
    timeout_s: float = 10.0
    policy: str = ""
    digest: Digest = "sha256"

    def stamp(self, data: bytes) -> bytes:
        """A verified time stamp of `data`, DER. One call, with a nonce of its own.

        :raises TimeStampUnknown: no answer in time, or none of the protocol. :raises TimeStampRefused: it said no.
        :raises TimeStampInvalid: it answered with a stamp of something else, or is not one we trust.
        """
        query, nonce = self._query(data)
        answer = self._ask(query)
        token = _granted(answer)
        stamp = verify_token(token, data, trust=self.trust, nonce=nonce)
        if self.policy and stamp.policy != self.policy:
            _invalid(f"politika {stamp.policy}", f"its policy is {stamp.policy}")
        return token

    def _query(self, data: bytes) -> tuple[bytes, int]:
        nonce = secrets.randbits(63) | 1  # positive, and never 0
        fields = {
            "version": "v1",
            "message_imprint": {
                "hash_algorithm": {"algorithm": self.digest},
                "hashed_message": hashlib.new(self.digest, data).digest(),
            },
            "nonce": nonce,
            "cert_req": True,
        }
        if self.policy:
            fields["req_policy"] = self.policy
        return bytes(tsp.TimeStampReq(fields).dump()), nonce

    def _ask(self, query: bytes) -> bytes:
        headers = {"Content-Type": _QUERY_TYPE, "Accept": _REPLY_TYPE}
        if self.user:  # by hand: requests would write it in Latin-1
            headers["Authorization"] = f"Basic {b64encode(f'{self.user}:{self.password}'.encode()).decode()}"
        try:
            with requests.post(
                self.url, query, headers=headers, timeout=self.timeout_s, stream=True, allow_redirects=False
            ) as answer:
                if answer.status_code in (401, 403):
                    raise TimeStampRefused(
                        f"Zaman damgası makamı bizi tanımıyor (HTTP {answer.status_code}).",
                        f"The time-stamping authority does not know us (HTTP {answer.status_code}).",
                    )
                if answer.status_code != requests.codes.ok:
                    raise _unknown(f"HTTP {answer.status_code}")
                # chunk by chunk, so that neither a huge answer nor one that never ends takes the worker
                body, until = b"", monotonic() + self.timeout_s
                while chunk := answer.raw.read1(8192, decode_content=True):
                    body += chunk
                    if len(body) > TOKEN_BYTES_MAX or monotonic() > until:
                        raise _unknown("an answer without end")
                return body
        except (requests.RequestException, urllib3.exceptions.HTTPError, OSError) as error:
            raise _unknown(type(error).__name__) from error


def verify_token(token: bytes, data: bytes, *, trust: Sequence[x509.Certificate], nonce: int | None = None) -> Stamp:
    """What the time stamp `token` (DER) proves about `data`, its authority judged at the stamp's own time.

    :raises TimeStampInvalid: of other data, changed, of an authority that none of `trust` vouches for, not a stamp.
    """
    if not trust:
        _invalid("güvenilen bir makam tanımlı değil", "no trusted authority is entered")
    try:
        info, digest = _info(token)
        # the library judges answers: a stamp that was kept is put into one again
        whole = tsp.TimeStampResp({"status": {"status": "granted"}, "time_stamp_token": tsp.ContentInfo.load(token)})
        response = decode_timestamp_response(whole.dump())
        if len(response.signed_data.certificates) > _CERTIFICATES_MAX:
            _invalid("sertifika sayısı", "too many certificates")
        builder = VerifierBuilder(roots=list(trust), nonce=nonce)
        builder.build().verify(response, hashlib.new(digest, data).digest())
        signer = next(iter(response.signed_data.signer_infos))
        certificates = [x509.load_der_x509_certificate(der) for der in response.signed_data.certificates]
        certificate = next(
            one for one in certificates if (one.issuer, one.serial_number) == (signer.issuer, signer.serial_number)
        )
    except (VerificationError, ValueError, TypeError, KeyError, StopIteration, OverflowError) as error:
        _invalid(str(error)[:200], str(error)[:200])
    at = info["gen_time"].native
    return Stamp(
        at=at if at.tzinfo else at.replace(tzinfo=UTC),
        digest=digest,
        serial_number=info["serial_number"].native,
        policy=info["policy"].dotted,
        certificate=certificate,
        token=token,
    )


_CERTIFICATES_MAX = 10


def _info(token: bytes) -> tuple[tsp.TSTInfo, Digest]:
    """What a token says of itself, and by which digest it names the data."""
    if len(token) > TOKEN_BYTES_MAX:
        raise ValueError("too large")
    content = tsp.ContentInfo.load(token, strict=True)
    if content["content_type"].native != "signed_data":
        raise ValueError("no CMS SignedData")
    info = content["content"]["encap_content_info"]["content"].parsed
    if not isinstance(info, tsp.TSTInfo):
        raise ValueError("no TSTInfo inside")
    for digest in ("sha256", "sha384", "sha512"):
        if info["message_imprint"]["hash_algorithm"]["algorithm"].native == digest:
            return info, digest
    raise ValueError("its digest is none of SHA-2")


def _granted(answer: bytes) -> bytes:
    """The token of an answer that grants one."""
    try:
        response = _Answer.load(answer, strict=True)
        status = response["status"]["status"].native
        reasons = response["status"]["fail_info"].native or set()
        words = response["status"]["status_string"].native or []
        token = response["time_stamp_token"]
        granted = status in _GRANTED and token.native is not None
    except (ValueError, TypeError, KeyError) as error:
        raise _unknown("not an answer of the protocol") from error
    if status in _GRANTED and not granted:
        raise _unknown("granted, without a stamp")
    if not granted:
        reason = ", ".join([str(status), *sorted(map(str, reasons)), *map(str, words)])[:300]
        raise TimeStampRefused(
            f"Zaman damgası makamı reddetti: {reason}.", f"The time-stamping authority refused: {reason}."
        )
    return bytes(token.dump())


def _unknown(reason: str) -> TimeStampUnknown:
    return TimeStampUnknown(
        f"Zaman damgası makamından yanıt alınamadı ({reason}); yeniden sorulacak.",
        f"The time-stamping authority gave no answer ({reason}); it is asked again.",
    )


def _invalid(reason_tr: str, reason_en: str) -> Never:
    raise TimeStampInvalid(
        f"Zaman damgası doğrulanamadı ({reason_tr}).", f"The time stamp does not verify: {reason_en}."
    )
