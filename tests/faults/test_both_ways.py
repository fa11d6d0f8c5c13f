"""Documents come in, are answered, and are reported, while processes are killed: each once, on both sides.

The seed decides who is killed when; EBELGE_STORM_SEED repeats one, EBELGE_STORM_SIZE makes it longer.
"""

import os
import random
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from uuid import uuid4

import pytest

from ebelge.devstack.companies import BORA_AS
from ebelge.devstack.demo.cases import invoice, line
from ebelge.devstack.demo.outside import HELD
from ebelge.gib.earsiv_gateway import ACCEPTED
from ebelge.ubl.type_examples import example

pytestmark = [pytest.mark.faults, pytest.mark.slow, pytest.mark.timeout(1800)]

SEED = int(os.environ.get("EBELGE_STORM_SEED") or 20261130)
ROUNDS = max(3, int(os.environ.get("EBELGE_STORM_SIZE") or 0) // 3)
INVOICES, SALES = 5, 3
VICTIMS = ("receive", "web", "send", "sign", "cashier", "relay", "schedule", "gib")
SAYS = {"accept": ("accepted", "KABUL"), "reject": ("rejected", "RED")}


def drafts(n):
    """Commercial invoices to Bora, and charging sales: e-Arşiv that is reported at once by its kind."""
    sold = line("Santrifüj pompa", "1", "1250")
    invoices = [invoice("efatura", BORA_AS.party, sold, profile="TICARIFATURA") for _ in range(INVOICES)]
    sales = [example("EARSIVFATURA", "SARJANLIK", n=100 + n * SALES + one) for one in range(SALES)]
    return invoices + sales


class Storm:
    """What was sent and said, and what must be so of it."""

    def __init__(self, world, seed):
        self.world, self.dice = world, random.Random(seed)
        self.akin, self.bora = world.place.clients["akin"], world.place.clients["bora"]
        self.sent, self.said, self.sold = [], {}, []

    def strike(self):
        self.world.kill(self.dice.choice(VICTIMS))
        if self.dice.random() < 0.3:
            self.world.redis().flushall()
            self.world.injected("FLUSHALL")

    def said_yes(self, call, what):
        """The answer to a request, repeated under its key. What died is started again while somebody waits for it."""

        def done():
            with ThreadPoolExecutor(1) as client:
                asked = client.submit(call)
                self.world.wait_for(asked.done, what)
                return asked.result()

        return self.world.wait_for(done, what)

    def round(self, n):
        key, wanted = uuid4().hex, drafts(n)
        rows = self.said_yes(lambda: self.akin.send_many(wanted, key=key), "the drafts are accepted")
        self.sent += rows
        invoices = [row for row in rows if row["kind"] == "efatura"]
        self.sold += [row for row in rows if row["kind"] == "earsiv"]
        if self.dice.random() < 0.5:
            self.world.wait_for(lambda: self.world.signed_of(rows) > 0, "signing has begun", tend=False)
        self.strike()
        for place, row in enumerate(invoices):
            document_id = self.world.wait_for(lambda row=row: self.came(row), f"{row['number']} comes to its buyer")
            word, once = self.dice.choice(sorted(SAYS)), uuid4().hex
            body, path = {"answer": word, "reason": "fırtına"}, f"/incoming/{document_id}/answer"
            self.said_yes(
                lambda body=body, once=once, path=path: self.bora.send(body, key=once, path=path), "the answer is taken"
            )
            self.said[row["ettn"]] = word
            if place == INVOICES // 2:
                self.strike()

    def came(self, row):
        found = self.world.rows("SELECT document_id FROM incoming_document WHERE ettn = %s::uuid", row["ettn"])
        return found[0][0] if found else None

    def over(self):
        """All has its end on our side."""
        answers = self.world.rows("SELECT state FROM answer WHERE document_id IN (SELECT document_id FROM "
                                  "incoming_document WHERE ettn = ANY (%s::uuid[]))", list(self.said))  # fmt: skip
        heard = self.world.rows("SELECT 1 FROM received_answer a JOIN document d USING (tenant_id, document_id) "
                                "WHERE d.ettn = ANY (%s::uuid[])", list(self.said))  # fmt: skip
        ids = [row["document_id"] for row in self.sold]
        lines = self.world.rows("SELECT state FROM report_line WHERE document_id = ANY (%s::uuid[])", ids)
        return (
            [one for (one,) in answers] == ["delivered"] * len(self.said)
            and len(heard) >= len(self.said)
            and [one for (one,) in lines] == ["reported"] * len(self.sold)
        )


def each_came_once_and_was_answered_once(storm):
    rows, ettns = storm.world.rows, list(storm.said)
    came = Counter(
        str(one) for (one,) in rows("SELECT ettn FROM incoming_document WHERE ettn = ANY (%s::uuid[])", ettns)
    )
    assert came == Counter(ettns)
    given = rows(
        "SELECT i.ettn::text, i.answer, a.ettn::text FROM answer a JOIN incoming_document i "
        "USING (tenant_id, document_id) WHERE i.ettn = ANY (%s::uuid[])", ettns,
    )  # fmt: skip
    assert {ettn: word for ettn, word, _ in given} == {ettn: SAYS[word][0] for ettn, word in storm.said.items()}
    assert len(given) == len(ettns)
    heard = rows(
        "SELECT d.ettn::text, a.code FROM received_answer a JOIN document d USING (tenant_id, document_id) "
        "WHERE d.ettn = ANY (%s::uuid[])", ettns,
    )  # fmt: skip
    assert sorted(heard) == sorted((ettn, SAYS[word][1]) for ettn, word in storm.said.items())
    theirs = Counter(row["ettn"] for row in storm.world.place.gib.documents(storm.bora.vkn) if row["state"] in HELD)
    assert {theirs[answer] for _, _, answer in given} == {1}, "an answer is not held once by GİB"
    left = rows("SELECT zarf_id, state, code FROM incoming_zarf WHERE state NOT IN ('done')")
    assert left == []


def each_sale_is_reported_once(storm):
    gib, numbers = storm.world.place.gib, {row["number"] for row in storm.sold}
    named = Counter(line["number"] for line in gib.report_lines() if line["number"] in numbers)
    assert named == Counter(numbers)
    theirs = {row["report_id"]: row["code"] for row in gib.reports()}
    ours = storm.world.rows(
        "SELECT DISTINCT r.report_id::text, r.state FROM report r JOIN report_line l USING (tenant_id, report_id) "
        "WHERE l.document_id = ANY (%s::uuid[])", [row["document_id"] for row in storm.sold],
    )  # fmt: skip
    assert {state for _, state in ours} == {"accepted"}
    assert {theirs[report_id] for report_id, _ in ours} == {ACCEPTED}
    assert set(theirs.values()) == {ACCEPTED}, "GİB had to refuse a report"


def test_what_comes_in_is_answered_and_reported_once_whoever_dies(world):
    storm = Storm(world, SEED)
    for n in range(ROUNDS):
        storm.round(n)
    world.wait_for(storm.over, "answers are back and reports accepted", within_s=300)
    each_came_once_and_was_answered_once(storm)
    each_sale_is_reported_once(storm)
    # A mail whose receipt was lost is sent again, as the same message: the buyer's server may see it twice.
    world.all_is_right(storm.sent, mails=False)
    world.found(f"{len(storm.said)} invoices came in and were answered, {len(storm.sold)} sales reported, once each")
