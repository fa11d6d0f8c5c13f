"""A tenant's states: one table of moves, and who may make each."""

from __future__ import annotations

import pytest

from ebelge.core.clock import utc_now
from ebelge.core.db import tenant_session
from ebelge.core.errors import InvalidRequest, NotFound
from tenants import accounts, states
from tenants.audit import entries
from tenants.states import MOVES, STATE_NAMES, NotTheirMove, UnlawfulTenantMove

STAFF = entries.command("tenants", by="Ayşe")


def move(tenant_id, to: str, mover: str = "staff", reason: str = "neden"):
    with tenant_session(tenant_id) as session:
        return states.move(session, tenant_id=tenant_id, to=to, mover=mover, reason=reason, actor=STAFF, at=utc_now())


def test_the_table_knows_every_state_and_leads_back_from_each() -> None:
    named = {state for pair in MOVES for state in pair}
    assert named == set(STATE_NAMES)
    assert {old for old, _ in MOVES} == set(STATE_NAMES)
    for known in MOVES.values():
        assert known.movers
        assert known.why_tr
        assert known.why_en


def test_staff_suspend_with_a_reason_and_resume(open_account) -> None:
    tenant_id = open_account().tenant_id
    with pytest.raises(InvalidRequest):
        move(tenant_id, "suspended", reason="  ")
    done = move(tenant_id, "suspended", reason="Fatura ödenmedi")
    assert (done.before, done.after, done.reason) == ("active", "suspended", "Fatura ödenmedi")
    with tenant_session(tenant_id) as session:
        row = accounts.get(session, tenant_id=tenant_id)
        assert (row.state, row.state_reason) == ("suspended", "Fatura ödenmedi")
    assert move(tenant_id, "active").after == "active"


def test_a_tenant_closes_and_thinks_again_but_never_lifts_its_own_suspension(open_account) -> None:
    tenant_id = open_account().tenant_id
    assert move(tenant_id, "closing", "tenant").after == "closing"
    assert move(tenant_id, "active", "tenant").after == "active"
    move(tenant_id, "suspended")
    with pytest.raises(NotTheirMove):
        move(tenant_id, "active", "tenant")
    with pytest.raises(NotTheirMove):
        move(tenant_id, "active", "reseller")


def test_a_move_that_is_not_in_the_table_is_refused_and_a_repeated_one_changes_nothing(open_account) -> None:
    tenant_id = open_account().tenant_id
    with pytest.raises(UnlawfulTenantMove):
        move(tenant_id, "closed")
    move(tenant_id, "suspended", reason="ilk")
    assert move(tenant_id, "suspended", reason="ikinci").reason == "ilk"


def test_another_tenants_state_is_not_found(open_account) -> None:
    one, other = open_account(), open_account()
    with pytest.raises(NotFound), tenant_session(one.tenant_id) as session:
        states.move(
            session, tenant_id=other.tenant_id, to="suspended", mover="staff", reason="x", actor=STAFF, at=utc_now()
        )
