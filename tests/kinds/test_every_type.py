"""Every type's example keeps every rule; what the table says it needs, it needs; what is another type's, it refuses."""

import copy
import re

import pytest

from ebelge.ubl import type_examples
from ebelge.ubl.codes import values as listed
from ebelge.ubl.errors import InvalidDraft
from ebelge.ubl.parse import parse
from ebelge.ubl.type_fields import FIELDS
from ebelge.ubl.type_rules import allows, needs
from ebelge.ubl.type_table import PAIRS, PROFILES, TYPES
from ebelge.ubl.validate import check

ALL = type_examples.all_types()


def refusals(make, profile, code, body):
    with pytest.raises(InvalidDraft) as refused:
        make(profile, code, body)
    for found in refused.value.findings:
        assert found.message_tr and found.message_en and found.mend_tr and found.mend_en
    return [(found.rule, found.path) for found in refused.value.findings]


@pytest.mark.parametrize(("profile", "code"), ALL)
def test_the_example_keeps_every_rule_and_says_what_it_is(make, kind_of, today, profile, code):
    xml = make(profile, code)
    facts = parse(xml)
    assert (facts.profile_id, facts.type_code) == (profile, code)
    assert check(xml, kind=kind_of(profile), today=today) == []


def test_the_table_knows_every_profile_and_type_that_gib_knows():
    kinds = {name: rule.kind for name, rule in PROFILES.items()}
    assert {name for name, kind in kinds.items() if kind == "efatura"} == set(listed("ProfileIDType"))
    assert {name for name, kind in kinds.items() if kind == "eirsaliye"} == set(listed("ProfileIDTypeDespatchAdvice"))
    invoices = {name for name, rule in TYPES.items() if rule.kind == "efatura"}
    assert invoices == set(listed("InvoiceTypeCodeList"))
    assert {code for _, code in ALL} == set(TYPES)
    assert set(PAIRS) <= set(ALL)


def test_every_field_of_the_table_is_somebodys():
    used = {name for pair in ALL for name in (*(need.field for need in needs(*pair)), *allows(*pair))}
    assert used == set(FIELDS)


def without(body, path, schemes):
    """The body with what stands at a path of the table taken away, everywhere."""
    head, _, rest = path.partition(".")
    name = head.split("[")[0]
    if schemes and name == "identifiers":
        body[name] = [one for one in body.get(name, []) if one["scheme"] not in schemes]
    elif not rest or name == "returned_invoices":
        body.pop(name, None)
    elif isinstance(body.get(name), list):
        for one in body[name]:
            without(one, rest, schemes)
    elif isinstance(body.get(name), dict):
        without(body[name], rest, schemes)
    return body


@pytest.mark.parametrize(("profile", "code"), ALL)
def test_without_a_field_it_needs_the_finding_stands_at_that_field(make, profile, code):
    for need in needs(profile, code):
        field = FIELDS[need.field]
        if field.path.startswith("buyer.") or need.if_path:
            continue
        schemes = re.findall(r"[A-Z_]{4,}", field.path)
        body = without(copy.deepcopy(type_examples.example(profile, code)), field.path, schemes)
        found = refusals(make, profile, code, body)
        place = re.sub(r"\[\]", "[0]", field.path.split("[" + schemes[0])[0] if schemes else field.path)
        place = "returned_invoices" if need.field == "returned_invoices" else place
        assert any(path == place for _, path in found), (need.field, found)


# A value of each reserved field, as another type's example has it.
FOREIGN = {
    "returned_invoices": ({"returned_invoices": [{"number": "BRA2026000000007", "date": "2026-11-01"}]}, {}),
    "withholding": ({}, {"withholding_code": "606"}),
    "special_base": ({}, {"special_base": "12.50"}),
    "accommodation_tax_rate": ({}, {"accommodation_tax_rate": "2"}),
    "shipment_number": ({"shipment_number": "SE-1345840"}, {}),
    "investment": ({"investment": {"number": "123456", "date": "2025-01-01"}}, {}),
    "expense_type": ({}, {"expense_type": "03"}),
    "package": ({}, {"package": {"count": "1", "type_code": "CT"}}),
    "seller_export_code": ({}, {"seller_export_code": "12345678901"}),
    "charging": ({"charging": {"start": "2026-11-02T08:00", "end": "2026-11-02T09:00", "plate": "06ABC123"}}, {}),
}


@pytest.mark.parametrize("name", FOREIGN)
def test_a_field_of_another_type_is_not_dropped_in_silence(make, name):
    of_document, of_line = FOREIGN[name]
    refused = 0
    for profile, code in ALL:
        if PROFILES[profile].kind not in ("efatura", "earsiv") or name in allows(profile, code):
            continue
        body = type_examples.example(profile, code) | of_document
        body["lines"] = [line | of_line for line in body["lines"]]
        assert "EB-TYPE-EXTRA" in {rule for rule, _ in refusals(make, profile, code, body)}
        refused += 1
    assert refused > 20


def test_a_type_that_the_profile_does_not_take_names_the_profiles_that_do(make):
    for profile, code in (("TICARIFATURA", "IADE"), ("IHRACAT", "SATIS"), ("TEMELFATURA", "TEKNOLOJIDESTEK")):
        body = type_examples.example(profile, PROFILES[profile].types[0]) | {"type_code": code}
        with pytest.raises(InvalidDraft) as refused:
            make(profile, code, body)
        (found,) = refused.value.findings
        assert (found.rule, found.path) == ("EB-TYPE", "type_code")
        takers = [name for name, rule in PROFILES.items() if code in rule.types]
        assert takers and all(name in found.mend_en for name in takers)


SHORT_KUNYE = {"identifiers": [{"scheme": "KUNYENO", "value": "123"}]}


@pytest.mark.parametrize(
    ("pair", "line", "place"),
    [
        (("TEMELFATURA", "IHRACKAYITLI"), {"exemption_code": "702"}, "lines[0].gtip"),
        (("TEMELFATURA", "IHRACKAYITLI"), {"exemption_code": "702"}, "lines[0].buyer_export_code"),
        (("TEMELFATURA", "IHRACKAYITLI"), {"exemption_code": "301"}, "lines[0].exemption_code"),
        (("YATIRIMTESVIK", "SATIS"), {"machine": None}, "lines[0].machine"),
        (("YATIRIMTESVIK", "ISTISNA"), {"expense_type": "02", "machine": None}, "lines[0].exemption_code"),
        (("EARSIVFATURA", "YTBISTISNA"), {"expense_type": "03", "machine": None}, "lines[0].expense_type"),
        (("HKS", "HKSSATIS"), SHORT_KUNYE, "lines[0].identifiers[0].value"),
        (("IDIS", "SATIS"), {"identifiers": [{"scheme": "ETIKETNO", "value": "1"}]}, "lines[0].identifiers[0].value"),
    ],
)  # fmt: skip
def test_what_one_line_asks_for_is_told_at_that_line(make, pair, line, place):
    body = type_examples.example(*pair)
    body["lines"][0] = {name: value for name, value in (body["lines"][0] | line).items() if value is not None}
    assert place in [path for _, path in refusals(make, *pair, body)]


def test_export_registered_with_code_702_carries_tariff_and_line_codes(make, kind_of, today):
    body = type_examples.example("TEMELFATURA", "IHRACKAYITLI")
    codes = {"exemption_code": "702", "gtip": "730630770000", "buyer_export_code": "12345678901",
             "seller_export_code": "10987654321"}  # fmt: skip
    body["lines"] = [line | codes for line in body["lines"]]
    xml = make("TEMELFATURA", "IHRACKAYITLI", body)
    assert check(xml, kind=kind_of("TEMELFATURA"), today=today) == []
    assert xml.count(b'schemeID="ALICIDIBSATIRKOD"') == 2


def test_the_iban_of_a_public_invoice_must_be_turkish(make):
    body = type_examples.example("KAMU", "SATIS")
    assert b">TR330006100519786457841326<" in make(
        "KAMU", "SATIS", body | {"payment": {"iban": "TR33 0006 1005 1978 6457 8413 26"}}
    )
    found = refusals(make, "KAMU", "SATIS", body | {"payment": {"iban": "DE89370400440532013000"}})
    assert found == [("EB-TYPE-FORM", "payment.iban")]


def test_customs_is_the_buyer_of_every_export(make):
    for profile in ("IHRACAT", "YOLCUBERABERFATURA", "OZELFATURA"):
        code = PROFILES[profile].types[0]
        assert parse(make(profile, code)).customer.vkn_tckn == "1460415308"
        bora = {"vkn": "1920384751", "name": "Bora", "district": "Konak", "city": "İzmir"}
        assert ("EB-TYPE-FORM", "buyer.vkn") in refusals(
            make, profile, code, type_examples.example(profile, code) | {"buyer": bora}
        )
