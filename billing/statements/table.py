"""A statement as a table for people: one row a line, in Turkish or English."""

from collections.abc import Iterable, Sequence

from billing.statements.statement import Frame, Line, LotLeft
from ebelge.core.clock import ISTANBUL
from ebelge.core.sheets import Cell, Lira

MOVEMENTS = {
    "granted": ("Yüklendi", "Credited"), "received": ("Devralındı", "Received"), "reserved": ("Ayrıldı", "Reserved"),
    "captured": ("Kullanıldı", "Used"), "released": ("Serbest bırakıldı", "Released"),
    "restored": ("Geri verildi", "Given back"), "expired": ("Süresi doldu", "Expired"),
    "passed": ("Devredildi", "Passed on"), "frozen": ("Donduruldu", "Frozen"), "thawed": ("Çözüldü", "Thawed"),
    "voided": ("Geçersiz", "Voided"),
}  # fmt: skip
SOURCES = {
    "payment": ("Satın alma", "Purchase"), "receivable": ("Açık hesap", "Open account"), "bonus": ("Hediye", "Bonus"),
    "goodwill": ("Hibe", "Goodwill"), "opening": ("Açılış", "Opening"), "received": ("Devir", "Passing"),
    "grace": ("Ek süre", "Grace"),
}  # fmt: skip
_HEAD = (
    ("Sıra", "No"), ("Zaman", "Time"), ("İşlem", "Movement"), ("Belge", "Document"), ("Tür", "Kind"),
    ("Kontör", "Kontör"), ("Değişim", "Change"), ("Kullanılabilir", "Spendable"), ("Ayrılmış", "Held"),
    ("Dondurulmuş", "Frozen"), ("Lot kaynağı", "Lot's source"), ("Sipariş / neden", "Order / reason"),
    ("Ödeme", "Payment"), ("Lot son kullanım", "Lot expires"), ("Net tutar", "Net amount"), ("Lot", "Lot"),
)  # fmt: skip
_LOT_HEAD = (
    ("Lot", "Lot"), ("Kaynak", "Source"), ("Sipariş / neden", "Order / reason"), ("Yüklenen", "Credited"),
    ("Kalan", "Left"), ("Yükleme", "Credited on"), ("Son kullanım", "Expires"), ("Net fiyat", "Net price"),
)  # fmt: skip


def rows(
    title: str, found: Frame, lines: Iterable[Line], lots: Sequence[LotLeft], *, language: str = "tr"
) -> list[list[Cell]]:
    """The whole statement: head, opening, lines, closing, what is left in which lot."""
    tongue = 0 if language == "tr" else 1
    start, end = found.start.astimezone(ISTANBUL), found.end.astimezone(ISTANBUL)
    table: list[list[Cell]] = [
        [title], [f"{start:%d.%m.%Y %H:%M} – {end:%d.%m.%Y %H:%M}"], [],
        [head[tongue] for head in _HEAD],
        _balance(("Açılış", "Opening")[tongue], found.opening.available, found.opening.held, found.opening.frozen),
    ]  # fmt: skip
    table.extend(_line(line, tongue) for line in lines)
    table.append(
        _balance(("Kapanış", "Closing")[tongue], found.closing.available, found.closing.held, found.closing.frozen)
    )
    table.extend([[], [head[tongue] for head in _LOT_HEAD]])
    table.extend(
        [str(lot.lot_id), SOURCES[lot.source][tongue], lot.lot_reference, lot.granted, lot.left_kontor,
         lot.credited_at, lot.expires_at, Lira(lot.net_price_kurus)]
        for lot in lots
    )  # fmt: skip
    return table


def _balance(word: str, available: int, held: int, frozen: int) -> list[Cell]:
    return [None, None, word, None, None, None, None, available, held, frozen]


def _line(line: Line, tongue: int) -> list[Cell]:
    return [
        line.version, line.at, MOVEMENTS[line.kind][tongue], line.reference, line.charge_kind, line.kontor, line.change,
        line.available, line.held, line.frozen, SOURCES[line.source][tongue], line.lot_reference, line.payment,
        line.expires_at, Lira(line.net_kurus), str(line.lot_id),
    ]  # fmt: skip
