"""Signing a 20 kB invoice, beside what no signer can avoid and beside python-xmlsec (C), in the same run."""

from collections.abc import Callable
from datetime import date, time
from hashlib import sha256
from statistics import median
from time import perf_counter
from typing import Any
from uuid import uuid4

import xmlsec
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from lxml import etree

from ebelge.core.clock import utc_now
from ebelge.signing.development import DevelopmentCa
from ebelge.signing.seals import Pkcs12Seal
from ebelge.signing.signer import sign
from ebelge.ubl.build import build
from ebelge.ubl.examples import AKIN, example_draft, signatory
from ebelge.ubl.types import DocumentKind

NAMES = ("sign", "sign_vs_xmlsec")
INVOICE_LINES = 17
CALLS_PER_ROUND = 100

Row = dict[str, Any]


def rows(rounds: int) -> list[Row]:
    """`sign` against its floor and against python-xmlsec; medians in ms of rounds taken in turn."""
    at = utc_now()
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    certificate = DevelopmentCa.create(at=at).certify(key.public_key(), vkn_tckn=AKIN.vkn_tckn, name=AKIN.name, at=at)
    seal, document = Pkcs12Seal(certificate, key), _invoice()
    template = _template(sign(document, seal, at=at))
    xmlsec_key = _xmlsec_key(key, certificate)

    ours, floor, theirs = _in_turn(
        rounds,
        lambda: sign(document, seal, at=at),
        lambda: _floor(document, key),
        lambda: _sign_by_xmlsec(template, xmlsec_key),
    )
    against = "parse, inclusive C14N, SHA-256 and RSA-2048 of the same bytes"
    return [
        _row("sign", ours, against, floor, "<= 1.3", holds=ours <= 1.3 * floor),
        _row(
            "sign_vs_xmlsec",
            ours,
            "python-xmlsec, the same profile and document",
            theirs,
            "< 1",
            holds=ours < theirs,
        ),
    ]


def _invoice() -> bytes:
    """An e-Fatura of about 20 kB, as `build` hands it to the signer."""
    return build(
        example_draft(DocumentKind.EFATURA, lines=INVOICE_LINES),
        supplier=AKIN,
        kind=DocumentKind.EFATURA,
        number="EBL2026000000001",
        ettn=uuid4(),
        issue_date=date(2026, 11, 20),
        issue_time=time(12),
        signatory=signatory(AKIN),
    )


def _floor(document: bytes, key: rsa.RSAPrivateKey) -> None:
    octets: bytes = etree.tostring(etree.fromstring(document), method="c14n")
    sha256(octets).digest()
    key.sign(octets, PKCS1v15(), SHA256())


def _template(signed: bytes) -> bytes:
    """Our signed document with the values that xmlsec computes taken out."""
    root = etree.fromstring(signed)
    for name in ("DigestValue", "SignatureValue"):
        for element in root.iter(f"{{{xmlsec.constants.DSigNs}}}{name}"):
            if not any(True for _ in element.iterancestors("{*}CertDigest")):
                element.text = None
    return etree.tostring(root, encoding="UTF-8", xml_declaration=True)


def _xmlsec_key(key: rsa.RSAPrivateKey, certificate: x509.Certificate) -> Any:
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    xmlsec_key = xmlsec.Key.from_memory(pem, xmlsec.constants.KeyDataFormatPem)
    xmlsec_key.load_cert_from_memory(certificate.public_bytes(Encoding.PEM), xmlsec.constants.KeyDataFormatCertPem)
    return xmlsec_key


def _sign_by_xmlsec(template: bytes, key: Any) -> bytes:
    root = etree.fromstring(template)
    signature = next(root.iter(f"{{{xmlsec.constants.DSigNs}}}Signature"))
    xmlsec.tree.add_ids(signature, ["Id"])
    context = xmlsec.SignatureContext()
    context.key = key
    context.sign(signature)
    return etree.tostring(root, encoding="UTF-8", xml_declaration=True)


def _in_turn(rounds: int, *steps: Callable[[], object]) -> list[float]:
    """The median over the rounds of each step's mean time in ms; every step runs in every round."""
    taken: list[list[float]] = [[] for _ in steps]
    for step in steps:
        step()
    for _ in range(rounds):
        for times, step in zip(taken, steps, strict=True):
            start = perf_counter()
            for _ in range(CALLS_PER_ROUND):
                step()
            times.append((perf_counter() - start) * 1000 / CALLS_PER_ROUND)
    return [median(times) for times in taken]


def _row(name: str, value: float, against: str, limit: float, reach: str, *, holds: bool) -> Row:
    return {
        "name": name,
        "value": round(value, 4),
        "unit": "ms",
        "against": against,
        "limit": round(limit, 4),
        "ratio": round(value / limit, 3),
        "reach": reach,
        "holds": holds,
    }
