"""Documents that are meant to hurt, made from a valid one: `CORPUS[name](valid_xml)`.

Each must be refused with words, in bounded time, and leave nothing behind; whoever takes documents from outside runs
them through his door. `SLOW` names those of several megabytes. `ENCODED` are whole files in another encoding.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

Hurt = Callable[[bytes], bytes]
BIG = 100_000


def _prolog(subset: bytes) -> Hurt:
    """A DOCTYPE with this internal subset between declaration and root."""

    def hurt(xml: bytes) -> bytes:
        body = xml[xml.index(b"?>") + 2 :] if xml.startswith(b"<?xml") else xml
        return b'<?xml version="1.0" encoding="UTF-8"?>\n<!DOCTYPE Invoice ' + subset + b">" + body

    return hurt


def _swap(pattern: bytes, replacement: bytes, *, count: int = 1) -> Hurt:
    """The first match replaced; the pattern must be there."""

    def hurt(xml: bytes) -> bytes:
        hurt_xml, found = re.subn(pattern, replacement, xml, count=count, flags=re.DOTALL)
        assert found, pattern
        return hurt_xml

    return hurt


def _note(inside: bytes) -> Hurt:
    """Something inside the first note."""
    return lambda xml: xml.replace(b"<cbc:Note>", b"<cbc:Note>" + inside, 1)


def _before_note(inside: bytes) -> Hurt:
    return lambda xml: xml.replace(b"<cbc:Note>", inside + b"<cbc:Note>", 1)


def _amount(value: bytes) -> Hurt:
    return _swap(rb"(<cbc:PayableAmount currencyID=\"TRY\">)[^<]*", rb"\g<1>" + value)


def _quantity(value: bytes) -> Hurt:
    return _swap(rb"(<cbc:InvoicedQuantity unitCode=\"\w+\">)[^<]*", rb"\g<1>" + value)


def _content(inside: bytes) -> Hurt:
    return lambda xml: xml.replace(
        b"<ext:ExtensionContent/>", b"<ext:ExtensionContent>" + inside + b"</ext:ExtensionContent>", 1
    )


def _lines(count: int) -> Hurt:
    def hurt(xml: bytes) -> bytes:
        end = xml.index(b"</Invoice>")
        return xml[:end] + b"<cac:InvoiceLine><cbc:ID>1</cbc:ID></cac:InvoiceLine>" * count + xml[end:]

    return hurt


def _laughs(depth: int, width: int) -> bytes:
    levels = b"".join(b'<!ENTITY l%d "%s">' % (n, b"&l%d;" % (n - 1) * width) for n in range(1, depth))
    return b'[<!ENTITY l0 "ha">' + levels + b"]"


SIGNATURE: Final = (
    b'<ds:Signature xmlns:ds="http://www.w3.org/2000/09/xmldsig#" Id="S%d"><ds:SignedInfo>'
    b'<ds:CanonicalizationMethod Algorithm="http://www.w3.org/TR/2001/REC-xml-c14n-20010315"/>'
    b'<ds:SignatureMethod Algorithm="http://www.w3.org/2001/04/xmldsig-more#rsa-sha256"/>'
    b'<ds:Reference URI=""><ds:DigestMethod Algorithm="http://www.w3.org/2001/04/xmlenc#sha256"/>'
    b"<ds:DigestValue>AAAA</ds:DigestValue></ds:Reference></ds:SignedInfo>"
    b"<ds:SignatureValue>AAAA</ds:SignatureValue>%s</ds:Signature>"
)


def _inside_an_object(xml: bytes) -> bytes:
    """Signature wrapping: the signed original rides in a ds:Object, another invoice stands where it is read."""
    body = xml[xml.index(b"<Invoice") :].strip()
    return _content(SIGNATURE % (1, b"<ds:Object>" + body + b"</ds:Object>"))(xml)


def _two_extensions(xml: bytes) -> bytes:
    one = b"<ext:UBLExtension><ext:ExtensionContent>%s</ext:ExtensionContent></ext:UBLExtension>"
    both = b"".join(one % (SIGNATURE % (n, b"")) for n in (1, 2))
    return re.sub(rb"<ext:UBLExtension>.*?</ext:UBLExtension>", lambda _: both, xml, count=1, flags=re.DOTALL)


CORPUS: Final[dict[str, Hurt]] = {
    # what a parser may be made to fetch or grow
    "xxe file": _prolog(b'[<!ENTITY x SYSTEM "file:///etc/passwd">]'),
    "xxe used in a note": lambda xml: _note(b"&x;")(_prolog(b'[<!ENTITY x SYSTEM "file:///etc/passwd">]')(xml)),
    "xxe parameter entity": _prolog(b'[<!ENTITY % p SYSTEM "http://127.0.0.1:9/p.dtd"> %p;]'),
    "external dtd": _prolog(b'SYSTEM "http://127.0.0.1:9/invoice.dtd"'),
    "public dtd": _prolog(b'PUBLIC "-//X//Y" "http://127.0.0.1:9/invoice.dtd"'),
    "billion laughs": lambda xml: _note(b"&l9;")(_prolog(_laughs(10, 10))(xml)),
    "quadratic blow-up": lambda xml: _note(b"&a;" * 20_000)(_prolog(b'[<!ENTITY a "' + b"a" * 50_000 + b'">]')(xml)),
    "dtd behind comments": lambda xml: _prolog(b'[<!ENTITY x "y">]')(xml).replace(b"?>", b"?><!-- a --><!-- b -->", 1),
    "undefined entity": _note(b"&nbsp;"),
    "xinclude": _note(b'<xi:include xmlns:xi="http://www.w3.org/2001/XInclude" href="file:///etc/passwd"/>'),
    "external schema": _swap(
        rb"<Invoice ", b'<Invoice xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" '
        b'xsi:schemaLocation="urn:x http://127.0.0.1:9/evil.xsd" '
    ),
    "instruction inside": _note(b"<?php system('id') ?>"),
    "instruction before": lambda xml: xml.replace(b"?>", b"?><?evil href='file:///etc/passwd'?>", 1),
    # numbers
    "1e999": _amount(b"1e999"),
    "1e-999": _amount(b"1e-999"),
    "forty digits": _amount(b"9" * 40),
    "forty digits of quantity": _quantity(b"9" * 40),
    "a megabyte of digits": _quantity(b"9" * 1_000_000),
    "infinity": _amount(b"INF"),
    "not a number": _amount(b"NaN"),
    "hexadecimal": _amount(b"0x10"),
    "comma": _amount(b"10,00"),
    "three decimals": _amount(b"10.001"),
    "arabic digits": _amount("١٢".encode()),
    "spaces inside": _amount(b"1 0"),
    "no number at all": _amount(b""),
    "nil": _swap(
        rb"<cbc:PayableAmount ",
        b'<cbc:PayableAmount xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xsi:nil="true" ',
    ),
    # a comment splits what a reader takes for one value
    "comment in the amount": _swap(rb"(<cbc:PayableAmount currencyID=\"TRY\">\d)", rb"\g<1><!-- -->"),
    "comment in the quantity": _swap(rb"(<cbc:InvoicedQuantity unitCode=\"\w+\">\d)", rb"\g<1><!--x-->0"),
    "comment in the ettn": _swap(rb"(<cbc:UUID>.{9})", rb"\g<1><!-- -->"),
    "comment in the number": _swap(rb"(<cbc:ID>.{3})", rb"\g<1><!-- -->"),
    "comment in the buyer": _swap(
        rb"(AccountingCustomerParty>.*?schemeID=\"VKN\">.{4})", rb"\g<1><!-- -->"
    ),
    "comment in the date": _swap(rb"(<cbc:IssueDate>.{4})", rb"\g<1><!-- -->"),
    "comment before the profile's word": _swap(rb"(<cbc:ProfileID>)", rb"\g<1><!-- x -->"),
    # depth and mass
    "300 levels": _note(b"<a>" * 300 + b"</a>" * 300),
    "100,000 levels": _note(b"<a>" * BIG + b"</a>" * BIG),
    "20,000 attributes": _swap(rb"<cbc:Note>", b"<cbc:Note " + b" ".join(b'a%d="1"' % n for n in range(20_000)) + b">"),
    "20,000 namespaces": _swap(
        rb"<cbc:Note>", b"<cbc:Note " + b" ".join(b'xmlns:n%d="urn:%d"' % (n, n) for n in range(20_000)) + b">"
    ),
    "100,000 lines": _lines(BIG // 2 + 1),
    "6 MB of note": _note(b"x" * 6_000_000),
    # signatures
    "two signatures": _content(SIGNATURE % (1, b"") + SIGNATURE % (2, b"")),
    "two extensions, each signed": _two_extensions,
    "wrapped original": _inside_an_object,
    "signature among the notes": _before_note(SIGNATURE % (1, b"")),
    "signature in the party": _swap(
        rb"(<cac:AccountingCustomerParty>\s*<cac:Party>)", lambda m: m.group(1) + SIGNATURE % (1, b"")  # type: ignore[arg-type]  # re takes a function
    ),
    # names that look right
    "cbc of another namespace": _swap(rb"xmlns:cbc=\"[^\"]*\"", b'xmlns:cbc="urn:evil:CommonBasicComponents-2"'),
    "root of another namespace": _swap(rb"Invoice-2\"", b'Invoice-3"'),
    "prefix turned inside": _swap(rb"<cbc:Note>", b'<cbc:Note xmlns:cbc="urn:evil">'),
    "second number of another namespace": _before_note(b'<x:ID xmlns:x="urn:evil">AKN2026000000009</x:ID>'),
    "second number": _before_note(b"<cbc:ID>AKN2026000000009</cbc:ID>"),
    "second ettn": _before_note(b"<cbc:UUID>3f0b4b8e-6f0a-4c57-9a3e-5b1d2c3e4f51</cbc:UUID>"),
    "second totals": _swap(rb"(<cac:LegalMonetaryTotal>.*?</cac:LegalMonetaryTotal>)", rb"\g<1>\g<1>"),
    "second supplier": _swap(rb"(<cac:AccountingSupplierParty>.*?</cac:AccountingSupplierParty>)", rb"\g<1>\g<1>"),
    "second customer": _swap(rb"(<cac:AccountingCustomerParty>.*?</cac:AccountingCustomerParty>)", rb"\g<1>\g<1>"),
    "two VKNs": _swap(
        rb"(<cac:AccountingCustomerParty>.*?</cac:PartyIdentification>)",
        rb'\g<1><cac:PartyIdentification><cbc:ID schemeID="VKN">3900383669</cbc:ID></cac:PartyIdentification>',
    ),
    # bytes
    "nul": _note(b"\x00"),
    "nul by reference": _note(b"&#0;"),
    "control": _note(b"\x0b"),
    "control by reference": _note(b"&#x1F;"),
    "no character": _note("￾".encode()),
    "lone surrogate": _note(b"\xed\xa0\x80"),
    "overlong slash": _note(b"\xc0\xaf"),
    "latin-5 said to be utf-8": _note("Çağrı".encode("iso-8859-9")),
    "two roots": lambda xml: xml + xml[xml.index(b"<Invoice") :],
    "garbage behind": lambda xml: xml + b"<!-- --> x",
    "cut off": lambda xml: xml[: len(xml) // 2],
    "empty": lambda xml: b"",
    "spaces": lambda xml: b" \n" * 10,
    # other roots
    "order": _swap(rb"Invoice-2\"", b'Order-2"'),
    "envelope": lambda xml: (
        b'<sh:StandardBusinessDocument xmlns:sh="http://www.unece.org/cefact/namespaces/StandardBusinessDocumentHeader">'
        + xml[xml.index(b"<Invoice") :] + b"</sh:StandardBusinessDocument>"
    ),
    "soap": lambda xml: b'<s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope"><s:Body/></s:Envelope>',
    "page": lambda xml: b"<!DOCTYPE html><html><body>Fatura</body></html>",
}  # fmt: skip
SLOW: Final = frozenset({"a megabyte of digits", "100,000 lines", "6 MB of note", "100,000 levels"})


def _declared(encoding: str, *, bom: bytes = b"") -> Hurt:
    def hurt(xml: bytes) -> bytes:
        text = xml.decode().replace('encoding="UTF-8"', f'encoding="{encoding}"').replace("'UTF-8'", f"'{encoding}'")
        return bom + text.encode(encoding.lower(), "xmlcharrefreplace")

    return hurt


ENCODED: Final[dict[str, Hurt]] = {
    "UTF-16": _declared("UTF-16"),
    "UTF-16LE without mark": _declared("UTF-16LE"),
    "UTF-16BE with mark": _declared("UTF-16BE", bom=b"\xfe\xff"),
    "UTF-32": _declared("UTF-32"),
    "windows-1254": _declared("windows-1254"),
    "EBCDIC": _declared("cp037"),
    "UTF-16 said to be UTF-8": lambda xml: xml.decode().encode("utf-16"),
    "a mark and UTF-16": lambda xml: b"\xef\xbb\xbf" + xml.decode().encode("utf-16-le"),
}


def everything() -> dict[str, Hurt]:
    """The whole corpus."""
    return CORPUS | ENCODED
