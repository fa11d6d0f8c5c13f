"""An import workbook read whole: records with their rows, what it states of itself, and everything that is wrong."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from ebelge.core.errors import InvalidRequest
from ebelge.core.findings import Finding
from ebelge.core.folding import fold
from ebelge.core.sheet_rows import read_rows
from ebelge.core.workbooks import Sheet, WorkbookUnreadable, read_workbook
from ebelge.onboarding.imports.records import (
    CONTROL,
    SHEETS,
    AccountRecord,
    ContactRecord,
    LotRecord,
    PersonRecord,
    SeriesRecord,
)
from ebelge.onboarding.imports.totals import Totals, stated

FILE_BYTES_MAX = 20 * 1024 * 1024
ROWS_MAX = 100_000


class ImportUnreadable(InvalidRequest):
    """The file is no workbook that can be read."""

    code = "import_unreadable"
    title_tr, title_en = "Devir dosyası okunamadı", "The import file cannot be read"
    advice_tr, advice_en = "Hiçbir şey kaydedilmedi.", "Nothing was stored."


@dataclass(slots=True)
class Book:
    """What a workbook holds. Records that could not be read are in `findings` only."""

    accounts: list[AccountRecord] = field(default_factory=list)
    people: list[PersonRecord] = field(default_factory=list)
    series: list[SeriesRecord] = field(default_factory=list)
    lots: list[LotRecord] = field(default_factory=list)
    contacts: list[ContactRecord] = field(default_factory=list)
    stated: dict[str, int] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)

    def totals(self) -> Totals:
        """What the workbook holds, counted."""
        return Totals(
            accounts=len(self.accounts),
            people=len(self.people),
            series=len(self.series),
            lots=len(self.lots),
            kontor=sum(lot.kontor for lot in self.lots),
            lots_net_kurus=sum(lot.net_price_kurus for lot in self.lots),
            contacts=len(self.contacts),
        )

    def account_numbers(self) -> list[str]:
        """Every account that is named anywhere, in the order of the file."""
        named = [account.vkn_tckn for account in self.accounts]
        for records in (self.people, self.series, self.lots, self.contacts):
            named += [record.account for record in records]
        return list(dict.fromkeys(named))


def read_book(data: bytes) -> Book:
    """Read a workbook; what is wrong with its cells is in `findings`.

    :raises ImportUnreadable: too large, no workbook, or none of its sheets is one of ours.
    """
    if len(data) > FILE_BYTES_MAX:
        raise ImportUnreadable("Dosya 20 MB'tan büyük.", "The file is larger than 20 MB.")
    try:
        sheets = {fold(sheet.title): sheet for sheet in read_workbook(data, rows_max=ROWS_MAX)}
    except WorkbookUnreadable as error:
        raise ImportUnreadable(
            "Dosya okunabilir bir Excel dosyası değil.", f"No readable workbook: {error}."
        ) from error
    book = Book()
    known = 0
    for name, (titles, columns, record_of) in SHEETS.items():
        sheet = _named(sheets, titles)
        if sheet is None:
            continue
        known += 1
        rows, findings = read_rows(sheet, columns)
        book.findings += findings
        getattr(book, name).extend(record_of(row=row.number, **row.fields) for row in rows)
    if not known:
        names = ", ".join(titles[0] for titles, _, _ in SHEETS.values())
        raise ImportUnreadable(
            f"Beklenen sayfalardan hiçbiri yok: {names}.", f"None of these sheets is there: {names}."
        )
    book.stated, findings = stated(_named(sheets, CONTROL))
    book.findings += findings
    return book


def _named(sheets: Mapping[str, Sheet], titles: Sequence[str]) -> Sheet | None:
    return next((sheets[fold(title)] for title in titles if fold(title) in sheets), None)
