"""The arithmetic of the e-Müstahsil Makbuzu, checked: lines, deductions, totals (gib/FACTS 5)."""

import re
from collections.abc import Iterator
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation

from lxml import etree

from ebelge.core.findings import Finding
from ebelge.ubl import codes
from ebelge.ubl.names import tag
from ebelge.ubl.own_rules import finding

_CENT = Decimal("0.01")
_LINE = tag("cac:CreditNoteLine")
_SUBTOTAL = tag("cac:TaxSubtotal")
_CODE = "/".join(map(tag, ("cac:TaxCategory", "cac:TaxScheme", "cbc:TaxTypeCode")))


def lines(root: etree._Element) -> Iterator[Finding]:
    for line in root.iterchildren(_LINE):
        quantity = line.find(tag("cbc:CreditedQuantity"))
        unit = "" if quantity is None else quantity.get("unitCode", "")
        if unit not in codes.values("UnitCodeList"):
            yield finding(
                line if quantity is None else quantity,
                "EMM-UNIT",
                f"Ölçü birimi GİB listesinde yok: '{unit}'.",
                f"The unit code is not in GİB's list: '{unit}'.",
                "UN/ECE kodu yazın (kg için KGM, adet için C62).",
                "Write a UN/ECE code (KGM for kg, C62 for pieces).",
            )
        if not text(line.find(f"{tag('cac:Item')}/{tag('cbc:Name')}")):
            yield finding(
                line,
                "EMM-ITEM",
                "Satırda ürün adı yok.",
                "The line has no product name.",
                "cac:Item/cbc:Name yazın.",
                "Write cac:Item/cbc:Name.",
            )
        written = line.find(tag("cbc:LineExtensionAmount"))
        price = line.find(f"{tag('cac:Price')}/{tag('cbc:PriceAmount')}")
        amounts = number(quantity), number(price), number(written)
        if None in amounts:
            yield finding(
                line,
                "EMM-LINE-AMOUNT",
                "Satırda miktar, birim fiyat ya da tutar eksik.",
                "The line lacks quantity, price or amount.",
                "cbc:CreditedQuantity, cac:Price ve cbc:LineExtensionAmount yazın.",
                "Write cbc:CreditedQuantity, cac:Price and cbc:LineExtensionAmount.",
            )
            continue
        count, each, total = (amount or Decimal(0) for amount in amounts)
        off, on = allowances(line)
        reckoned = count * each - off + on
        yield from sum_finding(written, "EMM-LINE-SUM", "Satır tutarı", "The line's amount", reckoned, total)
        yield from _tax_totals(line, total, whole_too=False)


def deductions(root: etree._Element) -> Iterator[Finding]:
    totals = root.findall(tag("cac:TaxTotal"))
    if len(totals) > 1:
        yield finding(
            totals[1],
            "EMM-TAX-TOTALS",
            "Birden çok cac:TaxTotal var; kesintiler tek toplamda yazılır.",
            "There is more than one cac:TaxTotal; deductions stand in one.",
            "Kesintileri tek cac:TaxTotal altında birleştirin.",
            "Put the deductions under one cac:TaxTotal.",
        )
    money = root.find(tag("cac:LegalMonetaryTotal"))
    base = None if money is None else number(money.find(tag("cbc:LineExtensionAmount")))
    yield from _tax_totals(root, base, whole_too=True)


def _tax_totals(holder: etree._Element, base: Decimal | None, *, whole_too: bool) -> Iterator[Finding]:
    """Deductions of a document or line. On lines the field lists only some of them, so their total is let be."""
    for total in holder.iterchildren(tag("cac:TaxTotal")):
        seen: set[str] = set()
        whole = Decimal(0)
        for part in total.iterchildren(_SUBTOTAL):
            code_element = part.find(_CODE)
            code = text(code_element)
            at = part if code_element is None else code_element
            if code not in codes.PRODUCER_DEDUCTIONS:
                yield finding(
                    at,
                    "EMM-DEDUCTION-CODE",
                    f"Kesinti kodu geçersiz: '{code}'.",
                    f"The deduction code is not valid: '{code}'.",
                    "0003 stopaj, 8001 borsa tescil, 9040 mera fonu ya da SGK_PRIM yazın.",
                    "Write 0003 stopaj, 8001 borsa tescil, 9040 mera fonu or SGK_PRIM.",
                )
            elif code in seen:
                yield finding(
                    at,
                    "EMM-DEDUCTION-TWICE",
                    f"Kesinti iki kez yazılmış: {code}.",
                    f"The deduction stands twice: {code}.",
                    "Aynı kesintiyi tek alt toplamda yazın.",
                    "Write the deduction in one subtotal.",
                )
            seen.add(code)
            percent = number(part.find(tag("cbc:Percent")))
            amount = number(part.find(tag("cbc:TaxAmount"))) or Decimal(0)
            whole += amount
            if percent is None:
                yield finding(
                    part,
                    "EMM-DEDUCTION-PERCENT",
                    "Kesintinin oranı (cbc:Percent) eksik.",
                    "The deduction has no percentage (cbc:Percent).",
                    "cbc:Percent yazın.",
                    "Write cbc:Percent.",
                )
                continue
            on = number(part.find(tag("cbc:TaxableAmount")))
            on = base if on is None else on
            if on is not None:
                yield from sum_finding(
                    part.find(tag("cbc:TaxAmount")),
                    "EMM-DEDUCTION-SUM",
                    "Kesinti tutarı",
                    "The deduction",
                    on * percent / 100,
                    amount,
                )
        if whole_too:
            yield from sum_finding(
                total.find(tag("cbc:TaxAmount")),
                "EMM-TAX-TOTAL",
                "Kesinti toplamı",
                "The total of the deductions",
                whole,
                number(total.find(tag("cbc:TaxAmount"))) or Decimal(0),
            )


def totals(root: etree._Element) -> Iterator[Finding]:
    money = root.find(tag("cac:LegalMonetaryTotal"))
    if money is None:
        return
    lines = sum(
        (number(line.find(tag("cbc:LineExtensionAmount"))) or Decimal(0) for line in root.iterchildren(_LINE)),
        Decimal(0),
    )
    written = money.find(tag("cbc:LineExtensionAmount"))
    yield from sum_finding(written, "EMM-LINES-SUM", "Satırlar toplamı", "The sum of the lines", lines, number(written))
    off, on = allowances(root)
    deducted = sum(
        (number(total.find(tag("cbc:TaxAmount"))) or Decimal(0) for total in root.iterchildren(tag("cac:TaxTotal"))),
        Decimal(0),
    )
    rounding = number(money.find(tag("cbc:PayableRoundingAmount"))) or Decimal(0)
    payable = money.find(tag("cbc:PayableAmount"))
    yield from sum_finding(
        payable,
        "EMM-PAYABLE",
        "Ödenecek tutar (brüt - kesintiler)",
        "The payable amount (gross less deductions)",
        lines - off + on - deducted + rounding,
        number(payable),
    )


def amounts(root: etree._Element) -> Iterator[Finding]:
    money = root.find(tag("cac:LegalMonetaryTotal"))
    for element in () if money is None else tuple(money):
        if not re.fullmatch(r"[0-9]{1,17}(\.[0-9]{1,2})?", text(element)):
            yield finding(
                element,
                "EMM-AMOUNT",
                "Tutar noktalı, en çok iki ondalıklı ve eksi olmayan bir sayı olmalı.",
                "The amount must be a number with a point, at most two decimals and no minus sign.",
                "1234.56 biçiminde yazın.",
                "Write it like 1234.56.",
            )


def sum_finding(
    at: etree._Element | None, rule: str, tr: str, en: str, reckoned: Decimal, written: Decimal | None
) -> Iterator[Finding]:
    """A finding when a written sum is more than a kuruş away from the reckoned one (as GİB's sums are judged)."""
    if at is None or written is None:
        return
    right = reckoned.quantize(_CENT, rounding=ROUND_HALF_UP)
    if abs(right - written) > _CENT:
        yield finding(
            at,
            rule,
            f"{tr} yanlış: yazılan {written}, hesaplanan {right}.",
            f"{en} is wrong: written {written}, reckoned {right}.",
            f"{right} yazın.",
            f"Write {right}.",
        )


def allowances(holder: etree._Element) -> tuple[Decimal, Decimal]:
    off = on = Decimal(0)
    for allowance in holder.iterchildren(tag("cac:AllowanceCharge")):
        amount = number(allowance.find(tag("cbc:Amount"))) or Decimal(0)
        if text(allowance.find(tag("cbc:ChargeIndicator"))) == "true":
            on += amount
        else:
            off += amount
    return off, on


def text(element: etree._Element | None) -> str:
    return "" if element is None else (element.text or "").strip()


def number(element: etree._Element | None) -> Decimal | None:
    try:
        value = Decimal(text(element))
    except InvalidOperation:
        return None
    return value if value.is_finite() and abs(value) < Decimal(10) ** 18 else None
