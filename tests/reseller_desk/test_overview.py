"""The customer list of a reseller: its own and nobody else's, found as people type, the lowest balance first."""

from datetime import timedelta

import psycopg
import pytest

from billing.resellers import overview
from ebelge.core.config import settings
from ebelge.core.db import reseller_session
from ebelge.core.errors import InvalidRequest, NotFound


def listed(trade, reseller, **asked):
    with reseller_session(reseller) as session:
        given = {"limit": 50} | asked
        return overview.customers(session, reseller_id=reseller, at=trade.at(), **given)


def test_the_lowest_comes_first_with_what_ends_next(shop, trade, ece) -> None:
    soon = trade.at() + timedelta(days=3)
    rich, poor = shop.customer(ece, "Zengin A.Ş."), shop.customer(ece, "Fakir Ltd.")
    trade.grant(rich, 10)
    trade.grant(rich, 4, until=soon)
    trade.grant(rich, 3, until=soon)
    first, second = listed(trade, ece)
    assert (first.tenant_id, first.available, first.next_expiry, first.expiring) == (poor, 0, None, 0)
    assert first.last_activity is None
    assert (second.available, second.next_expiry, second.expiring) == (17, soon, 7)
    assert second.last_activity is not None
    assert [one.title for one in listed(trade, ece, order="title")] == ["Fakir Ltd.", "Zengin A.Ş."]
    assert [one.title for one in listed(trade, ece, order="expiry")] == ["Zengin A.Ş.", "Fakir Ltd."]


@pytest.mark.parametrize("typed", ["ışık", "ISIK", "isik", "Işık  sanayi", "SANAYİ IŞIK", "oğlu", "OGLU"])
def test_titles_are_found_however_they_are_typed(typed: str, shop, trade, ece) -> None:
    found = shop.customer(ece, "Işık & Oğlu Sanayi Ltd. Şti.")
    shop.customer(ece, "Bora A.Ş.")
    assert [one.tenant_id for one in listed(trade, ece, search=typed)] == [found]


def test_the_beginning_of_a_vkn_finds_its_taxpayer_and_patterns_find_nothing(shop, trade, ece) -> None:
    bora = shop.customer(ece)
    assert [one.tenant_id for one in listed(trade, ece, search=shop.vkn(bora)[:9])] == [bora]
    assert listed(trade, ece, search="zz%") == []
    assert len(listed(trade, ece, search="%_")) == 1  # nothing to look for is left of it


@pytest.mark.parametrize("order", ["low", "title", "expiry"])
def test_pages_follow_each_other_without_a_gap(order, shop, trade, ece) -> None:
    everybody = {shop.customer(ece, f"Şirket {n % 3}") for n in range(7)}
    for tenant_id in list(everybody)[:3]:
        trade.grant(tenant_id, 5)
    seen, after = [], None
    while page := listed(trade, ece, order=order, limit=2, after=after):
        seen += [one.tenant_id for one in page]
        after = overview.after(page[-1].cursor)
    assert len(seen) == 7
    assert set(seen) == everybody
    for wrong in ("x", "!!", "YWJj", "w4M"):
        with pytest.raises(InvalidRequest):
            overview.after(wrong)
    if order != "title":
        with pytest.raises(InvalidRequest):
            listed(trade, ece, order=order, after=("x", seen[0]))


def test_another_resellers_customer_is_as_unknown_as_nobodys(shop, trade, ece, bora) -> None:
    mine = shop.customer(ece)
    sandbox = trade.open(mode="test", live_tenant_id=mine, reseller_id=ece)
    with reseller_session(ece) as session:
        assert overview.customer(session, reseller_id=ece, customer_id=mine, at=trade.at()).tenant_id == mine
        for other in (bora, shop.ceren, ece, sandbox):
            with pytest.raises(NotFound):
                overview.customer(session, reseller_id=ece, customer_id=other, at=trade.at())
        assert overview.customers(session, reseller_id=shop.ceren, at=trade.at(), limit=9) == []


def test_the_database_alone_shows_a_reseller_no_document_no_price_and_no_row_to_change(shop, trade, bora) -> None:
    trade.grant(bora, 5)
    url = settings().role_url("reseller").replace("+psycopg", "")
    with psycopg.connect(url) as connection:
        connection.execute(f"SET LOCAL app.reseller_id = '{shop.ceren}'")
        (found,) = connection.execute("SELECT count(*) FROM lot WHERE tenant_id = %s", (bora,)).fetchone()
        assert found == 1
        for wrong in (
            "SELECT net_price_kurus FROM lot", "SELECT * FROM lot", "SELECT 1 FROM document", "SELECT 1 FROM journal",
            "SELECT 1 FROM charge", "SELECT 1 FROM acting_consent", "SELECT 1 FROM reseller_change",
            "SELECT 1 FROM api_key", "SELECT 1 FROM audit_entry", "SELECT 1 FROM membership",
            "UPDATE tenant SET state = 'closed'", "UPDATE wallet SET available = 1", "DELETE FROM service",
        ):  # fmt: skip
            with pytest.raises(psycopg.errors.InsufficientPrivilege), connection.transaction():
                connection.execute(wrong)
        connection.execute(f"SET LOCAL app.reseller_id = '{shop.demir}'")
        assert connection.execute("SELECT 1 FROM lot WHERE tenant_id = %s", (bora,)).fetchall() == []
        connection.execute("SET LOCAL app.reseller_id = ''")
        for table in ("tenant", "wallet", "lot", "service"):
            assert connection.execute(f"SELECT count(*) FROM {table}").fetchone() == (0,)
