"""An invoice from despatch notes: lines and references come from them, once, and never of two buyers."""

from __future__ import annotations

from uuid import uuid4

import pytest

from ebelge.ubl.examples import example_json, supplier
from ebelge.ubl.types import DocumentKind

PRICES = [
    {"item": "Çelik boru", "unit_price": "100", "kdv_rate": "20"},
    {"item": "VN-50", "unit_price": "12.50", "kdv_rate": "10"},
]


@pytest.fixture
def sandbox(caller):
    return caller("akin", sandbox=True)


@pytest.fixture
def despatched(sandbox):
    """A despatch of ten pipes and three valves to Bora (or another)."""

    def send(**changes):
        body = example_json(DocumentKind.EIRSALIYE) | {
            "lines": [
                {"name": "Çelik boru", "quantity": "10", "unit": "adet"},
                {"name": "Vana DN50", "quantity": "3", "unit": "adet", "seller_code": "VN-50"},
            ]
        }
        return sandbox.post("/api/v1/documents", json=body | changes).get_json()

    return send


def invoice(sandbox, *despatches, **changes):
    ids = [one["document_id"] for one in despatches]
    return sandbox.post("/api/v1/despatches/invoice", json={"despatches": ids, "prices": PRICES} | changes)


def test_two_despatches_become_one_invoice(sandbox, despatched):
    first, second = despatched(), despatched()
    answer = invoice(sandbox, first, second, invoice={"notes": ["Kasım teslimatları"]})
    assert answer.status_code == 202
    sent = answer.get_json()
    assert (sent["kind"], sent["line_count"], sent["buyer"]["vkn_tckn"]) == ("efatura", 4, first["buyer"]["vkn_tckn"])
    assert sent["payable"]["amount_kurus"] == 2 * (120_000 + 4_125)
    xml = sandbox.get(f"/api/v1/documents/{sent['document_id']}/xml?form=source").get_data(as_text=True)
    assert xml.count("<cac:DespatchDocumentReference>") == 2
    for number in (first["number"], second["number"]):
        assert f"<cbc:ID>{number}</cbc:ID>" in xml
        assert f"İrsaliye {number}" in xml


def test_a_despatch_is_invoiced_once_unless_told_otherwise(sandbox, despatched):
    one = despatched()
    assert invoice(sandbox, one).status_code == 202
    refused = invoice(sandbox, one)
    assert (refused.status_code, refused.get_json()["code"]) == (409, "despatch_already_invoiced")
    assert refused.get_json()["invoiced"] == [one["number"]]
    again = invoice(sandbox, one, again=True)
    assert again.status_code == 202
    assert invoice(sandbox, one).status_code == 409


def test_a_withdrawn_invoice_frees_its_despatch(sandbox, despatched):
    one = despatched()
    sent = invoice(sandbox, one).get_json()
    assert sandbox.post(f"/api/v1/documents/{sent['document_id']}/withdraw").status_code == 200
    assert invoice(sandbox, one).status_code == 202


def test_despatches_of_two_buyers_are_refused(sandbox, despatched):
    other = supplier(5)
    to_other = {"vkn": other.vkn_tckn, "name": other.name, "district": other.district, "city": other.city}
    refused = invoice(sandbox, despatched(), despatched(buyer=to_other))
    assert (refused.status_code, refused.get_json()["code"]) == (400, "invalid_request")
    assert len(refused.get_json()["buyers"]) == 2
    assert invoice(sandbox, despatched(), invoice={"buyer": to_other}).status_code == 400


def test_goods_without_a_price_are_named(sandbox, despatched):
    refused = invoice(sandbox, despatched(), prices=PRICES[:1])
    assert refused.status_code == 422
    (found,) = refused.get_json()["findings"]
    assert (found["rule"], found["path"]) == ("EB-DESPATCH-PRICE", "prices")
    assert "Vana DN50" in found["message_tr"]


def test_what_is_refused_leaves_the_despatch_free(sandbox, despatched):
    one = despatched()
    assert invoice(sandbox, one, invoice={"currency": "USD"}).status_code == 422
    assert invoice(sandbox, one).status_code == 202


def test_the_same_key_gets_the_same_answer(sandbox, despatched):
    one, key = despatched(), {"Idempotency-Key": uuid4().hex}
    body = {"despatches": [one["document_id"]], "prices": PRICES}
    first, second = (sandbox.post("/api/v1/despatches/invoice", json=body, headers=key) for _ in range(2))
    assert (first.status_code, first.get_json()) == (202, second.get_json())


@pytest.mark.parametrize("changes", [{"invoice": {"lines": []}}, {"despatches": [str(uuid4())]}, {"prices": []}])
def test_what_makes_no_sense_is_refused(sandbox, despatched, changes):
    assert invoice(sandbox, despatched(), **changes).status_code in (400, 404)


def test_an_invoice_is_no_despatch(sandbox):
    sent = sandbox.post("/api/v1/documents", json=example_json(DocumentKind.EFATURA)).get_json()
    assert invoice(sandbox, sent).status_code == 400


def test_another_accounts_despatch_is_not_there(caller, despatched):
    assert invoice(caller("bora", sandbox=True), despatched()).status_code == 404
