"""GİB's rules on what answers a document: schema, schematron, and the structure of the signature."""

from dataclasses import replace
from typing import Final

from lxml import etree

from ebelge.core.findings import Finding
from ebelge.ubl import explain, gib_rules, validate
from ebelge.ubl.names import ANSWER_ROOTS, DS, line_of, tag
from ebelge.ubl.reading import read_tree
from ebelge.ubl.refusals import not_signed

# efatura-kontrol's word for each form of answer.
TUR: Final = {"ApplicationResponse": "uygulama-yaniti", "ReceiptAdvice": "irsaliye-yaniti"}
_CONTENT: Final = "/".join(map(tag, ("ext:UBLExtensions", "ext:UBLExtension", "ext:ExtensionContent")))


def check_answer(xml: bytes, *, signed: bool) -> list[Finding]:
    """Findings on an answer. Unsigned: as it will be sealed, with a placeholder where the signature goes.

    The signature's value is not verified here (`ebelge.signing.verify` does that).
    :raises UnreadableDocument: see `parse`.
    """
    root = read_tree(xml, roots=ANSWER_ROOTS.keys())
    content = root.find(_CONTENT)
    if not signed and content is not None and not len(content):
        etree.SubElement(content, "{urn:ebelge:placeholder}Signature")
    with validate.LOCK:
        breaches = gib_rules.answer_breaches(root, tur=TUR[ANSWER_ROOTS[root.tag]], signed=signed)
    found = [
        replace(
            explain.explained(breach.rule, breach.text, breach.xpath),
            line=breach.line,
            severity="error" if breach.error else "warning",
        )
        for breach in breaches
    ]
    if signed and root.find(f"{_CONTENT}/{{{DS}}}Signature") is None:
        found.append(not_signed(line_of(root)))
    return found
