"""What a reseller and its customer do at the counter: pass kontör on, ask for them back, answer."""

from datetime import timedelta

from billing.ledger import transfers
from billing.resellers import contracts, passing, taking_back
from ebelge.core.clock import utc_now
from ebelge.core.ids import new_id

# Yet to come, since what ended before the present cannot be credited, and soon, since the kontör of now end, too.
NOON = (utc_now() + timedelta(days=30)).replace(hour=9, minute=0, second=0, microsecond=0)


def conclude(trade, reseller, **terms) -> None:
    given = {"model": "resale", "valid_from": trade.at(), "created_by": "test"} | terms
    trade.do(contracts.conclude, reseller, **given)


def move_on(trade, **time: float) -> None:
    """Time passes; sessions of the jobs keep the real clock, so halves are run by hand."""
    trade.now = trade.at() + timedelta(**time)


def deliver(trade, giver, draw_id) -> None:
    with trade.session(giver) as session:
        passage = transfers.passage(session, tenant_id=giver, draw_id=draw_id)
    trade.do(transfers.receive, passage.to_tenant_id, passage=passage)


def pass_on(trade, reseller, customer, kontor, **more):
    draw_id = new_id()
    trade.do(passing.pass_on, reseller, customer_id=customer, kontor=kontor, draw_id=draw_id, **more)
    deliver(trade, reseller, draw_id)
    return draw_id


def ask(trade, reseller, customer, draw_id, kontor, take_back_id=None):
    with trade.session(reseller) as session:
        old = taking_back.old_expiry(session, tenant_id=reseller, draw_id=draw_id)
    returned = trade.do(
        taking_back.ask, customer, take_back_id=take_back_id or new_id(), reseller_id=reseller, reseller_title="Ceren",
        draw_id=draw_id, kontor=kontor, old=old, asked_by="test",
    )  # fmt: skip
    for draw in returned.draws:
        deliver(trade, customer, draw)
    return returned.request


def accept(trade, reseller, customer, request):
    with trade.session(reseller) as session:
        old = taking_back.old_expiry(session, tenant_id=reseller, draw_id=request.draw_id)
    returned = trade.do(
        taking_back.accept, customer, take_back_id=request.take_back_id, old=old, answered_by="customer"
    )
    for draw in returned.draws:
        deliver(trade, customer, draw)
    return returned.request
