"""GİB's own rules over an lxml tree: XSD, schematron (Saxon), sums, signature structure.

Rule data and sums come from the installed efatura-kontrol. What is ours is the way of feeding Saxon: the document
is parsed once, and the code lists that are searched for every amount get their usual values in front.
"""

import re
from dataclasses import dataclass
from functools import cache
from importlib import resources
from itertools import islice
from typing import Any, Final

from efatura_kontrol import hesap, imza, sematron, xsd
from efatura_kontrol.belge import Belge
from efatura_kontrol.bulgu import Bulgu
from lxml import etree
from saxonche import PySaxonApiError

from ebelge.ubl.codes import UNIT_NAMES
from ebelge.ubl.linear_rules import LOCATE, linear
from ebelge.ubl.names import line_of, tag
from ebelge.ubl.quick_sums import sums_hold
from ebelge.ubl.types import DocumentKind

# efatura-kontrol's word for each kind; e-Müstahsil has none, GİB has no schematron for it.
TUR: Final = {
    DocumentKind.EFATURA: "fatura",
    DocumentKind.EARSIV: "earsiv",
    DocumentKind.EIRSALIYE: "irsaliye",
}
_SCHEMATRON_TYPE: Final = {"fatura": "efatura", "earsiv": "earchive", "irsaliye": "efatura"} | dict.fromkeys(
    ("uygulama-yaniti", "irsaliye-yaniti"), "efatura"
)

# The schematron tests `contains(list, concat(',', value, ','))` for each amount and quantity, and the values that
# nearly every document has stand far back. A value without a comma is found or not found alike when members of the
# list are repeated in front of it; documents with a comma in such an attribute get the lists as they are.
_IN_FRONT: Final = {
    "CurrencyCodeList": ("TRY", "USD", "EUR", "GBP"),
    "UnitCodeList": ("C62", "NIU", *UNIT_NAMES),
    "MimeCodeList": ("application/xml", "text/xml", "image/png", "image/jpeg"),
}
# Types and profiles with arithmetic of their own (a special base, tax that is reckoned but not collected): there the
# plain sums would refuse documents that GİB takes, its own samples among them, so they only warn.
_OWN_ARITHMETIC: Final = frozenset(
    {"OZELMATRAH", "IHRACKAYITLI", "TEVKIFATIADE", "SGK", "KOMISYONCU", "HKSKOMISYONCU", "YATIRIMTESVIK", "HKS"}
)
_ENOUGH: Final = 64
_TOLD: Final = 1000
UNREADABLE, FIGURE = "EB-RULES-UNREADABLE", "EB-FIGURE"
_FIGURE = re.compile("(?:Amount|Quantity|Percent|Rate|Numeric)$")
_SHORT = re.compile(r"-?[0-9]{0,18}(?:\.[0-9]{0,10})?")
# A document that is wrong on thousands of lines is wrong in one way; locating each of them would take minutes.
FINDINGS_MAX: Final = 300
_LONG: Final = 100_000
_COMMA = re.compile(rb"(?:currencyID|unitCode|mimeCode)=(?:\"[^\"]*,|'[^']*,)")
# "Not later than today" by the machine's clock and zone: at 1:00 in Turkey a machine on UTC says it of a document of
# today. `own_rules` asks it of the Turkish day.
_BY_THE_MACHINE: Final = frozenset({"sch-TimeCheck-1"})
_QUIET: Final = ("<svrl:failed-assert", "<svrl:successful-report", "<svrl:error")


@dataclass(frozen=True, slots=True)
class Breach:
    """A rule of GİB that the document breaks, as the rule data states it."""

    rule: str
    text: str
    error: bool
    line: int | None
    xpath: str


class _Schematron:
    """GİB's schematron, compiled once; not thread-safe, like everything that holds a Saxon processor."""

    def __init__(self) -> None:
        from saxonche import PySaxonProcessor

        self._processor: Any = PySaxonProcessor(license=False)
        source = resources.files("efatura_kontrol.ekler").joinpath("sematron/efatura.xsl")
        rules = etree.fromstring(source.read_bytes())
        self._lists = _code_lists(rules)
        compiler = self._processor.new_xslt30_processor()
        self._rules: Any = compiler.compile_stylesheet(stylesheet_text=linear(rules).decode())
        self._type = ""
        self._quick = False
        self._locate = True

    def report(self, xml: bytes, *, tur: str) -> etree._Element | None:
        """The SVRL report, or None when it holds no finding; without locations when a long document has very many."""
        self._set(tur=_SCHEMATRON_TYPE[tur], quick=_COMMA.search(xml) is None, locate=len(xml) < _LONG)
        node = self._processor.parse_xml(xml_text=xml.decode())
        svrl: str = self._rules.transform_to_string(xdm_node=node)
        if not any(name in svrl for name in _QUIET):
            return None
        if not self._locate and svrl.count("<svrl:failed-assert") <= FINDINGS_MAX:
            self._set(tur=_SCHEMATRON_TYPE[tur], quick=self._quick, locate=True)
            svrl = self._rules.transform_to_string(xdm_node=node)
        return etree.fromstring(svrl.encode(), etree.XMLParser(huge_tree=True))

    def _set(self, *, tur: str, quick: bool, locate: bool) -> None:
        if locate != self._locate:
            self._rules.set_parameter(LOCATE, self._processor.make_string_value("yes" if locate else "no"))
            self._locate = locate
        if tur != self._type:
            self._rules.set_parameter("type", self._processor.make_string_value(tur))
            self._type = tur
        if quick != self._quick:
            for name, text in self._lists.items():
                front = "".join(f",{value}" for value in _IN_FRONT[name] if f",{value}," in text)
                whole = front + text if quick else text
                self._rules.set_parameter(name, self._processor.make_string_value(whole))
            self._quick = quick


def _code_lists(rules: etree._Element) -> dict[str, str]:
    """The lists of `_IN_FRONT` as the compiled rules hold them: `,AED,AFN,…,`."""
    found = {}
    for parameter in rules.iterchildren("{http://www.w3.org/1999/XSL/Transform}param"):
        name, literal = parameter.get("name", ""), parameter.get("select", "")
        if name in _IN_FRONT and literal[:2] == "'," and literal[-2:] == ",'" and literal.count("'") == 2:
            found[name] = literal[1:-1]
    return found


@cache
def _schematron() -> _Schematron:
    return _Schematron()


@cache
def credit_note_schema() -> etree.XMLSchema:
    """GİB's CreditNote schema; efatura-kontrol ships the file but has no check for it."""
    source = resources.files("efatura_kontrol.ekler").joinpath("xsd/maindoc/UBL-CreditNote-2.1.xsd")
    with resources.as_file(source) as path:
        return etree.XMLSchema(file=str(path))


def load() -> None:
    """Compile everything (about 0.7 s and 200 MB), so that the first document does not pay for it."""
    _schematron().report(b"<warm/>", tur="fatura")
    for tur in TUR.values():
        xsd.sema(tur)
    credit_note_schema()


def schema_breaches(root: etree._Element, *, kind: DocumentKind) -> list[Breach]:
    """Where the document leaves GİB's schema. `line` counts in the bytes the tree was parsed from."""
    wanted = DocumentKind.EARSIV if kind is DocumentKind.ESMM else kind  # e-SMM as UBL is an invoice to the schema
    return against(root, credit_note_schema() if kind is DocumentKind.EMM else xsd.sema(TUR[wanted]))


def against(root: etree._Element, schema: etree.XMLSchema) -> list[Breach]:
    """Where the tree leaves a schema."""
    if schema.validate(root.getroottree()):
        return []
    errors: Any = schema.error_log
    return [
        Breach(
            rule="xsd-" + entry.type_name.lower().removeprefix("schemav_").replace("_", "-"),
            text=entry.message,
            error=True,
            line=entry.line or None,
            xpath=entry.path or "",
        )
        for entry in islice(errors, FINDINGS_MAX)
    ]


def lighten(root: etree._Element) -> None:
    """Cut embedded files short, in place: no rule of GİB's schematron reads what is in them (a test holds it so)."""
    for element in root.iter(tag("cbc:EmbeddedDocumentBinaryObject")):
        element.text = (element.text or "")[:_ENOUGH]


def rule_breaches(root: etree._Element, xml: bytes, *, kind: DocumentKind, signed: bool) -> list[Breach]:
    """What schematron and sums find; `xml` is the tree as bytes. With `signed` the signature's structure too."""
    tur = TUR[kind]
    profile, code = _text(root, "ProfileID"), _text(root, "InvoiceTypeCode")
    document = Belge("", xml, root.getroottree(), root, tur, root, profile, code)
    odd: list[Breach] = []
    try:
        report = _schematron().report(xml, tur=tur)
    except PySaxonApiError:  # beyond the limits of the engine's parser, like 200 attributes on an element
        return [Breach(UNREADABLE, "GİB kuralları bu belgede çalıştırılamıyor.", error=True, line=1, xpath="")]
    found = [] if report is None else sematron_findings(document, report)
    if not (profile != "HKS" and _one_currency(root, xml) and sums_hold(root)):
        try:
            found += hesap.dogrula(document)
        except ArithmeticError:  # figures that no decimal arithmetic can hold
            odd = [_odd_figure(root)]
    if signed:
        found += imza.dogrula(document)
    plain = not (document.profil in _OWN_ARITHMETIC or document.tip in _OWN_ARITHMETIC or _is_ytb(document.tip))
    told = islice((bulgu for bulgu in found if bulgu.seviye != "bilgi"), 2 * FINDINGS_MAX)
    return odd + [_breach(bulgu, plain_sums=plain) for bulgu in told]


def answer_breaches(root: etree._Element, *, tur: str, signed: bool) -> list[Breach]:
    """Schema, schematron and (with `signed`) the signature's structure of what answers a document; `tur` is
    efatura-kontrol's word. The tree is lightened."""
    found = against(root, xsd.sema(tur))
    lighten(root)
    xml = etree.tostring(root, encoding="UTF-8")
    document = Belge("", xml, root.getroottree(), root, tur, root, _text(root, "ProfileID"), None)
    report = _schematron().report(xml, tur=tur)
    told = [] if report is None else sematron_findings(document, report)
    told += imza.dogrula(document) if signed else []
    return found + [_breach(bulgu, plain_sums=True) for bulgu in told if bulgu.seviye != "bilgi"][:FINDINGS_MAX]


def sematron_findings(document: Belge, report: etree._Element) -> list[Bulgu]:
    """The report's findings as efatura-kontrol words them (its own functions, on a report made here)."""
    svrl = sematron.SVRL
    failed = islice(report.iter(svrl + "failed-assert"), FINDINGS_MAX)
    found = [sematron._bulgu(document, e, "hata") for e in failed]
    found += [sematron._bulgu(document, e, "uyari") for e in report.iter(svrl + "successful-report")]
    found = [bulgu for bulgu in found if bulgu.kod not in _BY_THE_MACHINE]
    return found + [sematron._degerlendirme_hatasi(e) for e in report.iter(svrl + "error")]


def zarf_schema_breach(root: etree._Element) -> str | None:
    """The first place where an envelope leaves GİB's schema, with the documents in it; None if it does not."""
    schema = xsd.sema("zarf")
    if schema.validate(root.getroottree()):
        return None
    errors: Any = schema.error_log
    return f"{errors[0].line}: {errors[0].message}"[:_TOLD]


def zarf_rule_breach(xml: bytes) -> str | None:
    """The first rule of GİB's schematron that an envelope breaks; None if it breaks none."""
    from saxonche import PySaxonApiError

    try:
        report = _schematron().report(xml, tur="fatura")
    except PySaxonApiError as error:  # limits of its parser that libxml2 does not have
        return f"sch-unreadable: {' '.join(str(error).split())}"[:_TOLD]
    if report is None:
        return None
    for failed in islice(report.iter(f"{sematron.SVRL}failed-assert", f"{sematron.SVRL}error"), FINDINGS_MAX):
        rule = f"sch-{failed.get('id') or failed.get('code') or ''}"
        if rule not in _BY_THE_MACHINE:
            return f"{rule}: {' '.join(str(failed.xpath('string()')).split())}"[:_TOLD]
    return None


def _breach(bulgu: Bulgu, *, plain_sums: bool) -> Breach:
    # Sums are warnings there; here a wrong sum refuses the document. Only foreign currencyIDs stay a warning.
    wrong_sum = bulgu.kaynak == "hesap" and bulgu.kod != "hesap-para-birimi"
    error = bulgu.seviye == "hata" or (wrong_sum and plain_sums)
    return Breach(rule=bulgu.kod, text=bulgu.mesaj, error=error, line=bulgu.satir, xpath=bulgu.konum or "")


def _odd_figure(root: etree._Element) -> Breach:
    """The first figure that is none, or has too many digits to be reckoned with."""
    for element in root.iter("{*}*"):
        text = (element.text or "").strip()
        if not len(element) and _FIGURE.search(etree.QName(element).localname) and not _SHORT.fullmatch(text):
            path = root.getroottree().getpath(element)
            return Breach(FIGURE, "Sayı okunamıyor ya da çok uzun.", error=True, line=line_of(element), xpath=path)
    return Breach(FIGURE, "Belgede hesaplanamayan bir sayı var.", error=True, line=line_of(root), xpath="")


def _one_currency(root: etree._Element, xml: bytes) -> bool:
    """True if every currencyID is certainly the document's: as bytes, because there are many."""
    currency = (_text(root, "DocumentCurrencyCode") or "").encode()
    return bool(currency) and xml.count(b"currencyID=") == xml.count(b'currencyID="%s"' % currency)


def _is_ytb(type_code: str | None) -> bool:
    return (type_code or "").startswith("YTB")


def _text(root: etree._Element, name: str) -> str | None:
    return (root.findtext(f"{{*}}{name}") or "").strip() or None
