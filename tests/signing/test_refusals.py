"""Documents that are not signed, and what happens to what a signature would not cover."""

from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from lxml import etree

from ebelge.signing.document import DOCUMENT_MAX_BYTES
from ebelge.signing.errors import NotSignable, SealUnusable
from ebelge.signing.seals import Pkcs12Seal
from ebelge.signing.signer import sign
from ebelge.signing.verify import verify

ETTN = b"5f0c1a52-7a0e-4c57-9c1f-1f4a5e2f9d10"
EXTENSION = b"<ext:UBLExtension><ext:ExtensionContent/></ext:UBLExtension>"
ENTITIES = b'<!DOCTYPE Invoice [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;">]>'
OUTSIDE = b'<!DOCTYPE Invoice SYSTEM "http://127.0.0.1:1/x.dtd">'
XXE = b'<!DOCTYPE Invoice [<!ENTITY f SYSTEM "file:///etc/hostname">]>'


def _in_front(declaration: bytes) -> Callable[[bytes], bytes]:
    return lambda xml: xml.replace(b"<Invoice ", declaration + b"<Invoice ", 1)


def _replace(old: bytes, new: bytes) -> Callable[[bytes], bytes]:
    def change(xml: bytes) -> bytes:
        assert old in xml
        return xml.replace(old, new, 1)

    return change


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda xml: b"", "cannot be read"),
        (lambda xml: b"%PDF-1.7", "cannot be read"),
        (lambda xml: xml[:-20], "cannot be read"),
        (lambda xml: b"\x00" * 100, "cannot be read"),
        (lambda xml: xml + b" " * DOCUMENT_MAX_BYTES, "larger than"),
        (lambda xml: b"<a>" * 300 + b"</a>" * 300, "cannot be read"),
        (lambda xml: b"<Invoice/>", "empty place"),
        (_in_front(b"<!DOCTYPE Invoice>"), "document type"),
        (_in_front(ENTITIES), "document type"),
        (_in_front(OUTSIDE), "document type"),
        (_in_front(XXE), "document type"),
        (_replace(b"</ext:UBLExtensions>", EXTENSION + b"</ext:UBLExtensions>"), "2 found"),
        (_replace(b"<ext:ExtensionContent/>", b"<ext:ExtensionContent><a/></ext:ExtensionContent>"), "0 found"),
        (_replace(b"<cbc:URI>#Signature_" + ETTN, b"<cbc:URI>#Signature"), "does not point"),
        (_replace(b"<cbc:UUID>" + ETTN, b"<cbc:UUID>5f0c1a52 7a0e"), "part of an Id"),
        (_replace(b"<cbc:UUID>" + ETTN, b"<cbc:UUID>&quot;/&gt;"), "part of an Id"),
        (_replace(b"<cbc:UUID>" + ETTN, b"<cbc:UUID>"), "part of an Id"),
        (_replace(b"<cbc:UUID>", b"<cbc:UUID>a</cbc:UUID><cbc:UUID>"), "exactly one UUID"),
        (_replace(b"<Invoice ", b'<Invoice xml:lang="tr" '), "xml:"),
        (_replace(b"<ext:UBLExtensions>", b'<ext:UBLExtensions xml:space="preserve">'), "xml:"),
        (_replace(b"<cbc:Note>", b'<cbc:Note Id="SignedProperties_' + ETTN + b'">'), "belongs to the signature"),
        (_replace(b"<Invoice ", b'<Invoice xmlns:x="relative/name" '), "canonical form"),
        (_replace(b"<Invoice ", b'<Invoice xmlns:x="urn:a&amp;b" '), "&"),
        (_replace(b"<cbc:Note>", b'<cbc:Note xmlns:x="urn:a&amp;b">'), "&"),
    ],
)
def test_a_document_that_cannot_be_signed_is_refused(
    change: Callable[[bytes], bytes], reason: str, invoice: bytes, rsa_seal: Pkcs12Seal, at: datetime
) -> None:
    with pytest.raises(NotSignable, match=reason):
        sign(change(invoice), rsa_seal, at=at)


@pytest.mark.parametrize("assembler", ["own", "signxml"])
def test_a_signed_document_is_not_signed_again(invoice: bytes, rsa_seal: Pkcs12Seal, at: datetime, assembler) -> None:
    with pytest.raises(NotSignable, match="already"):
        sign(sign(invoice, rsa_seal, at=at), rsa_seal, at=at, assembler=assembler)


@pytest.mark.parametrize("days", [-30, 2000])
def test_a_seal_signs_only_while_its_certificate_is_valid(
    invoice: bytes, rsa_seal: Pkcs12Seal, at: datetime, days: int
) -> None:
    with pytest.raises(SealUnusable, match="valid from"):
        sign(invoice, rsa_seal, at=at + timedelta(days=days))


def test_what_would_not_be_signed_is_not_sent(invoice: bytes, rsa_seal: Pkcs12Seal, at: datetime, xmlsec1) -> None:
    """Comments and processing instructions, in front of the root and within, even inside an amount."""
    noisy = invoice.replace(b"<Invoice ", b'<?xml-stylesheet href="a.xslt"?><!-- a --><Invoice ', 1)
    noisy = noisy.replace(b"<cbc:Note>", b"<cbc:Note>12<!-- 0 -->34<?x y?>", 1) + b"<!-- b -->"
    signed = sign(noisy, rsa_seal, at=at)
    assert b"<!--" not in signed
    assert signed.count(b"<?") == 1
    assert b"<cbc:Note>1234" in signed
    assert verify(signed, trust=None)
    assert xmlsec1(signed)


def test_a_clients_own_extension_stays_and_is_signed(invoice: bytes, rsa_seal: Pkcs12Seal, at: datetime) -> None:
    own = b'<ext:UBLExtension><ext:ExtensionContent><a xmlns="urn:x">1</a></ext:ExtensionContent></ext:UBLExtension>'
    signed = sign(invoice.replace(b"</ext:UBLExtensions>", own + b"</ext:UBLExtensions>", 1), rsa_seal, at=at)
    assert own in signed
    assert verify(signed, trust=None)


@pytest.mark.parametrize("encoding", ["utf-16", "iso-8859-9", "utf-8-sig"])
def test_other_encodings_come_out_as_utf8(encoding: str, invoice: bytes, rsa_seal: Pkcs12Seal, at: datetime) -> None:
    declared = encoding.replace("-sig", "")
    text = invoice.decode().replace('encoding="UTF-8"', f'encoding="{declared}"', 1)
    signed = sign(text.encode(encoding), rsa_seal, at=at)
    assert signed.startswith(b'<?xml version="1.0" encoding="UTF-8"?>\n<Invoice ')
    assert "Akın Endüstri".encode() in signed
    assert verify(signed, trust=None).signed_sha256 == verify(sign(invoice, rsa_seal, at=at), trust=None).signed_sha256


def test_escaped_xml_in_a_text_is_no_reason_to_refuse(invoice: bytes, rsa_seal: Pkcs12Seal, at: datetime) -> None:
    note = b'<cbc:Note>&lt;a xmlns:b="urn:c&amp;amp;d"/&gt;&#13;\r\n\t]]&gt; '
    signed = sign(invoice.replace(b"<cbc:Note>", note, 1), rsa_seal, at=at)
    assert verify(signed, trust=None)
    assert etree.fromstring(signed).findtext("{*}Note").startswith('<a xmlns:b="urn:c&amp;d"/>\r\n\t]]> ')
