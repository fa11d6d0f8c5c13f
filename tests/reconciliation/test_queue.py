"""Breaks are a queue: two runs are one, what is set right ends by itself, a person's word stays."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest

from billing import breaks
from billing.models.finance import Break
from ebelge.core.clock import utc_now
from ebelge.core.db import role_session, tenant_session
from ebelge.core.errors import InvalidRequest
from ebelge.jobs.invoices import INVOICE_DIFFERS
from tests.reconciliation.conftest import Akin, Books

REFUNDED = "UPDATE payment SET refunded_kurus = %(kurus)s WHERE tenant_id = %(akin)s"
KIND = "refunded_sum_differs"


def _spoil(books: Books, akin: Akin, kurus: int) -> None:
    assert books.spoil(REFUNDED, akin=akin.tenant_id, kurus=kurus) == 1


def _queue(tenant_id: UUID) -> list[Any]:
    """All breaks of a tenant, ended ones too, oldest first."""
    with role_session("finance") as session:
        found = session.query(Break).where(Break.tenant_id == tenant_id).order_by(Break.break_id).all()
        session.expunge_all()
    return found


@pytest.fixture
def akin(books: Books) -> Akin:
    """Akın, whose payment says 7 kuruş were refunded that nobody refunded; a run has seen it."""
    akin = books.akin()
    akin.bought()
    _spoil(books, akin, 7)
    books.run()
    assert books.open(akin.tenant_id) and {kind for kind, _ in books.open(akin.tenant_id)} == {KIND}
    return akin


def test_two_runs_are_one_run(books: Books, akin: Akin) -> None:
    (first,) = _queue(akin.tenant_id)
    second_run = books.run()
    (again,) = _queue(akin.tenant_id)
    assert (second_run.opened, second_run.ended) == (0, 0)
    assert (again.break_id, again.found_at, again.amount_kurus) == (first.break_id, first.found_at, 7)
    assert again.seen_at > first.seen_at


def test_what_is_set_right_ends_by_itself_and_may_come_again(books: Books, akin: Akin) -> None:
    _spoil(books, akin, 0)
    outcome = books.run()
    (ended,) = _queue(akin.tenant_id)
    assert (ended.state, ended.resolved_by) == ("resolved", f"reconciliation {outcome.run_id}")
    assert outcome.ended == 1

    _spoil(books, akin, 7)
    assert books.run().opened == 1
    assert [one.state for one in _queue(akin.tenant_id)] == ["resolved", "open"]


@pytest.mark.parametrize("state", ["explained", "resolved"])
def test_a_persons_word_stays_while_the_difference_is_of_the_same_size(state: Any, books: Books, akin: Akin) -> None:
    (found,) = _queue(akin.tenant_id)
    with role_session("finance") as session:
        breaks.end_break(
            session, tenant_id=akin.tenant_id, break_id=found.break_id, state=state, note="bank charge, agreed",
            resolved_by="D-1" if state == "resolved" else "", by="ayse", at=utc_now(),
        )  # fmt: skip
    assert books.run().opened == 0
    assert [one.state for one in _queue(akin.tenant_id)] == [state]

    _spoil(books, akin, 8)
    assert books.run().opened == 1
    assert [(one.state, one.amount_kurus) for one in _queue(akin.tenant_id)] == [(state, 7), ("open", 8)]


def test_a_person_cannot_sign_as_a_run(books: Books, akin: Akin) -> None:
    (found,) = _queue(akin.tenant_id)
    with role_session("finance") as session, pytest.raises(InvalidRequest):
        breaks.end_break(
            session, tenant_id=akin.tenant_id, break_id=found.break_id, state="resolved", note="x",
            resolved_by="reconciliation 1", by="ayse", at=utc_now(),
        )  # fmt: skip
    assert [one.state for one in _queue(akin.tenant_id)] == ["open"]


def test_an_invoice_that_was_not_issued_because_it_differs_stays_open_until_it_is(books: Books) -> None:
    akin = books.akin()
    order = akin.bought()
    with tenant_session(akin.tenant_id) as session:
        breaks.open_break(
            session, tenant_id=akin.tenant_id, kind=INVOICE_DIFFERS, subject=order.reference, at=utc_now(),
            amount_kurus=1, data={"order_id": str(order.order_id)},
        )  # fmt: skip
    books.run()
    assert books.open(akin.tenant_id) == {(INVOICE_DIFFERS, order.reference)}
    assert books.spoil("UPDATE kontor_order SET invoice_state = 'none' WHERE order_id = %(id)s", id=order.order_id) == 1
    books.run()
    assert books.open(akin.tenant_id) == set()
