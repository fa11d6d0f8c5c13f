"""Statements as SWIFT MT940: tags :25: :60: :61: :86: :62:, checked by their own balances."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import date

from billing.payments.bank.csv_format import decode
from billing.payments.bank.faults import Unfit, said
from billing.payments.bank.identity import ibans_in, vkn_tckn_in
from billing.payments.bank.statement import (
    LINES_MAX,
    TEXT_CHARACTERS_MAX,
    StatementLine,
    check_account,
    with_references,
)
from billing.payments.errors import StatementUnreadable
from billing.payments.gateway import AMOUNT_KURUS_MAX

_TAG = re.compile(r"^:(\d{2}[A-Z]?):", re.MULTILINE)
_BALANCE = re.compile(r"([CD])(\d{6})([A-Z]{3})(\d{1,15},\d{0,2})", re.ASCII)
_ENTRY = re.compile(
    r"(?P<value>\d{6})(?P<entry>\d{4})?(?P<mark>R?[CD])[A-Z]?(?P<amount>\d{1,15},\d{0,2})"
    r"[NFS][A-Z0-9]{3}(?P<own>[^/\n]{0,16})(?://(?P<bank>[^\n]{0,34}))?(?:\n(?P<more>[^\n]{0,80}))?",
    re.ASCII,
)
_SIGNS = {"C": 1, "RD": 1, "D": -1, "RC": -1}
_SUBFIELD = re.compile(r"\?(\d{2})([^?]*)")


@dataclass(slots=True)
class _Page:
    account: str = ""
    currency: str = "TRY"
    opening_kurus: int | None = None
    lines: list[StatementLine] = field(default_factory=list)


def read_mt940(data: bytes, *, account: str = "") -> tuple[StatementLine, ...]:
    """The lines of all statements in a file; `account` replaces what stands in :25:.

    :raises StatementUnreadable: a field makes no sense, or opening and movements do not give the closing balance.
    """
    page, lines, number = _Page(), list[StatementLine](), 0
    for tag, value in _fields(decode(data).replace("\r\n", "\n").replace("\r", "\n")):
        number += 1
        try:
            if tag == "25":
                check_account(account, ibans_in(value))
                page = _Page(account=account or value.strip()[:40])
            elif tag in ("60F", "60M"):
                page.opening_kurus, page.currency = _balance(value)
            elif tag == "61":
                page.lines.append(_entry(value, page, number))
            elif tag == "86" and page.lines:
                page.lines[-1] = _described(page.lines[-1], value)
            elif tag in ("62F", "62M"):
                _close(page, _balance(value)[0])
                lines.extend(page.lines)
                page = replace(page, opening_kurus=None, lines=[])
        except ValueError as error:
            turkish, english = said(error)
            raise _unreadable(f"{number}. alan (:{tag}:): {turkish}", f"field {number} (:{tag}:): {english}") from error
        if len(lines) + len(page.lines) > LINES_MAX:
            raise _unreadable(f"{LINES_MAX} hareketten fazlası var", f"more than {LINES_MAX} movements")
    if page.lines or number == 0:
        raise _unreadable(
            "içinde hesap özeti yok ya da kapanış bakiyesi eksik", "no statement, or one without its closing balance"
        )
    return with_references(lines)


def _fields(text: str) -> Iterator[tuple[str, str]]:
    hits = list(_TAG.finditer(text))
    for hit, following in zip(hits, [*hits[1:], None], strict=True):
        value = text[hit.end() : following.start() if following else len(text)]
        yield hit[1], re.sub(r"\n-(\}.*)?\s*$", "", value, flags=re.DOTALL).strip("\n")


def _entry(value: str, page: _Page, number: int) -> StatementLine:
    hit = _ENTRY.fullmatch(value.strip())
    if hit is None:
        raise Unfit("hareket satırı değil", "not a movement")
    value_on = _day(hit["value"])
    own, bank = hit["own"].strip(), (hit["bank"] or "").strip()
    return StatementLine(
        account=page.account,
        booked_on=_booked(value_on, hit["entry"]),
        amount_kurus=_SIGNS[hit["mark"]] * _kurus(hit["amount"]),
        currency=page.currency,
        description=(hit["more"] or "").strip(),
        bank_ref=bank or ("" if own == "NONREF" else own),
        row=number,
        value_on=value_on,
    )


def _described(line: StatementLine, value: str) -> StatementLine:
    parts = _SUBFIELD.findall(value.replace("\n", ""))
    sender = ""
    if parts:
        description = " ".join(text for code, text in parts if "20" <= code <= "29" or "60" <= code <= "63")
        sender = " ".join(text for code, text in parts if code in ("32", "33"))
        iban = next(iter(ibans_in(" ".join(text for code, text in parts if code == "31"))), "")
    else:
        description, iban = value.replace("\n", " "), ""
    description = " ".join(f"{line.description} {description}".split())
    if len(description) > TEXT_CHARACTERS_MAX:
        raise Unfit("açıklama çok uzun", "the description is too long")
    return replace(
        line,
        description=description,
        sender_name=" ".join(sender.split()),
        sender_iban=iban or next(iter(ibans_in(description)), ""),
        sender_vkn=next(iter(vkn_tckn_in(description)), ""),
    )


def _close(page: _Page, closing_kurus: int) -> None:
    if page.opening_kurus is None:
        raise Unfit("açılış bakiyesi yok, kapanış var", "a closing balance without an opening one")
    if page.opening_kurus + sum(line.amount_kurus for line in page.lines) != closing_kurus:
        raise Unfit(
            "açılış bakiyesi ile hareketler kapanış bakiyesini vermiyor",
            "opening balance and movements do not give the closing balance",
        )


def _balance(value: str) -> tuple[int, str]:
    hit = _BALANCE.fullmatch(value.strip())
    if hit is None:
        raise Unfit("bakiye satırı değil", "not a balance")
    return _SIGNS[hit[1]] * _kurus(hit[4]), hit[3]


def _kurus(text: str) -> int:
    whole, _, cents = text.partition(",")
    kurus = int(whole) * 100 + int((cents + "00")[:2])
    if kurus > AMOUNT_KURUS_MAX:
        raise Unfit("tutar sınırların dışında", "the amount is out of bounds")
    return kurus


def _day(text: str) -> date:
    try:
        return date(2000 + int(text[:2]), int(text[2:4]), int(text[4:6]))
    except ValueError as error:
        raise Unfit(f"böyle bir gün yok: {text}", f"no such day: {text}") from error


def _booked(value_on: date, entry: str | None) -> date:
    if not entry:
        return value_on
    # The year is not written: the nearest day with this month and day, so 0102 beside 311226 is next year's.
    days = []
    for year in (value_on.year - 1, value_on.year, value_on.year + 1):
        try:
            days.append(date(year, int(entry[:2]), int(entry[2:])))
        except ValueError:
            continue  # 29 February of another year
    if not days:
        raise Unfit("böyle bir gün yok", "no such day")
    return min(days, key=lambda day: abs((day - value_on).days))


def _unreadable(turkish: str, english: str) -> StatementUnreadable:
    return StatementUnreadable(f"MT940 dosyası okunamadı: {turkish}", f"not a readable MT940 file: {english}")
