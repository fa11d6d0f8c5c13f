"""Rules of ours beyond GİB's, on any kind of document: dates, identity numbers, the year in the number."""

from collections.abc import Iterator
from datetime import date
from decimal import Decimal, InvalidOperation
from functools import lru_cache

from lxml import etree
from stdnum.tr import tckimlik
from stdnum.tr import vkn as vkn_number

from ebelge.core.findings import Finding
from ebelge.ubl.kdv_rates import rates_on
from ebelge.ubl.names import CUSTOMER, ROOTS, SUPPLIER, line_of, tag
from ebelge.ubl.paths import short_path
from ebelge.ubl.types import DocumentKind

# Placeholders the trade uses: final consumer, foreign buyer (TRADE.md 6).
FINAL_CONSUMER = "11111111111"
FOREIGN_BUYER = "2222222222"
KDV = "0015"
# What is given back carries the rate it was sold at.
_RETURNS = frozenset({"IADE", "TEVKIFATIADE", "YTBIADE", "YTBTEVKIFATIADE"})
_LINE_TAXES = f"{tag('cac:InvoiceLine')}/{tag('cac:TaxTotal')}/{tag('cac:TaxSubtotal')}"
_TAX_CODE = f"{tag('cac:TaxCategory')}/{tag('cac:TaxScheme')}/{tag('cbc:TaxTypeCode')}"


def own_findings(root: etree._Element, *, kind: DocumentKind, today: date) -> list[Finding]:
    """What our own rules find. `today` is the Turkish calendar day."""
    return [*_dates(root, today), *_number_year(root), *_identities(root), *_kdv_rates(root), *_time(root, kind)]


def finding(
    at: etree._Element,
    rule: str,
    tr: str,
    en: str,
    mend_tr: str,
    mend_en: str,
    *,
    warning: bool = False,
) -> Finding:
    """A finding at an element of the client's document."""
    return Finding(
        rule=rule,
        message_tr=tr,
        message_en=en,
        mend_tr=mend_tr,
        mend_en=mend_en,
        line=line_of(at),
        path=short_path(at),
        severity="warning" if warning else "error",
    )


def _dates(root: etree._Element, today: date) -> Iterator[Finding]:
    """GİB's rule TimeCheck-1 for the day that is passed in; its own looks at the machine's clock and zone."""
    for element in root.iter(tag("cbc:IssueDate")):
        try:
            day = date.fromisoformat((element.text or "").strip())
        except ValueError:
            continue
        if day > today:
            yield finding(
                element,
                "EB-FUTURE-DATE",
                f"Tarih ileride: {day.isoformat()} (bugün {today.isoformat()}).",
                f"The date lies in the future: {day.isoformat()} (today is {today.isoformat()}).",
                "Düzenleme tarihini bugüne ya da geçmişe çekin.",
                "Use today's date or an earlier one.",
            )


def _number_year(root: etree._Element) -> Iterator[Finding]:
    """The year inside the number is that of the issue date (gib/FACTS 10)."""
    number, day = root.find(tag("cbc:ID")), root.find(tag("cbc:IssueDate"))
    if number is None or day is None:
        return
    text, year = (number.text or "").strip(), (day.text or "").strip()[:4]
    if len(text) == 16 and text[3:7].isdigit() and year.isdigit() and text[3:7] != year:
        yield finding(
            number,
            "EB-NUMBER-YEAR",
            f"Belge numarasındaki yıl ({text[3:7]}) düzenleme yılı ({year}) değil.",
            f"The year in the number ({text[3:7]}) is not the year of issue ({year}).",
            "Numarayı düzenleme yılının serisinden verin.",
            "Take the number from the series of the year of issue.",
        )


def _identities(root: etree._Element) -> Iterator[Finding]:
    name = ROOTS[root.tag]
    for side in (SUPPLIER[name], CUSTOMER[name]):
        for element in root.iterfind(f"{side}/{tag('cac:Party')}/{tag('cac:PartyIdentification')}/{tag('cbc:ID')}"):
            scheme, value = element.get("schemeID"), (element.text or "").strip()
            if not _checksum_holds(scheme, value):
                yield finding(
                    element,
                    "EB-CHECKSUM",
                    f"{scheme} sağlama hanesi tutmuyor: {value}.",
                    f"The check digit of the {scheme} does not hold: {value}.",
                    "Numarayı kontrol edin; nihai tüketici için 11111111111 yazılır.",
                    "Check the number; a final consumer is written 11111111111.",
                    warning=True,
                )


@lru_cache(maxsize=4096)
def _checksum_holds(scheme: str | None, value: str) -> bool:
    """True for right numbers, for the placeholders, and for what is of the wrong length (GİB's rules say so)."""
    if scheme == "VKN" and len(value) == 10:
        return value == FOREIGN_BUYER or bool(vkn_number.is_valid(value))
    if scheme == "TCKN" and len(value) == 11:
        return value == FINAL_CONSUMER or bool(tckimlik.is_valid(value))
    return True


def _kdv_rates(root: etree._Element) -> Iterator[Finding]:
    """Rates of KDV that are not in force on the day of issue: each told once, at the first line that has it."""
    if (root.findtext(tag("cbc:InvoiceTypeCode")) or "").strip() in _RETURNS:
        return
    try:
        rates = rates_on(date.fromisoformat((root.findtext(tag("cbc:IssueDate")) or "").strip()))
    except ValueError:
        return  # GİB's rules tell of the date
    told: set[str] = set()
    for tax in root.iterfind(_LINE_TAXES):
        percent = tax.find(tag("cbc:Percent"))
        rate = (percent.text or "").strip() if percent is not None else ""
        if percent is None or rate in told or (tax.findtext(_TAX_CODE) or "").strip() != KDV:
            continue
        told.add(rate)
        if not _is_among(rate, rates):
            tr, en = (", ".join(form.format(one) for one in rates) for form in ("%{}", "{} %"))
            yield finding(
                percent,
                "EB-KDV-RATE",
                f"Bu tarihte %{rate} KDV oranı yok.",
                f"No rate of KDV is {rate} % on this date.",
                f"Şunlardan birini yazın: {tr}.",
                f"Write one of these: {en}.",
                warning=True,
            )


def _is_among(rate: str, rates: tuple[int, ...]) -> bool:
    """True also for what is no figure: the schema says so."""
    try:
        return Decimal(rate) in rates
    except InvalidOperation:
        return True


def _time(root: etree._Element, kind: DocumentKind) -> Iterator[Finding]:
    """The e-Arşiv report needs the time of issue (gib/FACTS 4.1, 4.5); the schema and GİB's samples leave it open."""
    element = root.find(tag("cbc:IssueTime"))
    if kind is DocumentKind.EARSIV and (element is None or not (element.text or "").strip()):
        yield finding(
            root,
            "EB-ISSUE-TIME",
            "Düzenleme saati (cbc:IssueTime) eksik; e-Arşiv raporuna imza saati yazılır.",
            "The time of issue (cbc:IssueTime) is missing; the e-Arşiv report will carry the time of signing.",
            "cbc:IssueDate'ten sonra <cbc:IssueTime>14:30:00</cbc:IssueTime> ekleyin.",
            "Add <cbc:IssueTime>14:30:00</cbc:IssueTime> after cbc:IssueDate.",
            warning=True,
        )
