"""Placing an order: what it costs, what it is called, who may buy, and what is refused."""

from __future__ import annotations

import secrets
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from billing.catalogue.packages import PackageOffSale, UnknownPackage
from billing.orders.place import CannotBuy, OrderRefused, end_of_working_day
from billing.orders.sellers import BuysFromReseller
from billing.payments.bank.reference import NUMBERS, is_reference, reference
from ebelge.core.clock import istanbul_date, utc_now
from ebelge.core.db import tenant_session
from ebelge.core.errors import InvalidRequest
from tenants import locator
from tests.orders import shop

pytestmark = pytest.mark.usefixtures("settings")
HOUR = timedelta(hours=1)


def test_an_order_copies_the_package_and_adds_up_with_kdv_half_up() -> None:
    akin = shop.customer()
    placed = shop.order(akin, shop.on_sale(kontor=10, bonus=1, net_kurus=3_333), quantity=5)
    assert (placed.net_kurus, placed.kdv_kurus, placed.gross_kurus) == (16_665, 3_333, 19_998)
    assert (placed.kontor, placed.bonus_kontor, placed.quantity, placed.validity_months) == (50, 5, 5, 6)
    assert (placed.state, placed.due_at, placed.currency, placed.invoice_state) == ("draft", None, "TRY", "none")
    (event,) = shop.rows(akin, "SELECT kind, text_tr FROM order_event")
    assert event.kind == "placed"
    assert "199,98 TL" in event.text_tr


def test_half_a_kurus_of_kdv_is_rounded_up() -> None:
    placed = shop.order(shop.customer(), shop.on_sale(net_kurus=2_503))  # 20 % = 500.6
    assert placed.kdv_kurus == 501


def test_a_transfer_order_waits_five_working_days() -> None:
    placed = shop.order(shop.customer(), shop.on_sale(), method="bank")
    assert placed.state == "pending"
    assert placed.due_at == end_of_working_day(istanbul_date(placed.created_at), 5)


@pytest.mark.parametrize(
    ("ordered", "due"),
    [
        (date(2026, 11, 23), date(2026, 11, 30)),  # Monday
        (date(2026, 11, 27), date(2026, 12, 4)),  # Friday
        (date(2026, 11, 28), date(2026, 12, 4)),  # Saturday
        (date(2026, 11, 29), date(2026, 12, 4)),  # Sunday
    ],
)
def test_working_days_are_monday_to_friday(ordered: date, due: date) -> None:
    assert end_of_working_day(ordered, 5) == datetime(due.year, due.month, due.day, 20, 59, 59, tzinfo=UTC)


def test_references_are_right_random_and_found_before_a_tenant_is_known() -> None:
    akin, code = shop.customer(), shop.on_sale()
    orders = [shop.order(akin, code) for _ in range(8)]
    assert len({one.reference for one in orders}) == 8
    assert all(is_reference(one.reference) for one in orders)
    bora = shop.customer("Bora A.Ş.")
    with tenant_session(bora) as session:
        found = locator.locate(session, kind="order.reference", key=orders[3].reference)
    assert found is not None
    assert (found.tenant_id, found.object_id) == (akin, orders[3].order_id)


def test_a_reference_that_is_taken_is_drawn_again(monkeypatch: pytest.MonkeyPatch) -> None:
    akin, code = shop.customer(), shop.on_sale()
    taken, free = (secrets.randbelow(NUMBERS) for _ in range(2))
    drawn = iter([taken, taken, taken, free])
    monkeypatch.setattr(secrets, "randbelow", lambda _: next(drawn))
    references = [shop.order(akin, code).reference for _ in range(2)]
    assert references == [reference(taken), reference(free)]


@pytest.mark.parametrize("quantity", [0, -1, 1_001, 1.5, True, "2", None])
def test_a_quantity_is_a_whole_number_in_bounds(quantity: Any) -> None:
    akin, code = shop.customer(), shop.on_sale()
    with pytest.raises(OrderRefused):
        shop.order(akin, code, quantity=quantity)
    assert shop.rows(akin, "SELECT 1 FROM kontor_order") == []


def test_amounts_are_bounded() -> None:
    akin, code = shop.customer(), shop.on_sale(net_kurus=900_000_000_000, kontor=10)
    with pytest.raises(OrderRefused):
        shop.order(akin, code)
    with pytest.raises(OrderRefused):
        shop.order(akin, shop.on_sale(kontor=2_000_000), quantity=1_000)


@pytest.mark.parametrize("wrong", [{"currency": "EUR"}, {"currency": "try"}, {"currency": ""}])
def test_only_turkish_lira(wrong: dict[str, str]) -> None:
    with pytest.raises(OrderRefused):
        shop.order(shop.customer(), shop.on_sale(), **wrong)


def test_an_unknown_method_is_refused() -> None:
    with pytest.raises(InvalidRequest):
        shop.order(shop.customer(), shop.on_sale(), method="paypal")


def test_unknown_and_off_sale_packages_are_refused() -> None:
    akin, at = shop.customer(), utc_now()
    with pytest.raises(UnknownPackage):
        shop.order(akin, "yok-boyle")
    with pytest.raises(PackageOffSale):
        shop.order(akin, shop.on_sale(since=at - 2 * HOUR, until=at - HOUR))
    with pytest.raises(PackageOffSale):
        shop.order(akin, shop.on_sale(since=at + HOUR))


@pytest.mark.parametrize("state", ["applied", "suspended", "closing", "closed"])
def test_only_an_active_account_buys(state: str) -> None:
    with pytest.raises(CannotBuy):
        shop.order(shop.customer(state=state), shop.on_sale())


def test_a_sandbox_does_not_buy() -> None:
    with pytest.raises(CannotBuy) as refused:
        shop.order(shop.customer(sandbox=True), shop.on_sale())
    assert "ücretsiz" in refused.value.detail_tr


def test_a_pool_and_a_reseller_buy_for_themselves() -> None:
    code = shop.on_sale()
    for kind in ("pool", "reseller"):
        assert shop.order(shop.customer("Havuz", kind=kind), code).kontor == 1_000


def test_by_a_resale_contract_the_customer_buys_from_the_reseller() -> None:
    ceren = shop.customer("Ceren", kind="reseller")
    akin, code, at = shop.customer(reseller_id=ceren), shop.on_sale(), utc_now()
    shop.contract(ceren, "resale", since=at - HOUR, until=at + HOUR)
    with pytest.raises(BuysFromReseller) as refused:
        shop.order(akin, code)
    assert refused.value.code == "buys_from_reseller"
    later = shop.order(akin, code, at=at + HOUR)
    assert later.reseller_id == ceren


def test_on_commission_the_customer_buys_here_and_the_order_names_the_reseller() -> None:
    ceren = shop.customer("Ceren", kind="reseller")
    shop.contract(ceren, "commission")
    akin = shop.customer(reseller_id=ceren)
    assert shop.order(akin, shop.on_sale()).reseller_id == ceren
    with tenant_session(akin) as session:  # the look at the contract left the session the customer's
        assert session.execute(shop.text("SELECT count(DISTINCT tenant_id) FROM kontor_order")).scalar() == 1
    with pytest.raises(ValueError, match="another reseller"):
        shop.order(akin, shop.on_sale(), reseller_id=shop.new_id())


def test_a_resellers_own_terms_are_its_customers_alone() -> None:
    ceren = shop.customer("Ceren", kind="reseller")
    shop.contract(ceren, "commission")
    code = shop.on_sale(scope=ceren, net_kurus=100)
    assert shop.order(shop.customer(reseller_id=ceren), code).net_kurus == 100
    with pytest.raises(UnknownPackage):
        shop.order(shop.customer("Bora A.Ş."), code)
