"""The invoice that the benchmarks send: ten lines, 20 kB, as a client's ERP writes it (indented, unsigned)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, time
from typing import Final
from uuid import UUID, uuid4

from lxml import etree

from ebelge.core.clock import istanbul_date
from ebelge.ubl.build import build
from ebelge.ubl.draft import read_draft
from ebelge.ubl.examples import AKIN, example_json, signatory
from ebelge.ubl.names import tag
from ebelge.ubl.types import DocumentKind

LINES: Final = 10
_DESCRIPTION = "Teklif ve sipariş koşullarına uygun, iki yıl garantili, kutulu ve etiketli teslim"
_NOTE = "Ödeme fatura tarihinden itibaren otuz gün içinde, aşağıdaki hesaba yapılır; vade farkı aylık yüzde ikidir."


@dataclass(frozen=True, slots=True)
class Form:
    """An invoice of a supplier, to be filled in with an ETTN each time."""

    xml: bytes
    ettn: UUID

    def fill(self) -> tuple[UUID, bytes]:
        """A further document: its ETTN and its bytes."""
        ettn = uuid4()
        return ettn, self.xml.replace(str(self.ettn).encode(), str(ettn).encode())


def form(*, at: datetime, series: str, vkn: str = AKIN.vkn_tckn, lines: int = LINES) -> Form:
    """A TEMELFATURA of today from the taxpayer `vkn` to Bora A.Ş.; the number is the placeholder of `series`."""
    supplier, ettn = replace(AKIN, vkn_tckn=vkn), uuid4()
    body = example_json(DocumentKind.EFATURA, lines=lines)
    for line in body["lines"]:
        line["description"] = _DESCRIPTION
        line["discounts"] = [{"percent": "5", "reason": "Sipariş iskontosu"}]
    body["notes"] += [f"{number}. {_NOTE}" for number in range(1, 6)]
    day = istanbul_date(at)
    built = build(
        read_draft(body),
        supplier=supplier,
        kind=DocumentKind.EFATURA,
        number=f"{series}{day.year}000000000",
        ettn=ettn,
        issue_date=day,
        issue_time=time(0, 1),
        signatory=signatory(supplier),
    )
    return Form(_as_written_by_an_erp(built), ettn)


def _as_written_by_an_erp(built: bytes) -> bytes:
    """Indented, without our stylesheet, and with something in the place of the signature.

    An empty place would be a schema error for a checker that does not know of unsigned drafts.
    """
    root = etree.fromstring(built)
    for reference in root.findall(tag("cac:AdditionalDocumentReference")):
        root.remove(reference)
    content = next(root.iter(tag("ext:ExtensionContent")))
    etree.SubElement(content, "{urn:example:erp}Place", nsmap={"erp": "urn:example:erp"})
    etree.indent(root, "  ")
    written: bytes = etree.tostring(root, encoding="UTF-8", xml_declaration=True)
    return written
