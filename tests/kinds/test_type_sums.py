"""The figures of types that reckon otherwise, as an accountant reckons them by hand."""

from decimal import Decimal

from ebelge.ubl import type_examples
from ebelge.ubl.parse import parse
from ebelge.ubl.validate import check

LINE = {"name": "Mal", "quantity": "1", "unit": "adet", "unit_price": "1000"}


def figures(xml: bytes) -> dict[str, list[str]]:
    root = parse(xml).tree
    names = {
        "base": "TaxTotal/TaxSubtotal/TaxableAmount", "tax": "TaxTotal/TaxSubtotal/TaxAmount",
        "total_tax": "TaxTotal/TaxAmount", "inclusive": "LegalMonetaryTotal/TaxInclusiveAmount",
        "payable": "LegalMonetaryTotal/PayableAmount", "withheld": "WithholdingTaxTotal/TaxAmount",
    }  # fmt: skip
    return {
        name: [e.text or "" for e in root.iterfind("/".join("{*}" + part for part in path.split("/")))]
        for name, path in names.items()
    }


def made(make, kind_of, today, profile, code, *lines, **changes):
    body = type_examples.example(profile, code) | {"lines": [LINE | line for line in lines]} | changes
    xml = make(profile, code, body)
    assert check(xml, kind=kind_of(profile), today=today) == []
    return figures(xml)


def test_a_second_hand_car_pays_kdv_on_the_margin(make, kind_of, today):
    car = {"kdv_rate": "20", "exemption_code": "812", "unit_price": "500000", "special_base": "50000"}
    got = made(make, kind_of, today, "TEMELFATURA", "OZELMATRAH", car)
    assert got == {"base": ["50000.00"], "tax": ["10000.00"], "total_tax": ["10000.00"], "inclusive": ["510000.00"],
                   "payable": ["510000.00"], "withheld": []}  # fmt: skip


def test_kdv_of_goods_registered_for_export_is_shown_and_not_collected(make, kind_of, today):
    got = made(make, kind_of, today, "TICARIFATURA", "IHRACKAYITLI", {"kdv_rate": "20", "exemption_code": "701"})
    assert got == {"base": ["1000.00"], "tax": ["200.00"], "total_tax": ["0.00"], "inclusive": ["1000.00"],
                   "payable": ["1000.00"], "withheld": []}  # fmt: skip


def test_a_return_with_withholding_gives_back_only_the_kdv_that_was_paid(make, kind_of, today):
    sold = made(make, kind_of, today, "TEMELFATURA", "TEVKIFAT", {"kdv_rate": "20", "withholding_code": "606"})
    back = made(make, kind_of, today, "TEMELFATURA", "TEVKIFATIADE", {"kdv_rate": "20", "withholding_code": "606"})
    assert (sold["payable"], sold["withheld"], sold["total_tax"]) == (["1020.00"], ["180.00"], ["20.00"])
    assert (back["payable"], back["withheld"], back["total_tax"]) == (["1020.00"], [], ["20.00"])


def test_a_return_with_withholding_that_reckons_otherwise_is_only_warned_of(make, kind_of, today):
    body = type_examples.example("TEMELFATURA", "TEVKIFATIADE")
    xml = make("TEMELFATURA", "TEVKIFATIADE", body | {"lines": [LINE | {"kdv_rate": "20", "withholding_code": "606"}]})
    other = xml.replace(b">1020.00</cbc:PayableAmount>", b">1200.00</cbc:PayableAmount>")
    found = check(other, kind=kind_of("TEMELFATURA"), today=today)
    assert other != xml
    assert found
    assert {one.severity for one in found} == {"warning"}


def test_accommodation_tax_stands_beside_kdv_and_not_on_it(make, kind_of, today):
    stay = {"kdv_rate": "10", "accommodation_tax_rate": "2"}
    got = made(make, kind_of, today, "EARSIVFATURA", "KONAKLAMAVERGISI", stay, {"kdv_rate": "20", "unit_price": "50"})
    assert got["tax"] == ["100.00", "10.00", "20.00"]
    assert (got["total_tax"], got["payable"]) == (["130.00"], ["1180.00"])


def test_accommodation_tax_is_rounded_once_for_all_nights(make, kind_of, today):
    stay = {"kdv_rate": "10", "accommodation_tax_rate": "2", "unit_price": "0.25"}
    got = made(make, kind_of, today, "EARSIVFATURA", "KONAKLAMAVERGISI", *[stay] * 3)
    assert got["tax"][-1] == "0.02"  # three times 0.005 is 0.015, not three times 0.01


def test_the_incentive_shows_its_kdv_and_collects_none(make, kind_of, today):
    got = figures(make("YATIRIMTESVIK", "ISTISNA"))
    assert Decimal(got["tax"][0]) > 0
    assert got["total_tax"] == ["0.00"]
    assert got["inclusive"] == got["payable"]
