"""Lists come in pages: every item once, newest first, also while more arrive."""

from __future__ import annotations

import pytest

from ebelge.ubl.examples import example_json
from ebelge.ubl.types import DocumentKind


@pytest.fixture(scope="module")
def many(app, world):
    """Eleven documents of Akın's sandbox: e-Fatura and e-Arşiv in turn."""
    headers = {"Authorization": f"Bearer {world.accounts['akin'].sandbox_key}"}
    kinds = [DocumentKind.EFATURA, DocumentKind.EARSIV]
    items = [{"draft": example_json(kinds[n % 2], n=n)} for n in range(11)]
    answer = app.test_client().post("/api/v1/documents/bulk", json={"documents": items}, headers=headers)
    return answer.get_json()["documents"]


@pytest.fixture
def sandbox(caller):
    return caller("akin", sandbox=True)


def walk(sandbox, path: str, limit: int, between=lambda: None):
    items, cursor = [], None
    while True:
        mark = "&" if "?" in path else "?"
        page = sandbox.get(f"{path}{mark}limit={limit}" + (f"&cursor={cursor}" if cursor else "")).get_json()
        assert len(page["items"]) <= limit
        items += page["items"]
        cursor = page["next_cursor"]
        if cursor is None:
            return items
        between()


@pytest.mark.parametrize("limit", [1, 3, 11, 200])
def test_every_document_stands_on_exactly_one_page(many, sandbox, limit: int) -> None:
    found = [item["document_id"] for item in walk(sandbox, "/documents", limit)]
    assert found[-11:] == [document["document_id"] for document in reversed(many)]
    assert len(set(found)) == len(found)


def test_documents_that_arrive_meanwhile_shift_nothing(many, sandbox) -> None:
    found = walk(sandbox, "/documents", 4, between=lambda: sandbox.send("earsiv"))
    ids = [item["document_id"] for item in found]
    assert len(set(ids)) == len(ids)
    assert ids[-11:] == [document["document_id"] for document in reversed(many)]


def test_filters_narrow_and_combine(many, sandbox) -> None:
    wanted = [document for document in many if document["kind"] == "efatura"]
    found = walk(sandbox, "/documents?kind=efatura&state=accepted", 2)
    assert [item["document_id"] for item in found][-6:] == [one["document_id"] for one in reversed(wanted)]
    one = wanted[0]
    for query in (f"number={one['number']}", f"ettn={one['ettn']}", f"ettn={one['ettn']}&kind=efatura"):
        assert [item["document_id"] for item in walk(sandbox, f"/documents?{query}", 5)] == [one["document_id"]]
    assert walk(sandbox, f"/documents?ettn={one['ettn']}&kind=earsiv", 5) == []
    assert walk(sandbox, "/documents?day_to=2020-01-01", 5) == []
    assert len(walk(sandbox, f"/documents?buyer={one['buyer']['vkn_tckn']}&kind=efatura", 5)) >= 6


def test_entries_tell_the_balance_after_each_step(many, sandbox) -> None:
    entries = walk(sandbox, "/entries", 4)
    versions = [entry["version"] for entry in entries]
    assert versions == list(range(versions[0], 0, -1))
    balance = sandbox.get("/balance").get_json()
    assert (entries[0]["available"], entries[0]["held"]) == (balance["spendable"], balance["held"])
    charged = {entry["charge_id"] for entry in entries if entry["kind"] == "reserved"}
    assert {document["document_id"] for document in many} <= charged


def test_lots_say_what_is_left_of_each(many, sandbox) -> None:
    lots = walk(sandbox, "/lots?open=true", 1)
    assert sum(lot["remaining"] for lot in lots) == sandbox.get("/balance").get_json()["spendable"]
    assert {lot["source"] for lot in lots} == {"bonus"}
    assert lots[0]["net_price"] == {"amount_kurus": 0, "currency": "TRY"}
