"""The finance officer's pages, over books that a superuser spoils: breaks opened and cleared, sums as in the domain."""

from __future__ import annotations

import html
import re
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

import psycopg
import pytest

from billing.reconciliation import flow
from billing.statements.statement import month as period
from ebelge.core.clock import istanbul_date, utc_now
from ebelge.core.db import engine, role_session, tenant_session
from ebelge.devstack.services import plain_postgres_url
from ebelge.jobs import books, sales
from ebelge.outbox import relay
from tests.orders import shop


@dataclass
class Spoiler:
    """A superuser's hand, which breaks what nobody may touch."""

    url: str

    def __call__(self, statement: str, **values: object) -> int:
        with psycopg.connect(self.url) as connection:
            connection.execute("SET session_replication_role = replica")
            return connection.execute(statement, values).rowcount


@pytest.fixture
def spoil(services, web_settings) -> Spoiler:
    if services.superuser_url is None:
        pytest.skip("needs a superuser, who can break what nobody may touch")
    name = plain_postgres_url(web_settings.role_url("owner")).rsplit("/", 1)[1]
    return Spoiler(f"{plain_postgres_url(services.superuser_url).rsplit('/', 1)[0]}/{name}")


@pytest.fixture(scope="module")
def code(world) -> str:
    return shop.on_sale(kontor=500, bonus=20, net_kurus=50_000)


@pytest.fixture(scope="module")
def filiz(browsers):
    return browsers.sign_in("finance", "ebelge", name="Filiz Fidan")


@pytest.fixture(scope="module")
def deniz(browsers):
    return browsers.sign_in("finance", "ebelge", name="Deniz Demir")


def bought(tenant_id: UUID, code: str):
    placed = shop.order(tenant_id, code)
    assert shop.settled(placed, shop.evidence(placed)).outcome == "credited"
    return shop.fresh(placed)


def compared(who) -> None:
    """Pressed on the page, done by a worker, told on the page."""
    assert who.submit("/finance/run", go="1").status_code == 303
    assert "Comparing: queued" in who.text("/finance")
    with role_session("relay") as session:
        handed = relay.claim(session, queue="invoices", limit=100, turns=relay.Turns(), at=utc_now())
    claims = [one for one in handed if one.topic == books.COMPARE]
    assert len(claims) == 1
    sales.work(claims)
    assert "Comparing" not in who.text("/finance")


def break_of(kind: str, tenant_id: UUID) -> UUID:
    with role_session("finance") as session:
        row = session.connection().exec_driver_sql(
            "SELECT break_id FROM finance_break WHERE state = 'open' AND kind = %s AND tenant_id = %s",
            (kind, tenant_id),
        ).one()  # fmt: skip
    return row.break_id


def state_of(break_id: UUID) -> tuple[str, str]:
    with role_session("finance") as session:
        row = (
            session.connection()
            .exec_driver_sql("SELECT state, resolved_by FROM finance_break WHERE break_id = %s", (break_id,))
            .one()
        )
    return row.state, row.resolved_by.partition(" ")[0]


def kontor_of(tenant_id: UUID) -> int:
    with tenant_session(tenant_id) as session:
        return (
            session.connection()
            .exec_driver_sql("SELECT available FROM wallet WHERE tenant_id = %s", (tenant_id,))
            .scalar_one()
        )


def test_a_break_made_on_purpose_is_shown_opened_and_cleared_by_two_persons(filiz, deniz, spoil, code) -> None:
    akin = shop.customer("Kırık Defter Ltd. Şti.")
    order = bought(akin, code)
    spoil("UPDATE lot SET source_id = gen_random_uuid() WHERE tenant_id = %(t)s AND source = 'payment'", t=akin)
    compared(filiz)
    lost, rootless = break_of("payment_without_lot", akin), break_of("lot_without_source", akin)
    queue = filiz.text("/finance?tenant=" + str(akin))
    assert str(lost) in queue and str(rootless) in queue and "Paid, but no kontör were credited" in queue
    page = filiz.text(f"/finance/breaks/{lost}")
    assert order.reference in page and f"/finance/payments/{akin}/{order.order_id}" in page, "money's side is opened"
    assert "Nothing is on this side" not in page, "the bonus lot is on the other side"

    had = kontor_of(akin)
    there = f"/finance/breaks/{lost}"
    assert filiz.submit(f"{there}/settle", note=" ").status_code == 400, "a note is needed"
    assert filiz.submit(f"{there}/take").status_code == 303
    for _ in range(2):  # pressed twice: asked for once
        answer = filiz.submit(f"{there}/settle", note="The lot was lost")
        assert "second_person" in answer.headers["Location"]
    assert (kontor_of(akin), state_of(lost)) == (had, ("open", ""))
    refused = filiz.submit(f"{there}/approve", word="approve")
    assert (refused.status_code, "A second person must approve" in html.unescape(refused.get_data(as_text=True))) == (
        409, True,
    )  # fmt: skip
    assert deniz.submit(f"{there}/approve", word="approve").status_code == 303
    assert (kontor_of(akin), state_of(lost)) == (had + 500, ("resolved", "grant"))
    assert deniz.submit(f"{there}/approve", word="approve").status_code == 404, "nothing waits any more"
    told = filiz.text(there)
    assert "Took a break on Filiz Fidan" in re.sub(r"<[^>]+>| +", " ", told).replace("  ", " ")
    assert "Deniz Demir" in told

    assert filiz.submit(f"/finance/breaks/{rootless}/end", state="resolved", note="same").status_code == 400
    ended = filiz.submit(f"/finance/breaks/{rootless}/end", state="resolved", note="same", entry="grant above")
    assert (ended.status_code, state_of(rootless)[0]) == (303, "resolved")
    compared(filiz)
    with role_session("finance") as session:
        still = session.connection().exec_driver_sql(
            "SELECT kind FROM finance_break WHERE state = 'open' AND tenant_id = %s", (akin,)
        ).all()  # fmt: skip
    assert [row for row in still if row.kind in ("payment_without_lot", "lot_without_source")] == []


def test_the_roll_forward_and_the_balance_are_the_domains_and_open_to_every_entry(filiz, code) -> None:
    akin = shop.customer("Devir Defteri A.Ş.")
    order = bought(akin, code)
    at = utc_now()
    first = istanbul_date(at).replace(day=1)
    start, end = period(first)
    pool = engine("reader").execution_options(isolation_level="REPEATABLE READ")
    with pool.connect() as connection, connection.begin():
        own = flow.flow(connection, tenant_id=akin, start=start, end=end)
        live = connection.exec_driver_sql("SELECT tenant_id FROM tenant WHERE mode = 'live'").scalars().all()
        every = [flow.flow(connection, tenant_id=one, start=start, end=end) for one in live]
    assert (own.terms["bought"], own.terms["given"]) == (500, 20)
    shown = re.sub(r"<[^>]+>", " ", filiz.text(f"/finance/rollforward?month={first:%Y-%m}&tenant={akin}"))
    assert re.search(r"Bought\s+\+500\s", shown) and re.search(r"Closing\s+520\s", shown)
    whole = re.sub(r"<[^>]+>", " ", filiz.text(f"/finance/rollforward?month={first:%Y-%m}"))
    number = f"{sum(one.closing for one in every):,}".replace(",", ".")
    assert re.search(rf"Closing\s+{re.escape(number)}\s", whole), "the sum of all live accounts; sandboxes do not count"
    entries = filiz.text(f"/finance/rollforward/entries?day={istanbul_date(at)}&tenant={akin}")
    lots = re.findall(rf"/finance/why/{akin}/lots/([0-9a-f-]+)", entries)
    assert len(set(lots)) == 2

    found = filiz.text("/finance/why?q=devir+defteri")
    assert f"/finance/why/{akin}" in found, "one: the account"
    balance = filiz.text(f"/finance/why/{akin}")
    assert "The same as its lots" in balance and f"/lots/{lots[0]}" in balance, "two: its lots"
    lot = next(
        page for page in (filiz.text(f"/finance/why/{akin}/lots/{one}") for one in set(lots)) if "iyzico" in page
    )
    assert f"/finance/payments/{akin}/{order.order_id}" in lot, "three: the payment"
    before = (at - timedelta(days=40)).strftime("%Y-%m-%dT%H:%M")
    assert "No kontör at this instant" in filiz.text(f"/finance/why/{akin}?at={before}")
