"""Every type's example by what GİB published: the schemas, and the schematron of March 2026 (ours is of July 2026)."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import pytest
from lxml import etree

from ebelge.ubl import type_examples
from tests.kinds.schematron_20260312 import compiled
from tests.kinds.test_other_taxes import FUEL, INTERNET, LIQUEUR, body
from tests.kinds.test_type_sums import LINE

ROOTS = {"earsiv": "Invoice", "efatura": "Invoice", "eirsaliye": "DespatchAdvice", "emm": "CreditNote"}
ALL = [pair for pair in type_examples.all_types() if pair != ("KAMU", "IADE")]


@cache
def schema(folder: Path, root: str) -> etree.XMLSchema:
    return etree.XMLSchema(file=str(folder / f"UBL-{root}-2.1.xsd"))


def placed(xml: bytes) -> bytes:
    """With something where the signature will stand: the schema wants it not empty."""
    return xml.replace(b"<ext:ExtensionContent/>", b'<ext:ExtensionContent><p xmlns="urn:x"/></ext:ExtensionContent>')


def test_every_example_is_valid_by_the_published_schemas(shared_dir, make, kind_of):
    folder = shared_dir / "gib" / "xsd" / "ubltr-1.2.1" / "maindoc"
    for profile, code in type_examples.all_types():
        found = schema(folder, ROOTS[kind_of(profile)])
        assert found.validate(etree.fromstring(placed(make(profile, code)))), (profile, code, found.error_log)


@pytest.fixture(scope="module")
def published(shared_dir):
    return compiled(shared_dir / "gib" / "schematron" / "efatura-20260312")


def test_every_example_keeps_the_published_rules_of_march(published, make, kind_of):
    for profile, code in ALL:
        kind = kind_of(profile)
        if kind != "emm":  # no rules for CreditNote
            xml = placed(make(profile, code))
            assert published(xml, "earchive" if kind == "earsiv" else "efatura") == [], (profile, code)


def test_a_return_to_a_public_body_is_new_in_july(published, make):
    (text,) = published(placed(make("KAMU", "IADE")), "efatura")
    assert "IADE iken fatura profili" in text


def test_the_published_rules_do_find_what_is_wrong(published, make):
    xml = placed(make("HKS", "HKSSATIS")).replace(b"3512345678901234567", b"35")
    assert any("KUNYENO" in text for text in published(xml, "efatura"))
    assert any("cbc:ID" in text for text in published(xml.replace(b"AKN2026", b"akn2026"), "efatura"))


def test_taxes_keep_what_gib_published(published, shared_dir, make):
    folder = shared_dir / "gib" / "xsd" / "ubltr-1.2.1" / "maindoc"
    night = LINE | {"kdv_rate": "10", "accommodation_tax_rate": "2"}
    for profile, code, lines in (("EARSIVFATURA", "SATIS", (LIQUEUR, FUEL, INTERNET)), ("TEMELFATURA", "IADE",
                                 (FUEL, night)), ("TICARIFATURA", "KONAKLAMAVERGISI", (night, FUEL))):  # fmt: skip
        xml = placed(make(profile, code, body(*lines, profile=profile, code=code)))
        assert schema(folder, "Invoice").validate(etree.fromstring(xml))
        assert published(xml, "earchive" if profile == "EARSIVFATURA" else "efatura") == []
