"""A workbook becomes documents: rows of one reference together, every fault told at its row under its own heading."""

from __future__ import annotations

import pytest

from ebelge.bulk import queries, uploads
from ebelge.bulk.sheet import UploadRefused, template_xlsx
from ebelge.bulk.uploads import BulkRefused
from ebelge.core.clock import utc_now
from ebelge.core.db import tenant_session
from ebelge.core.workbooks import read_workbook
from tests.bulk.conftest import ME, Desk, World
from tests.bulk.files import ROW, book, zipped


def test_rows_of_one_reference_are_one_document_and_each_is_priced(desk: Desk):
    data = book(ROW, ROW | {"Mal/hizmet": "Vana"}, ROW | {"Belge referansı": "S-2"}, above=["Satışlar, Ekim"])
    upload = desk.checked(data)
    first, second = desk.items(upload)
    assert (first.state, first.kind, first.payable_kurus, first.kontor) == ("good", "earsiv", 5925_89, 1)
    assert (first.place, first.rows, second.rows) == ("S-1 · Satışlar 3-4", [3, 4], [5])
    assert desk.state(upload) == "checked"
    assert desk.progress(upload).kontor == 2
    assert desk.documents() == 0


def test_without_a_reference_each_row_is_a_document(desk: Desk):
    row = {name: value for name, value in ROW.items() if name != "Belge referansı"}
    assert [item.state for item in desk.items(desk.checked(book(row, row, row)))] == ["good"] * 3


@pytest.mark.parametrize(
    ("changed", "heading", "told"),
    [
        ({"Miktar": None}, "Miktar", "boş olamaz"),
        ({"Alıcı VKN/TCKN": "1234567891"}, "Alıcı VKN/TCKN", "geçerli bir VKN"),
        ({"KDV %": 0.2}, "KDV %", "yüzde 20 için 20"),
        ({"Birim": "kucak"}, "Birim", "bilinen bir birim değil"),
        ({"Birim fiyat": "on lira"}, "Birim fiyat", "1.234,56 gibi"),
        ({"Birim fiyat": "1.250"}, "Birim fiyat", "iki türlü okunur; 1250 ya da 1,250 yazın"),
    ],
)
def test_a_wrong_cell_is_told_with_its_row_and_heading(desk: Desk, changed, heading, told):
    good, bad = desk.items(desk.checked(book(ROW, ROW | {"Belge referansı": "S-2"} | changed)))
    assert (good.state, bad.state) == ("good", "bad")
    (found,) = bad.findings
    assert found["line"] == 3
    assert heading in found["message_tr"]
    assert told in found["message_tr"]


def test_what_the_rules_find_is_told_at_the_cell_that_it_came_from(desk: Desk):
    rows = [ROW | {"Tevkifat kodu": "624"}, ROW | {"Tevkifat kodu": "999"}]
    (item,) = desk.items(desk.checked(book(*rows)))
    assert item.state == "bad"
    assert (3, "Tevkifat kodu") in [(found["line"], found["path"]) for found in item.findings]


def test_a_mend_speaks_of_the_sheet_and_not_of_json(desk: Desk):
    euro = {"Para birimi": "EUR", "Fatura tipi": "SATIS"}
    stay = {"Para birimi": "TRY", "Fatura tipi": "KONAKLAMAVERGISI"}
    rows = [ROW | {"Belge referansı": f"S-{n}"} | changed for n, changed in enumerate((euro, stay))]
    rate, tax = ([found["mend_tr"] for found in item.findings] for item in desk.items(desk.checked(book(*rows))))
    assert rate == ["Dosyada bunun sütunu yok: 'Kur' sütununu ekleyip yeniden yükleyin."]
    assert any(mend.startswith("Tabloda bunun sütunu yok") for mend in tax)
    assert not any("_" in mend for mend in (*rate, *tax))


def test_what_a_document_lacks_is_told_by_the_name_of_its_column(desk: Desk):
    without = {name: value for name, value in ROW.items() if name not in ("Alıcı ili",)}
    (lacking,) = desk.items(desk.checked(book(without)))
    (empty,) = desk.items(desk.checked(book(ROW | {"Alıcı ili": None})))
    (told,), (also,) = lacking.findings, empty.findings
    assert (told["message_tr"], also["message_tr"]) == ("Alıcı ili: Zorunlu alan eksik.",) * 2
    assert told["message_en"] == "Buyer city: A mandatory field is missing."
    assert told["mend_tr"] == "Dosyada bunun sütunu yok: 'Alıcı ili' sütununu ekleyip yeniden yükleyin."
    assert also["mend_tr"] == "Hücreyi düzeltin: Alıcı ili."


def test_what_a_sheet_has_columns_for_is_not_said_to_have_none(desk: Desk):
    back = {"Fatura tipi": "IADE", "Alıcı soyadı": None}
    (item,) = desk.items(desk.checked(book(ROW | back)))
    mends = [found["mend_tr"] for found in item.findings]
    assert item.state == "bad" and mends and not any("sütunu yok" in mend for mend in mends), item.findings


def test_rows_of_a_document_must_agree_on_its_buyer(desk: Desk):
    (item,) = desk.items(desk.checked(book(ROW, ROW | {"Alıcı soyadı": "Kaya"})))
    assert (item.state, item.findings[0]["rule"], item.findings[0]["line"]) == ("bad", "sheet.differs", 3)


def test_headings_of_ones_own_are_mapped_once_and_known_the_next_time(desk: Desk):
    own = {"Müşteri": "Işık & Oğulları Ltd.", "Vergi": "1234567808", "Bölge": "Nilüfer", "Kent": "Bursa",
           "Malzeme": "Vana", "Kaç tane": 3, "Tanesi": 10, "Oran": 20}  # fmt: skip
    upload = desk.take(book(own))
    assert desk.state(upload) == "mapping"
    fields = {
        "buyer_name": "Müşteri", "buyer_vkn_tckn": "Vergi", "buyer_district": "Bölge", "buyer_city": "Kent",
        "name": "Malzeme", "quantity": "Kaç tane", "unit_price": "Tanesi",
    }  # fmt: skip
    at = utc_now()
    with pytest.raises(BulkRefused, match="VAT %"), tenant_session(desk.akin) as session:
        uploads.map_columns(session, tenant_id=desk.akin, upload_id=upload, fields=fields, at=at)
    with tenant_session(desk.akin) as session:
        fields["kdv_rate"] = "Oran"
        uploads.map_columns(session, tenant_id=desk.akin, upload_id=upload, fields=fields, at=at)
    desk.work()
    (item,) = desk.items(upload)
    assert (item.state, item.buyer) == ("good", "Işık & Oğulları Ltd.")
    assert desk.state(desk.checked(book(own, own))) == "checked"


def test_a_natural_person_may_stand_in_the_column_of_titles(desk: Desk):
    row = {name: value for name, value in ROW.items() if name not in ("Alıcı adı", "Alıcı soyadı")}
    (item,) = desk.items(desk.checked(book(row | {"Alıcı unvanı": "İnci Su Irmak"})))
    assert (item.state, item.buyer) == ("good", "İnci Su Irmak")


@pytest.mark.parametrize("form", ["invoices", "despatches", "producer_receipts"])
def test_the_template_is_read_as_a_sheet_whose_columns_are_all_known(desk: Desk, form):
    (sheet, *_) = read_workbook(template_xlsx(form, turkish=True), rows_max=10)
    with pytest.raises(UploadRefused, match="no filled row"):
        desk.take(template_xlsx(form, turkish=True), form=form)
    assert any("*" in str(cell) for cell in sheet.rows[0])


def test_despatches_and_producer_receipts_come_from_sheets_too(desk: Desk, world: World):
    despatch = {
        "Alıcı VKN/TCKN": "1234567808", "Alıcı unvanı": "Bora A.Ş.", "Alıcı ilçesi": "Aliağa", "Alıcı ili": "İzmir",
        "Mal/hizmet": "Rulman", "Miktar": 12, "Birim": "adet", "Teslim ilçesi": "Aliağa", "Teslim ili": "İzmir",
        "Teslim posta kodu": "35800", "Şoför adı": "Deniz", "Şoför soyadı": "Kaya", "Şoför TCKN": "10000000146",
        "Plaka": "06 abc 123", "Sevk saati": "14:30",
    }  # fmt: skip
    receipt = {
        "Müstahsil VKN/TCKN": "10000000146", "Müstahsil adı": "Fatma", "Müstahsil soyadı": "Yıldız",
        "Müstahsil ilçesi": "Polatlı", "Müstahsil ili": "Ankara", "Mal/hizmet": "Buğday", "Miktar": 1500,
        "Birim": "kg", "Birim fiyat": "9,25", "Stopaj %": 2, "Mera fonu %": 0.1,
    }  # fmt: skip
    for row, form, kind in ((despatch, "despatches", "eirsaliye"), (receipt, "producer_receipts", "emm")):
        (item,) = desk.items(desk.checked(book(row), form=form))
        assert (item.state, item.kind, item.findings) == ("good", kind, item.findings)


@pytest.mark.parametrize(
    ("data", "told"),
    [
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(512), "eski Excel biçiminde"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "EncryptedPackage".encode("utf-16-le"), "parolalı"),
        (b"Tarih;Vergi No\r\n", "CSV'yi Excel'de açıp"),
        (book(ROW)[:2000], "bozuk ya da eksik"),
        (zipped({"[Content_Types].xml": b"<x/>", "xl/externalLinks/externalLink1.xml": b"<x/>"}), "değer olarak yap"),
    ],
)
def test_a_file_that_is_not_taken_says_how_to_make_it_one_that_is(desk: Desk, data, told):
    with pytest.raises(UploadRefused) as refused:
        desk.take(data)
    assert told in refused.value.detail_tr


@pytest.mark.parametrize("data", [b"PK\x03\x04 broken [Content_Types].xml", b"%PDF-1.7", b""])
def test_what_is_no_workbook_leaves_nothing(desk: Desk, unchanged, data):
    unchanged(lambda: desk.take(data), UploadRefused)


def test_a_workbook_without_headings_or_rows_leaves_nothing(desk: Desk, unchanged):
    unchanged(lambda: desk.take(book({"": None})), UploadRefused)
    unchanged(lambda: desk.take(template_xlsx("invoices", turkish=False)), UploadRefused)


def test_the_same_file_again_is_told_once_something_of_it_was_sent(desk: Desk):
    data = book(ROW)
    first = desk.checked(data)
    with tenant_session(desk.akin) as session:
        second = desk.take(data)
        again = queries.look(session, tenant_id=desk.akin, upload_id=second)
        assert queries.same_file(session, again) is None
    desk.send(first)
    with tenant_session(desk.akin) as session:
        found = queries.same_file(session, queries.look(session, tenant_id=desk.akin, upload_id=second))
        assert found is not None
        assert found.upload_id == first
    assert ME.name == found.created_name
