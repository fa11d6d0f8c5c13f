"""The quick look at sums says yes only where the thorough one finds nothing."""

import random
import re
from decimal import Decimal

import pytest
from efatura_kontrol import belge, hesap
from hypothesis import given, settings
from hypothesis import strategies as st

from ebelge.ubl.quick_sums import sums_hold
from ebelge.ubl.types import DocumentKind

AMOUNT = re.compile(rb">(-?\d+(?:\.\d+)?)</cbc:(?:\w*Amount|Percent|InvoicedQuantity)>")
LINES = [
    {"name": "A", "quantity": "3", "unit": "adet", "unit_price": "9.99", "kdv_rate": "20", "withholding_code": "606"},
    {"name": "B", "quantity": "0.333", "unit": "kg", "unit_price": "10.005", "kdv_rate": "10"},
    {"name": "C", "quantity": "7", "unit": "kg", "unit_price": "5", "kdv_rate": "1", "discounts": [{"percent": "3.5"}]},
]


def thorough(xml: bytes) -> list[str]:
    return [found.kod for found in hesap.dogrula(belge.yukle(xml)) if found.kod != "hesap-para-birimi"]


def quick(xml: bytes) -> bool:
    return sums_hold(belge.yukle(xml).kok)


def test_right_invoices_are_settled_at_once(write):
    for changes in ({}, {"lines": LINES}, {"lines": LINES, "discounts": [{"amount": "1.23"}]}, {"line_count": 40}):
        xml = write(DocumentKind.EFATURA, **changes)
        assert thorough(xml) == []
        assert quick(xml)


@given(seed=st.integers(0, 10**9), count=st.integers(1, 3))
@settings(max_examples=400, deadline=None)
def test_a_yes_is_never_wrong(write, seed, count):
    chance = random.Random(seed)
    xml = write(DocumentKind.EFATURA, lines=LINES, discounts=[{"amount": "1.23"}])
    for _ in range(count):
        places = list(AMOUNT.finditer(xml))
        place = chance.choice(places)
        old = Decimal(place.group(1).decode())
        step = chance.choice(["0.001", "0.005", "0.01", "0.011", "0.015", "0.02", "1", "-0.01", "-0.015", "-0.02"])
        new = chance.choice([str(old + Decimal(step)), "0", "", "x", "NaN", "1e2", "-1", f" {old} "])
        if chance.random() < 0.7:
            new = str(old + Decimal(step))
        xml = xml[: place.start(1)] + new.encode() + xml[place.end(1) :]
    if quick(xml):
        assert thorough(xml) == []


@pytest.mark.parametrize(
    "name", ["LegalMonetaryTotal", "TaxTotal", "WithholdingTaxTotal", "Price", "TaxSubtotal", "AllowanceCharge"]
)
@pytest.mark.parametrize("change", ["twice", "away"])
def test_what_is_doubled_or_missing_is_left_to_the_thorough_one(write, name, change):
    xml = write(DocumentKind.EFATURA, lines=LINES, discounts=[{"amount": "1.23"}])
    for part in re.findall(rb"<cac:%s>.*?</cac:%s>" % (name.encode(), name.encode()), xml, re.DOTALL):
        broken = xml.replace(part, part * 2 if change == "twice" else b"", 1)
        if quick(broken):
            assert thorough(broken) == []
