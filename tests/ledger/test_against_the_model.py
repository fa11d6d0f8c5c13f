"""Random histories: the ledger and the pure model go the same way, over months, replays and refusals."""

import os
from datetime import UTC, datetime, timedelta
from types import ModuleType
from typing import Any
from uuid import UUID

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import text

from billing.ledger import balance, charges, lots, transfers
from billing.ledger.journal import EntryFacts
from billing.ledger.rebuild import rebuild
from ebelge.core.errors import DomainError
from ebelge.core.ids import new_id

START = datetime(2027, 8, 31, 9, tzinfo=UTC)
EXAMPLES = int(os.environ.get("EBELGE_LEDGER_EXAMPLES", "40"))
AMOUNT = st.integers(1, 12)
DAYS, PRIORITY = st.integers(1, 200), st.sampled_from([50, 100])
WHO = st.integers(0, 1)
PICK = st.integers(0, 30)
LOT_COLUMNS = "remaining, held, consumed, expired, voided, frozen, passed, net_left_kurus, expires_at"


class Histories(RuleBasedStateMachine):
    """Two wallets that are credited, charged, frozen and pass kontör to each other while the months go by."""

    def __init__(self, world: Any, model: ModuleType) -> None:
        super().__init__()
        self.world, self.model = world, model

    @initialize()
    def open_wallets(self) -> None:
        self.world.now = START
        self.ids = [self.world.wallet(), self.world.wallet()]
        self.wallets = [self.model.ModelWallet() for _ in self.ids]
        self.known_lots: list[tuple[int, Any]] = []
        self.known_charges: list[tuple[int, UUID]] = []
        self.draws: list[tuple[int, UUID]] = []
        self.past: list[tuple[int, datetime, tuple[int, ...]]] = []

    def both(self, who: int, real: Any, told: Any) -> Any:
        """Do the same in ledger and model; both give the same answer or the same refusal, which changes nothing."""
        try:
            expected: Any = told(self.wallets[who])
        except self.model.Refused as refusal:
            expected = refusal.code
        try:
            with self.world.session(self.ids[who]) as session:
                answer: Any = real(session, self.ids[who])
        except DomainError as error:
            answer = error.code
        assert answer == expected
        return answer

    @rule(
        who=WHO, kontor=AMOUNT, net=st.integers(0, 700), days=st.integers(1, 200), priority=st.sampled_from([50, 100])
    )
    def grant(self, who: int, kontor: int, net: int, days: int, priority: int) -> None:
        key, lot_id, until = ("payment", new_id(), 1), new_id(), self.world.now + timedelta(days=days)
        self._grant(who, key, lot_id, kontor, net, priority, until)
        self.known_lots.append((who, key))

    @precondition(lambda self: self.known_lots)
    @rule(pick=PICK, more=st.integers(0, 1))
    def grant_again(self, pick: int, more: int) -> None:
        who, key = self.known_lots[pick % len(self.known_lots)]
        lot = self.wallets[who].lots.get(key)
        if lot is not None and key[0] == "payment":
            self._grant(who, key, new_id(), lot.granted + more, lot.price, lot.priority, lot.expires_at)

    def _grant(self, who: int, key: Any, lot_id: UUID, kontor: int, net: int, priority: int, until: datetime) -> None:
        at = self.world.now
        self.both(
            who,
            lambda s, t: lots.grant(
                s, tenant_id=t, source=key[0], source_id=key[1], kontor=kontor, net_price_kurus=net,
                expires_at=until, priority=priority, at=at, lot_id=lot_id,
            ),
            lambda m: m.grant(key, lot_id, kontor, net, priority, until, at),
        )  # fmt: skip

    @rule(
        who=WHO, amounts=st.lists(AMOUNT, min_size=1, max_size=4), partial=st.booleans(), late_s=st.integers(0, 55),
        twice=st.booleans(),
    )  # fmt: skip
    def reserve(self, who: int, amounts: list[int], partial: bool, late_s: int, twice: bool) -> None:
        wishes = [(new_id(), "efatura.out", kontor, f"REF{kontor}") for kontor in amounts]
        self.known_charges += [(who, wish[0]) for wish in wishes]
        self._reserve(who, wishes + wishes[:1] * twice, partial, self.world.now - timedelta(seconds=late_s))

    @precondition(lambda self: self.known_charges)
    @rule(pick=PICK, more=st.sampled_from([0, 0, 1]), reference=st.sampled_from(["", "", "x"]), new=AMOUNT)
    def reserve_again(self, pick: int, more: int, reference: str, new: int) -> None:
        who, charge_id = self.known_charges[pick % len(self.known_charges)]
        old = self.wallets[who].charges.get(charge_id)
        if old is not None:
            again = (charge_id, old.kind, old.kontor + more, old.reference + reference)
            self._reserve(who, [(new_id(), "earsiv.out", new, ""), again], False, self.world.now)

    def _reserve(self, who: int, wishes: list[tuple[UUID, str, int, str]], partial: bool, at: datetime) -> None:
        def real(session: Any, tenant_id: UUID) -> tuple[int, int]:
            requests = [charges.ChargeRequest(id_, kind, kontor, PRICE_ID, ref) for id_, kind, kontor, ref in wishes]
            done = charges.reserve_many(session, tenant_id=tenant_id, charges=requests, at=at, partial=partial)
            return done.count, done.shortfall_kontor

        self.both(who, real, lambda m: m.reserve(wishes, partial=partial, at=at))

    def _some(self, picks: list[int]) -> tuple[int, list[UUID]]:
        who = self.known_charges[picks[0] % len(self.known_charges)][0]
        mine = [charge_id for owner, charge_id in self.known_charges if owner == who]
        return who, [mine[pick % len(mine)] for pick in picks]

    @precondition(lambda self: self.known_charges)
    @rule(picks=st.lists(PICK, min_size=1, max_size=4))
    def capture(self, picks: list[int]) -> None:
        (who, ids), at = self._some(picks), self.world.now
        self.both(
            who, lambda s, t: charges.capture(s, tenant_id=t, charge_ids=ids, at=at), lambda m: m.capture(ids, at)
        )

    @precondition(lambda self: self.known_charges)
    @rule(picks=st.lists(PICK, min_size=1, max_size=4), restore=st.booleans())
    def give_back(self, picks: list[int], restore: bool) -> None:
        (who, ids), at = self._some(picks), self.world.now
        function, until = charges.restore if restore else charges.release, charges.grace_until(at)
        self.both(
            who,
            lambda s, t: function(s, tenant_id=t, charge_ids=ids, at=at),
            lambda m: m.give_back(ids, restore=restore, grace_until=until, at=at),
        )

    @rule(who=WHO)
    def expire(self, who: int) -> None:
        at = self.world.now
        self.both(
            who,
            lambda s, t: sum(lot.kontor for lot in lots.expire_lots(s, tenant_id=t, at=at)),
            lambda m: m.expire(at),
        )

    @precondition(lambda self: self.known_lots)
    @rule(pick=PICK, what=st.sampled_from(["freeze", "freeze", "thaw", "void"]))
    def freeze_thaw_void(self, pick: int, what: str) -> None:
        who, key = self.known_lots[pick % len(self.known_lots)]
        lot = self.wallets[who].lots.get(key)
        if lot is None:
            return
        at, values = self.world.now, {} if what == "thaw" else {"reason": "dispute"}
        self.both(
            who,
            lambda s, t: getattr(lots, what)(s, tenant_id=t, lot_id=lot.lot_id, at=at, **values),
            lambda m: getattr(m, what)(key, at),
        )

    @rule(who=WHO, kontor=AMOUNT, again=st.integers(0, 3), more=st.integers(0, 1))
    def pass_on(self, who: int, kontor: int, again: int, more: int) -> None:
        draw_id, at = new_id(), self.world.now
        mine = [draw for giver, draw in self.draws if giver == who]
        if again == 0 and mine:
            draw_id, kontor = mine[0], self.wallets[who].transfers[mine[0]].kontor + more
        self.both(
            who,
            lambda s, t: (
                transfers.pass_on(s, tenant_id=t, draw_id=draw_id, to_tenant_id=self.ids[1 - who], kontor=kontor, at=at)
                and None
            ),  # what was written down is compared when it is received
            lambda m: m.pass_on(draw_id, self.ids[1 - who], kontor, at),
        )
        if draw_id in self.wallets[who].transfers and draw_id not in mine:
            self.draws.append((who, draw_id))

    @precondition(lambda self: self.draws)
    @rule(pick=PICK)
    def receive(self, pick: int) -> None:
        giver, draw_id = self.draws[pick % len(self.draws)]
        at, transfer = self.world.now, self.wallets[giver].transfers[draw_id]
        with self.world.session(self.ids[giver]) as session:
            passage = transfers.passage(session, tenant_id=self.ids[giver], draw_id=draw_id)
        self.both(
            1 - giver,
            lambda s, t: transfers.receive(s, tenant_id=t, passage=passage, at=at),
            lambda m: m.receive(draw_id, transfer, at),
        )

    @rule(step=st.sampled_from([30, 3600, 86_400, 20 * 86_400, 40 * 86_400]), who=WHO)
    def time_passes(self, step: int, who: int) -> None:
        self.world.now += timedelta(seconds=step)
        self.past.append((who, self.world.now - timedelta(seconds=100), ()))

    @rule(who=WHO)
    def nobody_writes_into_the_past(self, who: int) -> None:
        with pytest.raises(Exception, match="is not the present"), self.world.session(self.ids[who]) as session:
            lots.expire_lots(session, tenant_id=self.ids[who], at=self.world.now - timedelta(seconds=61))

    @rule()
    def the_past_stays(self) -> None:
        for index, (who, as_of, before) in enumerate(self.past):
            with self.world.session(self.ids[who]) as session:
                then = balance.balance_as_of(session, tenant_id=self.ids[who], as_of=as_of, now=self.world.now)
            now = (then.available, then.held, then.frozen, then.version)
            assert before in ((), now)
            self.past[index] = (who, as_of, now)

    @invariant()
    def both_tell_the_same(self) -> None:
        for tenant_id, wallet in zip(self.ids, self.wallets, strict=True):
            with self.world.session(tenant_id) as session:
                assert (
                    tuple(session.execute(text("SELECT available, held, frozen FROM wallet")).one())
                    == wallet.balances()
                )
                stored = {
                    (row.source, row.source_id, row.part): row
                    for row in session.execute(text(f"SELECT source, source_id, part, lot_id, {LOT_COLUMNS} FROM lot"))
                }
                states = dict(session.execute(text("SELECT charge_id, state FROM charge")).all())
            assert stored.keys() == wallet.lots.keys()
            for key, lot in wallet.lots.items():
                lot.lot_id = stored[key].lot_id
                assert tuple(stored[key][4:]) == (
                    lot.remaining, lot.held, lot.consumed, lot.expired, lot.voided, lot.frozen, lot.passed,
                    lot.price_left, lot.expires_at,
                )  # fmt: skip
            assert states == {charge_id: charge.state for charge_id, charge in wallet.charges.items()}

    def teardown(self) -> None:
        for tenant_id in getattr(self, "ids", ()):
            assert self.world.differences(tenant_id) == []
            self._rebuilds(tenant_id)

    def _rebuilds(self, tenant_id: UUID) -> None:
        columns = ", ".join(EntryFacts.__dataclass_fields__)
        entries = self.world.rows(tenant_id, f"SELECT {columns}, hash FROM journal ORDER BY version")
        rebuilt = rebuild((EntryFacts(*row[:-1]), row[-1]) for row in entries)
        for row in self.world.rows(tenant_id, "SELECT * FROM charge"):
            told = rebuilt.charges.pop(row.charge_id)
            for column in ("kind", "kontor", "price_id", "reference", "state", "reserved_at", "ended_at"):
                assert getattr(told, column) == getattr(row, column)
            shares = self.world.rows(
                tenant_id, "SELECT lot_id, kontor, net_kurus FROM charge_lot WHERE charge_id = :id", id=row.charge_id
            )
            assert {share.lot_id: (share.kontor, share.net_kurus) for share in shares} == told.shares
        assert rebuilt.charges == {}


PRICE_ID = UUID("00000000-0000-7000-8000-000000000001")


def test_ledger_and_model_go_the_same_way(world: Any, model: ModuleType) -> None:
    run_state_machine_as_test(
        lambda: Histories(world, model),
        settings=settings(
            max_examples=EXAMPLES,
            stateful_step_count=35,
            deadline=None,
            suppress_health_check=list(HealthCheck),
            print_blob=True,
        ),
    )
