"""`ebelge dispute`: chargebacks. Those at Stripe come by themselves; iyzico's come by e-mail and are entered here."""

from datetime import datetime
from typing import Literal
from uuid import UUID

import click
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from billing.models.orders import KontorOrder, Payment
from billing.models.returns import DisputeRow
from billing.payments.disputes import Dispute, DisputeStep
from billing.settlement import disputes, quote
from ebelge.cli import staff
from ebelge.cli.accounts import refusals_told
from ebelge.cli.refund import order_of
from ebelge.core.clock import ISTANBUL, istanbul_midnight, utc_now
from ebelge.core.db import role_session, tenant_session
from ebelge.core.money import lira_text
from ebelge.jobs import bell, telling

_CASE = click.option("--case", required=True, help="The gateway's number of the dispute.")
_LISTED = text(
    "SELECT d.*, o.reference, t.title FROM dispute d JOIN kontor_order o USING (tenant_id, order_id) "
    "JOIN tenant t USING (tenant_id) WHERE :everything OR d.ended_at IS NULL ORDER BY d.opened_at LIMIT 200"
)


@click.group(help=__doc__)
def command() -> None:
    """The group."""


@command.command("open")
@click.argument("order")
@_CASE
@click.option("--amount", "amount_tl", help="What is disputed, in TL. Default: the whole payment.")
@click.option("--fee", "fee_tl", default="0", show_default=True, help="What the gateway takes for it, in TL.")
@click.option("--answer-by", type=click.DateTime(["%Y-%m-%d"]), help="Last day for our answer (Istanbul).")
@click.option("--reason", default="", help="In the gateway's words.")
@staff.by
@refusals_told
def _open(
    order: str, case: str, amount_tl: str | None, fee_tl: str, answer_by: datetime | None, reason: str, by: str
) -> None:
    """A dispute was opened about the payment of an ORDER: what is left of it is frozen, wherever it went."""
    found = order_of(order)
    with tenant_session(found.tenant_id) as session:
        row = session.get_one(KontorOrder, (found.tenant_id, found.object_id))
        payment = quote.payment_of(session, order=row)
        if payment is None:
            raise click.ClickException("The order has no payment.")
        due = None if answer_by is None else int(istanbul_midnight(answer_by.date()).timestamp()) + 24 * 3600 - 1
        said = Dispute(
            gateway=payment.gateway, dispute_id=case, payment_id=payment.gateway_payment_id,
            amount_kurus=staff.kurus(amount_tl) if amount_tl else payment.amount_kurus, currency=payment.currency,
            state="opened", step=DisputeStep.FREEZE, reason=reason, answer_due_s=due, fee_kurus=staff.kurus(fee_tl),
            withdrawn=True, raw={},
        )  # fmt: skip
        at = utc_now()
        disputes.take(session, tenant_id=found.tenant_id, dispute=said, by=by, at=at)
        telling.disputed(session, found.tenant_id, at)
    bell.ring()
    _show(found.tenant_id, case)


@command.command("win")
@click.argument("order")
@_CASE
@staff.by
@refusals_told
def _win(order: str, case: str, by: str) -> None:
    """The dispute about an ORDER is won: its kontör thaw, with the frozen time added."""
    _end(order, case, DisputeStep.THAW, "won", by, None)


@command.command("lose")
@click.argument("order")
@_CASE
@click.option(
    "--rest", type=click.Choice(["void", "keep"]),
    help="If only a part is charged back: void all that is left, or leave it and let all of the part be owed.",
)  # fmt: skip
@staff.by
@refusals_told
def _lose(order: str, case: str, rest: Literal["void", "keep"] | None, by: str) -> None:
    """The dispute about an ORDER is lost: what is left is void, what was used is owed."""
    _end(order, case, DisputeStep.VOID, "lost", by, rest)


@command.command("list")
@click.option("--all", "everything", is_flag=True, help="Also those that have ended.")
def _list(everything: bool) -> None:
    """Show disputes, the oldest first."""
    with role_session("reader") as session:
        rows = session.execute(_LISTED, {"everything": everything}).all()
    for row in rows:
        due = "" if row.answer_due_at is None else f", answer by {row.answer_due_at.astimezone(ISTANBUL):%d.%m.%Y}"
        click.echo(f"{row.reference}  {row.gateway} {row.gateway_dispute_id}  {row.step} ({row.gateway_state}){due}")
        click.echo(f"    {row.title}: {lira_text(row.amount_kurus)} TL, fee {lira_text(row.fee_kurus)} {row.reason}")
    if not rows:
        click.echo("No disputes." if everything else "No open disputes.")


def _end(order: str, case: str, step: DisputeStep, state: str, by: str, rest: Literal["void", "keep"] | None) -> None:
    found = order_of(order)
    with tenant_session(found.tenant_id) as session:
        row = _row(session, found.tenant_id, case)
        if row is None or row.order_id != found.object_id:
            raise click.ClickException(f"There is no dispute {case} of this order; open it first.")
        payment = session.get_one(Payment, (found.tenant_id, row.payment_id))
        due = None if row.answer_due_at is None else int(row.answer_due_at.timestamp())
        said = Dispute(
            gateway=row.gateway, dispute_id=case, payment_id=payment.gateway_payment_id,
            amount_kurus=row.amount_kurus, currency=payment.currency, state=state, step=step, reason=row.reason,
            answer_due_s=due, fee_kurus=row.fee_kurus, withdrawn=step is DisputeStep.VOID, raw={},
        )  # fmt: skip
        at = utc_now()
        disputes.take(session, tenant_id=found.tenant_id, dispute=said, by=by, at=at, rest=rest)
        telling.disputed(session, found.tenant_id, at)
    bell.ring()
    _show(found.tenant_id, case)


def _row(session: Session, tenant_id: UUID, case: str) -> DisputeRow | None:
    return session.scalars(
        select(DisputeRow).where(DisputeRow.tenant_id == tenant_id, DisputeRow.gateway_dispute_id == case)
    ).first()


def _show(tenant_id: UUID, case: str) -> None:
    with tenant_session(tenant_id) as session:
        row = _row(session, tenant_id, case)
        assert row is not None
        order = session.get_one(KontorOrder, (tenant_id, row.order_id))
        click.echo(f"{order.reference} is {order.state}; dispute {case}: {row.step}.")
        if row.step == "ask":
            click.echo("Only a part was charged back, or nobody knows this state: decide with `ebelge dispute lose`")
            click.echo("--rest void (all that is left is void) or --rest keep (all of the part is owed).")
        elif row.step == "void" and row.ended_at is None:
            click.echo("Kontör that were passed on are being voided; what is owed is booked when the last of them is.")
