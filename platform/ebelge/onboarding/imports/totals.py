"""Control totals: what the giving side says it gives, what the file holds, what the database holds afterwards."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from typing import Final

from ebelge.core import cells
from ebelge.core.cells import BadCell, plain
from ebelge.core.findings import Finding
from ebelge.core.folding import fold
from ebelge.core.money import lira_text
from ebelge.core.workbooks import Cell, Sheet


@dataclass(frozen=True, slots=True)
class Totals:
    """How much of each there is. Money in kuruş; documents in other currencies are counted, not summed."""

    accounts: int = 0
    people: int = 0
    series: int = 0
    lots: int = 0
    kontor: int = 0
    lots_net_kurus: int = 0
    contacts: int = 0
    documents: int = 0
    documents_try_kurus: int = 0

    def plain(self) -> dict[str, int]:
        """The totals by name."""
        return asdict(self)


NAMES: Final[Mapping[str, tuple[str, str]]] = {
    "accounts": ("Hesap sayısı", "Accounts"),
    "people": ("Kişi sayısı", "People"),
    "series": ("Seri sayısı", "Series"),
    "lots": ("Paket sayısı", "Lots"),
    "kontor": ("Kontör toplamı", "Kontor"),
    "lots_net_kurus": ("Paketlerin net bedeli (TL)", "Net price of lots (TRY)"),
    "contacts": ("Adres sayısı", "Contacts"),
    "documents": ("Belge sayısı", "Documents"),
    "documents_try_kurus": ("Belgelerin tutarı (TL)", "Amount of documents (TRY)"),
}
_MONEY = frozenset({"lots_net_kurus", "documents_try_kurus"})


def stated(sheet: Sheet | None) -> tuple[dict[str, int], list[Finding]]:
    """The totals that the control sheet states: two columns, what and how much."""
    found: dict[str, int] = {}
    wrong: list[Finding] = []
    by_name = {fold(name): field for field, names in NAMES.items() for name in names}
    for number, row in enumerate(sheet.rows if sheet else (), start=1):
        field = by_name.get(fold(plain(row[0]))) if row else None
        if field is None or len(row) < 2 or not plain(row[1]):
            continue
        try:
            found[field] = _amount(field, row[1])
        except BadCell as error:
            wrong.append(
                Finding(
                    f"import.control.{field}",
                    f"Kontrol, satır {number}: {NAMES[field][0]} {error.tr}.",
                    f"Control, row {number}: {NAMES[field][1]} {error.en}.",
                    line=number,
                )
            )
    return found, wrong


def _amount(field: str, cell: Cell) -> int:
    return cells.kurus(cell) if field in _MONEY else cells.whole(0, 10**12)(cell)


def differences(said: Mapping[str, int], found: Totals) -> list[Finding]:
    """A finding for each total that is not stated although there is something, or differs."""
    wrong = []
    for field, there in found.plain().items():
        tr, en = NAMES[field]
        told = said.get(field)
        if told is None and there:
            wrong.append(
                Finding(
                    f"import.control.{field}",
                    f"Kontrol toplamı eksik: {tr} (dosyada {show(field, there)}).",
                    f"A control total is missing: {en} (the file holds {show(field, there)}).",
                    "Toplamı devreden sistemden alıp Kontrol sayfasına yazın.",
                    "Take the total from the system that hands over and enter it in the control sheet.",
                )
            )
        elif told is not None and told != there:
            wrong.append(
                Finding(
                    f"import.control.{field}",
                    f"Kontrol toplamı tutmuyor: {tr} {show(field, told)} yazıyor, dosyada {show(field, there)} var.",
                    f"A control total differs: {en} says {show(field, told)}, the file holds {show(field, there)}.",
                    "Eksik ya da fazla satırı bulun; toplamı dosyaya uydurmayın.",
                    "Find the row that is missing or too many; do not bend the total to the file.",
                )
            )
    return wrong


def show(field: str, amount: int) -> str:
    """A total as people read it."""
    return f"{lira_text(amount)} TL" if field in _MONEY else f"{amount:,}".replace(",", ".")


def added(parts: Sequence[Totals]) -> Totals:
    """The sum of totals."""
    return Totals(**{one.name: sum(getattr(part, one.name) for part in parts) for one in fields(Totals)})
