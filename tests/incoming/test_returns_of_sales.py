"""A buyer of kontör wants his money back: his iade faturası comes to our inbox and is proposed to finance by itself."""

from __future__ import annotations

from datetime import UTC, datetime
from datetime import time as clock
from decimal import Decimal
from itertools import count
from typing import Any
from uuid import UUID, uuid4

import pytest
from click.testing import CliRunner

from billing.models.orders import KontorOrder
from billing.models.returns import Refund
from billing.settlement import refunds
from billing.settlement.refunds import BuyerFacts, ReturnDocumentUsed
from ebelge.cli.main import cli
from ebelge.core.clock import istanbul_date, utc_now
from ebelge.core.db import role_session, tenant_session
from ebelge.devstack.companies import OPERATOR
from ebelge.documents import queries
from ebelge.gib.zarf import Mailbox
from ebelge.jobs import return_invoices, returns, sales, upkeep
from ebelge.outbox import relay
from ebelge.signing.signer import sign
from ebelge.ubl.build import build
from ebelge.ubl.draft import read_draft
from ebelge.ubl.examples import AKIN, signatory
from ebelge.ubl.parse import parse
from ebelge.ubl.return_draft import return_draft
from ebelge.ubl.types import DocumentKind
from tests.incoming.conftest import Gib
from tests.orders import shop

BY = ("--by", "ayla@ebelge.example")
_numbers = count(900)


class Desk:
    """Akın buys kontör, sends return invoices, and asks for refunds; finance sits at the command line."""

    def __init__(self, gib: Gib) -> None:
        self.gib, self.akin = gib, gib.akin
        self.operator = UUID(gib.planted.accounts[OPERATOR.name].tenant_id)

    def bought(self) -> KontorOrder:
        """A paid order whose invoice is issued."""
        placed = shop.order(self.akin, shop.on_sale(bonus=0))
        assert shop.settled(placed, shop.evidence(placed)).outcome == "credited"
        with role_session("relay") as session:
            relay.promote(session, at=utc_now())
            claims = relay.claim(session, queue="invoices", limit=100, turns=relay.Turns(), at=utc_now())
        sales.work(claims)
        now = shop.fresh(placed)
        assert now.invoice_state == "issued"
        return now

    def asked(self, order: KontorOrder, **terms: Any) -> UUID:
        with tenant_session(self.akin) as session:
            return refunds.request(
                session, tenant_id=self.akin, order_id=order.order_id, buyer=BuyerFacts(efatura_user=True),
                reason="Fazla", by="akin", at=utc_now(), **terms,
            )  # fmt: skip

    def returns(self, order: KontorOrder, *, part: Decimal | None = None) -> str:
        """Akın's return invoice about the order's invoice arrives; returns its number."""
        assert order.invoice_document_id is not None
        with tenant_session(self.operator) as session:
            source = queries.source_xml(session, tenant_id=self.operator, document_id=order.invoice_document_id)
        draft, _ = return_draft(parse(source), {} if part is None else {"1": part})
        at, number = datetime.now(UTC), f"IAD{datetime.now(UTC).year}{next(_numbers):09d}"
        xml = build(
            read_draft(draft), supplier=AKIN, kind=DocumentKind.EFATURA, ettn=uuid4(), number=number,
            issue_date=istanbul_date(at), issue_time=clock(0, 1), signatory=signatory(AKIN),
        )  # fmt: skip
        box = Mailbox(OPERATOR.receiver_alias, OPERATOR.party.vkn_tckn, OPERATOR.party.name)
        assert self.gib.receive(self.gib.zarf(sign(xml, self.gib.seal, at=at), receiver=box)).code == 1200
        return number

    def run(self, *command: str, fails: bool = False) -> str:
        answer = CliRunner().invoke(cli, ["refund", *command])
        assert (answer.exit_code != 0) == fails, answer.output
        return answer.output

    def refund(self, refund_id: UUID) -> Refund:
        with tenant_session(self.akin) as session:
            return session.get_one(Refund, (self.akin, refund_id))

    def invoices(self) -> dict[str, str]:
        return dict(self.gib.rows("SELECT number, state FROM return_invoice WHERE tenant_id = :id", id=self.akin))

    def letters(self, kind: str) -> list[dict[str, Any]]:
        return [row[0] for row in self.gib.rows("SELECT facts FROM letter WHERE kind = :k ORDER BY letter_id", k=kind)]

    def queue(self) -> list[str]:
        sql = "SELECT data->>'number' FROM finance_break WHERE kind = 'return_invoice_came' AND state = 'open'"
        return [row[0] for row in self.gib.rows(sql)]


@pytest.fixture
def desk(gib: Gib) -> Desk:
    return Desk(gib)


def test_a_return_invoice_is_proposed_and_confirms_one_refund(desk: Desk) -> None:
    order, other = desk.bought(), desk.bought()
    refund, second = desk.asked(order), desk.asked(other)
    number = desk.returns(order)
    assert (return_invoices.look(utc_now()), return_invoices.look(utc_now())) == (1, 0)
    assert (desk.invoices()[number], desk.queue()) == ("proposed", [number])
    assert desk.refund(refund).state == "awaiting_return_invoice"  # nothing pays by itself
    assert [one["number"] for one in desk.letters("return_invoice_came")][-1:] == [number]
    assert f"Came: {number}" in desk.run("list")
    assert "Name the document" in desk.run("confirm", str(second), *BY, fails=True)
    desk.run("confirm", str(refund), *BY)
    confirmed = desk.refund(refund)
    assert (confirmed.state, confirmed.tax_document) == ("ready", number)
    assert (desk.invoices()[number], desk.queue()) == ("taken", [])
    # the number has done its work, in whatever letters
    with pytest.raises(ReturnDocumentUsed), tenant_session(desk.akin) as session:
        refunds.confirm_tax_document(
            session, tenant_id=desk.akin, refund_id=second, document=number.lower(), on=istanbul_date(utc_now()),
            by="ayla", at=utc_now(),
        )  # fmt: skip
    assert desk.refund(second).state == "awaiting_return_invoice"


def test_one_that_came_first_waits_for_its_refund_and_another_sum_needs_a_person(desk: Desk) -> None:
    order = desk.bought()
    number = desk.returns(order, part=Decimal("0.5"))
    return_invoices.look(utc_now())
    assert desk.invoices()[number] == "waiting"
    refund = desk.asked(order)
    assert return_invoices.look(utc_now()) == 1
    assert desk.invoices()[number] == "proposed"
    assert number in desk.run("confirm", str(refund), *BY, fails=True)
    desk.run("cancel", str(refund), *BY)
    return_invoices.look(utc_now())
    assert (desk.invoices()[number], number in desk.queue()) == ("waiting", True)
    (document_id,) = desk.gib.rows("SELECT document_id FROM return_invoice WHERE number = :n", n=number)[0]
    desk.run("not-a-return", str(document_id), "--why", "Başka bir hizmet", *BY)
    assert (desk.invoices()[number], number in desk.queue()) == ("dismissed", False)
    assert return_invoices.look(utc_now()) == 0


def test_who_is_waited_for_is_reminded_every_week(desk: Desk) -> None:
    order = desk.bought()
    refund = desk.asked(order)
    upkeep.remind(utc_now())
    before = len(desk.letters("refund_waits"))

    def a_week_later() -> None:
        with tenant_session(desk.akin) as session:
            session.get_one(Refund, (desk.akin, refund)).check_at = utc_now()
        returns.look_after_refunds(utc_now())
        returns.look_after_refunds(utc_now())

    a_week_later()
    told = desk.letters("refund_waits")
    assert (len(told), told[-1]["reference"]) == (before + 1, order.reference)
    desk.returns(order)
    return_invoices.look(utc_now())
    ours = len(desk.letters("refund_waits_for_us"))
    a_week_later()
    assert len(desk.letters("refund_waits")) == before + 1
    assert [one["waits_for"] for one in desk.letters("refund_waits_for_us")][ours:] == ["came"]
