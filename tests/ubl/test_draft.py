"""What is wrong with a draft is said with its JSON path, in two languages, before anything is built."""

import pytest

from ebelge.ubl import codes, examples
from ebelge.ubl.draft import DespatchDraft, InvoiceDraft, ProducerReceiptDraft, read_draft
from ebelge.ubl.errors import InvalidDraft
from ebelge.ubl.types import DocumentKind
from ebelge.ubl.withholding import NAMES, current_percent

EFATURA, EARSIV, EIRSALIYE, EMM, ESMM = DocumentKind


def refused(body: object) -> list[tuple[str, str]]:
    with pytest.raises(InvalidDraft) as refusal:
        read_draft(body)
    assert (refusal.value.code, refusal.value.http_status) == ("invalid_document", 422)
    for finding in refusal.value.findings:
        assert finding.message_tr and finding.message_en and finding.mend_tr and finding.mend_en
    return [(finding.rule, finding.path) for finding in refusal.value.findings]


def changed(kind: DocumentKind, **changes: object) -> dict[str, object]:
    return examples.example_json(kind) | changes


def first_line(**changes: object) -> dict[str, object]:
    body = examples.example_json(EFATURA)
    body["lines"][0] |= changes
    return body


@pytest.mark.parametrize(
    ("kind", "model"),
    [(EFATURA, InvoiceDraft), (EARSIV, InvoiceDraft), (EIRSALIYE, DespatchDraft), (EMM, ProducerReceiptDraft)],
)
def test_the_kind_chooses_the_model(kind, model):
    assert isinstance(examples.example_draft(kind), model)


def test_without_a_kind_it_is_an_invoice_of_whichever_kind_fits():
    body = examples.example_json(EFATURA)
    del body["kind"]
    draft = read_draft(body)
    assert isinstance(draft, InvoiceDraft) and draft.kind == "auto"


@pytest.mark.parametrize("body", [None, [], "x", 3, {"kind": "efatuura"}, {"kind": 3}, {"kind": ["efatura"]}])
def test_what_is_no_draft_is_refused(body):
    assert refused(body) == [("JSON-KIND", "kind")]


def test_a_missing_field_is_named():
    body = examples.example_json(EFATURA)
    del body["lines"][1]["unit_price"]
    assert refused(body) == [("JSON-MISSING", "lines[1].unit_price")]


def test_a_misspelt_field_does_not_vanish():
    assert refused(first_line(discont="5")) == [("JSON-UNKNOWN", "lines[0].discont")]


def test_an_unknown_unit_is_named():
    assert refused(first_line(unit="avuç")) == [("JSON-UNIT", "lines[0].unit")]


@pytest.mark.parametrize("value", [1.5, True, "1,50", "bin", "NaN", "Infinity", "-1", "1e400"])
def test_floats_and_other_forms_of_amounts_are_refused(value):
    assert [path for _, path in refused(first_line(unit_price=value))] == ["lines[0].unit_price"]


def test_a_float_and_a_day_that_is_not_are_told_as_such():
    assert refused(first_line(unit_price=120.5)) == [("JSON-FLOAT", "lines[0].unit_price")]
    for day in ("2026-02-30", "31.08.2026", "2025-02-29"):
        assert refused(changed(EFATURA, issue_date=day)) == [("JSON-DATE", "issue_date")]
    assert refused(changed(EFATURA, issue_time="25:00")) == [("JSON-TIME", "issue_time")]


def test_integers_and_strings_are_amounts():
    draft = read_draft(first_line(unit_price=120, quantity="0.5"))
    assert isinstance(draft, InvoiceDraft) and str(draft.lines[0].unit_price) == "120"


def test_a_buyer_has_exactly_one_identity():
    buyer = examples.example_json(EFATURA)["buyer"]
    assert refused(changed(EFATURA, buyer=buyer | {"tckn": examples.tckn(1)})) == [("JSON-PARTY-ID", "buyer")]
    assert refused(changed(EFATURA, buyer={k: v for k, v in buyer.items() if k != "vkn"})) == [
        ("JSON-PARTY-ID", "buyer")
    ]
    assert refused(changed(EFATURA, buyer=buyer | {"name": " "})) == [("JSON-PARTY-NAME", "buyer")]


def test_a_person_has_two_names():
    buyer = examples.example_json(EARSIV)["buyer"] | {"family_name": ""}
    assert refused(changed(EARSIV, buyer=buyer)) == [("JSON-PARTY-PERSON", "buyer")]


def test_a_foreign_currency_needs_a_rate():
    assert [rule for rule, _ in refused(changed(EFATURA, currency="USD"))] == ["JSON-RATE"]


def test_a_despatch_needs_somebody_who_carries():
    assert [rule for rule, _ in refused(changed(EIRSALIYE, drivers=[]))] == ["JSON-CARRIER"]
    assert [rule for rule, _ in refused(changed(EIRSALIYE, plate=None))] == ["JSON-PLATE"]


def test_a_farmer_is_a_person():
    farmer = examples.example_json(EMM)["farmer"]
    farmer = {k: v for k, v in farmer.items() if k != "tckn"} | {"vkn": examples.vkn(4), "name": "Çiftlik A.Ş."}
    assert refused(changed(EMM, farmer=farmer)) == [("JSON-FARMER", "farmer")]


@pytest.mark.parametrize("text", ["a\x00b", "a\x1fb", "a\ufffeb", "\x0b"])
def test_characters_that_xml_cannot_carry_are_refused(text):
    assert [path for _, path in refused(first_line(name=text))] == ["lines[0].name"]


def test_too_many_lines_are_refused():
    line = examples.example_json(EFATURA)["lines"][0]
    assert refused(changed(EFATURA, lines=[line] * 5001)) == [("JSON-MANY", "lines")]
    assert refused(changed(EFATURA, lines=[])) == [("JSON-FEW", "lines")]


@pytest.mark.parametrize(
    ("written", "code"),
    [
        ("adet", "C62"),
        ("ADET", "C62"),
        ("Kg", "KGM"),
        ("GÜN", "DAY"),
        ("C62", "C62"),
        ("MON", "MON"),
        ("DÜZİNE", "DZN"),
    ],
)
def test_units_go_by_code_or_by_name(written, code):
    assert codes.unit_code(written) == code


def test_every_alias_and_name_is_in_gibs_list():
    assert set(codes.UNIT_ALIASES.values()) | set(codes.UNIT_NAMES) <= codes.values("UnitCodeList")


def test_every_withholding_code_has_a_percentage_in_force():
    listed = codes.values("WithholdingTaxType")
    assert listed >= set(NAMES)
    for code in listed:
        assert current_percent(code) in codes.withholding_percents(code)


def test_exemption_codes_know_their_group():
    assert [codes.exemption_group(code) for code in ("301", "801", "701", "351", "999")] == [
        "istisna", "ozel_matrah", "ihrac", "diger", None,
    ]  # fmt: skip
