"""One rounding rule, and parts that always sum to the whole."""

from decimal import Decimal
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ebelge.core.money import decimal_text, kdv_kurus, kurus, lira_text, share_kurus


@pytest.mark.parametrize(("net", "rate", "kdv"), [(100, "20", 20), (333, "20", 67), (5, "10", 1), (4, "10", 0)])
def test_kdv_is_rounded_half_up_once(net, rate, kdv):
    assert kdv_kurus(net, Decimal(rate)) == kdv


def test_lira_becomes_whole_kurus_half_up():
    assert [kurus(Decimal(text)) for text in ("1.005", "1.004", "-1.005", "0")] == [101, 100, -101, 0]


def test_amounts_read_as_turkish_readers_and_ubl_expect():
    assert lira_text(1_234_567_89) == "1.234.567,89"
    assert lira_text(-5) == "-0,05"
    assert decimal_text(1_249_90) == "1249.90"
    assert decimal_text(-5) == "-0.05"


@given(st.integers(0, 10**12), st.integers(1, 10**6), st.lists(st.integers(0, 10**6), max_size=12))
def test_the_parts_of_a_lot_sum_to_its_price_however_it_is_cut(total, units, cuts):
    borders = sorted({0, units, *(cut % (units + 1) for cut in cuts)})
    parts = [share_kurus(total, units=units, first=a, last=b) for a, b in pairwise(borders)]
    assert sum(parts) == total
    assert all(part >= 0 for part in parts)


def test_a_share_outside_the_lot_is_a_defect():
    with pytest.raises(ValueError, match="not within"):
        share_kurus(100, units=3, first=2, last=4)
