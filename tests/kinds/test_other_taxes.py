"""Taxes beside KDV on drafts, reckoned by hand; every document keeps all rules, GİB's and ours."""

import json
from decimal import Decimal

import pytest

from ebelge.ubl import karekod, type_examples
from ebelge.ubl.codes import values as listed
from ebelge.ubl.copied_draft import copied_draft
from ebelge.ubl.errors import InvalidDraft
from ebelge.ubl.live_sums import live_sums
from ebelge.ubl.other_taxes import OTHER_TAXES
from ebelge.ubl.parse import parse
from ebelge.ubl.render import html
from ebelge.ubl.return_draft import return_draft
from ebelge.ubl.taxes import taxes_of
from ebelge.ubl.type_guide import guide
from ebelge.ubl.type_rules import allows
from ebelge.ubl.validate import check
from tests.kinds.test_type_sums import LINE, figures, made

LIQUEUR = LINE | {"kdv_rate": "20", "discounts": [{"percent": "10"}], "other_taxes": [{"code": "0075", "rate": "60"}]}
FUEL = LINE | {
    "quantity": "40", "unit": "LTR", "unit_price": "25.125", "kdv_rate": "20",
    "other_taxes": [{"code": "0071", "amount": "123.45"}],
}  # fmt: skip
INTERNET = LINE | {"unit_price": "99.95", "kdv_rate": "20", "other_taxes": [{"code": "4080", "rate": "10"}]}


def body(*lines, profile="EARSIVFATURA", code="SATIS", **changes):
    return type_examples.example(profile, code) | {"lines": list(lines)} | changes


def refused(make, *taxes, profile="EARSIVFATURA", code="SATIS", **line):
    with pytest.raises(InvalidDraft) as error:
        make(profile, code, body(LINE | {"kdv_rate": "20", "other_taxes": list(taxes)} | line, profile=profile,
                                 code=code))  # fmt: skip
    for found in error.value.findings:
        assert found.message_tr and found.message_en and found.mend_tr and found.mend_en
        assert found.message_tr != found.message_en
    return [(found.rule, found.path) for found in error.value.findings]


def test_kdv_stands_on_the_price_after_discounts_and_on_otv(make, kind_of, today):
    # 1000 - 10 % = 900, - 5 % of the whole = 855; ÖTV 60 % = 513.00; KDV 20 % of 1368 = 273.60
    got = made(make, kind_of, today, "EARSIVFATURA", "SATIS", LIQUEUR, discounts=[{"percent": "5"}])
    assert got == {"base": ["855.00", "1368.00"], "tax": ["513.00", "273.60"], "total_tax": ["786.60"],
                   "inclusive": ["1641.60"], "payable": ["1641.60"], "withheld": []}  # fmt: skip


def test_otv_by_the_litre_is_an_amount_without_a_percentage(make, kind_of, today):
    # 40 x 25.125 = 1005.00; ÖTV 123.45; KDV 20 % of 1128.45 = 225.69
    got = made(make, kind_of, today, "TEMELFATURA", "SATIS", FUEL)
    assert (got["base"], got["tax"], got["payable"]) == (["1005.00", "1128.45"], ["123.45", "225.69"], ["1354.14"])
    root = parse(make("TEMELFATURA", "SATIS", body(FUEL, profile="TEMELFATURA"))).tree
    assert [e.text for e in root.iterfind("{*}TaxTotal/{*}TaxSubtotal/{*}Percent")] == ["20"]


def test_communication_tax_stands_beside_kdv_and_not_under_it(make, kind_of, today):
    # 99.95: KDV 19.99, ÖİV 9.995 -> 10.00, once for the rate
    got = made(make, kind_of, today, "EARSIVFATURA", "SATIS", INTERNET)
    assert (got["base"], got["tax"], got["payable"]) == (["99.95", "99.95"], ["19.99", "10.00"], ["129.94"])


def test_lines_of_several_taxes_and_rates_add_up_and_each_rate_is_rounded_once(make, kind_of, today):
    # ÖTV IV at 6.7 % of 0.10 three times: 0.0201 -> 0.02, not 3 x 0.01; tobacco bears a rate and an amount at once
    small = LINE | {"unit_price": "0.10", "kdv_rate": "10", "other_taxes": [{"code": "0074", "rate": "6.7"}]}
    packet = LINE | {"kdv_rate": "20", "other_taxes": [{"code": "0076", "rate": "63"}, {"code": "0076",
                                                       "amount": "31.25"}]}  # fmt: skip
    got = made(make, kind_of, today, "EARSIVFATURA", "SATIS", small, small, small, packet, INTERNET)
    assert got["base"] == ["0.30", "1000.00", "1000.00", "0.32", "1761.20", "99.95"]
    assert got["tax"] == ["0.02", "630.00", "31.25", "0.03", "352.24", "10.00"]
    assert (got["total_tax"], got["payable"]) == (["1023.54"], ["2123.79"])  # on 1100.25


def test_a_tax_of_the_table_is_on_gibs_list_and_passes_on_a_document(make, kind_of, today):
    assert OTHER_TAXES.keys() <= listed("TaxType") - {"0015", "9015", "4171", "0003", "0011"}
    lines = [LINE | {"kdv_rate": "20", "other_taxes": [{"code": code, "rate": "5"}]} for code in OTHER_TAXES
             if code != "0059"]  # fmt: skip
    got = made(make, kind_of, today, "TICARIFATURA", "SATIS", *lines)
    within = sum(rule.in_kdv_base for rule in OTHER_TAXES.values())
    net = 1000 * len(lines)
    assert got["payable"] == [f"{net + 50 * len(lines) + net // 5 + 10 * within}.00"]


def test_konaklama_may_be_written_like_the_others_and_makes_the_type(make, kind_of, today):
    night = LINE | {"kdv_rate": "10", "other_taxes": [{"code": "0059", "rate": "2"}]}
    draft = body(night)
    del draft["type_code"]
    xml = make("EARSIVFATURA", "SATIS", draft)
    assert parse(xml).type_code == "KONAKLAMAVERGISI"
    assert figures(xml)["tax"] == ["100.00", "20.00"]
    assert ("EB-TYPE-EXTRA", "lines[0].accommodation_tax_rate") in refused(make, {"code": "0059", "rate": "2"})


def test_tevkifat_is_withheld_of_the_kdv_on_otv_too(make, kind_of, today):
    line = LINE | {"kdv_rate": "20", "withholding_code": "606", "other_taxes": [{"code": "0074", "rate": "25"}]}
    got = made(make, kind_of, today, "TEMELFATURA", "TEVKIFAT", line)  # KDV 250, withheld 225
    assert (got["tax"], got["withheld"], got["payable"]) == (["250.00", "250.00"], ["225.00"], ["1275.00"])


def test_a_special_base_is_the_whole_base(make, kind_of, today):
    line = LINE | {"kdv_rate": "20", "exemption_code": "806", "special_base": "100", "other_taxes": [
        {"code": "0076", "amount": "40"}]}  # fmt: skip
    got = made(make, kind_of, today, "TEMELFATURA", "OZELMATRAH", line)
    assert (got["base"], got["tax"], got["payable"]) == (["1000.00", "100.00"], ["40.00", "20.00"], ["1060.00"])


@pytest.mark.parametrize(
    ("tax", "rule", "place"),
    [
        ({"code": "0099", "rate": "5"}, "JSON-TAX-CODE", ".code"), ({"code": "0015", "rate": "20"}, "JSON-TAX-CODE",
                                                                    ".code"),
        ({"code": "0071"}, "JSON-TAX-EMPTY", ""), ({"code": "0071", "rate": "5", "amount": "5"}, "JSON-TAX-FORM", ""),
        ({"code": "4080", "rate": "101"}, "JSON-TAX-RATE", ""), ({"code": "9077", "rate": "300.5"}, "JSON-VALUE",
                                                                 ".rate"),
        ({"code": "9077", "rate": "0"}, "JSON-VALUE", ".rate"), ({"code": "9077", "amount": "-1"}, "JSON-VALUE",
                                                                 ".amount"),
        ({"code": "9077", "rate": 0.5}, "JSON-FLOAT", ".rate"), ({"code": "9077", "amount": "NaN"}, "JSON-VALUE",
                                                                 ".amount"),
        ({"code": "9077", "amount": "1e30"}, "JSON-VALUE", ".amount"), ({"rate": "5"}, "JSON-MISSING", ".code"),
    ],
)  # fmt: skip
def test_what_is_no_tax_is_refused_at_its_field(make, tax, rule, place):
    assert refused(make, tax) == [(rule, f"lines[0].other_taxes[0]{place}")]


def test_a_tax_stands_once_and_only_where_its_type_takes_it(make):
    otv = {"code": "0071", "rate": "5"}
    assert refused(make, otv, otv) == [("JSON-TAX-TWICE", "lines[0].other_taxes")]
    stay = {"code": "0059", "rate": "2"}
    assert refused(make, stay, accommodation_tax_rate="2") == [("JSON-TAX-STAY", "lines[0].other_taxes")]
    assert refused(make, {"code": "0059", "amount": "2"}) == [("JSON-TAX-STAY", "lines[0].other_taxes")]
    for code, line in (("IHRACKAYITLI", {"exemption_code": "701"}), ("TEVKIFATIADE", {"withholding_code": "606"})):
        assert "other_taxes" not in allows("TEMELFATURA", code)
        found = refused(make, otv, profile="TEMELFATURA", code=code, **line)
        assert found == [("EB-TYPE-EXTRA", "lines[0].other_taxes")]
    assert "other_taxes" not in allows("YATIRIMTESVIK", "ISTISNA")
    assert "lines[].other_taxes" in [field.path for field in guide("TEMELFATURA", "ISTISNA", "tr").may_have]


def test_copy_return_and_live_sums_come_to_the_same_and_kdv_is_kept_apart(make, kind_of, today):
    lines = (LIQUEUR, FUEL, INTERNET)
    xml = make("EARSIVFATURA", "SATIS", body(*lines, discounts=[{"percent": "5"}]))
    (payable,) = figures(xml)["payable"]
    copy = copied_draft(xml)
    sums = live_sums(copy)
    assert sums is not None
    assert Decimal(sums.payable_kurus) / 100 == Decimal(payable)
    assert [row.what for row in sums.rows] == ["tax_0075", "tax_0071", "kdv", "tax_4080"]
    kept = taxes_of(parse(xml).tree)
    # by hand: ÖTV 855 x 60 % + 123.45, ÖİV 94.95 x 10 %; KDV of 855 + 513, of 954.75 + 123.45, and of 94.95
    assert (kept.base_kurus, kept.other_kurus, kept.kdv_kurus) == (1904_70, 513_00 + 123_45 + 9_50, 508_23)
    assert kept.kdv_kurus + kept.other_kurus + kept.base_kurus == Decimal(payable) * 100

    came = parse(make("TEMELFATURA", "SATIS", body(*lines, profile="TEMELFATURA")))
    back, by_hand = return_draft(came, {"2": Decimal(10)})
    assert (by_hand, back["lines"][0]["other_taxes"]) == ([], [{"code": "0071", "amount": "30.86"}])
    returned = make("TEMELFATURA", "IADE", return_draft(came, {})[0])
    assert check(returned, kind=kind_of("TEMELFATURA"), today=today) == []
    assert parse(returned).payable_kurus == came.payable_kurus


def test_a_half_written_tax_does_not_take_its_line_out_of_the_sum():
    line = {"quantity": "2", "unit_price": "10", "kdv_rate": "20", "other_taxes": [{"code": "0071"}]}
    sums = live_sums({"kind": "auto", "lines": [line]})
    assert sums is not None
    assert sums.payable_kurus == 24_00


def test_the_view_names_the_tax_and_the_karekod_counts_kdv_alone(make):
    xml = make("EARSIVFATURA", "SATIS", body(LIQUEUR, FUEL, INTERNET))
    page = html(xml).decode()
    for words in ("Hesaplanan ÖTV, III A listesi %60", "Hesaplanan ÖTV, I sayılı liste<", "Özel iletişim vergisi %10"):
        assert words in page
    said = json.loads(karekod.payload(parse(xml).tree))
    # KDV of 900 + 540, of 1005 + 123.45, and of 99.95
    assert (said["kdvmatrah(20)"], said["hesaplanankdv(20)"]) == ("2668.40", "533.68")
    assert not any("0071" in name or "otv" in name for name in said)
