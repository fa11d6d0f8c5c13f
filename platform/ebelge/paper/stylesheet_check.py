"""Whether a foreign stylesheet may be run at all: read as text and tree, never executed here.

What passes still runs in a process that cannot open a file; this only gives early, clear words with a line.
"""

import re
from collections.abc import Iterator
from typing import Any, Final

from lxml import etree

from ebelge.paper.errors import DesignRefused
from ebelge.ubl.names import line_of
from ebelge.ubl.stylesheet import XSL

BYTES_MAX: Final = 1024 * 1024
ELEMENTS_MAX: Final = 20_000
_EXSLT = "http://exslt.org/"
# Pure functions over values; whatever evaluates text, defines functions or writes is not among them.
_MODULES = frozenset({"common", "math", "sets", "strings", "dates-and-times"})
_NEVER = {
    f"{{{XSL}}}import": "xsl:import",
    f"{{{XSL}}}include": "xsl:include",
    f"{{{XSL}}}document": "xsl:document",
    f"{{{XSL}}}result-document": "xsl:result-document",
    f"{{{XSL}}}script": "xsl:script",
    f"{{{XSL}}}import-schema": "xsl:import-schema",
    f"{{{XSL}}}use-package": "xsl:use-package",
}
_ROOTS = (f"{{{XSL}}}stylesheet", f"{{{XSL}}}transform")
_READS = re.compile(r"(?<![\w.-])((?:[\w.-]+:)?(?:document|doc|collection|unparsed-text|unparsed-entity-uri))\s*\(")
_CALLS = re.compile(r"(?<![\w.-])([\w.-]+):([\w.-]+)\s*\(")
_LITERALS = re.compile(r"'[^']*'|\"[^\"]*\"")
_BRACES = re.compile(r"\{([^{}]*)\}")
_EXPRESSIONS = frozenset({"select", "test", "match", "use", "count", "from", "value", "group-by"})
_ENCODINGS = frozenset({"UTF-8", "US-ASCII", "ASCII", "ISO-8859-9", "WINDOWS-1254", "ISO-8859-1"})
_DECLARED = re.compile(rb"<\?xml[^>]*?encoding\s*=\s*[\"']([A-Za-z0-9._-]+)[\"']")


def check(stylesheet: bytes) -> None:
    """Nothing, if the stylesheet may be run. :raises DesignRefused: it may not; with the line where it has one."""
    if not stylesheet.strip():
        raise DesignRefused("Dosya boş.", "The file is empty.")
    if len(stylesheet) > BYTES_MAX:
        raise DesignRefused(f"XSLT en çok {BYTES_MAX // 1024} KB olabilir.", f"At most {BYTES_MAX // 1024} KB of XSLT.")
    _encoding(stylesheet)
    _doctype(stylesheet)
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    try:
        root = etree.fromstring(stylesheet, parser)
    except etree.XMLSyntaxError as error:
        raise DesignRefused(
            f"XSLT, XML olarak okunamıyor: {error.msg}", f"The XSLT is not well-formed XML: {error.msg}",
            line=error.lineno,
        ) from error  # fmt: skip
    if root.tag not in _ROOTS:
        raise _at(line_of(root), "kökü xsl:stylesheet değil", "does not begin with xsl:stylesheet")
    for count, element in enumerate(root.iter(etree.Element)):
        if count == ELEMENTS_MAX:
            raise DesignRefused(f"XSLT en çok {ELEMENTS_MAX} eleman içerebilir.", f"At most {ELEMENTS_MAX} elements.")
        _element(element)


def _element(element: etree._Element) -> None:
    name = etree.QName(element)
    if element.tag in _NEVER:
        word = _NEVER[element.tag]
        raise _at(line_of(element), f"{word} kullanıyor; tek dosya olmalı", f"uses {word}; it must be one file")
    if _is_extension(name.namespace or ""):
        word = name.localname
        raise _at(line_of(element), f"eklenti elemanı içeriyor ({word})", f"has an extension element ({word})")
    of_xsl = name.namespace == XSL
    for attribute, value in [(str(attribute), str(value)) for attribute, value in element.items()]:
        plain = etree.QName(attribute)
        if plain.localname == "extension-element-prefixes" and (of_xsl or plain.namespace == XSL) and value.strip():
            _prefixes(element, value)
        for expression in _expressions(value, whole=of_xsl and plain.localname in _EXPRESSIONS):
            _expression(element, expression)


def _prefixes(element: etree._Element, value: str) -> None:
    """Designs by customers' tools often list EXSLT here and then only call functions: the elements are what counts."""
    for prefix in value.split():
        uri = element.nsmap.get(None if prefix == "#default" else prefix, "")
        if not (uri.startswith(_EXSLT) and uri.removeprefix(_EXSLT) in _MODULES):
            raise _at(line_of(element), f"eklenti istiyor ({prefix})", f"asks for an extension ({prefix})")


def _expressions(value: str, *, whole: bool) -> Iterator[str]:
    if whole:
        yield value
    elif "{" in value:
        yield from _BRACES.findall(value)


def _expression(element: etree._Element, expression: str) -> None:
    bare = _LITERALS.sub("''", expression)
    if found := _READS.search(bare):
        word = f"{found.group(1)}()"
        raise _at(line_of(element), f"{word} ile başka dosya okuyor", f"reads another file by {word}")
    for prefix, function in _CALLS.findall(bare):
        uri = element.nsmap.get(prefix, "")
        known = uri.startswith(_EXSLT) and uri.removeprefix(_EXSLT) in _MODULES
        if _is_extension(uri) and not known:
            word = f"{prefix}:{function}()"
            raise _at(line_of(element), f"{word} eklenti işlevini çağırıyor", f"calls the extension function {word}")


def _is_extension(uri: str) -> bool:
    """Namespaces whose elements or functions do something; names of documents and codes do nothing."""
    marks = ("exslt.org", "xmlsoft.org", "saxon", "xalan", "xml.apache.org", "icl.com", "microsoft-com:xslt", "xt/java")
    return any(mark in uri.lower() for mark in (*marks, "java:", "clitype:", "php.net/xsl", "ns.inria.fr"))


def _encoding(stylesheet: bytes) -> None:
    declared = _DECLARED.match(stylesheet.removeprefix(b"\xef\xbb\xbf")[:200])
    name = declared.group(1).decode().upper() if declared else "UTF-8"
    if b"\x00" in stylesheet[:64] or stylesheet[:2] in (b"\xff\xfe", b"\xfe\xff"):
        name = "UTF-16"
    if name not in _ENCODINGS:
        raise _at(1, f"UTF-8 değil ({name})", f"is not UTF-8 ({name})")


def _doctype(stylesheet: bytes) -> None:
    """Before any parser sees it: outside comments and CDATA nothing but a DTD begins like that."""
    bare = re.sub(
        rb"<!--.*?-->|<!\[CDATA\[.*?\]\]>", lambda found: b"\n" * found.group().count(b"\n"), stylesheet, flags=re.S
    )
    if found := re.search(rb"<!(DOCTYPE|ENTITY)", bare, re.IGNORECASE):
        line = bare.count(b"\n", 0, found.start()) + 1
        raise _at(line, "DOCTYPE (DTD) ya da varlık tanımı içeriyor", "has a DOCTYPE (DTD) or an entity definition")


def _at(line: int | None, turkish: str, english: str) -> DesignRefused:
    where = (f" (satır {line})", f" (line {line})") if line else ("", "")
    said: dict[str, Any] = {"line": line} if line else {}
    return DesignRefused(f"XSLT {turkish}{where[0]}.", f"The XSLT {english}{where[1]}.", **said)
