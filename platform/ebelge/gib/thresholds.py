"""Amounts and dates of the obligations around e-documents, dated, each with its source: texts print them from here."""

from dataclasses import dataclass
from datetime import date
from typing import Final


@dataclass(frozen=True, slots=True)
class Threshold:
    """An amount in whole lira that holds from a day until the next version of its rule. 0: there is no limit."""

    rule: str
    lira: int
    valid_from: date
    source: str


# Rules: gross sales of a fiscal year from which e-Fatura is a duty (and the same for sellers on the internet), from
# which e-İrsaliye is; and the amount above which a taxpayer outside e-Arşiv issues a single invoice through GİB.
TABLE: Final = (
    Threshold("efatura.sales", 5_000_000, date(2018, 1, 1), "VUK GT 509"),
    Threshold("efatura.sales", 4_000_000, date(2021, 1, 1), "VUK GT 535"),
    Threshold("efatura.sales", 3_000_000, date(2022, 1, 1), "VUK GT 535"),
    Threshold("efatura.internet_sales", 1_000_000, date(2020, 1, 1), "VUK GT 535"),
    Threshold("efatura.internet_sales", 500_000, date(2022, 1, 1), "VUK GT 535"),
    Threshold("eirsaliye.sales", 25_000_000, date(2018, 1, 1), "VUK GT 509"),
    Threshold("eirsaliye.sales", 10_000_000, date(2021, 1, 1), "VUK GT 535"),
    Threshold("earsiv.invoice", 30_000, date(2020, 1, 1), "VUK GT 526"),
    Threshold("earsiv.invoice", 5_000, date(2022, 3, 1), "VUK GT 535"),
    Threshold("earsiv.invoice", 0, date(2026, 1, 1), "VUK GT 589"),
    # simple-method and business-account taxpayers only
    Threshold("earsiv.invoice.small", 3_000, date(2026, 1, 1), "VUK GT 589"),
    Threshold("earsiv.invoice.small", 0, date(2027, 1, 1), "VUK GT 589"),
)


def at(rule: str, day: date) -> Threshold:
    """The version of a rule that holds on a day.

    :raises KeyError: no version of the rule is as old as that.
    """
    held = [one for one in TABLE if one.rule == rule and one.valid_from <= day]
    if not held:
        raise KeyError(f"no {rule} on {day.isoformat()}")
    return max(held, key=lambda one: one.valid_from)
