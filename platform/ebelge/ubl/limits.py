"""How much of a kind a document may hold. Beyond it the rules would take minutes; no document of the trade is there."""

from collections.abc import Iterator

from lxml import etree

from ebelge.core.findings import Finding
from ebelge.ubl.names import LINE, ROOTS, line_of, tag
from ebelge.ubl.paths import short_path

LINES_MAX = 5000
SIBLINGS_MAX = 1000
TAX_PARTS_MAX = 200

_HEADER_TAXES = tuple(f"{tag(total)}/{tag('cac:TaxSubtotal')}" for total in ("cac:TaxTotal", "cac:WithholdingTaxTotal"))


def limit_findings(root: etree._Element) -> list[Finding]:
    """One finding for what there is too much of; empty for every document of the trade."""
    return next(([found] for found in _findings(root)), [])


def _findings(root: etree._Element) -> Iterator[Finding]:
    line = LINE[ROOTS[root.tag]]
    lines = sum(1 for _ in root.iterchildren(line))
    if lines > LINES_MAX:
        yield _too_many(root, "satır", "lines", lines, LINES_MAX)
    if len(root) - lines > SIBLINGS_MAX:
        yield _too_many(root, "başlık öğesi", "header elements", len(root) - lines, SIBLINGS_MAX)
    taxes = sum(len(root.findall(path)) for path in _HEADER_TAXES)
    if taxes > TAX_PARTS_MAX:
        yield _too_many(root, "vergi alt toplamı", "tax subtotals", taxes, TAX_PARTS_MAX)
    # Cheap for what is short: so many children need many bytes, and each costs at least a few.
    for element in root.iterdescendants("*"):
        if len(element) > SIBLINGS_MAX:
            yield _too_many(element, "alt öğe", "children of one element", len(element), SIBLINGS_MAX)


def _too_many(at: etree._Element, tr: str, en: str, count: int, limit: int) -> Finding:
    return Finding(
        rule="EB-TOO-MANY",
        message_tr=f"Belgede çok fazla {tr} var: {count} (sınır {limit}).",
        message_en=f"The document has too many {en}: {count} (limit {limit}).",
        mend_tr="Belgeyi bölün.",
        mend_en="Split the document.",
        line=line_of(at),
        path=short_path(at),
    )
