"""Evidence repeated and reordered at random: the end is the same, and the books are whole."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from billing.ledger.verify import verify_tenant
from billing.models.orders import KontorOrder
from billing.payments.gateway import PaymentEvidence, PaymentState
from ebelge.core.db import engine
from tests.orders import shop

pytestmark = pytest.mark.usefixtures("settings")
SAID = ("good", "again", "other", "wrong", "failed", "gave_up", "in_review", "pending", "unknown")
_codes: list[str] = []


@dataclass
class Sale:
    """An order that somebody is paying, and everything a gateway may say of it."""

    placed: KontorOrder
    attempt_id: UUID

    @classmethod
    def begin(cls) -> Sale:
        if not _codes:
            _codes.append(shop.on_sale())
        placed = shop.order(shop.customer(), _codes[0])
        return cls(placed, shop.attempt(placed))

    def evidence(self, word: str) -> tuple[PaymentEvidence, UUID | None]:
        own = shop.evidence(self.placed, self.attempt_id, payment_id=f"p1-{self.attempt_id.hex}")
        nothing = replace(own, payment_id="", checkout_open=True)
        return {
            "good": (own, self.attempt_id),
            "again": (own, None),  # the same payment, found in the gateway's list
            "other": (replace(own, payment_id=f"p2-{self.attempt_id.hex}", attempt_ref=""), None),
            "wrong": (replace(own, amount_kurus=1), self.attempt_id),
            "failed": (replace(nothing, state=PaymentState.FAILED, code="10051"), self.attempt_id),
            "gave_up": (
                replace(nothing, state=PaymentState.FAILED, code="10051", checkout_open=False),
                self.attempt_id,
            ),
            "in_review": (replace(nothing, state=PaymentState.IN_REVIEW), self.attempt_id),
            "pending": (replace(nothing, state=PaymentState.PENDING), self.attempt_id),
            "unknown": (replace(nothing, state=PaymentState.UNKNOWN), self.attempt_id),
        }[word]

    def say(self, words: Sequence[str]) -> list[str]:
        outcomes = []
        for word in words:
            proof, attempt_id = self.evidence(word)
            outcomes.append(shop.settled(self.placed, proof, attempt_id).outcome)
        return outcomes

    def end(self) -> tuple[object, ...]:
        """What everybody can see, without ids and instants."""
        akin = self.placed.tenant_id
        now, tried = shop.fresh(self.placed), shop.fresh_attempt(self.placed, self.attempt_id)
        lots = shop.rows(akin, "SELECT source, granted, net_price_kurus FROM lot ORDER BY source")
        messages = shop.rows(akin, "SELECT topic FROM outbox_message ORDER BY topic")
        return (
            now.state, tried.state, shop.available(akin), [tuple(lot) for lot in lots],
            [row.topic for row in messages], [kind for kind, _ in shop.breaks(akin)],
        )  # fmt: skip


def verified(tenant_id: UUID) -> bool:
    with engine("reader").execution_options(isolation_level="REPEATABLE READ").connect() as connection:
        return list(verify_tenant(connection, tenant_id)) == []


@settings(max_examples=60, deadline=None)
@given(words=st.lists(st.sampled_from(SAID), min_size=1, max_size=9))
def test_credited_once_if_and_only_if_a_payment_agrees(words: list[str]) -> None:
    sale = Sale.begin()
    outcomes = sale.say(words)
    agreed = {"p1" if word != "other" else "p2" for word in words if word in ("good", "again", "other")}
    assert outcomes.count("credited") == bool(agreed)
    assert shop.available(sale.placed.tenant_id) == (1_050 if agreed else 0)
    kinds = [kind for kind, _ in shop.breaks(sale.placed.tenant_id)]
    assert kinds.count("second_payment") == max(0, len(agreed) - 1)
    assert kinds.count("payment_disagrees") == ("wrong" in words)
    assert verified(sale.placed.tenant_id)


@settings(max_examples=30, deadline=None)
@given(words=st.lists(st.sampled_from(SAID), min_size=1, max_size=7), data=st.data())
def test_the_order_of_evidence_and_its_repetition_do_not_matter(words: list[str], data: st.DataObject) -> None:
    """Whoever reads last reads the truth: at the end the gateway is read once more, as the sweeper does."""
    words = [word for word in words if word != "other"]  # which of two payments is the first is a matter of order
    truth = "good" if {"good", "again"} & set(words) else "gave_up"
    mixed = data.draw(st.permutations(words + words[: len(words) // 2]))
    one, two = Sale.begin(), Sale.begin()
    one.say([*words, truth])
    two.say([*mixed, truth, truth])
    assert one.end() == two.end()
