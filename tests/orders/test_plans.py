"""Behind many orders of many tenants, nothing in buying, settling or listing reads a whole table."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from billing import breaks
from billing.catalogue import packages, prices
from billing.orders import cards, expire, place, queries
from billing.settlement.settle import settle
from ebelge.core.clock import utc_now
from ebelge.core.db import tenant_session
from ebelge.core.ids import new_id
from ebelge.devstack.services import plain_postgres_url
from tests.orders import shop

BIG = (
    "kontor_order", "payment_attempt", "payment", "order_event", "saved_card", "finance_break", "package_version",
    "tenant_package", "tenant_price", "price", "locator", "lot", "journal", "wallet", "reseller_contract", "receivable",
)  # fmt: skip
PAST = """
CREATE TEMP TABLE who AS SELECT gen_random_uuid() AS id FROM generate_series(1, 20);
CREATE TEMP TABLE what AS SELECT w.id AS t, gen_random_uuid() AS id, n, w.id || '-' || n AS s
  FROM who w, generate_series(1, 1000) n;
INSERT INTO kontor_order (tenant_id, order_id, reference, state, method, package_version_id, package_code,
    package_name_tr, package_name_en, quantity, kontor, bonus_kontor, validity_months, net_kurus, kdv_percent,
    kdv_kurus, gross_kurus, currency, placed_by, created_at, credited_at, paid_at)
SELECT t, id, s, 'credited', 'iyzico', id, 'x', '', '', 1, 1, 0, 6, 1, 20, 0, 1, 'TRY', '', now() - interval '40 days',
    now() - interval '40 days', now() - interval '40 days' FROM what;
INSERT INTO payment_attempt (tenant_id, attempt_id, order_id, gateway, kind, state, amount_kurus, currency, intent,
    created_at, check_at, ended_at)
SELECT t, id, id, 'iyzico', 'checkout', 'succeeded', 1, 'TRY', '{}', now(), now(), now() FROM what;
INSERT INTO payment (tenant_id, payment_id, order_id, gateway, gateway_payment_id, item_ref, amount_kurus, paid_kurus,
    currency, installments, evidence, paid_at)
SELECT t, id, id, 'iyzico', s, '', 1, 1, 'TRY', 1, '{}', now() FROM what;
INSERT INTO order_event SELECT t, id, id, 'credited', '', '', '{}', '', now() FROM what;
INSERT INTO saved_card SELECT t, id, 'iyzico', sha256(s::bytea), '', '', '', now(), NULL FROM what;
INSERT INTO finance_break (tenant_id, break_id, kind, subject, data, state, note, found_at, seen_at, ended_at)
SELECT t, id, 'x', s, '{}', 'explained', 'x', now(), now(), now() FROM what;
INSERT INTO package_version SELECT id, 'p-' || left(md5(s), 20), t, '', '', 1, 0, 1, 20, 6,
    tstzrange(now() - interval '1 year', NULL), '', '', now() FROM what;
INSERT INTO tenant_package SELECT t, id, 'p-' || left(md5(s), 20), '', '', 1, 0, 1, 20, 6,
    tstzrange(now() - interval '1 year', NULL), '', '', now() FROM what;
INSERT INTO tenant_price SELECT t, id, 'k-' || n, 1, tstzrange(now() - interval '1 year', NULL), '', '', now()
  FROM what;
INSERT INTO price SELECT id, 'k-' || n, t, 1, tstzrange(now() - interval '1 year', NULL), '' FROM what;
INSERT INTO locator SELECT 'x', sha256(s::bytea), t, id FROM what;
INSERT INTO wallet SELECT id, 0, 0, 0, 0, sha256('x'), '2026-01-01' FROM what;
INSERT INTO reseller_contract SELECT id, id, 'commission', 0, 0, 'inherit', tstzrange('2026-01-01', NULL), '', now()
  FROM what;
INSERT INTO receivable (tenant_id, receivable_id, kind, source_id, kontor, gross_kurus, state, settled_kurus, due_at,
    created_at) SELECT t, id, 'open_account', id, 1, 1, 'settled', 1, now(), now() FROM what;
INSERT INTO lot (tenant_id, lot_id, source, source_id, part, priority, reason, granted, remaining, held, consumed,
                 expired, voided, frozen, passed, net_price_kurus, net_left_kurus, credited_at, expires_at, open)
SELECT t, id, 'payment', id, 1, 100, '', 1, 0, 0, 1, 0, 0, 0, 0, 0, 0, '2026-01-01', '2026-07-01', false FROM what;
INSERT INTO journal SELECT t, n, 'captured', id, id, 1, 0, 0, 0, 0, '2026-01-01', id, '', sha256('x') FROM what;
ANALYZE;
"""


@pytest.fixture
def shopping(fresh_settings, fresh_database: str) -> tuple[Any, Any]:
    """Ceren's customer Akın with an order that it is paying, among 20 tenants with 1,000 of everything."""
    with psycopg.connect(plain_postgres_url(fresh_database)) as owner:
        for table in BIG:
            owner.execute(f"ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY")
        owner.execute(PAST)
        for table in BIG:
            owner.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
    ceren = shop.customer("Ceren", kind="reseller")
    akin = shop.customer(reseller_id=ceren)
    placed = shop.order(akin, shop.on_sale(code="plan"))
    return placed, shop.attempt(placed)


@contextmanager
def no_whole_table(session: Session) -> Iterator[None]:
    """Fails when a statement inside, also one within a function, reads one of these tables from end to end."""

    def scans() -> dict[str, int]:
        rows = session.execute(text("SELECT relname, coalesce(seq_scan, 0) FROM pg_stat_xact_user_tables"))
        return {name: count for name, count in rows.all() if name in BIG}

    before = scans()
    yield
    session.flush()
    read = {name: count - before.get(name, 0) for name, count in scans().items()}
    assert {name: count for name, count in read.items() if count} == {}


def test_no_step_of_buying_reads_a_whole_table(shopping) -> None:
    placed, attempt_id = shopping
    akin, order_id, at = placed.tenant_id, placed.order_id, utc_now()
    who: dict[str, Any] = {"tenant_id": akin, "reseller_id": placed.reseller_id}
    steps: dict[str, Callable[[Session], Any]] = {
        "offered": lambda s: packages.offered(s, **who, at=at),
        "offer": lambda s: packages.offer(s, **who, code="plan", at=at),
        "price": lambda s: prices.price_of(s, kind="mutabakat", at=at, **who),
        "place": lambda s: place.place(
            s, tenant_id=akin, package_code="plan", method="bank", placed_by="test", at=at
        ),
        "orders": lambda s: queries.orders(s, tenant_id=akin, limit=50, before=new_id()),
        "attempts": lambda s: queries.attempts(s, tenant_id=akin, order_id=order_id),
        "payments": lambda s: queries.payments(s, tenant_id=akin, order_id=order_id),
        "timeline": lambda s: queries.timeline(s, tenant_id=akin, order_id=order_id),
        "cards": lambda s: cards.listed(s, tenant_id=akin),
        "expire": lambda s: expire.expire_unpaid(s, tenant_id=akin, at=at),
        "disagree": lambda s: settle(
            s, tenant_id=akin, order_id=order_id, attempt_id=attempt_id, at=utc_now(),
            evidence=shop.evidence(placed, attempt_id, amount_kurus=1),
        ),
        "settle": lambda s: settle(
            s, tenant_id=akin, order_id=order_id, attempt_id=attempt_id, at=utc_now(),
            evidence=shop.evidence(placed, attempt_id),
        ),
        "breaks": lambda s: breaks.open_kinds(s, tenant_id=akin),
    }  # fmt: skip
    for name, step in steps.items():
        print(name)
        with tenant_session(akin) as session, no_whole_table(session):
            step(session)
