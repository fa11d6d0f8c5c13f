"""One POST, one effect: same key, same answer; another body, 409; at the same instant, once."""

from __future__ import annotations

import threading
from collections.abc import Callable
from uuid import uuid4

import pytest
from sqlalchemy import text

from ebelge.core.clock import utc_now
from ebelge.core.db import tenant_session
from ebelge.edge import idempotency
from ebelge.ubl.examples import example_json
from ebelge.ubl.types import DocumentKind

REPLAYED = "Idempotency-Replayed"


@pytest.fixture
def key() -> str:
    return f"order-{uuid4()}"


def kept(tenant_id, key: str) -> int:
    with tenant_session(tenant_id) as session:
        return session.scalar(text("SELECT count(*) FROM idempotency WHERE key = :key"), {"key": key})


def test_the_same_request_twice_is_one_document_and_one_answer(akin, key: str) -> None:
    before = akin.spendable()
    first, second = akin.send("earsiv", idempotency_key=key), akin.send("earsiv", idempotency_key=key)
    assert (first.status_code, second.status_code) == (202, 202)
    assert first.data == second.data
    assert (first.headers.get(REPLAYED), second.headers.get(REPLAYED)) == (None, "true")
    assert akin.spendable() == before - 1


def test_without_a_key_two_requests_are_two_documents(akin) -> None:
    first, second = akin.send("earsiv"), akin.send("earsiv")
    assert first.get_json()["document_id"] != second.get_json()["document_id"]


def test_the_same_key_with_another_body_path_or_query_is_refused(akin, key: str, snapshot, assert_problem) -> None:
    akin.send("earsiv", idempotency_key=key)
    before, headers = snapshot(), {"Idempotency-Key": key}
    draft = example_json(DocumentKind.EARSIV)
    for answer in (
        akin.send("earsiv", n=2, idempotency_key=key),
        akin.post("/documents?series=AKA", json=draft, headers=headers),
        akin.post("/documents/bulk", json={"documents": [{"draft": draft}]}, headers=headers),
    ):
        assert_problem(answer, 409, "idempotency_key_reused")
    assert snapshot() == before


def test_a_refusal_keeps_nothing_and_the_key_is_free_again(akin, key: str, assert_problem, snapshot) -> None:
    draft = example_json(DocumentKind.EARSIV)
    wrong = draft | {"lines": [draft["lines"][0] | {"unit": "ADETT"}]}
    before = snapshot()
    headers = {"Idempotency-Key": key}
    assert_problem(akin.post("/documents", json=wrong, headers=headers), 422, "invalid_document")
    assert kept(akin.tenant_id, key) == 0
    assert snapshot() == before
    assert akin.post("/documents", json=draft, headers=headers).status_code == 202


def test_sixteen_at_the_same_instant_are_one_document(akin, caller: Callable, key: str) -> None:
    callers = [caller("akin") for _ in range(16)]
    before, barrier, answers = akin.spendable(), threading.Barrier(16), []

    def send(one) -> None:
        barrier.wait()
        answers.append(one.send("efatura", idempotency_key=key))

    threads = [threading.Thread(target=send, args=(one,)) for one in callers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {answer.status_code for answer in answers} == {202}
    assert len({answer.data for answer in answers}) == 1
    assert sum(answer.headers.get(REPLAYED) is None for answer in answers) == 1
    assert akin.spendable() == before - 1


def test_a_request_that_is_still_in_flight_is_waited_for_and_then_409(
    akin, key: str, assert_problem, monkeypatch
) -> None:
    monkeypatch.setattr(idempotency, "WAIT_S", 1)
    with tenant_session(akin.tenant_id) as session:
        session.execute(
            text(
                "INSERT INTO idempotency (tenant_id, principal, key, request_sha256, created_at) "
                "VALUES (:tenant, :principal, :key, :digest, :at)"
            ),
            {
                "tenant": akin.tenant_id,
                "principal": f"key:{akin.key.split('_')[2]}",
                "key": key,
                "digest": bytes(32),
                "at": utc_now(),
            },
        )
        answer = akin.send("earsiv", idempotency_key=key)  # the first one has not committed
        assert_problem(answer, 409, "request_in_progress")
        assert answer.headers["Retry-After"] == "1"
        session.rollback()
    assert akin.send("earsiv", idempotency_key=key).status_code == 202


def test_keys_of_two_tenants_do_not_meet(akin, bora, key: str) -> None:
    first, second = akin.send("earsiv", idempotency_key=key), bora.send("earsiv", idempotency_key=key)
    assert (first.status_code, second.status_code) == (202, 202)
    assert first.get_json()["document_id"] != second.get_json()["document_id"]


def test_withdrawing_twice_with_a_key_gives_back_once(akin, key: str) -> None:
    sent = akin.send("earsiv").get_json()
    before, headers = akin.spendable(), {"Idempotency-Key": key}
    answers = [akin.post(f"/documents/{sent['document_id']}/withdraw", headers=headers) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [200, 200]
    assert answers[0].data == answers[1].data
    assert akin.spendable() == before + 1


def test_a_bulk_is_repeated_without_checking_again(akin, key: str) -> None:
    body = {"documents": [{"draft": example_json(DocumentKind.EARSIV, n=n)} for n in range(5)]}
    headers, before = {"Idempotency-Key": key}, akin.spendable()
    first, second = (akin.post("/documents/bulk", json=body, headers=headers) for _ in range(2))
    assert (first.data, second.headers[REPLAYED]) == (second.data, "true")
    assert akin.spendable() == before - 5


@pytest.mark.parametrize("wrong", ["", "a b", "k" * 256, "şifre"])
def test_a_key_of_the_wrong_form_is_refused(akin, wrong: str, assert_problem) -> None:
    assert_problem(_raw(akin, wrong), 400, "invalid_request")


def _raw(akin, key: str):
    draft = example_json(DocumentKind.EARSIV)
    return akin.post("/documents", json=draft, headers={"Idempotency-Key": key.encode().decode("latin-1")})
