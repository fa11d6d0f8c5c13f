"""All rules that a document must keep before it is numbered and charged: GİB's and ours."""

from datetime import date
from threading import Lock

from lxml import etree

from efatura_kontrol import kontrol
from ebelge.core.findings import Finding
from ebelge.ubl.parse import read_tree
from ebelge.ubl.prepare import complete, serialise, set_number
from ebelge.ubl.types import DocumentKind, Signatory

_LOCK = Lock()
_NOBODY = Signatory(vkn_tckn="1234567808", name="-", city="-", district="-")


def warm_up() -> None:
    """Load schemas and compile rules (0.7 s), so that the first document does not pay for it."""
    with _LOCK:
        kontrol.hazirla()


def check(xml: bytes, *, kind: DocumentKind, today: date, number: str | None = None) -> list[Finding]:
    """Findings of GİB's rules and ours on an unsigned document; signature rules are left out."""
    root = read_tree(xml)
    if number is not None:
        set_number(root, number)
    complete(root, signatory=_NOBODY)
    etree.SubElement(next(root.iter("{*}ExtensionContent")), "{urn:ebelge:placeholder}P")
    if kind is DocumentKind.EMM:
        return []
    with _LOCK:
        report = kontrol.kontrol_et(serialise(root), {"efatura": "fatura", "earsiv": "earsiv"}.get(kind, "irsaliye"))
    return [
        Finding(b.kod, b.mesaj, b.mesaj, b.duzeltme or "", b.duzeltme or "", line=b.satir)
        for b in report.bulgular
        if b.seviye != "bilgi"
    ]
