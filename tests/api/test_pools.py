"""Pools over the API: offer, accept, a document that is refilled, what each side sees, recall and leaving."""

from __future__ import annotations

from uuid import UUID

import pytest
from sqlalchemy import text

from ebelge.core.clock import utc_now
from ebelge.core.db import tenant_session
from ebelge.core.ids import new_id


@pytest.fixture
def holding(caller):
    """The pool's ERP."""
    return caller("akin-holding")


def empty(tenant_id: UUID) -> None:
    """Let the wallet be empty, by spending all of it."""
    from billing.ledger import charges

    with tenant_session(tenant_id) as session:
        (left,) = session.execute(text("SELECT available FROM wallet")).one()
        if left:
            charge_id = new_id()
            charges.reserve(session, tenant_id=tenant_id, charge_id=charge_id, kind="sms", kontor=left,
                            price_id=new_id(), at=utc_now())  # fmt: skip
            charges.capture(session, tenant_id=tenant_id, charge_ids=[charge_id], at=utc_now())


def join(holding, member, **terms) -> None:
    given = {"member_id": str(member.tenant_id), "block_kontor": 10, "monthly_cap_kontor": 25} | terms
    offered = holding.post("/pool/draw-rights", json=given)
    assert offered.status_code == 201, offered.get_json()
    assert member.post("/pool/accept", json={"pool_id": str(holding.tenant_id)}).get_json()["state"] == "active"


def leave(holding, member) -> None:
    assert member.post("/pool/leave", json={"pool_id": str(holding.tenant_id)}).get_json()["state"] == "ended"


def test_a_document_of_an_empty_wallet_is_paid_from_the_pool(holding, bora, assert_problem) -> None:
    empty(bora.tenant_id)
    before = bora.send("earsiv")
    assert "pool" not in assert_problem(before, 402, "insufficient_kontor")
    stock = holding.get("/pool").get_json()["spendable"]
    join(holding, bora)
    assert bora.get("/pool").get_json()["drawable"] == 25
    assert bora.send("earsiv").status_code == 202
    mine = bora.get("/pool").get_json()
    assert (mine["role"], mine["spendable"], mine["drawable"], mine["cap_left"]) == ("member", 9, 15, 15)
    theirs = holding.get("/pool").get_json()
    assert theirs["spendable"] == stock - 10
    (right,) = [one for one in theirs["rights"] if one["member_id"] == str(bora.tenant_id)]
    assert (right["state"], right["drawn_this_month"]) == ("active", 10)
    empty(bora.tenant_id)
    for _ in range(10):
        assert bora.send("earsiv").status_code == 202
    assert bora.get("/pool").get_json()["drawable"] == 5
    empty(bora.tenant_id)
    for _ in range(5):
        assert bora.send("earsiv").status_code == 202
    refused = assert_problem(bora.send("earsiv"), 402, "insufficient_kontor")
    assert refused["pool"] == "pool_cap_reached"
    assert "cap" in refused["detail"]
    leave(holding, bora)


def test_neither_side_sees_more_than_its_own(holding, bora, caller) -> None:
    akin = caller("akin")
    join(holding, akin)
    offer = {"member_id": str(bora.tenant_id), "block_kontor": 10, "monthly_cap_kontor": 25}
    holding.post("/pool/draw-rights", json=offer)
    mine = akin.get("/pool").get_data(as_text=True)
    for secret in (str(bora.tenant_id), "Bora", "lot_id"):
        assert secret not in mine
    theirs = holding.get("/pool").get_json()
    assert set(theirs) == {"role", "spendable", "rights", "use"}
    assert bora.get("/pool").get_json()["drawable"] == 0  # only offered
    leave(holding, akin)
    leave(holding, bora)


def test_a_recall_is_told_once_and_a_key_repeats_its_answer(holding, bora, caller) -> None:
    akin = caller("akin")
    join(holding, akin, threshold_kontor=3)
    from ebelge.jobs import drawing

    drawing.draw(akin.tenant_id, needed_kontor=1)
    body = {"member_id": str(akin.tenant_id), "kontor": 4}
    first, second = (holding.post("/pool/recall", json=body, headers={"Idempotency-Key": "once"}) for _ in range(2))
    assert first.get_json() == {"kontor": 4, "state": "active"}
    assert (second.get_json(), second.headers["Idempotency-Replayed"]) == (first.get_json(), "true")
    rest = holding.post("/pool/recall", json={"member_id": str(akin.tenant_id), "end": True}).get_json()
    assert rest == {"kontor": 6, "state": "ended"}


@pytest.mark.parametrize(
    ("path", "body", "status", "code"),
    [
        ("/pool/draw-rights", {"block_kontor": 0}, 400, "invalid_request"),
        ("/pool/draw-rights", {"block_kontor": 1.5}, 400, "invalid_request"),
        ("/pool/draw-rights", {"monthly_cap_kontor": -1}, 400, "invalid_request"),
        ("/pool/draw-rights", {"member_id": "01a205e0-4ad8-76d1-b5e6-74caede1a4b4"}, 404, "not_found"),
        ("/pool/recall", {"block_kontor": None, "monthly_cap_kontor": None}, 404, "not_found"),
    ],
)
def test_what_cannot_be_is_refused_and_changes_nothing(holding, bora, caller, assert_problem, snapshot, path, body,
                                                       status, code) -> None:  # fmt: skip
    given = {"member_id": str(caller("ceren").tenant_id), "block_kontor": 5, "monthly_cap_kontor": 5} | body
    before = snapshot()
    given = {name: value for name, value in given.items() if value is not None}
    assert_problem(holding.post(path, json=given), status, code)
    assert snapshot() == before


def test_only_a_pool_offers_and_only_a_member_accepts(holding, akin, bora, assert_problem, snapshot) -> None:
    before = snapshot()
    right = {"member_id": str(bora.tenant_id), "block_kontor": 5, "monthly_cap_kontor": 5}
    assert_problem(akin.post("/pool/draw-rights", json=right), 409, "not_a_pool")
    assert_problem(akin.post("/pool/recall", json={"member_id": str(bora.tenant_id)}), 409, "not_a_pool")
    for path in ("/pool/accept", "/pool/leave"):
        assert_problem(akin.post(path, json={"pool_id": str(bora.tenant_id)}), 404, "not_found")
    assert snapshot() == before
