"""The form's fields are the JSON's paths: every kind and type passes the form unchanged, and a copy is a body again."""

from __future__ import annotations

from datetime import date, time
from typing import Any
from uuid import UUID

import pytest

from ebelge.ubl.build import build
from ebelge.ubl.copied_draft import copied_draft
from ebelge.ubl.draft import read_draft
from ebelge.ubl.esmm import is_own_form, read_receipt
from ebelge.ubl.examples import AKIN, example_json, signatory
from ebelge.ubl.live_sums import live_sums
from ebelge.ubl.parse import parse
from ebelge.ubl.type_examples import all_types, example
from ebelge.ubl.types import DocumentKind
from ebelge.web.forms import plain_figure
from ebelge.web.invoice_form.fields import read, values_of

TAXED = example("EARSIVFATURA", "SATIS")
TAXED["lines"][0] |= {"other_taxes": [{"code": "0076", "rate": "63.5"}, {"code": "0076", "amount": "1234.56"}]}
BODIES = [
    *((f"{profile} {code}", example(profile, code)) for profile, code in all_types()),
    *((str(kind), example_json(kind)) for kind in DocumentKind),
    ("other taxes", TAXED),
]
SENT = [(str(kind), example_json(kind, lines=3)) for kind in DocumentKind]


def built(body: dict[str, Any], kind: DocumentKind) -> bytes:
    return build(
        read_draft(body), supplier=AKIN, kind=kind, number="AKN2026000000007", ettn=UUID(int=7),
        issue_date=date(2026, 11, 30), issue_time=time(12), signatory=signatory(),
    )  # fmt: skip


def payable(xml: bytes) -> int:
    return (read_receipt(xml) if is_own_form(xml) else parse(xml)).payable_kurus


@pytest.mark.parametrize("body", [body for _, body in BODIES], ids=[name for name, _ in BODIES])
def test_a_body_goes_through_the_form_and_is_the_same_document(body: dict[str, Any]) -> None:
    values = values_of(body)
    typed = [
        (name, values.figure(name) if name.endswith(("price", "quantity", "rate")) else value)
        for name, value in values.flat.items()
    ]
    again = read(typed, kind=body.get("kind", "auto")).body
    assert read_draft(again) == read_draft({"kind": "auto"} | body)


@pytest.mark.parametrize(("kind", "body"), SENT, ids=[name for name, _ in SENT])
def test_a_copy_of_a_document_comes_to_the_same_sum(kind: str, body: dict[str, Any]) -> None:
    xml = built(body, DocumentKind(kind))
    copy = copied_draft(xml)
    assert not {"number", "ettn", "issue_date", "issue_time"} & copy.keys()
    assert payable(built(copy, DocumentKind(kind))) == payable(xml)
    sums = live_sums(copy)
    assert (sums.payable_kurus if sums else 0) == payable(xml)


def test_what_is_half_written_is_reckoned_as_far_as_it_goes() -> None:
    lines = [{"quantity": "2", "unit_price": "10", "kdv_rate": "20"}, {"name": "x"}, {"name": "y", "unit_price": "z"}]
    sums = live_sums({"kind": "auto", "lines": lines, "buyer": {"vkn": "1"}})
    assert sums is not None
    assert (sums.payable_kurus, dict(sums.lines)) == (2400, {0: 2000})
    assert live_sums({"kind": "auto", "lines": [{"name": "x"}]}) is None


@pytest.mark.parametrize(
    ("said", "meant"),
    [("1.234,56", "1234.56"), ("1234.5", "1234.5"), ("1.234", "1234"), ("0,333", "0.333"), ("1 000", "1000"),
     ("-5", "-5"), ("abc", "abc"), ("1.2.3", "1.2.3")],
)  # fmt: skip
def test_figures_are_read_as_turkish_readers_write_them(said: str, meant: str) -> None:
    assert plain_figure(said) == meant
