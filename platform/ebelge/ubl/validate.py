"""All rules that a document must keep before it is numbered and charged: GİB's and ours.

One process checks one document at a time: the rule engine is not thread-safe, a lock keeps it so.
"""

from dataclasses import dataclass, replace
from datetime import date
from threading import Lock

from lxml import etree

from ebelge.core.findings import Finding
from ebelge.ubl import esmm, explain, gib_rules
from ebelge.ubl.esmm import is_own_form
from ebelge.ubl.esmm_rules import receipt_findings
from ebelge.ubl.gib_rules import Breach
from ebelge.ubl.limits import limit_findings
from ebelge.ubl.names import DS, ROOTS, line_of, tag
from ebelge.ubl.own_rules import own_findings
from ebelge.ubl.paths import locate
from ebelge.ubl.prepare import complete, set_number
from ebelge.ubl.producer_rules import producer_findings
from ebelge.ubl.reading import read_tree
from ebelge.ubl.refusals import not_signed, root_and_kind_differ
from ebelge.ubl.types import DocumentKind, Signatory

LOCK = Lock()
# Stands for the seal's owner while a draft is checked: the schema wants a cac:Signature, the seal comes later.
_NOBODY = Signatory(vkn_tckn="1234567808", name="", city="-", district="-")
_ROOT_OF = {
    DocumentKind.EFATURA: "Invoice",
    DocumentKind.EARSIV: "Invoice",
    DocumentKind.EIRSALIYE: "DespatchAdvice",
    DocumentKind.EMM: "CreditNote",
    DocumentKind.ESMM: "Invoice",
}
_SIGNATURE = "/".join(
    (*map(tag, ("ext:UBLExtensions", "ext:UBLExtension", "ext:ExtensionContent")), f"{{{DS}}}Signature")
)


@dataclass(frozen=True, slots=True)
class ZarfBreach:
    """What is wrong in an envelope: its schema (GİB says 1160) or a rule of the schematron (1150)."""

    schema: bool
    text: str


def warm_up() -> None:
    """Load schemas and compile rules (0.7 s, 200 MB), so that the first document does not pay for it."""
    with LOCK:
        gib_rules.load()


def check(xml: bytes, *, kind: DocumentKind, today: date, number: str | None = None) -> list[Finding]:
    """Findings on a document that is not signed by us yet; lines count in the bytes given.

    Checked as it will be sealed: signatures in it are ignored, the missing cac:Signature and placeholder are
    supplied, `number` (when given) stands in for /cbc:ID. `today` is the Turkish calendar day.
    Errors first, then by line; of very many the first few hundred. An empty list, or warnings only, means that
    GİB's rules are kept.
    :raises UnreadableDocument: see `parse`.
    """
    if kind is DocumentKind.ESMM and is_own_form(xml):
        return receipt_findings(read_tree(xml, roots=(esmm.ROOT,)), today=today)
    root = read_tree(xml)
    if ROOTS[root.tag] != _ROOT_OF[kind]:
        return [root_and_kind_differ(ROOTS[root.tag], kind, line_of(root))]
    too_many = limit_findings(root)
    if too_many:
        return too_many
    if number is not None:
        set_number(root, number)
    complete(root, signatory=_NOBODY, embed=False)
    content = root.find(f"{tag('ext:UBLExtensions')}/{tag('ext:UBLExtension')}/{tag('ext:ExtensionContent')}")
    if content is not None:
        etree.SubElement(content, "{urn:ebelge:placeholder}Signature")
    return _findings(root, kind=kind, today=today, signed=False)


def check_signed(xml: bytes, *, kind: DocumentKind, today: date | None = None) -> list[Finding]:
    """Findings on a signed document as it goes to GİB, rules on the signature's structure included.

    The signature's value is not verified here (`ebelge.signing.verify` does that).
    :raises UnreadableDocument: see `parse`.
    """
    root = read_tree(xml, max_bytes=20 * 1024 * 1024)
    if ROOTS[root.tag] != _ROOT_OF[kind]:
        return [root_and_kind_differ(ROOTS[root.tag], kind, line_of(root))]
    return limit_findings(root) or _findings(root, kind=kind, today=today, signed=True)


def zarf_breach(root: etree._Element) -> ZarfBreach | None:
    """The first rule of GİB's that an envelope or a document in it breaks; None if they are kept.

    The tree is spent: embedded files in it are cut short. Sums are not asked here, GİB does not ask them either.
    """
    with LOCK:
        text = gib_rules.zarf_schema_breach(root)
        if text is not None:
            return ZarfBreach(True, text)
        gib_rules.lighten(root)
        text = gib_rules.zarf_rule_breach(etree.tostring(root, encoding="UTF-8"))
        return None if text is None else ZarfBreach(False, text)


def _findings(root: etree._Element, *, kind: DocumentKind, today: date | None, signed: bool) -> list[Finding]:
    with LOCK:
        breaches = gib_rules.schema_breaches(root, kind=kind)
        if kind not in (DocumentKind.EMM, DocumentKind.ESMM):  # GİB has no rules for either
            gib_rules.lighten(root)
            body = etree.tostring(root, encoding="UTF-8")
            breaches += gib_rules.rule_breaches(root, body, kind=kind, signed=signed)
    found = [_finding(root, breach) for breach in breaches]
    if signed and root.find(_SIGNATURE) is None:
        found.append(not_signed(line_of(root)))
    if kind is DocumentKind.EMM:
        found += producer_findings(root)
    if today is not None:
        found += own_findings(root, kind=kind, today=today)
    unique = list(dict.fromkeys(found))
    return sorted(unique, key=lambda f: (f.severity != "error", f.line or 0))


def _finding(root: etree._Element, breach: Breach) -> Finding:
    line, path = locate(root, breach.xpath)
    finding = explain.explained(breach.rule, breach.text, path)
    return replace(finding, line=line or breach.line, severity="error" if breach.error else "warning")
