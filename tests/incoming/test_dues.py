"""An incoming document is never held back for lack of kontör: what it costs is owed, and the next lot pays it first."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import text

from billing.ledger import balance, charges, dues, lots
from billing.ledger.charges import ChargeRequest
from billing.ledger.verify import verify_tenant
from ebelge.core.clock import utc_now
from ebelge.core.db import engine, role_session, tenant_session
from ebelge.core.ids import new_id
from tests.incoming.conftest import Gib

PRICE = "00000000-0000-7000-8000-00000000000a"


@pytest.fixture
def poor(gib: Gib) -> UUID:
    """A tenant with an empty wallet."""
    tenant_id = new_id()
    with tenant_session(tenant_id) as session:
        lots.open_wallet(session, tenant_id=tenant_id)
    return tenant_id


def grant(tenant_id: UUID, kontor: int) -> None:
    with tenant_session(tenant_id) as session:
        lots.grant(
            session, tenant_id=tenant_id, source="bonus", source_id=new_id(), kontor=kontor, net_price_kurus=0,
            expires_at=utc_now() + timedelta(days=90), at=utc_now(),
        )  # fmt: skip


def owe(tenant_id: UUID, *amounts: int) -> list[UUID]:
    asked = [ChargeRequest(new_id(), "efatura.in", amount, UUID(PRICE), f"XAK{n}") for n, amount in enumerate(amounts)]
    with tenant_session(tenant_id) as session:
        lots.hold_wallet(session, tenant_id=tenant_id, at=utc_now())
        dues.charge_or_owe(session, tenant_id=tenant_id, requests=asked, at=utc_now())
    with tenant_session(tenant_id) as session:  # a worker that comes twice
        lots.hold_wallet(session, tenant_id=tenant_id, at=utc_now())
        dues.charge_or_owe(session, tenant_id=tenant_id, requests=asked, at=utc_now())
    return [one.charge_id for one in asked]


def stands(tenant_id: UUID) -> tuple[int, int]:
    """Spendable and owed kontör; the books are right."""
    with engine("reader").connect().execution_options(isolation_level="REPEATABLE READ") as connection:
        assert list(verify_tenant(connection, tenant_id)) == []
    with tenant_session(tenant_id) as session:
        left = balance.balance(session, tenant_id=tenant_id, at=utc_now()).spendable
        return left, dues.owed_kontor(session, tenant_id=tenant_id)


def test_what_is_owed_is_paid_by_the_next_lot_before_anything_else(poor: UUID) -> None:
    owe(poor, 2, 3)
    assert stands(poor) == (0, 5)
    grant(poor, 4)
    assert stands(poor) == (2, 3)  # whole dues only, oldest first
    grant(poor, 10)
    assert stands(poor) == (9, 0)


def test_kontor_that_are_there_are_charged_at_once_and_nobody_overtakes_a_due(poor: UUID) -> None:
    grant(poor, 3)
    owe(poor, 2)
    assert stands(poor) == (1, 0)
    owe(poor, 5)
    owe(poor, 1)  # one kontör is there, but who came first pays first
    assert stands(poor) == (1, 6)
    grant(poor, 5)
    assert stands(poor) == (0, 0)


def test_kontor_that_are_passed_on_pay_dues_too(poor: UUID, gib: Gib) -> None:
    from billing.ledger import transfers

    owe(poor, 4)
    with tenant_session(gib.akin) as session:
        passage = transfers.pass_on(
            session, tenant_id=gib.akin, draw_id=new_id(), to_tenant_id=poor, kontor=6, at=utc_now()
        )
    with tenant_session(poor) as session:
        transfers.receive(session, tenant_id=poor, passage=passage, at=utc_now())
    assert stands(poor) == (2, 0)


def test_a_due_whose_charge_is_not_what_was_owed_is_found(poor: UUID) -> None:
    (due_id,) = owe(poor, 2)
    grant(poor, 5)
    with tenant_session(poor) as session:
        session.execute(text("UPDATE due SET kontor = 1 WHERE due_id = :id"), {"id": due_id})
    with engine("reader").connect().execution_options(isolation_level="REPEATABLE READ") as connection:
        assert {one.invariant for one in verify_tenant(connection, poor)} == {"I17"}


def test_a_document_arrives_although_the_wallet_is_empty_and_the_account_is_suspended(gib: Gib) -> None:
    with role_session("finance") as session:
        session.execute(
            text(
                "INSERT INTO tenant_price (tenant_id, price_id, kind, kontor, valid, note, created_by, created_at) "
                "VALUES (:t, :p, 'efatura.in', 7, tstzrange(now() - interval '1 hour', NULL), 'test', 'test', now())"
            ),
            {"t": gib.bora, "p": new_id()},
        )
    with tenant_session(gib.bora) as session:
        left = balance.balance(session, tenant_id=gib.bora, at=utc_now()).spendable
        held = new_id()
        charges.reserve(
            session, tenant_id=gib.bora, charge_id=held, kind="efatura.out", kontor=left - 3, price_id=UUID(PRICE),
            at=utc_now(),
        )  # fmt: skip
    first = gib.zarf()
    assert gib.receive(first).code == 1200
    (document,) = gib.documents(first.instance_id)
    assert document.kontor == 7
    assert stands(gib.bora) == (3, 7)
    grant(gib.bora, 20)
    assert stands(gib.bora) == (16, 0)
    with tenant_session(gib.bora) as session:
        charges.release(session, tenant_id=gib.bora, charge_ids=[held], at=utc_now())
    with role_session("finance") as session:
        ends = "UPDATE tenant_price SET valid = tstzrange(lower(valid), now()) WHERE tenant_id = :t"
        session.execute(text(ends), {"t": gib.bora})
