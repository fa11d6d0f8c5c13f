"""Rules of ours for an e-SMM in GİB's own form: its schema is not ours to ship, so what it demands stands here."""

import re
from collections.abc import Iterator
from datetime import date
from decimal import Decimal

from lxml import etree
from stdnum.tr import tckimlik
from stdnum.tr import vkn as vkn_number

from ebelge.core.findings import Finding
from ebelge.ubl import codes
from ebelge.ubl.esmm import EARSIV, STOPAJ
from ebelge.ubl.own_rules import FINAL_CONSUMER, FOREIGN_BUYER, finding
from ebelge.ubl.withholding import name as withholding_name

_NS = f"{{{EARSIV}}}"
_FORMS = {
    "makbuzNo": r"[A-Z0-9]{3}20[0-9]{2}[0-9]{9}", "toplamTutar": r"[0-9]{1,16}\.[0-9]{2}",
    "odenecekTutar": r"[0-9]{1,16}\.[0-9]{2}", "gonderimSekli": "KAGIT|ELEKTRONIK", "paraBirimi": "[A-Z]{3}",
}  # fmt: skip
NEEDED = (*_FORMS, "ETTN", "belgeTarihi", "belgeZamani", "vergiBilgisi", "aliciBilgileri", "malHizmetBilgisi")


def receipt_findings(root: etree._Element, *, today: date) -> list[Finding]:
    """What breaks a rule; `today` is the Turkish calendar day."""
    body = root.find(f"{_NS}serbestMeslekMakbuz")
    if body is None:
        return [_wrong(root, "ESMM-FORM", "serbestMeslekMakbuz yok.", "There is no serbestMeslekMakbuz.")]
    return [*_form(body), *_day(body, today), *_people(root, body), *_sums(body)]


def _form(body: etree._Element) -> Iterator[Finding]:
    for name in NEEDED:
        element = body.find(f"{_NS}{name}")
        if element is None:
            yield _wrong(body, "ESMM-FORM", f"{name} eksik.", f"{name} is missing.")
        elif name in _FORMS and not re.fullmatch(_FORMS[name], element.text or "", re.ASCII):
            yield _wrong(
                element, "ESMM-FORM", f"{name} geçersiz: {element.text}", f"{name} is not valid: {element.text}"
            )
    currency = body.find(f"{_NS}paraBirimi")
    if currency is not None and currency.text not in codes.values("CurrencyCodeList"):
        yield _wrong(currency, "ESMM-CURRENCY", "Para birimi GİB listesinde yok.", "The currency is not in GİB's list.")
    code = body.find(f"{_NS}vergiBilgisi/{_NS}tevkifat/{_NS}tevkifatKodu")
    if code is not None and not withholding_name(code.text or ""):
        yield _wrong(code, "ESMM-WITHHOLDING", "Tevkifat kodu bilinmiyor.", "The tevkifat code is not known.")


def _day(body: etree._Element, today: date) -> Iterator[Finding]:
    element, number = body.find(f"{_NS}belgeTarihi"), body.findtext(f"{_NS}makbuzNo") or ""
    if element is None:
        return
    day = date.fromisoformat(element.text or "")
    if day > today:
        yield _wrong(element, "EB-FUTURE-DATE", f"Tarih ileride: {day}.", f"The date lies in the future: {day}.")
    if number[3:7] != str(day.year):
        yield _wrong(element, "EB-NUMBER-YEAR", "Numaradaki yıl başka.", "The number is of another year.")


def _people(root: etree._Element, body: etree._Element) -> Iterator[Finding]:
    for holder in (root.find(f"{_NS}baslik/{_NS}mukellef"), body.find(f"{_NS}aliciBilgileri")):
        for name, valid in (("vkn", vkn_number.is_valid), ("tckn", tckimlik.is_valid)):
            element = None if holder is None else next(holder.iter(f"{_NS}{name}"), None)
            if element is None or element.text in (FINAL_CONSUMER, FOREIGN_BUYER) or valid(element.text or ""):
                continue
            yield _wrong(
                element, "EB-IDENTITY", f"{name.upper()} geçersiz: {element.text}", f"{name.upper()} is wrong."
            )


def _sums(body: etree._Element) -> Iterator[Finding]:
    """Payable = gross + KDV - stopaj - tevkifat; lines and taxes add up, to the kuruş."""
    gross, payable = (_number(body, name) for name in ("toplamTutar", "odenecekTutar"))
    taxes = body.find(f"{_NS}vergiBilgisi")
    if taxes is None:
        return
    named: dict[str, Decimal] = {}
    for tax in taxes.iterfind(f"{_NS}vergi"):
        code = tax.findtext(f"{_NS}vergiKodu") or ""
        named[code] = named.get(code, Decimal(0)) + _number(tax, "vergiTutari")
    held = sum((_number(one, "tevkifatTutari") for one in taxes.iterfind(f"{_NS}tevkifat")), Decimal(0))
    services = list(body.iter(f"{_NS}malHizmet"))
    kdv = named.get(codes.KDV, Decimal(0))
    shares = sum((_number(one, f"vergiBilgisi/{_NS}vergilerToplami") for one in services), Decimal(0))
    rules = (
        ("ESMM-LINES-SUM", gross, sum((_number(one, "burutUcret") for one in services), Decimal(0))),
        ("ESMM-KDV-SUM", kdv, shares),
        ("ESMM-TAXES-SUM", _number(taxes, "vergilerToplami"), sum(named.values(), Decimal(0))),
        ("ESMM-PAYABLE", payable, gross + kdv - named.get(STOPAJ, Decimal(0)) - held),
    )
    for rule, written, right in rules:
        if written != right:
            yield _wrong(body, rule, f"Yazılan {written}, hesaplanan {right}.", f"Written {written}, reckoned {right}.")


def _number(parent: etree._Element, path: str) -> Decimal:
    return Decimal(parent.findtext(f"{_NS}{path}") or "0")


def _wrong(at: etree._Element, rule: str, tr: str, en: str) -> Finding:
    return finding(at, rule, tr, en, "Alanı düzeltin.", "Correct the field.")
