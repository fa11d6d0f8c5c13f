"""Answers and mistakes over the API: what a client is told, what it may do, and what is refused."""

from __future__ import annotations

import base64
from collections.abc import Callable
from uuid import UUID, uuid4

from sqlalchemy import text

from ebelge.core.clock import utc_now
from ebelge.core.db import tenant_session
from tests.answers.conftest import Erp, Post

Client = Callable[[UUID], Erp]
PDF = b"%PDF-1.7\n" + b"x" * 64


def test_an_invoice_is_rejected_once_and_a_repeated_request_gets_the_same_answer(mail: Post, erp: Client) -> None:
    akin, document_id = erp(mail.akin), mail.came()
    path, body = f"/incoming/{document_id}/answer", {"answer": "reject", "reason": "Fiyat yanlış"}

    shown = akin.get(path).get_json()
    assert (shown["answer"], shown["can"], shown["given"]) == ("none", ["accept", "reject", "return"], None)
    assert shown["answerable_until"] > utc_now().isoformat()
    assert shown["left"].startswith("8 d")
    assert akin.post(path, {"answer": "reject"}).status_code == 400

    first = akin.post(path, body, key="k1")
    assert (first.status_code, first.get_json()["answer"]) == (202, "rejected")
    assert akin.post(path, body, key="k1").data == first.data
    second = akin.post(path, {"answer": "accept"})
    assert (second.status_code, second.get_json()["code"]) == (409, "already_answered")
    mail.world.settle()
    assert akin.get(path).get_json()["given"]["state"] == "delivered"


def test_a_suspended_account_without_kontor_answers_and_a_closed_one_does_not(mail: Post, erp: Client) -> None:
    akin, document_id = erp(mail.akin), mail.came()
    for state, status in (("closed", 403), ("suspended", 202)):
        with tenant_session(mail.akin) as session:
            session.execute(text("UPDATE tenant SET state = :state"), {"state": state})
        assert akin.post(f"/incoming/{document_id}/answer", {"answer": "accept"}).status_code == status


def test_a_basic_invoice_gets_the_ways_instead_of_an_answer(mail: Post, erp: Client) -> None:
    akin, document_id = erp(mail.akin), mail.came(profile="TEMELFATURA")
    refused = akin.post(f"/incoming/{document_id}/answer", {"answer": "reject", "reason": "x"}).get_json()
    assert refused["code"] == "answer_not_lawful"
    assert [way["code"] for way in refused["guide"]] == ["objection", "portal_cancel", "return_invoice"]
    shown = akin.get(f"/incoming/{document_id}/answer").get_json()
    assert (shown["can"], shown["answerable_until"], len(shown["ways"])) == ([], None, 3)


def test_a_despatch_note_is_received_in_part(mail: Post, erp: Client) -> None:
    akin, document_id = erp(mail.akin), mail.came("eirsaliye")
    path = f"/incoming/{document_id}/receipt"
    assert akin.post(path, {"lines": [{"line": "1", "rejected": "1"}]}).status_code == 400
    done = akin.post(path, {"lines": [{"line": "1", "rejected": "1", "reject_reason": "kırık"}]})
    assert (done.status_code, done.get_json()["answer"]) == (202, "partly")


def test_a_rejected_despatch_note_keeps_nothing(mail: Post, erp: Client) -> None:
    akin, document_id = erp(mail.akin), mail.came("eirsaliye")
    done = akin.post(f"/incoming/{document_id}/receipt", {"reject_all": True, "reason": "yanlış mal"})
    assert done.get_json()["answer"] == "rejected"


def test_a_return_invoice_is_drafted_and_sent(mail: Post, erp: Client) -> None:
    akin, document_id = erp(mail.akin), mail.came(profile="TEMELFATURA")
    answer = akin.post(f"/incoming/{document_id}/return-draft", {"lines": [{"line": "1", "quantity": "1"}]})
    sent = akin.post("/documents", answer.get_json()["draft"])
    assert (sent.status_code, sent.get_json()["kind"]) == (202, "efatura")


def test_what_was_done_outside_is_recorded_with_its_paper(mail: Post, erp: Client) -> None:
    akin, document = erp(mail.akin), mail.sent(profile="TEMELFATURA")
    path = f"/documents/{document.document_id}/mistake"
    assert [way["code"] for way in akin.get(path).get_json()["ways"]] == [
        "portal_cancel_asked", "objection", "return_invoice_agreed",
    ]  # fmt: skip
    body = {"way": "objection", "channel": "noter", "paper_number": "2026/7", "paper_base64": "?"}
    assert akin.post(path, body).status_code == 400
    body["paper_base64"] = base64.b64encode(PDF).decode()
    done = akin.post(path, body)
    assert done.status_code == 200
    (record,) = done.get_json()["records"]
    got = akin.get(f"/records/{record['record_id']}/paper")
    assert (got.data, got.content_type) == (PDF, "application/pdf")
    assert got.headers["Content-Disposition"].startswith("attachment")
    late = akin.post(path, {"way": "buyer_asked_to_reject"})
    assert (late.status_code, late.get_json()["code"]) == (409, "way_not_open")


def test_what_is_not_signed_yet_is_withdrawn_there(mail: Post, erp: Client) -> None:
    (document_id,) = mail.world.submit(mail.world.draft())
    done = erp(mail.akin).post(f"/documents/{document_id}/mistake", {"way": "withdraw"})
    assert (done.status_code, done.get_json()["state"], done.get_json()["ways"]) == (200, "withdrawn", [])


def test_nothing_of_another_tenants_is_there(mail: Post, erp: Client) -> None:
    bora = erp(mail.world.bora)
    came, sent = mail.came(), mail.sent(profile="TEMELFATURA").document_id
    record = erp(mail.akin).post(f"/documents/{sent}/mistake", {"way": "other", "paper_base64": "JVBERi0="}).get_json()
    (kept,) = record["records"]
    tried = [
        bora.get(f"/incoming/{came}/answer"),
        bora.post(f"/incoming/{came}/answer", {"answer": "accept"}),
        bora.post(f"/incoming/{came}/receipt", {}),
        bora.post(f"/incoming/{came}/return-draft", {}),
        bora.post(f"/incoming/{came}/records", {"way": "other"}),
        bora.get(f"/documents/{sent}/mistake"),
        bora.post(f"/documents/{sent}/mistake", {"way": "other"}),
        bora.get(f"/records/{kept['record_id']}/paper"),
        bora.get(f"/records/{uuid4()}/paper"),
    ]
    assert {one.status_code for one in tried} == {404}
