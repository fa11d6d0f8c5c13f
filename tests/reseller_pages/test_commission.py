"""A reseller's commission on its page: pending, payable, paid and reversed add up to the statement."""

from __future__ import annotations

import io

import openpyxl
import pytest

from billing.commissions import entries
from ebelge.core.clock import istanbul_date, utc_now
from ebelge.core.db import tenant_session
from ebelge.core.ids import new_id


@pytest.fixture
def earned(account) -> None:
    """Ceren's commission on an order of Bora's just paid, a tenth of it reversed."""
    ceren, at, order = account("ceren"), utc_now(), new_id()
    with tenant_session(ceren) as session:
        kurus = entries.accrue(
            session, tenant_id=ceren, customer_id=account("bora"), customer_title="Bora", order_id=order,
            order_reference="YENI", net_kurus=200_000, credited_at=at, at=at,
        )  # fmt: skip
        back = entries.reverse(session, tenant_id=ceren, cause_id=new_id(), order_id=order, net_kurus=20_000, at=at)
    assert kurus == 10 * back > 0


def test_the_figures_are_those_of_the_statement(browser, earned, account) -> None:
    selin = browser("ceren", "reseller_admin")
    page = selin.open("/reseller/commission")
    with tenant_session(account("ceren")) as session:
        told = entries.account(session, tenant_id=account("ceren"), at=utc_now())
    assert told.pending_kurus > 0
    for word in ("YENI", "Reversed", "Pending", f"{told.pending_kurus // 100:,}".replace(",", ".")):
        assert word in page
    assert "YENI" not in selin.open("/reseller/commission?state=paid")
    month = istanbul_date(utc_now()).strftime("%Y-%m")
    assert "YENI" in selin.get(f"/reseller/commission/sheet?month={month}&form=csv").get_data(as_text=True)
    book = openpyxl.load_workbook(io.BytesIO(selin.get("/reseller/commission/sheet").get_data()))
    heads, *rows = book.active.iter_rows(values_only=True)
    rates = {row[heads.index("Rate (%)")] for row in rows} - {None}
    assert rates and all(isinstance(rate, int | float) for rate in rates), "a rate is a number, not a text"
    assert {"Accrued", "Reversed (refund)", "Payable"} <= {row[1] for row in rows}
    selin.open("/reseller/commission?month=2999-01", status=400)
    browser("ceren", "reseller_staff").open("/reseller/commission", status=403)
