"""A counter-signature inside a signature (seri imza): made by a taxpayer's own token, read back and proved here.

The integrator signs first and gives the file; the taxpayer's program adds xades:CounterSignature as an unsigned
property of that signature, over its ds:SignatureValue. Nothing else may have changed.
"""

import copy
import re
from collections.abc import Sequence
from dataclasses import dataclass

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from lxml import etree
from signxml.exceptions import SignXMLException
from signxml.verifier import SignatureConfiguration, XMLVerifier

from ebelge.signing.document import DS, read_for_verifying
from ebelge.signing.errors import NotSignable, SignatureInvalid
from ebelge.signing.names import tax_number
from ebelge.signing.xades import XADES

_DS, _XADES = f"{{{DS}}}", f"{{{XADES}}}"
_REFUSALS = (InvalidSignature, ValueError, TypeError)
_ON_MISSING_PARTS = (TypeError, AttributeError, KeyError, IndexError, ValueError)


@dataclass(frozen=True, slots=True)
class CounterSignature:
    """Who counter-signed: the VKN or TCKN in his certificate (empty: none there), and the certificate."""

    vkn_tckn: str
    certificate: x509.Certificate


def ready_for_countersigning(signed: bytes) -> bytes:
    """A signed document whose ds:SignatureValue has an Id, so that a counter-signature can name it.

    The signature does not cover its own value's element, so it stays valid.
    """
    start = signed.index(b"<ds:Signature ")
    end = signed.index(b">", start)
    name = re.search(rb' Id="([^"]+)"', signed[start:end])
    if name is None or signed.count(b"<ds:SignatureValue>") != 1:
        raise ValueError("not one signature of ours")
    return signed.replace(b"<ds:SignatureValue>", b'<ds:SignatureValue Id="Value-%s">' % name[1])


def verify_countersigned(
    xml: bytes, *, given: bytes, trust: Sequence[x509.Certificate] | None = None
) -> CounterSignature:
    """Prove that `xml` is the file that was `given` with exactly one counter-signature in it, intact.

    `trust`: certificates one of which must have issued the signer's; None proves only that the holder of the
    enclosed certificate signed.
    :raises SignatureInvalid: anything else was changed, there is none or more than one, or it does not hold.
    """
    try:
        root, original = read_for_verifying(xml), read_for_verifying(given)
    except NotSignable as error:
        raise SignatureInvalid(error.detail_tr, error.detail_en) from error
    counters = root.findall(f".//{_XADES}CounterSignature")
    signatures = root.findall(f".//{_DS}Signature")
    if len(counters) != 1 or len(signatures) != 2 or counters[0].find(f"{_DS}Signature") is not signatures[1]:
        raise SignatureInvalid("Dosyada tek bir seri imza olmalı.", "The file must hold one counter-signature.")
    if _without_it(root) != _canonical(original):
        raise SignatureInvalid(
            "Dosyanın seri imza dışındaki bir yeri değişmiş.", "Something else than the counter-signature has changed."
        )
    value = signatures[0].find(f"{_DS}SignatureValue")
    certificate = _certificate(signatures[1])
    if value is None or not value.get("Id") or certificate is None:
        raise SignatureInvalid("Seri imza okunamadı.", "The counter-signature cannot be read.")
    _check(xml, signatures[1], value, certificate, trust)
    return CounterSignature(tax_number(certificate.subject) or "", certificate)


def _check(
    xml: bytes, counter: etree._Element, value: etree._Element, certificate: x509.Certificate,
    trust: Sequence[x509.Certificate] | None,
) -> None:  # fmt: skip
    uris = [one.get("URI") for one in counter.iterfind(f"{_DS}SignedInfo/{_DS}Reference")]
    if uris.count(f"#{value.get('Id')}") != 1:
        raise SignatureInvalid(
            "Seri imza, verilen imzayı kapsamıyor.", "The counter-signature does not cover the signature it stands in."
        )
    # GİB's rules want a XAdES signature, with its own object, also here.
    signed = counter.find(f"{_DS}Object/{_XADES}QualifyingProperties/{_XADES}SignedProperties")
    needed = ("SigningTime", "SigningCertificate")
    if (
        signed is None
        or uris.count(f"#{signed.get('Id')}") != 1
        or any(signed.find(f"{_XADES}SignedSignatureProperties/{_XADES}{name}") is None for name in needed)
    ):
        raise SignatureInvalid("Seri imza XAdES-BES olmalı.", "The counter-signature must be XAdES-BES.")
    configuration = SignatureConfiguration(location=f".//{_XADES}CounterSignature/", expect_references=len(uris))
    try:
        results = XMLVerifier().verify(xml, x509_cert=certificate, expect_config=configuration)
    except (SignXMLException, etree.LxmlError, *_ON_MISSING_PARTS) as error:
        raise SignatureInvalid(
            f"Seri imza doğrulanamadı ({error}).", f"The counter-signature does not verify: {error}"
        ) from error
    found = results if isinstance(results, list) else [results]
    if not any(one.signed_xml is not None and one.signed_xml.tag == value.tag for one in found):
        raise SignatureInvalid("Seri imza başka bir şeyi imzalamış.", "The counter-signature signs something else.")
    if trust is None:
        return
    for issuer in trust:
        try:
            certificate.verify_directly_issued_by(issuer)
        except _REFUSALS:
            continue
        return
    raise SignatureInvalid("Sertifikanın makamına güvenilmiyor.", "The certificate's issuer is not trusted.")


def _without_it(root: etree._Element) -> bytes:
    bare = copy.deepcopy(root)
    for counter in bare.findall(f".//{_XADES}CounterSignature"):
        # The properties that hold it go with it, where they hold nothing else.
        element: etree._Element | None = counter
        while element is not None and (parent := element.getparent()) is not None:
            parent.remove(element)
            empty = not len(parent) and parent.tag in (
                f"{_XADES}UnsignedSignatureProperties", f"{_XADES}UnsignedProperties",
            )  # fmt: skip
            element = parent if empty else None
    return _canonical(bare)


def _canonical(root: etree._Element) -> bytes:
    octets: bytes = etree.tostring(root, method="c14n")
    return b"".join(octets.split())


def _certificate(signature: etree._Element) -> x509.Certificate | None:
    text = "".join((signature.findtext(f"{_DS}KeyInfo/{_DS}X509Data/{_DS}X509Certificate") or "").split())
    try:
        return x509.load_pem_x509_certificate(
            f"-----BEGIN CERTIFICATE-----\n{text}\n-----END CERTIFICATE-----\n".encode()
        )
    except ValueError:
        return None
