"""The refund desk of a small trade: customers buy, use, pass on, ask for their money back, and dispute."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import text

from billing.ledger import transfers
from billing.models.orders import KontorOrder
from billing.payments.disputes import Dispute, DisputeStep
from billing.payments.gateway import Buyer, PaymentRequest, RefundResult, RefundState
from billing.settlement import disputes, quote, refund_sending, refunds
from billing.settlement.refund_sending import Call
from billing.settlement.refunds import BuyerFacts
from ebelge.core.clock import istanbul_date, utc_now
from ebelge.core.db import role_session
from ebelge.core.ids import new_id
from ebelge.jobs import cashier, returns
from ebelge.jobs.gateways import gateway
from ebelge.outbox import relay
from tests.orders import shop
from tests.pools.trade import Trade

COMPANY = BuyerFacts(efatura_user=False)
STEPS = {
    "needs_response": DisputeStep.FREEZE, "won": DisputeStep.THAW, "lost": DisputeStep.VOID, "novel": DisputeStep.ASK,
    "warning_needs_response": DisputeStep.WATCH, "appeal_under_review": DisputeStep.APPEAL,
}  # fmt: skip
IBAN = "TR330006100519786457841326"
AYSE = Buyer(
    buyer_id="akin", name="Ayşe", surname="Akın", email="muhasebe@akin.example", identity_number="11111111110",
    phone="+905320000000", address="Gül Sokak 1", city="İstanbul", contact_name="Akın Ltd. Şti.",
)  # fmt: skip


class Desk(Trade):
    """A trade with a refund desk. Times are the real ones unless `now` is set."""

    def customer(self, title: str = "Akın Ltd. Şti.", **terms: Any) -> UUID:
        return shop.customer(title, **terms)

    def bought(
        self, tenant_id: UUID, kontor: int = 1_000, *, bonus: int = 0, net_kurus: int = 100_000, via: str = "iyzico",
        over_kurus: int = 0,
    ) -> KontorOrder:  # fmt: skip
        """An order, paid and credited; `over_kurus` is an instalment surcharge."""
        method = "bank" if via == "bank" else via
        placed = shop.order(tenant_id, shop.on_sale(kontor=kontor, bonus=bonus, net_kurus=net_kurus), method=method)
        proof = shop.evidence(placed, gateway=via, paid_kurus=placed.gross_kurus + over_kurus)
        assert shop.settled(placed, proof).outcome == "credited"
        return shop.fresh(placed)

    def paid_at(self, tenant_id: UUID, name: str, pay: Any, *, net_kurus: int = 100_000, **how: Any) -> KontorOrder:
        """The same, paid by a person at the page of a real (fake) gateway; `pay(url)` is that person."""
        placed = shop.order(tenant_id, shop.on_sale(net_kurus=net_kurus, bonus=0), method=name)
        attempt_id = shop.attempt(placed, gateway=name, opened=False)
        request = PaymentRequest(
            attempt_ref=attempt_id.hex, order_ref=placed.reference, amount_kurus=placed.gross_kurus, currency="TRY",
            description="1.000 kontör", buyer=AYSE, return_url="https://ebelge.example/odeme/donus",
            installments=(1, 3),
        )  # fmt: skip
        started = gateway(name).start(request)
        assert pay(started.redirect_url, **how).status_code in (200, 302, 303)
        proof = gateway(name).read(started.gateway_ref, attempt_ref=attempt_id.hex)
        assert shop.settled(placed, proof, attempt_id).outcome == "credited"
        return shop.fresh(placed)

    def quote(self, order: KontorOrder, **terms: Any) -> quote.Quote:
        worth: quote.Quote = self.do(quote.quote, order.tenant_id, order_id=order.order_id, **terms)
        return worth

    def request(self, order: KontorOrder, *, buyer: BuyerFacts = COMPANY, **terms: Any) -> UUID:
        refund_id: UUID = self.do(
            refunds.request, order.tenant_id, order_id=order.order_id, buyer=buyer, reason="Kullanmayacağız.",
            by="ayse@akin.example", **terms,
        )  # fmt: skip
        return refund_id

    def confirm(self, tenant_id: UUID, refund_id: UUID, *, on: date | None = None, **terms: Any) -> None:
        known = {
            "document": f"IAD2026{refund_id.int % 10**9:09d}",
            "on": on or istanbul_date(self.at()),
            "by": "finance",
        }
        self.do(refunds.confirm_tax_document, tenant_id, refund_id=refund_id, **known | terms)

    def ready(self, order: KontorOrder, **terms: Any) -> UUID:
        """A refund whose tax side is in order."""
        refund_id = self.request(order, **terms)
        self.confirm(order.tenant_id, refund_id)
        return refund_id

    def begin(self, tenant_id: UUID, refund_id: UUID, **terms: Any) -> Any:
        return self.do(refund_sending.begin, tenant_id, refund_id=refund_id, **terms)

    def answer(self, call: Call, state: RefundState = RefundState.DONE, **changes: Any) -> str:
        """The gateway's answer to a call, entered."""
        said: dict[str, Any] = {
            "gateway": call.gateway, "refund_ref": call.request.refund_ref, "payment_id": call.request.payment_id,
            "amount_kurus": call.request.amount_kurus, "currency": "TRY", "state": state, "raw": {},
            "refund_id": "re_1",
        }  # fmt: skip
        with self.session(call.tenant_id) as session:
            return refund_sending.entered(session, call=call, result=RefundResult(**said | changes), at=self.at())

    def refunded(self, order: KontorOrder) -> UUID:
        """A refund that went through, without a gateway to be asked."""
        refund_id = self.ready(order)
        assert self.answer(self.begin(order.tenant_id, refund_id)) == "done"
        return refund_id

    def refund(self, tenant_id: UUID, refund_id: UUID) -> Any:
        return self.rows(tenant_id, "SELECT * FROM refund WHERE refund_id = :refund_id", refund_id=refund_id)[0]

    def due(self, tenant_id: UUID, refund_id: UUID) -> None:
        """Let the time come at which the refund is looked at again."""
        self.rows(
            tenant_id, "UPDATE refund SET check_at = now() - interval '1 second' WHERE refund_id = :refund_id "
            "RETURNING 1", refund_id=refund_id,
        )  # fmt: skip

    def cashier(self) -> int:
        """Work through the payments queue as its worker does; returns how many messages there were."""
        with role_session("relay") as session:
            relay.promote(session, at=utc_now() + timedelta(hours=1))
            claims = relay.claim(session, queue="payments", limit=100, turns=relay.Turns(), at=utc_now())
        cashier.work(claims, claimed_at=utc_now())
        return len(claims)

    def waiting(self) -> list[tuple[str, str]]:
        """Messages about money that are not done, and why."""
        sql = "SELECT topic, last_error FROM outbox_message WHERE state <> 'done' AND queue IN ('payments', 'ledger')"
        with role_session("reader") as session:
            return [tuple(row) for row in session.execute(text(sql))]

    def look(self, tenant_id: UUID, refund_id: UUID) -> str:
        """The time has come: the clock's duty puts the question, the worker asks it. Returns the state."""
        self.due(tenant_id, refund_id)
        returns.look_after_refunds(utc_now())
        self.cashier()
        return str(self.refund(tenant_id, refund_id).state)

    def dispute(
        self, order: KontorOrder, state: str = "needs_response", *, number: str = "", amount_kurus: int = 0,
        fee_kurus: int = 15_00, withdrawn: bool = True, **terms: Any,
    ) -> UUID:  # fmt: skip
        """How a dispute of the order's payment stands now."""
        (payment,) = self.rows(
            order.tenant_id, "SELECT * FROM payment WHERE order_id = :order_id", order_id=order.order_id
        )
        said = Dispute(
            gateway=payment.gateway, dispute_id=number or f"dp_{payment.gateway_payment_id}",
            payment_id=payment.gateway_payment_id, amount_kurus=amount_kurus or order.gross_kurus, currency="TRY",
            state=state, step=STEPS[state], reason="fraudulent", answer_due_s=None, fee_kurus=fee_kurus,
            withdrawn=withdrawn, raw={},
        )  # fmt: skip
        dispute_id: UUID = self.do(disputes.take, order.tenant_id, dispute=said, by="stripe", **terms)
        return dispute_id

    def pass_on(self, giver: UUID, to: UUID, kontor: int, *, arrive: bool = True) -> UUID:
        """Kontör go from one account to another, in two halves."""
        draw_id = new_id()
        self.do(transfers.pass_on, giver, draw_id=draw_id, to_tenant_id=to, kontor=kontor)
        if arrive:
            self.relay()
        return draw_id

    def follow(self) -> None:
        """Everything that follows is done, and the clock's duty has closed what is to be closed."""
        self.relay()
        returns.end_disputes(utc_now())
        self.relay()

    def state(self, order: KontorOrder) -> str:
        return shop.fresh(order).state

    def lots(self, tenant_id: UUID) -> list[Any]:
        return self.rows(tenant_id, "SELECT * FROM lot WHERE tenant_id = :tenant_id ORDER BY source DESC, part, lot_id")

    def owed(self, tenant_id: UUID) -> list[tuple[int, str]]:
        """What the tenant owes because of chargebacks, in kuruş."""
        sql = "SELECT gross_kurus, state FROM receivable WHERE kind = 'chargeback' ORDER BY receivable_id"
        return [tuple(row) for row in self.rows(tenant_id, sql)]

    def breaks(self, tenant_id: UUID) -> list[str]:
        return [kind for kind, _ in shop.breaks(tenant_id)]

    def events(self, order: KontorOrder) -> list[str]:
        sql = "SELECT kind FROM order_event WHERE order_id = :order_id ORDER BY event_id"
        return [row.kind for row in self.rows(order.tenant_id, sql, order_id=order.order_id)]


def unknown_id() -> UUID:
    """An id that nothing has."""
    return uuid4()
