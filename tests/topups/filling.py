"""A customer whose wallet is kept filled: a saved card, a plan, and a gateway whose answers the test gives."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import text

from billing.ledger import lots
from billing.models.upkeep import TopupPlan, TopupRun
from billing.orders import attempts, cards, queries
from billing.payments.gateway import SavedCard
from billing.topups import plans, runs
from billing.topups.plans import Terms
from ebelge.core.clock import utc_now
from ebelge.core.db import tenant_session
from ebelge.core.ids import new_id
from ebelge.jobs import upkeep
from ebelge.jobs.intents import vault
from tests.orders import shop

GROSS = 12_000


@dataclass
class Filling:
    """Akın, its card and its plan. A package is 100 kontör for 120 TL with KDV."""

    tenant_id: UUID
    package: str
    card_id: UUID

    @classmethod
    def of_akin(cls, *, gateway: str = "stripe", **terms: Any) -> Filling:
        akin = shop.customer()
        with tenant_session(akin) as session:
            card_id = cards.save(
                session, tenant_id=akin, gateway=gateway, card=SavedCard("cus_1", f"pm_{uuid4().hex}", "visa", "4242"),
                vault=vault(), at=utc_now(),
            )  # fmt: skip
        made = cls(akin, shop.on_sale(kontor=100, bonus=0, net_kurus=10_000), card_id)
        made.plan(**terms)
        return made

    def plan(self, *, at: datetime | None = None, **changes: Any) -> TopupPlan:
        terms: dict[str, Any] = {
            "package_code": self.package, "threshold_kontor": 50, "monthly_cap_kurus": 10 * GROSS,
            "card_id": self.card_id,
        }  # fmt: skip
        with tenant_session(self.tenant_id) as session:
            return plans.keep(
                session, tenant_id=self.tenant_id, terms=Terms(**(terms | changes)), by="Ayşe", at=at or utc_now()
            )

    def now(self) -> TopupPlan:
        with tenant_session(self.tenant_id) as session:
            plan = plans.of(session, tenant_id=self.tenant_id)
            assert plan is not None
            return plan

    def start(self, at: datetime | None = None) -> Any:
        with tenant_session(self.tenant_id) as session:
            return runs.start(session, tenant_id=self.tenant_id, at=at or utc_now())

    def runs(self) -> list[TopupRun]:
        with tenant_session(self.tenant_id) as session:
            return runs.newest(session, tenant_id=self.tenant_id, limit=1000)

    def under_way(self) -> TopupRun | None:
        with tenant_session(self.tenant_id) as session:
            return runs.under_way(session, tenant_id=self.tenant_id)

    def pays(self, order_id: UUID) -> None:
        """The gateway has taken the money of a run's order; it is settled."""
        with tenant_session(self.tenant_id) as session:
            order = queries.get(session, tenant_id=self.tenant_id, order_id=order_id)
            (attempt,) = queries.attempts(session, tenant_id=self.tenant_id, order_id=order_id)
        proof = shop.evidence(order, attempt.attempt_id, gateway=attempt.gateway)
        assert shop.settled(order, proof, attempt.attempt_id).outcome == "credited"

    def declines(self, order_id: UUID, code: str = "card_declined") -> None:
        """The bank said no."""
        with tenant_session(self.tenant_id) as session:
            (attempt,) = queries.attempts(session, tenant_id=self.tenant_id, order_id=order_id)
            attempts.ended(
                session, tenant_id=self.tenant_id, attempt_id=attempt.attempt_id, state="failed", code=code,
                text_tr="Banka kabul etmedi", text_en="The bank said no", at=utc_now(),
            )  # fmt: skip

    def end(self, order_id: UUID) -> None:
        upkeep.end_topup(self.tenant_id, order_id)

    def run_once(self, code: str = "") -> Any:
        """One run from its start to its end; `code`: the bank says no with it."""
        started = self.start()
        assert isinstance(started, runs.Started), started
        if code:
            self.declines(started.order_id, code)
        else:
            self.pays(started.order_id)
        self.end(started.order_id)
        return started

    def spend(self) -> None:
        """Everything in the wallet is gone."""
        for row in shop.rows(self.tenant_id, "SELECT lot_id FROM lot WHERE tenant_id = :tenant_id AND open"):
            with tenant_session(self.tenant_id) as session:
                lots.freeze(session, tenant_id=self.tenant_id, lot_id=row.lot_id, reason="spent", at=utc_now())
                lots.void(session, tenant_id=self.tenant_id, lot_id=row.lot_id, reason="spent", at=utc_now())

    def gift(self, kontor: int, *, days: int = 100) -> UUID:
        lot_id = new_id()
        with tenant_session(self.tenant_id) as session:
            at = utc_now()
            lots.grant(
                session, tenant_id=self.tenant_id, source="goodwill", source_id=new_id(), kontor=kontor,
                net_price_kurus=0, expires_at=at + timedelta(days=days), at=at, lot_id=lot_id,
            )  # fmt: skip
        return lot_id

    def dispute(self, at: datetime | None = None) -> None:
        """A payment of Akın's is disputed at its bank."""
        shop.rows(
            self.tenant_id,
            "INSERT INTO dispute (tenant_id, dispute_id, gateway, gateway_dispute_id, payment_id, order_id, "
            "amount_kurus, fee_kurus, gateway_state, step, step_at, withdrawn, reason, opened_at) VALUES (:tenant_id, "
            ":id, 'stripe', :ref, :id, :id, 100, 0, 'needs_response', 'freeze', :at, false, '', :at) RETURNING 1",
            id=new_id(), ref=uuid4().hex, at=at or utc_now(),
        )  # fmt: skip

    def letters(self) -> list[str]:
        rows = shop.rows(self.tenant_id, "SELECT kind FROM letter WHERE tenant_id = :tenant_id ORDER BY letter_id")
        return [row.kind for row in rows]

    def charges_waiting(self) -> int:
        return int(
            shop.rows(self.tenant_id, "SELECT count(*) FROM outbox_message WHERE topic = 'payment.charge'")[0][0]
        )

    def pass_time(self, passed: timedelta) -> None:
        with tenant_session(self.tenant_id) as session:
            session.execute(text("UPDATE topup_plan SET next_try_at = next_try_at - :passed"), {"passed": passed})
