"""Fields of rare types in the form: each has a name for people, its choices, and a place where it is shown."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date

import pytest

from ebelge.core.clock import istanbul_date, utc_now
from ebelge.core.db import tenant_session
from ebelge.core.findings import Finding
from ebelge.documents.numbers import series
from ebelge.ubl import codes
from ebelge.ubl.type_table import PROFILES
from ebelge.web.invoice_form import choices, fields, special_fields, words
from tests.web.test_invoice_form import HERE, accept_texts, send, text_of, the_document
from tests.web.test_invoice_form import fields as posted

DAY = date(2026, 12, 1)
OF_PROGRAMS = re.compile(r"[a-z]_[a-z]|\[|\]")


def of(profile: str, code: str, side: int = 0, **body: object) -> choices.Choices:
    kind = "eirsaliye" if PROFILES[profile].kind == "eirsaliye" else "auto"
    return choices.of({"kind": kind, "profile": profile, "type_code": code, **body}, today=DAY, side=side)


def every(side: int) -> Iterator[tuple[str, choices.Extra]]:
    """Each field as the form names it."""
    for profile, rule in PROFILES.items():
        for code in rule.types:
            found = of(profile, code, side)
            for group in found.extras:
                assert not OF_PROGRAMS.search(group.name + group.hint), group
                yield from ((one.path, one) for one in group.fields)
            yield from ((one.path, one) for one in found.internet)
            yield from ((f"lines[0].{one.path}", one) for one in found.line_extras)


@pytest.mark.parametrize("side", [0, 1])
def test_no_field_is_named_as_programs_name_it(side: int) -> None:
    found = list(every(side))
    assert len({path for path, _ in found}) > 45
    for path, one in found:
        for said in (one.name, one.hint, words.label(path, side), *(name for _, name in one.options)):
            assert said is not None and not OF_PROGRAMS.search(said), (path, said)


def test_what_is_chosen_from_is_what_gib_lists() -> None:
    lists = {
        "accounting_cost": "AccountingCostCodeList", "delivery.terms": "DeliveryTermCodeList",
        "delivery.transport_mode": "TransportModeCodeList",
        "lines.expense_type": "YatirimTesvikItemClassificationCodeList",
    }  # fmt: skip
    for path, name in lists.items():
        offered = {one[0] for one in special_fields.CHOICES[path]}
        assert offered <= codes.values(name), path
        assert offered == codes.values(name) or path == "delivery.transport_mode"  # not "unknown"


def test_the_kind_of_number_that_a_type_knows_is_chosen_already_and_alone_says_nothing() -> None:
    scheme, value = of("HKS", "HKSSATIS").line_extras
    assert (scheme.lone, value.name, value.hint) == ("KUNYENO", "Künye numarası", "19 karakter")
    drugs = next(one for one in of("ILAC_TIBBICIHAZ", "SATIS").line_extras if one.path.endswith("scheme"))
    assert [one for one, _ in drugs.options] == ["ILAC", "TIBBICIHAZ", "DIGER"] and not drugs.lone
    row = [("lines[0].name", "Domates"), ("lines[0].identifiers[0].scheme", "KUNYENO")]
    assert fields.read(row, kind="auto").body["lines"] == [{"name": "Domates"}]
    told = [*row, ("lines[0].identifiers[0].value", "1" * 19)]
    (line,) = fields.read(told, kind="auto").body["lines"]
    assert line["identifiers"] == [{"scheme": "KUNYENO", "value": "1" * 19}]


def test_a_return_asks_for_the_accommodation_tax_only_where_it_was_written() -> None:
    assert "accommodation_tax_rate" not in [one.path for one in of("TEMELFATURA", "IADE").line_extras]
    written = of("TEMELFATURA", "IADE", lines=[{"name": "Oda", "accommodation_tax_rate": "2"}])
    assert "accommodation_tax_rate" in [one.path for one in written.line_extras]
    needed = of("TEMELFATURA", "KONAKLAMAVERGISI").line_extras
    assert [(one.path, one.figure) for one in needed] == [("accommodation_tax_rate", True)]


def test_a_mend_for_programs_is_not_said_to_people() -> None:
    finding = Finding(
        "EB-TYPE-NEEDS", "Künye gerekir.", "It needs a künye.", "lines[].identifiers içine yazın.",
        "Write it into lines[].identifiers.", path="lines[0].identifiers",
    )  # fmt: skip
    assert words.said(finding, 0) == ("Künye gerekir.", "Bu alanı doldurun ya da düzeltin.")
    alias = Finding("EB-X", "x", "x", "Seçin: urn:mail:satis_pk@bora.example", "Choose: urn:mail:satis_pk@bora.example")
    assert words.said(alias, 0)[1] == alias.mend_tr
    assert words.field_of("lines[2].identifiers") == "lines[2].identifiers[0].value"
    assert words.field_of("foreign_buyer") == "foreign_buyer.city"
    assert words.label("returned_invoices[0].number", 0) == "İade edilen fatura no"
    assert words.label("lines[1].package.count", 1) == "line 2: Number of packages"
    assert words.label("foreign_buyer.city", 0) == "Yurt dışındaki alıcı: Şehir"


def test_a_despatch_of_the_wholesale_market_goes_by_a_carrier_out_of_the_form(browsers) -> None:
    one = browsers.sign_in("sender", "akin")
    accept_texts(one)
    place = {"city": "İzmir", "district": "Aliağa", "postal_zone": "35800"}
    given = posted({"name": "Domates", "quantity": "20", "unit": "KGM"}, kind="eirsaliye", profile="HKSIRSALIYE")
    given |= {f"delivery_address.{name}": said for name, said in place.items()}
    refused = text_of(send(one, given, do="send"))
    assert "Driver or carrier is missing" in refused and 'name="lines[0].identifiers[0].value"' in refused
    carrier = {"vkn": "4810070013", "name": "Taşır Lojistik A.Ş.", "city": "İzmir", "district": "Bornova"}
    given |= {f"carrier.{name}": said for name, said in carrier.items()}
    numberless = text_of(send(one, given, do="send"))
    assert "künye" in numberless and "Fill this in, or correct it" in text_of(send(one, given, f"{HERE}/check"))
    given |= {"lines[0].identifiers[0].scheme": "KUNYENO", "lines[0].identifiers[0].value": "1" * 19}
    document = the_document(send(one, given, do="send"), one.tenant_id)
    assert (document.kind, document.profile) == ("eirsaliye", "HKSIRSALIYE")


def test_a_sale_over_the_internet_is_written_in_the_form_and_says_what_is_missing(browsers) -> None:
    one = browsers.sign_in("sender", "bora")
    accept_texts(one)
    given = posted(**{"internet_sale.web_address": "www.bora.example", "internet_sale.payment_way": "EFT/HAVALE"})
    refused = text_of(send(one, given, do="send"))
    assert 'aria-describedby="f-internet_sale-payment_date-fault"' in refused
    given |= {"internet_sale.payment_date": istanbul_date(utc_now()).isoformat()}
    assert "no default series for internet sales" in text_of(send(one, given, do="send"))
    with tenant_session(one.tenant_id) as session:
        series.create(session, tenant_id=one.tenant_id, kind="earsiv", prefix="BIN", internet=True, default=True)
    document = the_document(send(one, given, do="send"), one.tenant_id)
    assert (document.kind, document.number[:3]) == ("earsiv", "BIN")


def test_what_the_type_does_not_know_is_emptied_by_one_button_with_all_its_fields(browsers) -> None:
    one = browsers.sign_in("sender", "akin")
    abroad = {"legal_name": "Tomaten GmbH", "district": "Mitte", "city": "Berlin", "country": "Almanya"}
    given = posted(type_code="SATIS", **{f"foreign_buyer.{name}": said for name, said in abroad.items()})
    given |= {"lines[0].package.count": "77123", "lines[0].package.type_code": "CT"}
    looked = text_of(send(one, given, f"{HERE}/check"))
    assert 'value="foreign_buyer="' in looked and 'value="lines[0].package="' in looked
    mended = text_of(send(one, given, mend="foreign_buyer="))
    assert "Tomaten" not in mended and "77123" in mended
    assert "77123" not in text_of(send(one, given, mend="lines[0].package="))
