"""Whose seal signs, and when that may be chosen (TRADE.md 2)."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import text

from ebelge.core.clock import istanbul_date, utc_now
from ebelge.core.db import tenant_session
from ebelge.documents.seals import entered as seals
from ebelge.signing.development import DevelopmentCa
from tenants.audit.entries import command
from tenants.company import authorisations, seal_modes
from tenants.company.seal_modes import SealModeRefused

STAFF = command("activation", by="Ayşe")


def choose(tenant_id, mode, *, production=False):
    with tenant_session(tenant_id) as session:
        return seal_modes.choose(
            session, tenant_id=tenant_id, service="earsiv", mode=mode, production=production, actor=STAFF,
            at=utc_now(),
        ).seal_mode  # fmt: skip


def make_active(tenant_id) -> None:
    with tenant_session(tenant_id) as session:
        session.execute(
            text(
                "UPDATE service SET state = 'active', active_from = '2026-01-01' "
                "WHERE tenant_id = :t AND service = 'earsiv'"
            ),
            {"t": tenant_id},
        )


def test_a_file_never_signs_for_a_live_account_in_production(open_account) -> None:
    opened = open_account()
    with pytest.raises(SealModeRefused):
        choose(opened.tenant_id, "pkcs12", production=True)
    assert choose(opened.tenant_id, "pkcs12") == "pkcs12"
    assert choose(opened.sandbox_id, "operator", production=True) == "operator"


def test_while_a_service_is_prepared_the_choice_is_free(open_account) -> None:
    tenant_id = open_account().tenant_id
    assert choose(tenant_id, "own_hsm") == "own_hsm"
    assert choose(tenant_id, "operator") == "operator"


def test_an_active_service_goes_over_to_the_operators_seal_only_with_a_paper_that_stands(open_account) -> None:
    tenant_id, today = open_account().tenant_id, istanbul_date(utc_now())
    choose(tenant_id, "pkcs12")
    make_active(tenant_id)
    with pytest.raises(SealModeRefused):
        choose(tenant_id, "operator")
    with tenant_session(tenant_id) as session:
        paper = authorisations.record(
            session, tenant_id=tenant_id, service="earsiv", purpose="seal", signed_on=today - timedelta(days=1),
            paper="Yetki 3", actor=STAFF, at=utc_now(),
        )  # fmt: skip
        authorisations.withdraw(
            session, tenant_id=tenant_id, authorisation_id=paper.authorisation_id, actor=STAFF, at=utc_now()
        )  # fmt: skip
    with pytest.raises(SealModeRefused):
        choose(tenant_id, "operator")
    with tenant_session(tenant_id) as session:
        authorisations.record(
            session, tenant_id=tenant_id, service="earsiv", purpose="seal", signed_on=today, paper="Yetki 4",
            actor=STAFF, at=utc_now(),
        )  # fmt: skip
    assert choose(tenant_id, "operator") == "operator"


def test_an_active_service_goes_over_to_an_own_seal_only_if_one_is_entered_and_valid(open_account) -> None:
    tenant_id, at = open_account().tenant_id, utc_now()
    make_active(tenant_id)
    for mode in ("own_hsm", "pkcs12"):
        with pytest.raises(SealModeRefused):
            choose(tenant_id, mode)
    with tenant_session(tenant_id) as session:
        file = DevelopmentCa.create(at=at).issue(vkn_tckn="1", name="x", password="x", at=at)
        seals.add_pkcs12(session, tenant_id=tenant_id, mode="live", data=file, password="x")
    assert choose(tenant_id, "pkcs12") == "pkcs12"


def test_a_paper_of_tomorrow_or_without_a_reference_is_refused(open_account) -> None:
    from tenants.fields import InvalidFields

    tenant_id, today = open_account().tenant_id, istanbul_date(utc_now())
    with pytest.raises(InvalidFields) as refused, tenant_session(tenant_id) as session:
        authorisations.record(
            session, tenant_id=tenant_id, service="earsiv", purpose="seal", signed_on=today + timedelta(days=1),
            paper=" ", actor=STAFF, at=utc_now(),
        )  # fmt: skip
    assert set(refused.value.wrong) == {"paper", "signed_on"}
