"""Resellers over the API: own customers, a previewed transfer, take-backs and their answers, the commission sheet."""

from __future__ import annotations

import pytest
from sqlalchemy import text

from billing.resellers import contracts
from ebelge.core.clock import utc_now
from ebelge.core.db import tenant_session


@pytest.fixture
def ceren(caller):
    """The reseller's ERP; a contract is in force."""
    ceren = caller("ceren")
    at = utc_now()
    with tenant_session(ceren.tenant_id) as session:
        if contracts.at_instant(session, tenant_id=ceren.tenant_id, at=at) is None:
            contracts.conclude(
                session, tenant_id=ceren.tenant_id, model="commission", commission_bp=1500, valid_from=at,
                created_by="test", at=at,
            )  # fmt: skip
    return ceren


def passed(ceren, bora, kontor: int) -> str:
    answer = ceren.post("/transfers", json={"customer_id": str(bora.tenant_id), "kontor": kontor})
    assert answer.status_code == 201, answer.get_json()
    return answer.get_json()["transfer_id"]


def test_a_transfer_shows_the_expiry_first_and_arrives_at_once(ceren, bora) -> None:
    (customer,) = ceren.get("/customers").get_json()["items"]
    assert (customer["customer_id"], customer["state"]) == (str(bora.tenant_id), "active")
    shown = ceren.get("/transfers/preview?kontor=20").get_json()["parts"]
    before = bora.spendable(), ceren.spendable()
    body = {"customer_id": customer["customer_id"], "kontor": 20, "shown": shown}
    first, second = (ceren.post("/transfers", json=body, headers={"Idempotency-Key": "t1"}) for _ in range(2))
    assert first.status_code == 201
    assert first.get_json()["parts"] == shown
    assert second.get_json() == first.get_json()
    assert (bora.spendable(), ceren.spendable()) == (before[0] + 20, before[1] - 20)
    assert first.get_json()["transfer_id"] in {
        one["transfer_id"] for one in ceren.get("/transfers").get_json()["items"]
    }
    received = [lot for lot in bora.get("/lots").get_json()["items"] if lot["source"] == "received"]
    assert received[0]["granted"] == 20
    assert received[0]["received_from"]["tenant_id"] == str(ceren.tenant_id)
    assert received[0]["received_from"]["title"].startswith("Ceren")
    wrong = [{"kontor": 20, "expires_at": "2031-01-01T00:00:00Z"}]
    refused = ceren.post("/transfers", json=body | {"shown": wrong})
    assert (refused.status_code, refused.get_json()["code"]) == (409, "stock_has_changed")


def test_strangers_get_nothing(ceren, akin, bora, assert_problem, snapshot) -> None:
    transfer = passed(ceren, bora, 5)
    before = snapshot()
    assert_problem(akin.get("/customers"), 403, "scope_missing")
    assert_problem(ceren.post("/transfers", json={"customer_id": str(akin.tenant_id), "kontor": 1}), 404, "not_found")
    assert_problem(akin.post("/transfers", json={"customer_id": str(bora.tenant_id), "kontor": 1}), 404, "not_found")
    assert_problem(akin.post("/take-backs", json={"transfer_id": transfer, "kontor": 1}), 404, "not_found")
    assert_problem(akin.get(f"/take-backs?customer_id={bora.tenant_id}"), 404, "not_found")
    for kontor in (0, -3, 1.5, "4", 10**13):
        body = {"customer_id": str(bora.tenant_id), "kontor": kontor}
        assert_problem(ceren.post("/transfers", json=body), 400, "invalid_request")
    body = {"customer_id": str(bora.tenant_id), "kontor": 10**9}
    assert_problem(ceren.post("/transfers", json=body), 402, "insufficient_kontor")
    assert snapshot() == before


def test_untouched_kontor_comes_back_at_once(ceren, bora) -> None:
    transfer, before = passed(ceren, bora, 8), ceren.spendable()
    body = {"transfer_id": transfer, "kontor": 3}
    first, second = (ceren.post("/take-backs", json=body, headers={"Idempotency-Key": "b1"}) for _ in range(2))
    assert (first.status_code, first.get_json()["state"], first.get_json()["taken_kontor"]) == (201, "done", 3)
    assert second.get_json() == first.get_json()
    assert ceren.spendable() == before + 3


def test_a_touched_transfer_waits_for_the_customers_answer(ceren, bora, akin, assert_problem) -> None:
    transfer = passed(ceren, bora, 6)
    with tenant_session(bora.tenant_id) as session:
        from billing.ledger import charges
        from ebelge.core.ids import new_id

        (left,) = session.execute(text("SELECT available FROM wallet")).one()
        charges.reserve(session, tenant_id=bora.tenant_id, charge_id=new_id(), kind="sms", kontor=left - 2,
                        price_id=new_id(), at=utc_now())  # fmt: skip
    asked = ceren.post("/take-backs", json={"transfer_id": transfer, "kontor": 1}).get_json()
    path = f"/take-backs/{asked['take_back_id']}"
    assert (asked["state"], asked["taken_kontor"]) == ("asked", 0)
    assert bora.get("/take-backs").get_json()["items"][0]["take_back_id"] == asked["take_back_id"]
    theirs = ceren.get(f"/take-backs?customer_id={bora.tenant_id}").get_json()["items"]
    assert theirs[0] == asked
    for foreigner in (akin, ceren):
        for answer in ("accept", "refuse"):
            assert_problem(foreigner.post(f"{path}/{answer}"), 404, "not_found")
    done = bora.post(f"{path}/accept").get_json()
    assert (done["state"], done["taken_kontor"]) == ("done", 1)
    assert_problem(bora.post(f"{path}/refuse"), 409, "take_back_answered")
    second = ceren.post("/take-backs", json={"transfer_id": transfer, "kontor": 1}).get_json()
    assert bora.post(f"/take-backs/{second['take_back_id']}/refuse").get_json()["state"] == "refused"


def test_the_commission_and_its_sheet_can_be_read(ceren, assert_problem) -> None:
    month = ceren.get("/commission").get_json()
    sums = [month[name]["amount_kurus"] for name in ("opening", "accrued", "reversed", "paid", "closing")]
    assert sum(sums[:4]) == sums[4]
    sheet = ceren.get(f"/commission/sheet?month={month['month']}&form=csv")
    assert sheet.get_data().startswith(b"\xef\xbb\xbfTarih;")
    assert sheet.headers["Content-Disposition"] == f'attachment; filename="komisyon-{month["month"]}.csv"'
    assert ceren.get("/commission/sheet").get_data().startswith(b"PK")
    assert_problem(ceren.get("/commission?month=2099-01"), 400, "invalid_request")
    assert_problem(ceren.get("/commission?month=2026-13"), 400, "invalid_request")
