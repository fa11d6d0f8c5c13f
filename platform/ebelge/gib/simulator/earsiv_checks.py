"""What the simulated e-Arşiv service checks: the message's WS-Security, the report's signature and form, numbers."""

import base64
import binascii
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

from cryptography import x509
from cryptography.exceptions import InvalidSignature as InvalidCertificateSignature
from lxml import etree
from signxml.exceptions import SignXMLException
from signxml.verifier import SignatureConfiguration, XMLVerifier
from signxml.xades.xades import XAdESVerifier

from ebelge.gib.earsiv_nodes import EARSIV
from ebelge.gib.earsiv_report import REPORT_NUMBER, SIGNATURE_HOLDER, breaches
from ebelge.gib.mtom import SOAP, parse_xml
from ebelge.gib.unzip import open_zip
from ebelge.gib.wssecurity import DS, WSSE, WSU

CLOCKS_APART = timedelta(minutes=5)
_MISSING = (TypeError, AttributeError, KeyError, IndexError, ValueError)


class Refused(Exception):
    """The message or the report is not taken."""


@dataclass(frozen=True, slots=True)
class Report:
    """What a report holds: kind and number of each line."""

    taxpayer: str
    lines: list[tuple[str, str]]


def message(data: bytes, trust: Sequence[x509.Certificate]) -> None:
    """Timestamp and Body are signed, by the certificate in the header, now. :raises Refused:"""
    root = parse_xml(data)
    security = root.find(f"{{{SOAP}}}Header/{{{WSSE}}}Security")
    body = root.find(f"{{{SOAP}}}Body")
    if security is None or body is None:
        raise Refused("no WS-Security header")
    stamp, signature = security.find(f"{{{WSU}}}Timestamp"), security.find(f"{{{DS}}}Signature")
    token = security.findtext(f"{{{WSSE}}}BinarySecurityToken") or ""
    if stamp is None or signature is None or not token.strip():
        raise Refused("Timestamp, BinarySecurityToken or Signature is missing")
    wanted = {f"#{part.get(f'{{{WSU}}}Id')}" for part in (stamp, body)}
    covered = [one.get("URI") for one in signature.iterfind(f"{{{DS}}}SignedInfo/{{{DS}}}Reference")]
    if set(covered) != wanted or len(covered) != 2:
        raise Refused("the signature does not cover exactly Timestamp and Body")
    now = datetime.now(UTC)
    created, expires = (_instant(stamp.findtext(f"{{{WSU}}}{name}") or "") for name in ("Created", "Expires"))
    if not created - CLOCKS_APART <= now <= expires:
        raise Refused("the message is not of now")
    certificate = _certificate(base64_of(token))
    _trusted(certificate, trust)
    configuration = SignatureConfiguration(location=f"./{{{SOAP}}}Header/{{{WSSE}}}Security/", expect_references=2)
    try:
        XMLVerifier().verify(data, x509_cert=certificate, expect_config=configuration)
    except (SignXMLException, etree.LxmlError, *_MISSING) as error:
        raise Refused(f"WS-Security does not hold: {type(error).__name__}: {error}") from error


def report(zipped: bytes, report_id: UUID, trust: Sequence[x509.Certificate]) -> Report:
    """Unpack a report and check form and signature. :raises Refused, ZarfUnreadable, MessageUnreadable:"""
    xml = open_zip(zipped, expected_id=report_id).xml
    root = parse_xml(xml)
    if root.tag != f"{EARSIV}eArsivRaporu" or (root.findtext(REPORT_NUMBER) or "").casefold() != str(report_id):
        raise Refused("no report of this number")
    found = breaches(root)
    if found:
        raise Refused(found[0])
    head = root.find(SIGNATURE_HOLDER)
    if head is None or not len(head) or head[-1].tag != f"{{{DS}}}Signature":
        raise Refused("the signature is not the last child of baslik")
    text = head[-1].findtext(f"{{{DS}}}KeyInfo/{{{DS}}}X509Data/{{{DS}}}X509Certificate") or ""
    certificate = _certificate(base64_of(text))
    _trusted(certificate, trust)
    configuration = SignatureConfiguration(location=f"./{SIGNATURE_HOLDER}/", expect_references=True)
    try:
        results = XAdESVerifier().verify(xml, x509_cert=certificate, expect_config=configuration)
    except (SignXMLException, etree.LxmlError, *_MISSING) as error:
        raise Refused(f"the signature does not hold: {type(error).__name__}: {error}") from error
    if not any(result.signed_xml is not None and result.signed_xml.tag == root.tag for result in results):
        raise Refused("the signature does not cover the report")
    lines = []
    for child in root.iterchildren(etree.Element):
        if child is not head:
            names = ("faturaNo", "makbuzNo", "belgeNo")
            number = next((t for name in names if (t := child.findtext(f"{EARSIV}{name}"))), "")
            lines.append((etree.QName(child).localname, number))
    taxpayer = "".join((one.text or "").strip() for one in head.iterfind(f"{EARSIV}mukellef/*"))
    return Report(taxpayer, lines)


def numbers(lines: Sequence[tuple[str, str]], known: Collection[tuple[str, str]]) -> None:
    """A number is reported once, and only a reported one is cancelled. :raises Refused:"""
    here = set(lines)
    for kind, number in lines:
        if (kind, number) in known:
            raise Refused(f"{kind} {number} was reported before")
        base = kind.removesuffix("Iptal")
        if base != kind and (base, number) not in here and (base, number) not in known:
            raise Refused(f"{number} is cancelled and was never reported")


def base64_of(text: str) -> bytes:
    """Decode strictly. :raises Refused:"""
    try:
        return base64.b64decode("".join(text.split()), validate=True)
    except (binascii.Error, ValueError) as error:
        raise Refused("not base64") from error


def _certificate(der: bytes) -> x509.Certificate:
    try:
        return x509.load_der_x509_certificate(der)
    except ValueError as error:
        raise Refused("the certificate cannot be read") from error


def _trusted(certificate: x509.Certificate, trust: Sequence[x509.Certificate]) -> None:
    for authority in trust:
        try:
            certificate.verify_directly_issued_by(authority)
        except (ValueError, TypeError, InvalidCertificateSignature):
            continue
        return
    if trust:
        raise Refused("the certificate is of no trusted authority")


def _instant(text: str) -> datetime:
    try:
        return datetime.fromisoformat(text)
    except ValueError as error:
        raise Refused("the Timestamp cannot be read") from error
