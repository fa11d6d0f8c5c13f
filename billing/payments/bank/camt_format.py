"""Statements as ISO 20022 camt.053, any version: booked entries, batches taken apart, checked by their balances."""

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from decimal import Decimal

from lxml import etree

from billing.payments.bank.faults import Unfit, said
from billing.payments.bank.figures import decimal_kurus, read_date
from billing.payments.bank.identity import ibans_in, tr_iban, vkn_tckn, vkn_tckn_in
from billing.payments.bank.statement import (
    LINES_MAX,
    TEXT_CHARACTERS_MAX,
    StatementLine,
    check_account,
    with_references,
)
from billing.payments.errors import StatementUnreadable

_NAMESPACE = re.compile(r"\{urn:iso:std:iso:20022:tech:xsd:camt\.053\.001\.\d{2}\}Document")
_AMOUNT = re.compile(r"\d{1,15}(?:\.\d{1,5})?", re.ASCII)
_DIRECTIONS = {"CRDT": 1, "DBIT": -1}
_NO_REFERENCE = frozenset({"", "NOTPROVIDED", "NONREF"})


def is_camt(data: bytes) -> bool:
    """Whether a file says of itself that it is one."""
    head = data[:4000]
    return head.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<") and b"camt.053.001." in head


def read_camt(data: bytes, *, account: str) -> tuple[StatementLine, ...]:
    """The booked movements of all statements in a file; what is pending is left for the day it is booked.

    :raises StatementUnreadable: no camt.053, a document type inside, an entry that makes no sense, or opening balance
        and movements do not give the closing one.
    """
    root = _root(data)
    lines: list[StatementLine] = []
    for statement in _all(root, "BkToCstmrStmt/Stmt"):
        check_account(account, (_text(statement, "Acct/Id/IBAN"),))
        own: list[StatementLine] = []
        for entry in _all(statement, "Ntry"):
            try:
                own.extend(_lines(entry, account, len(lines) + len(own) + 1))
            except ValueError as error:
                turkish, english = said(error)
                raise _unreadable(
                    f"{entry.sourceline}. satır: {turkish}", f"line {entry.sourceline}: {english}"
                ) from error
            if len(lines) + len(own) > LINES_MAX:
                raise _unreadable(f"{LINES_MAX} hareketten fazlası var", f"more than {LINES_MAX} movements")
        try:
            _check_balances(statement, own)
        except ValueError as error:
            raise _unreadable(*said(error)) from error
        lines.extend(own)
    return with_references(lines)


def _root(data: bytes) -> etree._Element:
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    try:
        root = etree.fromstring(data, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise _unreadable("XML değil ya da yarım kalmış", "no XML, or cut short") from error
    if root.getroottree().docinfo.internalDTD is not None:
        raise _unreadable("içinde belge türü tanımı (DOCTYPE) var", "a document type inside")
    if not _NAMESPACE.fullmatch(root.tag):
        raise _unreadable("XML, ama camt.053 değil", "not a camt.053 document")
    return root


def _lines(entry: etree._Element, account: str, row: int) -> Iterator[StatementLine]:
    # Until version 07 the status is a word, later a code below it.
    if (_text(entry, "Sts/Cd") or _text(entry, "Sts")) != "BOOK":
        return
    kurus, currency = _amount(entry, "Amt")
    kurus *= _DIRECTIONS[_word(entry)]
    whole = StatementLine(
        account=account,
        booked_on=_day(entry, "BookgDt"),
        amount_kurus=kurus,
        currency=currency,
        description="",
        bank_ref=_reference(_text(entry, "AcctSvcrRef")) or _reference(_text(entry, "NtryRef")),
        row=row,
        value_on=_day(entry, "ValDt") if _all(entry, "ValDt") else None,
    )
    details = _all(entry, "NtryDtls/TxDtls")
    extra = _text(entry, "AddtlNtryInf")
    parts = [_part(detail, kurus) for detail in details] if len(details) > 1 else []
    if parts and all(part is not None for part in parts) and sum(part or 0 for part in parts) == kurus:
        for number, (detail, part) in enumerate(zip(details, parts, strict=True), start=1):
            ref = f"{whole.bank_ref}/{number}" if whole.bank_ref else ""
            yield _told(replace(whole, amount_kurus=part or 0, bank_ref=ref, row=row + number - 1), [detail], extra)
    else:
        yield _told(whole, details, extra)


def _told(line: StatementLine, details: list[etree._Element], extra: str) -> StatementLine:
    """The line with what its details say of the sender and of what it is for."""
    side = "Dbtr" if line.amount_kurus > 0 else "Cdtr"
    words = [word for detail in details for word in _texts(detail, "RmtInf/Ustrd")]
    words += [word for detail in details for word in _texts(detail, "RmtInf/Strd/CdtrRefInf/Ref")]
    words += [_text(detail, "Refs/EndToEndId") for detail in details]
    description = " ".join(" ".join([*(word for word in words if word not in _NO_REFERENCE), extra]).split())
    if len(description) > TEXT_CHARACTERS_MAX:
        raise Unfit("açıklama çok uzun", "the description is too long")
    names = [_text(d, f"RltdPties/{side}/Pty/Nm") or _text(d, f"RltdPties/{side}/Nm") for d in details]
    ibans = [tr_iban(_text(detail, f"RltdPties/{side}Acct/Id/IBAN")) for detail in details]
    numbers = [
        vkn_tckn(number)
        for detail in details
        for party in (f"RltdPties/{side}/Pty/Id", f"RltdPties/{side}/Id")
        for kind in ("OrgId", "PrvtId")
        for number in _texts(detail, f"{party}/{kind}/Othr/Id")
    ]
    one = len(details) == 1  # of several senders none is the line's
    return replace(
        line,
        description=description,
        sender_name=names[0][:TEXT_CHARACTERS_MAX] if one else "",
        sender_iban=(ibans[0] if one else None) or next(iter(ibans_in(description)), ""),
        sender_vkn=(next((n for n in numbers if n), None) if one else None) or next(iter(vkn_tckn_in(description)), ""),
    )


def _part(detail: etree._Element, whole_kurus: int) -> int | None:
    for place in ("Amt", "AmtDtls/TxAmt/Amt"):
        if _all(detail, place):
            kurus = _amount(detail, place)[0]
            return kurus if whole_kurus > 0 else -kurus
    return None


def _check_balances(statement: etree._Element, lines: list[StatementLine]) -> None:
    found: dict[str, int] = {}
    for balance in _all(statement, "Bal"):
        kind = _text(balance, "Tp/CdOrPrtry/Cd")
        if kind in ("OPBD", "CLBD"):
            found[kind] = _amount(balance, "Amt")[0] * _DIRECTIONS[_word(balance)]
    if len(found) == 2 and found["OPBD"] + sum(line.amount_kurus for line in lines) != found["CLBD"]:
        raise Unfit(
            "açılış bakiyesi ile hareketler kapanış bakiyesini vermiyor",
            "opening balance and movements do not give the closing balance",
        )


def _amount(element: etree._Element, place: str) -> tuple[int, str]:
    for amount in _all(element, place)[:1]:
        text = (amount.text or "").strip()
        if _AMOUNT.fullmatch(text):
            return decimal_kurus(Decimal(text)), str(amount.get("Ccy", ""))
    raise Unfit("tutar yok ya da okunamıyor", "an amount is missing or unreadable")


def _word(element: etree._Element) -> str:
    word = _text(element, "CdtDbtInd")
    if word not in _DIRECTIONS:
        raise Unfit("alacak mı borç mu belli değil", "neither credit nor debit")
    return word


def _day(element: etree._Element, place: str) -> date:
    # A time of day in another zone is not taken apart: the day as the bank wrote it is the day of booking.
    text = _text(element, f"{place}/Dt") or _text(element, f"{place}/DtTm")[:10]
    return read_date(text[:10])


def _reference(text: str) -> str:
    return "" if text in _NO_REFERENCE else text[:TEXT_CHARACTERS_MAX]


def _all(element: etree._Element, place: str) -> list[etree._Element]:
    return list(element.iterfind("/".join(f"{{*}}{name}" for name in place.split("/"))))


def _texts(element: etree._Element, place: str) -> list[str]:
    return [" ".join((found.text or "").split()) for found in _all(element, place)]


def _text(element: etree._Element, place: str) -> str:
    return next(iter(_texts(element, place)), "")


def _unreadable(turkish: str, english: str) -> StatementUnreadable:
    return StatementUnreadable(f"CAMT.053 dosyası okunamadı: {turkish}", f"not a readable camt.053 file: {english}")
