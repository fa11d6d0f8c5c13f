"""What a person decides about a document that could not be delivered: again, or given up and corrected."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID, uuid4

import pytest

from billing.ledger import charges, lots
from ebelge.core.clock import utc_now
from ebelge.core.db import tenant_session
from ebelge.documents import queries
from ebelge.documents.states import State
from ebelge.ubl.examples import example_json
from ebelge.ubl.types import DocumentKind


@pytest.fixture
def undelivered(akin) -> dict:
    """An e-Fatura of Akın's that was signed and that GİB could not deliver (1215)."""
    sent = akin.send("efatura").get_json()
    document_id, at = UUID(sent["document_id"]), utc_now()
    with tenant_session(akin.tenant_id) as session:
        charges.capture(session, tenant_id=akin.tenant_id, charge_ids=[document_id], at=at)
        row = queries.lock(session, tenant_id=akin.tenant_id, document_id=document_id)
        row.state, row.signed_sha256, row.signed_at, row.gib_code = State.UNDELIVERED.value, bytes(32), at, 1215
        # the signer has done its part
        session.connection().exec_driver_sql(
            "UPDATE outbox_message SET state = 'done', ended_at = now() WHERE key = %s", (document_id,)
        )
    return sent


def test_it_is_sent_again_free_of_charge(akin, undelivered) -> None:
    before = akin.spendable()
    answer = akin.post(f"/documents/{undelivered['document_id']}/resend")
    assert (answer.status_code, answer.get_json()["state"]) == (200, "undelivered")
    assert akin.spendable() == before
    again = akin.post(f"/documents/{undelivered['document_id']}/resend")
    assert (again.status_code, again.get_json()["code"]) == (409, "under_way")


def test_given_up_its_kontor_comes_back_and_a_correction_takes_over_its_number(akin, undelivered) -> None:
    before, at = akin.spendable(), f"/documents/{undelivered['document_id']}"
    given_up = akin.post(f"{at}/give-up")
    assert (given_up.status_code, given_up.get_json()["state"]) == (200, "given_up")
    assert akin.spendable() == before + 1
    key = {"Idempotency-Key": str(uuid4())}
    draft = example_json(DocumentKind.EFATURA, n=9)
    answers = [akin.post(f"{at}/correct", json=draft, headers=key) for _ in range(2)]
    correction = answers[0].get_json()
    assert [answer.status_code for answer in answers] == [202, 202]
    assert answers[0].data == answers[1].data
    assert correction["number"] == undelivered["number"]
    assert correction["ettn"] != undelivered["ettn"]
    assert correction["replaces_id"] == undelivered["document_id"]
    assert akin.get(at).get_json()["superseded"] is True
    assert akin.spendable() == before
    third = akin.post(f"{at}/correct", json=draft)
    assert (third.status_code, third.get_json()["code"]) == (409, "not_correctable")
    steps = [step["kind"] for step in akin.get(f"{at}/events").get_json()["items"]]
    assert steps == ["accepted", "given_up", "corrected"]


def test_a_correction_that_breaks_a_rule_leaves_everything(akin, undelivered, snapshot, assert_problem) -> None:
    at = f"/documents/{undelivered['document_id']}"
    akin.post(f"{at}/give-up")
    draft = example_json(DocumentKind.EFATURA)
    draft["lines"][0]["unit"] = "ADETT"
    before = snapshot()
    assert_problem(akin.post(f"{at}/correct", json=draft), 422, "invalid_document")
    assert_problem(akin.post(f"{at}/correct", json=example_json(DocumentKind.EIRSALIYE)), 422, "invalid_document")
    assert snapshot() == before


def test_a_correction_without_kontor_leaves_everything_and_passes_after_a_grant(
    akin, undelivered, snapshot, assert_problem
) -> None:
    at = f"/documents/{undelivered['document_id']}"
    akin.post(f"{at}/give-up")
    left, spent = akin.spendable(), uuid4()
    with tenant_session(akin.tenant_id) as session:
        price_id = queries.get(session, tenant_id=akin.tenant_id, document_id=UUID(undelivered["document_id"])).price_id
        charges.reserve(
            session, tenant_id=akin.tenant_id, charge_id=spent, kind="efatura.out", kontor=left, price_id=price_id,
            at=utc_now(),
        )  # fmt: skip
    key, draft = {"Idempotency-Key": str(uuid4())}, example_json(DocumentKind.EFATURA, n=9)
    before = snapshot()
    body = assert_problem(akin.post(f"{at}/correct", json=draft, headers=key), 402, "insufficient_kontor")
    assert (body["needed_kontor"], body["missing_kontor"]) == (1, 1)
    assert snapshot() == before
    assert (akin.get(at).get_json()["state"], akin.get(at).get_json()["superseded"]) == ("given_up", False)

    with tenant_session(akin.tenant_id) as session:
        now = utc_now()
        lots.grant(
            session, tenant_id=akin.tenant_id, source="bonus", source_id=uuid4(), kontor=1, net_price_kurus=0,
            expires_at=now + timedelta(days=30), at=now,
        )  # fmt: skip
    correction = akin.post(f"{at}/correct", json=draft, headers=key)
    assert (correction.status_code, correction.get_json()["number"]) == (202, undelivered["number"])
    assert (akin.spendable(), akin.get(at).get_json()["superseded"]) == (0, True)
    with tenant_session(akin.tenant_id) as session:
        charges.release(session, tenant_id=akin.tenant_id, charge_ids=[spent], at=utc_now())
    assert akin.spendable() == left
