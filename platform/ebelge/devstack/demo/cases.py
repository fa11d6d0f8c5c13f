"""The documents of the demo: each kind in several forms, as JSON drafts and as UBL-TR XML."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, time
from typing import Any, Literal
from uuid import UUID, uuid4

from ebelge.devstack.companies import AKIN_LTD, BORA_AS, DENIZ, EFE, WITH_MAIL, WITHOUT_MAIL
from ebelge.devstack.demo.both_ways import ANSWERED, REPORTED
from ebelge.ubl.build import build
from ebelge.ubl.draft import read_draft
from ebelge.ubl.examples import example_json, signatory
from ebelge.ubl.type_examples import example
from ebelge.ubl.types import DocumentKind, Party

Json = dict[str, Any]
Seller = Literal["akin", "bora"]
_IDENTITY = ("tax_office", "street", "building_number", "district", "city", "postal_zone", "email")


@dataclass(frozen=True)
class Case:
    """One document to send: by whom, what it is about (for the table), and its content."""

    seller: Seller
    about: str
    content: Json | bytes
    wishes: dict[str, str] = field(default_factory=dict)


def party(given: Party) -> Json:
    """A party as the API takes it."""
    found = {name: getattr(given, name) for name in _IDENTITY if getattr(given, name)}
    if given.scheme == "TCKN":
        names = {"tckn": given.vkn_tckn, "first_name": given.first_name, "family_name": given.family_name}
        return found | names
    return found | {"vkn": given.vkn_tckn, "name": given.name}


def line(name: str, quantity: str, unit_price: str, kdv_rate: str = "20", **more: Any) -> Json:
    """A line of an invoice."""
    return {"name": name, "quantity": quantity, "unit_price": unit_price, "kdv_rate": kdv_rate} | more


def invoice(kind: str, buyer: Party, *lines: Json, **more: Any) -> Json:
    """A draft of an invoice."""
    return {"kind": kind, "buyer": party(buyer), "lines": list(lines)} | more


def as_xml(draft: Json, *, day: date, ettn: UUID | None = None) -> bytes:
    """The draft as Akın's own accounting would write it in UBL-TR, its number left to us (zeros after the series)."""
    kind = DocumentKind(draft["kind"])
    return build(
        read_draft(draft),
        supplier=AKIN_LTD.party,
        kind=kind,
        number=f"{AKIN_LTD.series[kind]}{day.year}{0:09d}",
        ettn=ettn or uuid4(),
        issue_date=day,
        issue_time=time(9, 30),
        signatory=signatory(AKIN_LTD.party),
    )


def cases(day: date) -> list[Case]:
    """What is sent one by one."""
    pipe, pump = line("Çelik boru", "40", "312.50"), line("Santrifüj pompa", "2", "18750", unit="adet")
    bread = line("Ekmeklik un", "25", "640", "1", unit="kg")
    return [
        Case("akin", "TEMEL, KDV 20/10/1", invoice(
            "efatura", BORA_AS.party, pipe, line("Kitap", "3", "210", "10"), bread)),
        Case("akin", "TİCARİ, discount", invoice(
            "efatura", DENIZ, pump | {"discounts": [{"percent": "7.5", "reason": "Bayi"}]}, pipe,
            profile="TICARIFATURA", order={"number": "SP-2026-118", "date": day.isoformat()})),
        Case("akin", ANSWERED, invoice("efatura", BORA_AS.party, pump, profile="TICARIFATURA")),
        Case("akin", "TEMEL from XML", as_xml(invoice("efatura", EFE, pipe, bread), day=day)),
        Case("akin", "tevkifat 50%", invoice(
            "efatura", BORA_AS.party, line("Demir profil", "12", "940", withholding_code="627"))),
        Case("akin", "istisna 17/4-ı", invoice(
            "efatura", DENIZ, line("Serbest bölge hizmeti", "1", "12500", "0", exemption_code="212"))),
        Case("akin", "USD at 41,2537", invoice("efatura", EFE, pump, currency="USD", exchange_rate="41.2537")),
        Case("akin", "İHRACAT, by customs", example("IHRACAT", "ISTISNA", n=7)),
        Case("akin", "hal, künye", example("HKS", "HKSSATIS", n=8)),
        Case("akin", "İHRAÇ KAYITLI", example("TICARIFATURA", "IHRACKAYITLI", n=9)),
        Case("bora", "TEMEL, own EC seal", invoice("efatura", AKIN_LTD.party, bread)),
        Case("akin", "auto, to a consumer", invoice("auto", WITH_MAIL, pipe, line("Montaj", "1", "900"))),
        Case("akin", "from XML, by e-mail", as_xml(invoice("earsiv", WITH_MAIL, bread), day=day)),
        Case("akin", REPORTED, example("EARSIVFATURA", "SARJANLIK", n=10)),
        Case("akin", "no address: paper", invoice("earsiv", WITHOUT_MAIL, line("Vana DN50", "6", "187.35"))),
        Case("bora", "own EC seal, e-mail", invoice("earsiv", WITH_MAIL, bread)),
        Case("akin", "driver and plate", example_json(DocumentKind.EIRSALIYE, n=3)),
        Case("akin", "to Deniz Lojistik", example_json(DocumentKind.EIRSALIYE, n=4, buyer=DENIZ)),
        Case("akin", "from XML", as_xml(example_json(DocumentKind.EIRSALIYE, n=5, buyer=EFE), day=day)),
        Case("akin", "hal, from a printed note", example("HKSIRSALIYE", "MATBUDAN", n=6)),
        Case("akin", "stopaj and SGK", example_json(DocumentKind.EMM, n=1)),
        Case("akin", "three products", example_json(DocumentKind.EMM, n=2, lines=3)),
        Case("akin", "from XML", as_xml(example_json(DocumentKind.EMM, n=3), day=day)),
    ]  # fmt: skip


def wrong_total(day: date) -> bytes:
    """An invoice whose payable total is one lira more than its lines and taxes make."""
    xml = as_xml(invoice("efatura", BORA_AS.party, line("Rulman 6204", "10", "100")), day=day)
    right, wrong = b">1200.00</cbc:PayableAmount>", b">1201.00</cbc:PayableAmount>"
    assert right in xml
    return xml.replace(right, wrong)


def to_be_refused(ettn: UUID) -> Json:
    """A valid invoice that GİB is ordered to refuse."""
    return invoice("efatura", BORA_AS.party, line("Kompresör", "1", "48000"), ettn=str(ettn), notes=["Sipariş 4711"])


def corrected() -> Json:
    """What is sent instead."""
    return invoice(
        "efatura", BORA_AS.party, line("Kompresör 7,5 kW", "1", "48000"), notes=["Sipariş 4711, düzeltilmiş"]
    )


def bulk(count: int) -> list[Json]:
    """Many drafts of all kinds, as an accounting run makes them: half e-Fatura."""
    others = (DocumentKind.EARSIV, DocumentKind.EIRSALIYE, DocumentKind.EMM, DocumentKind.EARSIV)
    buyers = (BORA_AS.party, DENIZ, EFE)
    found = []
    for n in range(count):
        kind = DocumentKind.EFATURA if n % 2 else others[n // 2 % len(others)]
        by_gib = kind in (DocumentKind.EFATURA, DocumentKind.EIRSALIYE)
        found.append(example_json(kind, n=n + 1, lines=1 + n % 4, buyer=buyers[n % 3] if by_gib else None))
    return found
