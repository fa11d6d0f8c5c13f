"""Contacts and products: one card per taxpayer, found without Turkish dots, taken in from sheets whole or not."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from ebelge.core.clock import utc_now
from ebelge.core.errors import NotFound
from ebelge.core.ids import new_id
from ebelge.core.sheets import csv_bytes, xlsx_bytes
from ebelge.documents.drafting import contacts, products, sheets
from ebelge.documents.drafting.contacts import ContactData, ContactExists
from ebelge.documents.drafting.products import ProductData, ProductExists
from ebelge.documents.drafting.sheets import SheetRefused
from ebelge.ubl.examples import tckn, vkn
from tenants.fields import InvalidFields

BORA = ContactData(vkn_tckn=vkn(81), title="Işık & İnci Ltd. Şti.", district="Konak", city="İzmir")


@pytest.fixture
def book(run, desk):
    """Call a function of the books as Ayşe, now."""
    return lambda work, **given: run(work, tenant_id=desk.tenant_id, by="person:x", at=utc_now(), **given)


def test_one_card_per_taxpayer_found_by_words_and_number(run, desk, book) -> None:
    made = book(contacts.add, data=BORA)
    with pytest.raises(ContactExists) as told:
        book(contacts.add, data=replace(BORA, title="Başka"))
    assert told.value.extra == {"contact_id": str(made.contact_id)}
    for wanted in ("isik", "INCI ltd", BORA.vkn_tckn[:4], ""):
        found = run(contacts.listed, tenant_id=desk.tenant_id, wanted=wanted)
        assert [one.contact_id for one in found] == [made.contact_id], wanted
    assert run(contacts.listed, tenant_id=desk.tenant_id, wanted="%") != []  # no word at all
    assert run(contacts.listed, tenant_id=desk.tenant_id, wanted="yok") == []
    with pytest.raises(NotFound):
        run(contacts.get, tenant_id=new_id(), contact_id=made.contact_id)
    for n in range(2):  # final consumers are many
        book(contacts.add, data=ContactData(vkn_tckn="11111111111", title=f"Nihai Tüketici {n}"))


def test_a_person_gets_two_names_and_wrong_fields_are_named(book) -> None:
    row = book(contacts.add, data=ContactData(vkn_tckn=tckn(7), title="Ayşe Nur Yılmaz"))
    assert (row.first_name, row.family_name) == ("Ayşe Nur", "Yılmaz")
    with pytest.raises(InvalidFields) as told:
        book(contacts.add, data=ContactData(vkn_tckn="1234567891", title="", email="x", note="\x00"))
    assert set(told.value.wrong) == {"vkn_tckn", "title", "email", "note"}


def test_who_was_written_to_is_kept_once(run, desk, book) -> None:
    for _ in range(2):
        book(contacts.keep, data=BORA)
    book(contacts.keep, data=replace(BORA, vkn_tckn="11111111111"))
    book(contacts.keep, data=replace(BORA, vkn_tckn=vkn(82), email="no address"))
    assert [one.title for one in run(contacts.listed, tenant_id=desk.tenant_id)] == [BORA.title]


@pytest.mark.parametrize("made", ["xlsx", "csv"])
def test_a_book_goes_out_and_comes_in_again(run, desk, book, made: str) -> None:
    book(contacts.add, data=replace(BORA, note="=1+1", alias="urn:mail:defaultpk@bora.example"))
    book(
        products.add, data=ProductData(code="B-1", name="Çelik boru", unit="KGM", unit_price="12.34567", kdv_rate="10")
    )
    other = new_id()
    for what in ("contacts", "products"):
        table = run(sheets.table, tenant_id=desk.tenant_id, what=what, turkish=True)
        data = xlsx_bytes(table, title="Kitap") if made == "xlsx" else csv_bytes(table)
        for _ in range(2):  # the second time changes what is there
            count = run(
                sheets.take_in,
                tenant=other,
                tenant_id=other,
                what=what,
                name=f"kitap.{made}",
                data=data,
                by="",
                at=utc_now(),
            )
            assert count == 1
    (contact,) = run(contacts.listed, tenant=other, tenant_id=other)
    assert (contact.title, contact.city, contact.alias) == (BORA.title, "İzmir", "urn:mail:defaultpk@bora.example")
    (product,) = run(products.listed, tenant=other, tenant_id=other)
    assert (product.code, product.unit, product.unit_price) == ("B-1", "KGM", Decimal("12.34567"))


def test_a_sheet_with_a_fault_leaves_nothing(run, desk) -> None:
    table = [["VKN/TCKN", "Unvan"], [vkn(91), "Doğru"], ["123", "Yanlış"]]
    for data in (
        csv_bytes(table),
        csv_bytes([["VKN/TCKN", "Unvan"], [vkn(92), "Doğru"], [vkn(93), "\x01"]]),
        b"",
        b"PK\x03\x04",
    ):
        with pytest.raises(SheetRefused):
            run(sheets.take_in, tenant_id=desk.tenant_id, what="contacts", name="x", data=data, by="", at=utc_now())
    assert run(contacts.listed, tenant_id=desk.tenant_id) == []


def test_a_product_is_found_by_name_or_code_and_its_code_is_its_own(run, desk, book) -> None:
    made = book(products.add, data=ProductData(code="v50", name="Vana İÇ"))
    with pytest.raises(ProductExists):
        book(products.add, data=ProductData(code="v50", name="Başka"))
    book(products.add, data=ProductData(name="Kodsuz"))
    found = run(products.named, tenant_id=desk.tenant_id, names=["vana iç", "v50", "yok", "' OR 1=1"])
    assert {row.product_id for row in found.values()} == {made.product_id}
    with pytest.raises(InvalidFields) as told:
        book(
            products.add,
            data=ProductData(name="x", unit="?", unit_price="NaN", kdv_rate="101", gtip="1", withholding_code="1"),
        )
    assert set(told.value.wrong) == {"unit", "unit_price", "kdv_rate", "gtip", "withholding_code"}
