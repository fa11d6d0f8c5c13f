"""`ebelge verify` covers money too: it says what reconciliation would, keeps no break and changes nothing."""

from __future__ import annotations

from uuid import UUID

import pytest
from click.testing import CliRunner

from billing.ledger.verify import Difference
from ebelge.cli.verify import command
from ebelge.core.clock import utc_now
from ebelge.core.ids import new_id
from ebelge.jobs.audit import BOOKS, WAITING, differences
from tests.reconciliation.conftest import Books

WRONG = {
    "payment_without_lot": "UPDATE lot SET source_id = %(id)s WHERE tenant_id = %(akin)s AND source = 'payment'",
    "order_without_money": "DELETE FROM payment WHERE tenant_id = %(akin)s",
    "payment_differs_from_order": "UPDATE payment SET amount_kurus = 100 WHERE tenant_id = %(akin)s",
    "refunded_sum_differs": "UPDATE payment SET refunded_kurus = 7 WHERE tenant_id = %(akin)s",
    "invoice_differs_from_order": "UPDATE kontor_order SET invoice_state = 'issued', invoice_document_id = %(id)s"
    " WHERE tenant_id = %(akin)s",
    "gateway_amount_differs": "UPDATE gateway_line g SET amount_kurus = 1 FROM payment p"
    " WHERE p.tenant_id = %(akin)s AND p.gateway_payment_id = g.gateway_payment_id",
}


class _Seen:
    def __init__(self) -> None:
        self.stages: dict[str, int] = {}

    def stage(self, text: str, total: int) -> None:
        self.now, self.total = text, total
        self.stages[text] = 0

    def advance(self, units: int) -> None:
        self.stages[self.now] += units


def _found(tenant_id: UUID) -> list[Difference]:
    return list(differences(_Seen(), at=utc_now(), tenant_id=tenant_id))


@pytest.mark.parametrize("kind", WRONG)
def test_wrong_money_is_a_difference_and_no_break(kind: str, books: Books) -> None:
    akin = books.akin()
    akin.bought()
    assert _found(akin.tenant_id) == []
    assert books.spoil(WRONG[kind], akin=akin.tenant_id, id=new_id()) > 0
    before = books.fingerprint()

    found = [one for one in _found(akin.tenant_id) if one.invariant == "books"]

    assert kind in {one.object.split()[0] for one in found}
    assert {one.tenant_id for one in found} == {akin.tenant_id}
    assert books.fingerprint() == before
    assert books.open(akin.tenant_id) == set()


def test_what_only_waits_for_a_person_is_no_difference(books: Books) -> None:
    akin = books.akin()
    akin.bought()
    books.spoil(
        "INSERT INTO receivable (tenant_id, receivable_id, kind, source_id, kontor, gross_kurus, state, due_at,"
        " created_at) VALUES (%(akin)s, %(id)s, 'chargeback', %(id)s, 5, 500, 'open', now() - interval '1 day', now())",
        akin=akin.tenant_id, id=new_id(),
    )  # fmt: skip
    assert _found(akin.tenant_id) == []
    assert books.run().open_now > 0
    assert "receivable_overdue" in {kind for kind, _ in books.open(akin.tenant_id)}
    assert not WAITING & {check.kind for check in BOOKS}


def test_progress_counts_every_check_and_the_command_says_where_it_stopped(books: Books) -> None:
    akin, seen = books.akin(), _Seen()
    akin.bought()
    assert list(differences(seen, at=utc_now(), tenant_id=akin.tenant_id)) == []
    assert seen.stages["books"] == len(BOOKS)
    assert seen.stages["ledger"] == 2  # the lot and its bonus
    books.spoil("UPDATE payment SET refunded_kurus = 7 WHERE tenant_id = %(akin)s", akin=akin.tenant_id)
    done = CliRunner().invoke(command, ["--tenant", str(akin.tenant_id), "--without-files"])
    assert done.exit_code == 1
    assert "books: tenant" in done.output
    assert "refunded_sum_differs" in done.output
