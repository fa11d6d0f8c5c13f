"""Findings on series and numbers, in words for the person who has to mend them."""

from datetime import date

from ebelge.core.findings import Finding
from ebelge.documents.rulings import finding
from ebelge.ubl.types import DocumentKind


def no_default_series(kind: DocumentKind, *, internet: bool) -> Finding:
    """No series is named and the kind, or its sales over the internet, have no default."""
    if internet:
        return finding(
            "EB-SERIES",
            "İnternet satışları için varsayılan seri tanımlı değil.",
            "There is no default series for internet sales.",
            "İnternet satışı için bir e-Arşiv serisi tanımlayın.",
            "Set up a series of e-Arşiv for internet sales.",
            path="series",
        )
    return finding(
        "EB-SERIES",
        f"{kind.heading} için varsayılan seri tanımlı değil.",
        f"There is no default series for {kind.heading}.",
        "Seri tanımlayın ya da belgede seri belirtin.",
        "Set up a series, or name one with the document.",
        path="series",
    )


def unknown_series(prefix: str) -> Finding:
    """The series is not set up, or is out of use."""
    return finding(
        "EB-SERIES",
        f"{prefix} serisi tanımlı değil ya da kullanım dışı.",
        f"Series {prefix} is not set up, or is out of use.",
        "Seriyi tanımlayın ya da tanımlı bir seri seçin.",
        "Set the series up, or choose one that is.",
        path="series",
    )


def series_of_another_kind(prefix: str, series_kind: str, kind: str) -> Finding:
    """Kinds never share a series."""
    return finding(
        "EB-SERIES-KIND",
        f"{prefix} serisi '{series_kind}' içindir; belge '{kind}'.",
        f"Series {prefix} is for '{series_kind}'; the document is '{kind}'.",
        "Belge türünün kendi serisini kullanın; e-Fatura ile e-Arşiv aynı seriyi paylaşmaz.",
        "Use a series of the document's own kind; e-Fatura and e-Arşiv never share one.",
        path="series",
    )


def series_not_for_internet(prefix: str) -> Finding:
    """Internet sales have a series of their own."""
    return finding(
        "EB-SERIES-INTERNET",
        f"{prefix} serisi internet satışları için değil.",
        f"Series {prefix} is not for internet sales.",
        "İnternet satışlarına ayrılmış bir seri kullanın.",
        "Use a series kept for internet sales.",
        path="series",
    )


def number_form(given: str) -> Finding:
    """Sixteen characters: series, year, nine digits."""
    return finding(
        "EB-NUMBER-FORM",
        f"Belge numarası '{given[:40]}' kurala uymuyor: 3 karakter seri + yıl + 9 rakam.",
        f"The number '{given[:40]}' is not of the form: 3 characters, year, 9 digits.",
        "Örnek: AKN2026000000123. Numarayı bize bırakmak için boş bırakın.",
        "Like AKN2026000000123. Leave it empty to let us number the document.",
        path="number",
    )


def number_of_another_series(given: str, prefix: str) -> Finding:
    """The number and the series asked for differ."""
    return finding(
        "EB-NUMBER-SERIES",
        f"{given} numarası {prefix} serisinden değil.",
        f"The number {given} is not of series {prefix}.",
        "Numarayı ya da seriyi düzeltin.",
        "Correct the number or the series.",
        path="number",
    )


def number_of_another_year(given: str, day: date) -> Finding:
    """The year in the number is that of the issue date."""
    return finding(
        "EB-NUMBER-YEAR",
        f"{given} numarasındaki yıl, düzenleme yılı ({day.year}) değil.",
        f"The year in the number {given} is not the year of issue ({day.year}).",
        "Numarayı düzenleme yılının serisinden verin.",
        "Take the number from the series of the year of issue.",
        path="number",
    )


def number_missing(prefix: str) -> Finding:
    """An erp series numbers itself outside."""
    return finding(
        "EB-NUMBER-MISSING",
        f"{prefix} serisini sizin programınız numaralıyor; belge numarasız geldi.",
        f"Series {prefix} is numbered by your own program; the document came without a number.",
        "Belgeye numarasını yazın ya da bizim numaraladığımız bir seri seçin.",
        "Write the number into the document, or choose a series that we number.",
        path="number",
    )


def number_not_wanted(given: str, prefix: str) -> Finding:
    """In a series of ours a given number is refused: it would break the count."""
    return finding(
        "EB-NUMBER-GIVEN",
        f"{prefix} serisini biz numaralıyoruz; verilen {given} numarası kabul edilmez.",
        f"Series {prefix} is numbered by us; the given number {given} is not accepted.",
        f"Numarayı boş bırakın ya da {given[:7]}000000000 yazın; programınız numaralayacaksa seriyi öyle tanımlayın.",
        f"Leave the number empty or write {given[:7]}000000000; if your program is to number, set the series up so.",
        path="number",
    )


def correction_of_another_kind(old: str, new: str) -> Finding:
    """A correction keeps number and series, so it keeps the kind."""
    return finding(
        "EB-CORRECTION-KIND",
        f"Düzeltme aynı numarayı taşır, bu yüzden aynı türde olmalı: '{old}', '{new}' değil.",
        f"A correction carries the same number, so it must be of the same kind: '{old}', not '{new}'.",
        "Belgeyi aynı türde düzeltin; tür değişecekse yeni belge düzenleyin.",
        "Correct it as the same kind; if the kind has to change, issue a new document.",
        path="kind",
    )


def number_is_kept(given: str, number: str) -> Finding:
    """A correction cannot choose another number."""
    return finding(
        "EB-CORRECTION-NUMBER",
        f"Düzeltme {number} numarasını korur; {given} verilemez.",
        f"The correction keeps the number {number}; {given} cannot be given.",
        "Numarayı boş bırakın ya da aynı numarayı yazın.",
        "Leave the number empty, or write the same one.",
        path="number",
    )


def year_is_kept(number: str, day: date) -> Finding:
    """A correction stays in the year of its number."""
    return finding(
        "EB-NUMBER-YEAR",
        f"{number} numarası korunur; düzenleme yılı {day.year} olamaz.",
        f"The number {number} is kept; the year of issue cannot be {day.year}.",
        "Numaranın yılı içinde bir tarih verin.",
        "Use a date within the year of the number.",
        path="issue_date",
    )
