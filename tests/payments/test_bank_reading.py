"""Statements as banks write them: encodings, separators, numbers, sheets, MT940; hostile files."""

from __future__ import annotations

import contextlib
import io
import zipfile
from datetime import date, datetime
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from billing.payments.bank.figures import amount_kurus, decimal_mark, read_date
from billing.payments.bank.files import read_statement
from billing.payments.bank.identity import bank_code, ibans_in, tr_iban, vkn_tckn
from billing.payments.errors import StatementUnreadable
from ebelge.core.workbooks import UNPACKED_BYTES_MAX

IBAN = "TR330006100519786457841326"
HEADER = "Tarih;Açıklama;Tutar;Bakiye;Gönderen;Gönderen VKN;Dekont No"
ROWS = [
    "31.12.2026;KNT-7F3K-92 KONTÖR ÖDEMESİ;1.234,56;10.000,00;IŞIK GIDA LTD.ŞTİ.;;D-1",
    "02.01.2027 14:05;Kira;-2.000,00;8.000,00;;;D-2",
]
CSV = "\n".join(["Hesap Özeti", "IBAN;TR33", "", HEADER, *ROWS, "TOPLAM;;-765,44"])


def lines(data, account="TR-1"):
    return read_statement(data, account=account).lines


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1254", "iso-8859-9", "utf-16"])
@pytest.mark.parametrize("separator", [";", "\t", "|"])
def test_a_csv_is_read_in_every_usual_encoding_and_separator(encoding, separator):
    first, second = lines(CSV.replace(";", separator).encode(encoding))
    assert (first.booked_on, first.amount_kurus, first.currency) == (date(2026, 12, 31), 1_234_56, "TRY")
    assert (first.sender_name, first.bank_ref, first.balance_kurus) == ("IŞIK GIDA LTD.ŞTİ.", "D-1", 10_000_00)
    assert (second.amount_kurus, second.row) == (-2_000_00, 6)


def test_commas_may_part_columns_where_amounts_are_quoted_or_have_points():
    text = 'Date,Description,Amount\n2026-12-31,"KNT, x","1,234.56"\n2026-12-31,y,12.50\n'
    assert [line.amount_kurus for line in lines(text.encode())] == [1_234_56, 12_50]


def test_debit_and_credit_may_have_columns_of_their_own():
    text = "Tarih;Açıklama;Borç;Alacak\n01.02.2026;a;;100,00\n01.02.2026;b;40,00;0,00\n"
    assert [line.amount_kurus for line in lines(text.encode())] == [100_00, -40_00]


def test_the_same_file_twice_has_the_same_keys_and_twins_differ():
    text = "Tarih;Açıklama;Tutar\n" + "01.02.2026;FAST;100,00\n" * 2
    first, second = lines(text.encode()), lines(text.encode("cp1254"))
    assert [line.key for line in first] == [line.key for line in second]
    assert len({line.key for line in first}) == 2


def test_a_bank_number_used_twice_refuses_the_file():
    text = "Tarih;Açıklama;Tutar;Dekont No\n" + "01.02.2026;FAST;100,00;D-1\n" * 2
    with pytest.raises(StatementUnreadable) as refused:
        lines(text.encode())
    assert refused.value.findings[0].line == 3


def test_unreadable_rows_are_named_and_nothing_is_taken():
    text = "Tarih;Açıklama;Tutar\n01.02.2026;a;100,00\n31.02.2026;b;1,00\n12/31/2026;c;1,00\n01.02.2026;d;yüz\n"
    with pytest.raises(StatementUnreadable) as refused:
        lines(text.encode())
    assert [(finding.line, finding.message_tr) for finding in refused.value.findings] == [
        (3, "Satır okunamadı: tarih değil: '31.02.2026'"),
        (4, "Satır okunamadı: tarih değil: '12/31/2026'"),
        (5, "Satır okunamadı: tutar değil: 'yüz'"),
    ]


@pytest.mark.parametrize(
    "data",
    [
        b"", b"   \n", b"hello", b"\x00\x01\x02" * 50, "Tarih;Açıklama;Tutar\n".encode("utf-32"),
        "Tarih;Açıklama;Tutar\n01.02.2026;Işık şirketi;1,00".encode().decode("cp1252").encode(),
        b"Tarih;Aciklama;Tutar\n01.02.2026;a;1.234,56\n01.02.2026;b;1,234.56\n",
        b"%PDF-1.7 whatever", b"PK\x03\x04broken", b"<html><table></table></html>",
        b"Tarih;Aciklama;Tutar\n01.02.2026;" + b"x" * 2_000 + b";1,00\n",
        b"Tarih;Aciklama;Tutar\n" + b"01.02.2026;a;1,00\n" * 50_001, b"x" * (10 * 1024 * 1024 + 1),
    ],
    ids=["empty", "blank", "text", "binary", "utf-32", "encoded-twice", "two-marks", "pdf", "zip", "html", "long-text",
         "many-rows", "large"],
)  # fmt: skip
def test_what_is_no_statement_is_refused(data):
    with pytest.raises(StatementUnreadable):
        lines(data)


@given(data=st.binary(max_size=400))
def test_any_bytes_are_read_or_refused(data):
    with contextlib.suppress(StatementUnreadable):
        lines(data)


@given(rows=st.lists(st.lists(st.text(max_size=20), max_size=8), max_size=10), start=st.booleans())
def test_any_table_is_read_or_refused(rows, start):
    text = (HEADER + "\n" if start else "") + "\n".join(";".join(row) for row in rows)
    with contextlib.suppress(StatementUnreadable):
        lines(text.encode("utf-8", "replace"))


@pytest.mark.parametrize(
    ("text", "mark", "kurus"),
    [("1.234,56", ",", 123456), ("1234,56", ",", 123456), ("1,234.56", ".", 123456), ("-1.234,56 TL", ",", -123456),
     ("1.234,56-", ",", -123456), ("(1.234,56)", ",", -123456), ("1.234", ",", 123400), ("12,5", ",", 1250),
     ("₺ 1 234,56", ",", 123456), ("+10", ",", 1000), ("1.234.567,89", ",", 123456789), ("\u22125,00", ",", -500),
     ("1'234.50", ".", 123450)],
)  # fmt: skip
def test_amounts_are_read_as_banks_write_them(text, mark, kurus):
    assert amount_kurus(text, mark=mark) == kurus


@pytest.mark.parametrize(
    "text", ["", "-", "1,2,3", "1.23.456,00", "12,345", "abc", "1e5", "١٢", "9" * 20, "1,,2", "0x1"]
)
def test_what_is_no_amount_is_refused(text):
    with pytest.raises(ValueError):
        amount_kurus(text, mark=",")


@given(kurus=st.integers(-(10**12), 10**12), turkish=st.booleans(), grouped=st.booleans())
def test_every_amount_is_read_back(kurus, turkish, grouped):
    whole, rest = divmod(abs(kurus), 100)
    text = f"{whole:,}.{rest:02d}" if grouped else f"{whole}.{rest:02d}"
    if turkish:
        text = text.translate(str.maketrans(",.", ".,"))
    text = ("-" if kurus < 0 else "") + text
    mark = decimal_mark(text)
    assert mark == ("," if turkish else ".")
    assert amount_kurus(text, mark=mark) == kurus


@pytest.mark.parametrize("text", ["31.12.2026", "31/12/2026", "2026-12-31", "20261231", "31-12-2026 23:59:59",
                                  "2026-12-31T10:00"])  # fmt: skip
def test_days_are_read(text):
    assert read_date(text) == date(2026, 12, 31)


@pytest.mark.parametrize("text", ["", "31.13.2026", "30.02.2026", "1.1.26", "12/31/2026", "31.12.1899", "bugün"])
def test_what_is_no_day_is_refused(text):
    with pytest.raises(ValueError):
        read_date(text)


def test_an_iban_is_turkish_and_right():
    assert tr_iban("tr33 0006 1005 1978 6457 8413 26") == IBAN
    assert bank_code(IBAN) == "00061"
    assert tr_iban("TR330006100519786457841327") is None
    assert tr_iban("DE89370400440532013000") is None
    assert ibans_in("GÖNDEREN TR33 0006 1005 1978 6457 8413 26 FAST") == (IBAN,)
    assert vkn_tckn("1234567890") == "1234567890"
    assert vkn_tckn("1234567891") is None
    assert vkn_tckn("10000000146") == "10000000146"


MT940 = f"""{{1:F01BANKTRISAXXX0000000000}}{{4:
:20:STMT1
:25:{IBAN}
:28C:1/1
:60F:C261230TRY10000,00
:61:2612311231C1234,56NTRFNONREF//D-1
KNT 7F3K92
:86:GÖNDEREN IŞIK GIDA 1234567890
 FAST
:61:2612310102D2000,NTRFREF2
:86:?20KIRA?31{IBAN}?32AKIN?33LTD
:62F:C261231TRY9234,56
-}}
"""


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_mt940_is_read_and_its_balances_agree(newline):
    statement = read_statement(MT940.replace("\n", newline).encode(), account="")
    first, second = statement.lines
    assert statement.form == "mt940"
    assert (first.account, first.amount_kurus, first.bank_ref) == (IBAN, 1_234_56, "D-1")
    assert first.description == "KNT 7F3K92 GÖNDEREN IŞIK GIDA 1234567890 FAST"
    assert first.sender_vkn == "1234567890"
    assert (second.amount_kurus, second.booked_on, second.value_on) == (-2_000_00, date(2027, 1, 2), date(2026, 12, 31))
    assert (second.sender_name, second.sender_iban, second.bank_ref) == ("AKIN LTD", IBAN, "REF2")


@pytest.mark.parametrize(
    ("old", "new"),
    [("TRY9234,56", "TRY9234,57"), (":62F:C261231TRY9234,56\n", ""), ("2612311231C", "2613311231C"), ("C1234,56", "X1"),
     ("60F:C261230TRY10000,00", "60F:nonsense"), ("1234,56NTRF", "1234567890123456,00NTRF")],
)  # fmt: skip
def test_mt940_that_does_not_add_up_is_refused(old, new):
    with pytest.raises(StatementUnreadable):
        lines(MT940.replace(old, new).encode())


def test_of_an_mt940_that_is_refused_the_field_is_named_in_both_languages():
    with pytest.raises(StatementUnreadable, match=r"field 4 \(:60F:\): not a balance") as refused:
        lines(MT940.replace("60F:C261230TRY10000,00", "60F:nonsense").encode())
    assert refused.value.detail_tr == "MT940 dosyası okunamadı: 4. alan (:60F:): bakiye satırı değil"


def test_a_reversal_takes_back():
    text = ":25:X\n:60F:C260101TRY100,00\n:61:260102RC40,00NTRFA\n:61:260102RD10,00NTRFB\n:62F:C260102TRY70,00\n"
    assert [line.amount_kurus for line in lines(text.encode(), "")] == [-40_00, 10_00]


def workbook(rows, sheets=1):
    openpyxl = pytest.importorskip("openpyxl", reason="the package that reads sheets is not installed")
    book = openpyxl.Workbook()
    for _ in range(sheets - 1):
        book.create_sheet(index=0).append(["Kapak"])
    for row in rows:
        book.worksheets[-1].append(row)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def test_a_sheet_is_read_with_typed_dates_and_numbers():
    data = workbook(
        [["Hesap hareketleri"], ["Tarih", "Açıklama", "İşlem Tutarı", "Döviz"],
         [datetime(2026, 12, 31, 9, 30), "KNT-7F3K-92", 1234.56, "TL"], ["01.01.2027", "b", "-1.000,10", "EUR"],
         [date(2027, 1, 2), "formül", 0.1 + 0.2, None], [None, None, None]],
        sheets=2,
    )  # fmt: skip
    statement = read_statement(data, account="a")
    assert statement.form == "xlsx"
    assert [(line.booked_on.isoformat(), line.amount_kurus, line.currency) for line in statement.lines] == [
        ("2026-12-31", 1_234_56, "TRY"), ("2027-01-01", -1_000_10, "EUR"), ("2027-01-02", 30, "TRY"),
    ]  # fmt: skip


def packed(**parts):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return out.getvalue()


@pytest.mark.parametrize(
    "data",
    [
        lambda: packed(a="x"),
        lambda: packed(bomb=b"\0" * (UNPACKED_BYTES_MAX + 1)),
        lambda: packed(**{"xl/workbook.xml": '<!DOCTYPE x [<!ENTITY a "b">]><x>&a;</x>'}),
        lambda: packed(**{"xl/workbook.xml": '<?xml version="1.0" encoding="utf-16"?><x/>'.encode("utf-16")}),
        lambda: packed(**{f"part{n}": "x" for n in range(501)}),
        lambda: packed(a="x" * 1000)[:60],
    ],
    ids=["no-workbook", "bomb", "entities", "utf-16", "many-parts", "cut"],
)
def test_a_hostile_workbook_is_refused(data):
    with pytest.raises(StatementUnreadable):
        lines(data())


@settings(max_examples=30)
@given(amount=st.decimals(min_value=Decimal("-99999999.99"), max_value=Decimal("99999999.99"), places=2))
def test_every_number_of_a_sheet_keeps_its_kurus(amount):
    data = workbook([["Tarih", "Açıklama", "Tutar"], ["01.01.2027", "a", float(amount)]])
    assert lines(data)[0].amount_kurus == int(amount * 100)
