"""e-SMM, the fifth kind: sums to the kuruş, two forms, from the draft to the report."""

from __future__ import annotations

import random
from datetime import date
from datetime import time as clock
from decimal import ROUND_HALF_UP, Decimal
from uuid import uuid4

import pytest
from lxml import etree

from ebelge.archive.store import open_store
from ebelge.core.config import settings
from ebelge.core.db import tenant_session
from ebelge.documents.numbers import series
from ebelge.jobs import tasks
from ebelge.signing.document import EARSIV_RECEIPT, UBL_EXTENSION
from ebelge.signing.verify import verify
from ebelge.ubl import render, validate
from ebelge.ubl.build import build
from ebelge.ubl.draft import read_draft
from ebelge.ubl.errors import InvalidDraft
from ebelge.ubl.esmm_sums import receipt_sums
from ebelge.ubl.examples import AKIN, example_json, signatory
from ebelge.ubl.prepare import replace_number
from ebelge.ubl.types import DocumentKind
from tenants.models import Service

ESMM, DAY = DocumentKind.ESMM, date(2026, 9, 1)
HELD = {"kdv_withholding": {"code": "602", "percent": "90"}}


def written(form="earsivveri", **changes):
    return build(
        read_draft(example_json(ESMM) | changes), supplier=AKIN, kind=ESMM, number="SMM2026000000001", ettn=uuid4(),
        issue_date=DAY, issue_time=clock(10, 15), signatory=signatory(), esmm_form=form,
    )  # fmt: skip


def said(xml, name):
    return etree.fromstring(xml).findtext(f".//{{*}}serbestMeslekMakbuz/{{*}}{name}")


def faults(xml, today=DAY):
    return [one.rule for one in validate.check(xml, kind=ESMM, today=today) if one.severity == "error"]


def half_up(amount):
    return int(amount.quantize(Decimal(1), rounding=ROUND_HALF_UP))


def test_what_the_client_pays_is_gross_and_kdv_less_stopaj_and_tevkifat_to_the_kurus():
    chance = random.Random(7)
    for _ in range(200):
        grosses = [chance.randint(1, 10**7) for _ in range(chance.randint(1, 6))]
        lines = [{"name": "x", "gross": f"{one // 100}.{one % 100:02d}", "kdv_rate": "20"} for one in grosses]
        sums = receipt_sums(read_draft(example_json(ESMM) | HELD | {"lines": lines}))
        gross = sum(grosses)
        kdv = half_up(Decimal(gross) / 5)
        assert (sums.gross_kurus, sums.kdv_kurus, sums.stopaj_kurus) == (gross, kdv, half_up(Decimal(gross) / 5))
        assert sums.withheld_kurus == half_up(Decimal(kdv) * 9 / 10)
        assert sums.payable_kurus == gross + kdv - sums.stopaj_kurus - sums.withheld_kurus
        assert sum(sums.line_kdv) == kdv


@pytest.mark.parametrize("form", ["earsivveri", "ubl"])
@pytest.mark.parametrize("changes", [{}, HELD, {"stopaj_rate": "0"}, {"currency": "USD", "exchange_rate": "41.5"}])
def test_both_forms_keep_the_rules(form, changes):
    assert faults(written(form, **changes)) == []


def test_gibs_schema_takes_its_own_form(shared_dir):
    schema = etree.XMLSchema(file=str(shared_dir / "gib/xsd/earsiv-1.1_6/eArsivVeri.xsd"))
    for changes in ({}, HELD, {"currency": "USD", "exchange_rate": "41.5"}):
        schema.assertValid(etree.fromstring(written(**changes)))


def test_a_wrong_sum_a_future_day_and_another_years_number_are_found():
    xml = written()
    payable = said(xml, "odenecekTutar").encode()
    assert faults(xml.replace(b"<odenecekTutar>" + payable, b"<odenecekTutar>1.00")) == ["ESMM-PAYABLE"]
    assert faults(xml, today=date(2026, 8, 31)) == ["EB-FUTURE-DATE"]
    assert faults(replace_number(xml, "SMM2025000000007")) == ["EB-NUMBER-YEAR"]


@pytest.mark.parametrize(
    "wrong", [{"notes": ["x"]}, {"currency": "USD"}, {"lines": []}, {"kdv_withholding": {"code": "6", "percent": "9"}}]
)
def test_a_draft_that_cannot_be_is_refused_with_its_field(wrong):
    with pytest.raises(InvalidDraft):
        written(**wrong)


def test_people_read_who_gets_what():
    page = render.html(written(**HELD)).decode()
    for words in ("e-Serbest Meslek Makbuzu", "SMM2026000000001", "Bora Gıda", "− GV stopajı", "KDV tevkifatı (602"):
        assert words in page, words
    assert "<script" not in page
    assert 'alt="Karekod"' in page


@pytest.fixture
def professional(desk):
    """Akın issues e-SMM, too."""
    with tenant_session(desk.world.akin) as session:
        session.add(
            Service(
                tenant_id=desk.world.akin,
                service="esmm",
                state="active",
                active_from=date(2020, 1, 1),
                seal_mode="operator",
            )
        )
        session.flush()
        series.create(session, tenant_id=desk.world.akin, kind="esmm", prefix="AKS")
    return desk


@pytest.mark.parametrize("form", ["earsivveri", "ubl"])
def test_a_receipt_is_charged_sealed_mailed_and_reported(professional, form, monkeypatch):
    desk = professional
    monkeypatch.setenv("EBELGE_ESMM_FORM", form)
    settings.cache_clear()
    tasks.forget()
    before = desk.world.balance()[0]
    (one,) = desk.send(desk.world.draft("esmm") | HELD, buyer_email="muvekkil@ornek.example")
    assert desk.world.balance()[0] == before - 1
    desk.world.settle("mail")
    row = desk.world.document(one)
    assert (row.state, row.channel, row.number[:3]) == ("delivered", "mail", "AKS")
    signed = open_store().get(desk.world.akin, row.ettn, "signed.xml")
    placement = EARSIV_RECEIPT if form == "earsivveri" else UBL_EXTENSION
    assert verify(signed, trust=None, placement=placement).vkn_tckn
    desk.report()
    assert desk.at_gib() == [("serbestMeslekMakbuz", row.number)]
    (report_id,) = desk.report_ids()
    line = etree.fromstring(desk.file(report_id)).find("{*}serbestMeslekMakbuz")
    assert line.findtext("{*}dovizKuru") == "1"
    assert line.findtext("{*}gonderimSekli") == "ELEKTRONIK"
    assert line.findtext("{*}odenecekTutar") == f"{Decimal(row.payable_kurus) / 100:.2f}"
    assert line.find("{*}vergiBilgisi/{*}tevkifat") is not None


def test_a_receipt_without_an_address_goes_on_paper(professional):
    draft = professional.world.draft("esmm")
    del draft["buyer"]["email"]
    (one,) = professional.send(draft)
    row = professional.world.document(one)
    assert (row.state, row.channel) == ("delivered", "paper")
