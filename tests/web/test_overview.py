"""The overview: what it says of a company that begins, what waits, and what it costs when there is much."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from uuid import UUID, uuid4

import psycopg
import pytest
from sqlalchemy import event, text
from sqlalchemy.engine import Engine

from billing.ledger import charges, lots
from ebelge.core.clock import istanbul_date, utc_now
from ebelge.core.config import settings
from ebelge.core.db import tenant_session
from ebelge.core.ids import new_id
from ebelge.devstack.services import plain_postgres_url
from ebelge.documents import month
from tenants.audit.entries import command
from tenants.members import memberships
from tenants.members.reach import reach_of
from tests.orders import shop

_DOCUMENTS = text("""
    INSERT INTO document (tenant_id, document_id, kind, profile, type_code, state, channel, ettn, number, series_id,
                          serial, issue_date, buyer_vkn_tckn, buyer_title, currency, payable_kurus, line_count, kontor,
                          price_id, source_sha256, signed_sha256, signed_at, link_token, created_by, created_at,
                          progress_at)
    SELECT :tenant_id, x.id, :kind, 'TEMELFATURA', 'SATIS', :state, 'gib', gen_random_uuid(),
           :prefix || '2026' || lpad(x.n::text, 9, '0'), :series_id, x.n, :day, '1234567890', 'Bora A.Ş.', 'TRY', 100,
           1, 1, :price_id, sha256('a'), sha256('b'), :at, x.id::text, 'key:seed', :at, :at
      FROM unnest(CAST(:ids AS uuid[])) WITH ORDINALITY AS x(id, n)
""")


class World:
    """A company of its own with its owner at a browser."""

    def __init__(self, browsers) -> None:
        self.tenant_id = shop.customer()
        with tenant_session(self.tenant_id) as session:
            run = session.connection().exec_driver_sql
            self.price_id = run("SELECT price_id FROM price LIMIT 1").scalar_one()
        self.browsers = browsers
        self.owner = self.enter()

    def enter(self, role: str = "owner", series: tuple[str, ...] = ()):
        person_id, email = self.browsers.person()
        with tenant_session(self.tenant_id) as session:
            memberships.add(
                session, tenant_id=self.tenant_id, person_id=person_id, role=role, reach=reach_of((), series),
                actor=command("members", by="test"), at=utc_now(),
            )  # fmt: skip
        return self.browsers.enter(person_id, email)

    def send(self, count: int, kind: str, state: str, prefix: str) -> None:
        """Rows of documents as they stand after their way."""
        at = utc_now()
        with tenant_session(self.tenant_id) as session:
            series_id = session.execute(
                text("INSERT INTO series (tenant_id, series_id, kind, prefix, owner, branch, active) VALUES "
                     "(:t, :s, :k, :p, 'ours', '', true) RETURNING series_id"),
                {"t": self.tenant_id, "s": new_id(), "k": kind, "p": prefix},
            ).scalar_one()  # fmt: skip
            session.execute(
                _DOCUMENTS,
                {"tenant_id": self.tenant_id, "kind": kind, "state": state, "prefix": prefix, "series_id": series_id,
                 "day": istanbul_date(at), "price_id": self.price_id, "at": at,
                 "ids": [new_id() for _ in range(count)]},
            )  # fmt: skip

    def grant(self, kontor: int, days: int) -> None:
        with tenant_session(self.tenant_id) as session:
            lots.grant(
                session, tenant_id=self.tenant_id, source="opening", source_id=new_id(), kontor=kontor,
                net_price_kurus=0, expires_at=utc_now() + timedelta(days=days), at=utc_now(),
            )  # fmt: skip

    def use(self, kontor: int) -> None:
        charge_id = uuid4()
        with tenant_session(self.tenant_id) as session:
            charges.reserve(
                session, tenant_id=self.tenant_id, charge_id=charge_id, kind="efatura.out", kontor=kontor,
                price_id=UUID(str(self.price_id)), reference="x", at=utc_now(),
            )  # fmt: skip
            charges.capture(session, tenant_id=self.tenant_id, charge_ids=[charge_id], at=utc_now())


@pytest.fixture
def company(world, browsers) -> World:
    return World(browsers)


@contextmanager
def statements() -> Iterator[list[str]]:
    """Every statement that is run meanwhile."""
    found: list[str] = []

    def note(_conn, _cursor, statement, *_rest) -> None:
        found.append(statement)

    event.listen(Engine, "before_cursor_execute", note)
    try:
        yield found
    finally:
        event.remove(Engine, "before_cursor_execute", note)


def test_a_new_company_is_led_through_its_first_steps_with_who_must_act(company) -> None:
    page = company.owner.text("/overview")
    assert "You have no kontör to spend." in page
    for words in ("First steps", "Activate your services", "Buy kontör", "Who must act: You"):
        assert words in page, words
    company.grant(50, 100)
    page = company.owner.text("/overview")
    assert "You have 50 kontör; none was used in the last four weeks, all of it expires" in page
    assert company.owner.get("/home").headers["Location"].endswith("/overview")


def test_what_went_wrong_waits_with_its_button_and_the_month_is_counted_by_kind_and_state(company) -> None:
    company.grant(200, 100)
    company.use(150)
    company.send(3, "efatura", "delivered", "AAA")
    company.send(1, "efatura", "refused", "BBB")
    company.send(2, "earsiv", "undelivered", "CCC")
    page = company.owner.text("/overview")
    assert "First steps" not in page and "1 document refused by GİB" in page and "2 documents could not be" in page
    day = istanbul_date(utc_now()).replace(day=1).isoformat()
    cells = {
        (kind, state): int(count)
        for kind, state, count in re.findall(
            rf'href="/documents\?kind=(\w+)&state=(\w+)&from={day}&to=[\d-]+">(\d+)<', page
        )
    }
    assert cells == {("efatura", "delivered"): 3, ("efatura", "refused"): 1, ("earsiv", "undelivered"): 2}
    narrowed = company.enter("accountant", ("CCC",)).text("/overview")
    assert "refused by GİB" not in narrowed and "AAA2026" not in narrowed and "2 documents could not be" in narrowed
    assert "kind=efatura" not in narrowed


def test_a_balance_that_ends_within_a_week_asks_to_be_filled(company) -> None:
    company.grant(40, 100)
    company.use(30)
    page = company.owner.text("/overview")
    assert "You have 10 kontör; at this pace it lasts less than a day" in page
    assert "10 kontör left" in page and 'href="/kontor/buy"' in page


def test_the_page_runs_as_many_statements_for_200_documents_as_for_one(company) -> None:
    company.grant(500, 100)
    company.use(1)
    company.send(1, "efatura", "delivered", "AAA")
    company.send(1, "efatura", "refused", "BBB")
    company.owner.text("/overview")
    with statements() as few:
        company.owner.text("/overview")
    company.send(200, "earsiv", "undelivered", "CCC")
    company.send(50, "emm", "refused", "DDD")
    for _ in range(20):
        company.use(2)
    with statements() as many:
        page = company.owner.text("/overview")
    assert len(many) == len(few) > 10
    assert "100+ documents could not be" in page, "what nobody reads to its end is not counted to its end"


def test_the_month_is_counted_without_reading_its_documents(company) -> None:
    company.send(3000, "efatura", "delivered", "AAA")
    with psycopg.connect(plain_postgres_url(settings().database_url), autocommit=True) as owner:
        owner.execute("VACUUM (ANALYZE) document")  # without figures the planner may take any index
    today = istanbul_date(utc_now())
    with tenant_session(company.tenant_id) as session:
        with statements() as run:
            month.counted(session, tenant_id=company.tenant_id, first=today, last=today)
        assert len(run) == 1
    with tenant_session(company.tenant_id) as session:
        for way in ("seqscan", "bitmapscan"):
            session.connection().exec_driver_sql(f"SET LOCAL enable_{way} = off")
        plan = session.execute(
            text("EXPLAIN SELECT kind, state, count(*) FROM document WHERE tenant_id = :t AND issue_date >= :d "
                 "AND issue_date <= :d GROUP BY kind, state"),
            {"t": company.tenant_id, "d": today},
        ).scalars().all()  # fmt: skip
    assert any("Index Only Scan using document_by_day" in line for line in plan), plan
