"""Notices about money that goes back find their place, and one that cannot be placed holds up no other."""

from __future__ import annotations

from typing import Any

from sqlalchemy import text

from billing.payments import inbox
from billing.payments.gateway import Notice
from ebelge.core.clock import utc_now
from ebelge.core.db import role_session
from ebelge.jobs import notices
from tests.returns.desk import Desk


def told(number: str, payment_id: str, raw: dict[str, Any]) -> None:
    notice = Notice(
        gateway="stripe", notice_id=number, kind="refund.updated", about="refund", gateway_ref=f"re_{number}",
        payment_id=payment_id, attempt_ref="", claimed="succeeded", raw=raw,
    )  # fmt: skip
    with role_session("finance") as session:
        assert inbox.keep(session, notice=notice, at=utc_now())


def test_a_notice_that_cannot_be_read_holds_up_no_other(desk: Desk):
    akin = desk.customer()
    order = desk.bought(akin, via="stripe")
    (payment,) = desk.rows(akin, "SELECT * FROM payment WHERE order_id = :id", id=order.order_id)
    paid = payment.gateway_payment_id
    told(f"{paid}-odd", paid, {"data": ["nobody expects this"]})
    told(f"{paid}-bare", paid, {"data": {"object": {"metadata": None}}})  # Stripe says null where there is none
    assert notices.place(utc_now()) == 1
    assert desk.breaks(akin) == ["refund_outside"]
    for _ in range(inbox.TRIES_MAX):
        with role_session("finance") as session:
            session.execute(text("UPDATE payment_notice SET received_at = received_at - interval '1 hour'"))
        notices.place(utc_now())
    with role_session("finance") as session:
        states = session.execute(text("SELECT state FROM payment_notice ORDER BY notice_id DESC")).scalars().all()
    assert list(states) == ["unplaced", "passed_on"]
