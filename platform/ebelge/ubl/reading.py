"""Bytes -> tree, for bytes that may be hostile: bounded before parsed, no DTD, no entities, no network."""

import re
from collections.abc import Collection
from typing import Final

from lxml import etree

from ebelge.ubl.errors import UnreadableDocument
from ebelge.ubl.names import ROOTS, line_of
from ebelge.ubl.refusals import unreadable
from ebelge.ubl.tampering import check_inside, check_split

MAX_BYTES = 5 * 1024 * 1024

_BOM = b"\xef\xbb\xbf"
_DECLARED = re.compile(rb"<\?xml[^>]*?encoding\s*=\s*[\"']([A-Za-z0-9._-]+)[\"']")


def read_tree(xml: bytes, *, max_bytes: int = MAX_BYTES, roots: Collection[str] = ROOTS.keys()) -> etree._Element:
    """The root element of bytes that may be hostile; `roots`: which documents are looked for.

    :raises UnreadableDocument: see `parse`.
    """
    if len(xml) > max_bytes:
        raise UnreadableDocument(
            findings=[
                unreadable(
                    "EB-SIZE",
                    f"Belge {max_bytes // 1024} kB sınırını aşıyor.",
                    f"The document is larger than {max_bytes // 1024} kB.",
                    "Gömülü ekleri ve görselleri küçültün ya da belgeyi bölün.",
                    "Shrink embedded attachments and images, or split the document.",
                )
            ]
        )
    xml = xml.removeprefix(_BOM)
    _check_encoding(xml)
    begin = _check_prolog(xml)
    try:
        root = etree.fromstring(xml, _parser())
    except etree.XMLSyntaxError as error:
        raise _not_xml(error) from error
    if root.tag not in roots:
        raise UnreadableDocument(
            findings=[
                unreadable(
                    "EB-ROOT",
                    f"Kök eleman tanınmıyor: {root.tag}",
                    f"The root element is not one of ours: {root.tag}",
                    "Kök eleman Invoice, DespatchAdvice ya da CreditNote olmalı, UBL 2.1 ad alanıyla.",
                    "The root must be Invoice, DespatchAdvice or CreditNote in its UBL 2.1 namespace.",
                    line_of(root),
                )
            ]
        )
    check_inside(root)
    if xml.find(b"<!--", begin) >= 0 or xml.find(b"<?", begin) >= 0:
        check_split(root)
    return root


def _parser() -> etree.XMLParser:
    return etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)


def _check_encoding(xml: bytes) -> None:
    declared = _DECLARED.match(xml[:200])
    name = declared.group(1).decode().upper() if declared else "UTF-8"
    if xml[:2] in (b"\xff\xfe", b"\xfe\xff") or b"\x00" in xml[:64]:
        name = "UTF-16"
    if name not in ("UTF-8", "US-ASCII", "ASCII"):
        raise UnreadableDocument(
            findings=[
                unreadable(
                    "EB-ENCODING",
                    f"Belge UTF-8 değil ({name}).",
                    f"The document is not UTF-8 ({name}).",
                    'Dosyayı UTF-8 olarak kaydedin ve bildirimi encoding="UTF-8" yapın.',
                    'Save the file as UTF-8 and declare encoding="UTF-8".',
                    1,
                )
            ]
        )


def _check_prolog(xml: bytes) -> int:
    """Refuse a DTD before any parser sees it: it can only stand between the declaration and the root.

    Returns where the root begins.
    """
    position = 0
    while True:
        while xml[position : position + 1] in (b" ", b"\t", b"\r", b"\n"):
            position += 1
        if xml.startswith(b"<?", position):
            end = xml.find(b"?>", position)
            _check_instruction(xml, position)
        elif xml.startswith(b"<!--", position):
            end = xml.find(b"-->", position) + 1
        else:
            break
        if end <= 0:
            return position
        position = end + 2
    if xml.startswith(b"<!", position):
        raise UnreadableDocument(
            findings=[
                unreadable(
                    "EB-DTD",
                    "Belge DOCTYPE (DTD) içeriyor; varlık tanımları kabul edilmez.",
                    "The document has a DOCTYPE (DTD); entity definitions are not accepted.",
                    "DOCTYPE bildirimini kaldırın.",
                    "Remove the DOCTYPE declaration.",
                    xml.count(b"\n", 0, position) + 1,
                )
            ]
        )
    return position


def _check_instruction(xml: bytes, position: int) -> None:
    if re.match(rb"<\?xml(-stylesheet)?(\s|$)", xml[position : position + 20]):
        return
    raise UnreadableDocument(
        findings=[
            unreadable(
                "EB-INSTRUCTION",
                "Belge işleme talimatı (<?…?>) içeriyor.",
                "The document has a processing instruction (<?…?>).",
                "İşleme talimatını kaldırın; görünüm için XSLT belgeye gömülür.",
                "Remove the processing instruction; the stylesheet is embedded in the document.",
                xml.count(b"\n", 0, position) + 1,
            )
        ]
    )


# What the parser says most often, in Turkish; its own English sentence goes to English readers only.
_PARSER_SAYS: Final = (
    ("Premature end of data", "dosya yarım kalmış"),
    ("tag mismatch", "bir etiket açıldığı adla kapanmıyor"),
    ("Document is empty", "dosya boş"),
    ("Start tag expected", "başı XML değil"),
    ("EntityRef", "metinde yalın & var"),
    ("not proper UTF-8", "harf kodlaması UTF-8 değil"),
    ("Invalid bytes in character encoding", "harf kodlaması UTF-8 değil"),
    ("invalid element name", "metinde yalın < var"),
    ("encoding", "harf kodlaması bildirilenden farklı"),
    ("Namespace prefix", "tanımlanmamış bir ad alanı öneki var"),
    ("Extra content at the end", "belge bittikten sonra içerik var"),
)


def _not_xml(error: etree.XMLSyntaxError) -> UnreadableDocument:
    said = str(error.msg)
    deep = "depth" in said
    told = next((f" ({turkish})" for sign, turkish in _PARSER_SAYS if sign in said), "")
    finding = unreadable(
        "EB-DEPTH" if deep else "EB-XML",
        "Belge çok derin iç içe." if deep else f"Belge XML olarak okunamıyor{told}.",
        "The document is nested too deeply." if deep else f"The document is not well-formed XML: {said}",
        "Belirtilen satırı düzeltin; metinde & yerine &amp; ve < yerine &lt; yazın.",
        "Mend the given line; in text write &amp; for & and &lt; for <.",
        error.lineno,
    )
    return UnreadableDocument(findings=[finding])
