"""Documents of every kind, as drafts and as XML, one by one and many at once."""

from __future__ import annotations

import base64
from datetime import datetime
from uuid import UUID

import pytest

from billing.ledger import lots
from ebelge.core.clock import utc_now
from ebelge.core.db import tenant_session
from ebelge.ubl.examples import example_json
from ebelge.ubl.types import DocumentKind

KINDS = [kind.value for kind in DocumentKind]


@pytest.mark.parametrize("kind", KINDS)
def test_a_draft_is_numbered_and_charged(akin, kind: str) -> None:
    before = akin.spendable()
    answer = akin.send(kind)
    body = answer.get_json()
    assert (answer.status_code, body["kind"], body["state"], body["kontor"]) == (202, kind, "accepted", 1)
    assert akin.spendable() == before - 1
    assert body["number"][3:7] == body["issue_date"][:4]
    assert set(body["payable"]) == {"amount_kurus", "currency"}
    assert datetime.fromisoformat(body["created_at"]).utcoffset().total_seconds() == 0
    again = akin.get(f"/documents/{body['document_id']}").get_json()
    assert again == {name: value for name, value in body.items() if name != "warnings"}


def test_xml_is_taken_as_it_is_but_for_number_signature_place_and_view(akin) -> None:
    sent = akin.send("efatura", n=3).get_json()
    xml = akin.get(f"/documents/{sent['document_id']}/xml?form=source").data
    new = "0f0e0d0c-1111-4222-8333-444455556666"
    mine = xml.replace(sent["ettn"].encode(), new.encode()).replace(sent["number"].encode(), b"AKN2026000000000")
    answer = akin.post("/documents?kind=efatura", data=mine, content_type="application/xml")
    body = answer.get_json()
    assert (answer.status_code, body["ettn"], body["payable"]) == (202, new, sent["payable"])
    assert int(body["number"][7:]) == int(sent["number"][7:]) + 1
    # the same document once more: its ETTN is taken, whatever the key
    again = akin.post("/documents", data=mine, content_type="application/xml")
    assert (again.status_code, again.get_json()["code"]) == (409, "duplicate_ettn")


def test_checking_costs_nothing_and_says_the_price(akin, snapshot) -> None:
    before = snapshot()
    answer = akin.post("/documents/check", json=example_json(DocumentKind.EFATURA))
    body = answer.get_json()
    assert (answer.status_code, body["valid"], body["kind"], body["series"], body["kontor"]) == (
        200, True, "efatura", "AKN", 1,
    )  # fmt: skip
    assert body["spendable"] == akin.spendable()
    assert snapshot() == before


def test_many_are_accepted_in_their_order(akin) -> None:
    items = [{"draft": example_json(DocumentKind(kind), n=n)} for n in range(8) for kind in KINDS]
    xml = akin.get(f"/documents/{akin.send('earsiv').get_json()['document_id']}/xml?form=source").data
    items.append({"xml_base64": base64.b64encode(xml).decode()})
    before = akin.spendable()
    refused = akin.post("/documents/bulk", json={"documents": items})
    assert (refused.status_code, refused.get_json()["code"]) == (422, "bulk_refused")  # it carries a number of ours
    assert akin.spendable() == before
    answer = akin.post("/documents/bulk", json={"documents": items[:-1]})
    body = answer.get_json()
    assert (answer.status_code, body["count"], body["kontor"]) == (202, 40, 40)
    assert [document["kind"] for document in body["documents"]] == KINDS * 8
    numbers = [document["number"] for document in body["documents"] if document["kind"] == "efatura"]
    assert numbers == sorted(numbers)
    assert akin.spendable() == before - 40


def test_one_bad_document_refuses_all_and_is_named_by_its_place(akin, snapshot, assert_problem) -> None:
    items = [{"draft": example_json(DocumentKind.EFATURA, n=n)} for n in range(20)]
    items[7]["draft"]["lines"][0]["unit"] = "ADETT"
    items[12]["draft"]["kind"] = "eposta"
    before = snapshot()
    body = assert_problem(akin.post("/documents/bulk", json={"documents": items}), 422, "bulk_refused")
    assert [(one["index"], one["code"]) for one in body["refused"]] == [
        (7, "invalid_document"),
        (12, "invalid_document"),
    ]
    assert body["refused"][0]["findings"][0]["path"].startswith("lines")
    assert snapshot() == before


def test_a_bulk_that_costs_too_much_is_refused_whole(caller, assert_problem, snapshot) -> None:
    bora = caller("bora")
    lot_id = UUID(bora.get("/lots").get_json()["items"][0]["lot_id"])
    items = [{"draft": example_json(DocumentKind.EARSIV, n=n)} for n in range(3)]
    with tenant_session(bora.tenant_id) as session:
        lots.freeze(session, tenant_id=bora.tenant_id, lot_id=lot_id, reason="test", at=utc_now())
    before = snapshot()
    body = assert_problem(bora.post("/documents/bulk", json={"documents": items}), 402, "insufficient_kontor")
    assert (body["needed_kontor"], body["missing_kontor"]) == (3, 3)
    assert snapshot() == before


def test_withdrawing_gives_kontor_and_number_back(akin) -> None:
    before = akin.spendable()
    sent = akin.send("earsiv").get_json()
    answer = akin.post(f"/documents/{sent['document_id']}/withdraw")
    assert (answer.status_code, answer.get_json()["state"]) == (200, "withdrawn")
    assert akin.spendable() == before
    assert akin.send("earsiv").get_json()["number"] == sent["number"]
    again = akin.post(f"/documents/{sent['document_id']}/withdraw")
    assert (again.status_code, again.get_json()["code"]) == (409, "already_signed")


def test_the_timeline_tells_each_step_in_the_readers_language(akin) -> None:
    sent = akin.send("efatura").get_json()
    akin.post(f"/documents/{sent['document_id']}/withdraw")
    english = akin.get(f"/documents/{sent['document_id']}/events").get_json()["items"]
    turkish = akin.get(f"/documents/{sent['document_id']}/events", "tr").get_json()["items"]
    assert [(step["kind"], step["kontor"]) for step in english] == [("accepted", -1), ("withdrawn", 1)]
    assert english[1]["text"].startswith("Withdrawn")
    assert turkish[1]["text"].startswith("Geri çekildi")


def test_what_is_not_signed_has_a_source_and_a_view_but_no_signed_xml(akin, assert_problem) -> None:
    at = f"/documents/{akin.send('efatura').get_json()['document_id']}"
    assert_problem(akin.get(f"{at}/xml"), 409, "not_signed")
    source = akin.get(f"{at}/xml?form=source")
    assert (source.status_code, source.mimetype) == (200, "application/xml")
    assert source.headers["Content-Disposition"].endswith('-source.xml"')
    view = akin.get(f"{at}/html")
    assert view.mimetype == "text/html"
    assert view.headers["Content-Security-Policy"].startswith("sandbox; default-src 'none'")


def test_states_that_do_not_allow_it_are_409(akin, assert_problem) -> None:
    at = f"/documents/{akin.send('efatura').get_json()['document_id']}"
    assert_problem(akin.post(f"{at}/resend"), 409, "not_undelivered")
    assert_problem(akin.post(f"{at}/give-up"), 409, "not_undelivered")
    draft = example_json(DocumentKind.EFATURA)
    assert_problem(akin.post(f"{at}/correct", json=draft), 409, "not_correctable")
