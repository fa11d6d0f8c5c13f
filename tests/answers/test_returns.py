"""A return invoice out of an incoming one: turned round, in part or whole, and accepted like any other."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from ebelge.archive.store import open_store
from ebelge.core.errors import InvalidRequest
from ebelge.documents.incoming.models import INCOMING_NAME
from ebelge.ubl.examples import BORA
from ebelge.ubl.parse import ParsedDocument, parse
from ebelge.ubl.return_draft import return_draft
from tests.answers.conftest import Post

LINES = [
    {"name": "Masa", "quantity": "10", "unit": "C62", "unit_price": "100", "kdv_rate": "20", "seller_code": "M1",
     "discounts": [{"percent": "10"}]},
    {"name": "Kitap", "quantity": "3", "unit": "C62", "unit_price": "50.25", "kdv_rate": "0", "exemption_code": "351"},
    {"name": "Temizlik", "quantity": "1", "unit": "HUR", "unit_price": "1000", "kdv_rate": "20",
     "withholding_code": "612", "withholding_rate": "90"},
]  # fmt: skip


def invoice(mail: Post, **changes: Any) -> ParsedDocument:
    document_id = mail.came(profile="TEMELFATURA", lines=LINES, **changes)
    return parse(open_store().get(mail.akin, document_id, INCOMING_NAME))


def test_a_whole_return_is_accepted_as_it_is_and_comes_to_the_same_sum(mail: Post) -> None:
    came = invoice(mail)
    draft, by_hand = return_draft(came, {})

    assert by_hand == []
    assert draft["buyer"]["vkn"] == BORA.vkn_tckn
    assert draft["returned_invoices"] == [{"number": came.number, "date": came.issue_date.isoformat()}]
    assert draft["lines"][0]["buyer_code"] == "M1"
    (document_id,) = mail.world.submit(draft)
    document = mail.world.document(document_id)
    assert (document.type_code, document.profile, document.kind) == ("IADE", "TEMELFATURA", "efatura")
    assert document.buyer_vkn_tckn == BORA.vkn_tckn
    assert document.payable_kurus == came.payable_kurus


def test_part_of_a_line_goes_back_with_its_share_of_the_discount(mail: Post) -> None:
    draft, _ = return_draft(invoice(mail), {"1": Decimal(4)})
    (line,) = draft["lines"]
    assert (line["quantity"], line["unit_price"], line["discounts"]) == ("4", "100", [{"amount": "40"}])
    (document_id,) = mail.world.submit(draft)
    assert mail.world.document(document_id).payable_kurus == 432_00


def test_a_discount_on_the_whole_goes_back_in_proportion(mail: Post) -> None:
    draft, _ = return_draft(invoice(mail, discounts=[{"percent": "5"}]), {"1": Decimal(1)})
    assert draft["discounts"] == [{"percent": "5"}]


@pytest.mark.parametrize("quantities", [{"9": Decimal(1)}, {"1": Decimal(11)}, {"1": Decimal(-1)}, {"1": Decimal(0)}])
def test_what_was_not_invoiced_is_not_returned(mail: Post, quantities: dict[str, Decimal]) -> None:
    with pytest.raises(InvalidRequest):
        return_draft(invoice(mail), quantities)
