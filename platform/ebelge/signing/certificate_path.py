"""May this certificate sign? Chain, use and what revocation answered, judged by pyhanko-certvalidator without network.

The caller brings everything: the trusted certificates, the answers (OCSP, CRL) that somebody fetched, and the instant.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from asn1crypto import crl as asn1_crl
from asn1crypto import ocsp as asn1_ocsp
from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import AuthorityInformationAccessOID
from pyhanko_certvalidator import CertificateValidator, ValidationContext
from pyhanko_certvalidator.errors import (
    ExpiredError,
    InvalidCertificateError,
    NotYetValidError,
    PathBuildingError,
    RevokedError,
    ValidationError,
)
from pyhanko_certvalidator.policy_decl import NO_REVOCATION, CertRevTrustPolicy

ChainState = Literal["good", "expired", "untrusted", "wrong_use"]
RevocationState = Literal["good", "revoked", "unknown", "undeclared"]

_SKEW = timedelta(minutes=2)
_URLS_MAX = 3


@dataclass(frozen=True)
class Chain:
    """Where a certificate leads: `path` from itself up to the trusted one, empty unless `state` is good."""

    state: ChainState
    reason: str = ""
    path: tuple[x509.Certificate, ...] = ()


@dataclass(frozen=True)
class Revocation:
    """What the answers say. `next_update`: until when they hold by their own word."""

    state: RevocationState
    reason: str = ""
    revoked_at: datetime | None = None
    next_update: datetime | None = None


@dataclass(frozen=True)
class Sources:
    """Where a certificate says that one can ask about it."""

    ocsp: tuple[str, ...] = ()
    crl: tuple[str, ...] = ()


def chain_of(certificate: x509.Certificate, *, trusted: Sequence[x509.Certificate], at: datetime) -> Chain:
    """Whether `certificate` was valid at `at`, may sign, and leads to a self-signed one of `trusted`.

    Those of `trusted` that are not self-signed are steps in between and vouch for nobody by themselves.
    """
    if not certificate.not_valid_before_utc <= at <= certificate.not_valid_after_utc:
        return Chain("expired", "outside its validity")
    if not _may_sign(certificate):
        return Chain("wrong_use", "its key usage is not signing")
    try:
        path = _validated(certificate, trusted, at=at, policy=_NO_REVOCATION)
    except (ExpiredError, NotYetValidError) as error:
        return Chain("expired", _words(error))
    except (PathBuildingError, InvalidCertificateError, ValidationError, ValueError, UnsupportedAlgorithm) as error:
        return Chain("untrusted", _words(error))
    return Chain("good", path=path)


def sources_of(certificate: x509.Certificate) -> Sources:
    """The http(s) addresses in a certificate, a few of each kind."""
    ocsp: list[str] = []
    crl: list[str] = []
    for extension in _extensions(certificate):
        if isinstance(extension, x509.AuthorityInformationAccess):
            ocsp += [
                str(one.access_location.value)
                for one in extension
                if one.access_method == AuthorityInformationAccessOID.OCSP
            ]
        elif isinstance(extension, x509.CRLDistributionPoints):
            crl += [str(name.value) for point in extension for name in point.full_name or ()]
    return Sources(_web(ocsp), _web(crl))


def revocation_of(
    chain: Chain, *, trusted: Sequence[x509.Certificate], ocsp: Sequence[bytes], crls: Sequence[bytes], at: datetime
) -> Revocation:
    """What `ocsp` and `crls` (DER) say at `at` of a good chain: one of them for each certificate below the trusted one.

    Answers that are out of date, forged or about something else count as none: unknown.
    """
    certificate = chain.path[0]
    if sources_of(certificate) == Sources():
        return Revocation("undeclared", "the certificate names no source")
    lists = [der for der in crls if _readable(asn1_crl.CertificateList, der)]
    answers = [der for der in ocsp if _readable(asn1_ocsp.OCSPResponse, der)]
    try:
        _validated(certificate, trusted, at=at, policy=None, ocsp=answers, crls=lists)
    except RevokedError as error:
        return Revocation("revoked", str(error.reason.native), error.revocation_dt)
    except (PathBuildingError, ValidationError, ValueError, TypeError, KeyError) as error:
        return Revocation("unknown", _words(error))
    return Revocation("good", next_update=_next_update(answers, lists))


_NO_REVOCATION = CertRevTrustPolicy(revocation_checking_policy=NO_REVOCATION)


def _validated(
    certificate: x509.Certificate,
    trusted: Sequence[x509.Certificate],
    *,
    at: datetime,
    policy: CertRevTrustPolicy | None,
    ocsp: Sequence[bytes] = (),
    crls: Sequence[bytes] = (),
) -> tuple[x509.Certificate, ...]:
    context = ValidationContext(
        trust_roots=[_asn1(one) for one in trusted if one.issuer == one.subject],
        other_certs=[_asn1(one) for one in trusted if one.issuer != one.subject],
        moment=at,
        allow_fetching=False,
        crls=list(crls),
        ocsps=list(ocsp),
        revocation_mode="hard-fail",
        revinfo_policy=policy,
        time_tolerance=_SKEW,
    )
    path = asyncio.run(CertificateValidator(_asn1(certificate), validation_context=context).async_validate_path())
    steps = [x509.load_der_x509_certificate(one.dump()) for one in path.iter_certs(include_root=True)]
    return tuple(reversed(steps))


def _may_sign(certificate: x509.Certificate) -> bool:
    usages = [one for one in _extensions(certificate) if isinstance(one, x509.KeyUsage)]
    return all(usage.digital_signature or usage.content_commitment for usage in usages)


def _extensions(certificate: x509.Certificate) -> list[x509.ExtensionType]:
    try:
        return [extension.value for extension in certificate.extensions]
    except (ValueError, x509.DuplicateExtension):
        return []


def _web(urls: Sequence[str]) -> tuple[str, ...]:
    return tuple(url for url in urls if url.startswith(("http://", "https://")))[:_URLS_MAX]


def _asn1(certificate: x509.Certificate) -> asn1_x509.Certificate:
    return asn1_x509.Certificate.load(certificate.public_bytes(Encoding.DER))


def _readable(kind: type[asn1_crl.CertificateList] | type[asn1_ocsp.OCSPResponse], der: bytes) -> bool:
    """False for what is no answer at all: the validator would stumble over it."""
    try:
        answer = kind.load(der, strict=True)
        if isinstance(answer, asn1_ocsp.OCSPResponse):
            return bool(answer["response_status"].native == "successful" and answer.basic_ocsp_response is not None)
        return answer["tbs_cert_list"]["this_update"].native is not None
    except (ValueError, TypeError, KeyError):
        return False


def _next_update(ocsp: Sequence[bytes], crls: Sequence[bytes]) -> datetime | None:
    ends = [
        one["next_update"].native
        for der in ocsp
        for one in asn1_ocsp.OCSPResponse.load(der).basic_ocsp_response["tbs_response_data"]["responses"]
    ]
    ends += [asn1_crl.CertificateList.load(der)["tbs_cert_list"]["next_update"].native for der in crls]
    return min((end for end in ends if end is not None), default=None)


def _words(error: Exception) -> str:
    return " ".join(str(error).split())[:300] or type(error).__name__
