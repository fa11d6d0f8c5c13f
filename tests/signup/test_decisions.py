"""What becomes of an application: activated, refused, asked about, given up; each with its letter and its trace."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ebelge.core.clock import utc_now
from ebelge.core.db import reseller_session, tenant_session
from ebelge.core.errors import InvalidRequest
from ebelge.jobs import signing_up
from tenants.applications import applications, lists
from tenants.applications.applications import Decider, NotDecidable
from tenants.audit.entries import Actor
from tests.orders import shop
from tests.signup import office

pytestmark = pytest.mark.usefixtures("published")
STAFF = Decider(Actor("person", "0197", name="Aylin"), "staff")


def applied(**changed):
    """An application whose address is confirmed; returns its account and the applicant's address."""
    form = office.form(**changed)
    office.send(form)
    office.confirm(form.applicant.email)
    return office.account(form.identity.vkn_tckn), form.applicant.email


def state(made) -> tuple[str, str, str]:
    """Live account, sandbox, application."""
    (row,) = office.read(
        "SELECT t.state, s.state AS sandbox, a.state AS application FROM application a "
        "JOIN tenant t ON t.tenant_id = a.tenant_id JOIN tenant s ON s.tenant_id = a.sandbox_id "
        "WHERE a.application_id = :id", id=made.application_id,
    )  # fmt: skip
    return row.state, row.sandbox, row.application


def noted(made) -> list[str]:
    rows = office.read("SELECT action FROM audit_entry WHERE tenant_id = :id ORDER BY entry_id", id=made.tenant_id)
    return [row.action for row in rows]


def test_activating_lets_the_live_account_in_once_and_tells_the_applicant() -> None:
    made, email = applied()
    for _ in range(2):
        signing_up.activate(made.tenant_id, made.application_id, decider=STAFF)
    assert state(made) == ("active", "active", "activated")
    assert office.letters(email) == ["application_activated"]
    assert noted(made) == ["signup.applied", "signup.confirmed", "company.state_changed", "signup.approved"]


def test_refusing_needs_a_reason_closes_the_live_account_and_leaves_the_sandbox() -> None:
    made, email = applied()
    with pytest.raises(InvalidRequest):
        signing_up.refuse(made.tenant_id, made.application_id, reason="  ", decider=STAFF)
    signing_up.refuse(made.tenant_id, made.application_id, reason="Unvan VKN ile uyuşmuyor.", decider=STAFF)
    assert state(made) == ("closed", "active", "refused")
    assert office.letters(email)[-1] == "application_refused"
    with pytest.raises(NotDecidable):
        signing_up.activate(made.tenant_id, made.application_id, decider=STAFF)


def test_asking_for_more_keeps_it_open() -> None:
    made, email = applied()
    signing_up.ask(made.tenant_id, made.application_id, what="İmza sirküleri", decider=STAFF)
    assert state(made) == ("applied", "active", "asked")
    signing_up.activate(made.tenant_id, made.application_id, decider=STAFF)
    assert state(made) == ("active", "active", "activated")
    assert office.letters(email) == ["application_asked", "application_activated"]


def test_an_unconfirmed_application_is_not_decided() -> None:
    form = office.form()
    office.send(form)
    made = office.account(form.identity.vkn_tckn)
    with pytest.raises(NotDecidable):
        signing_up.activate(made.tenant_id, made.application_id, decider=STAFF)
    assert state(made) == ("applied", "active", "unconfirmed")


def test_a_reseller_who_invited_is_told_sees_it_and_lets_it_in_others_do_not_see_it() -> None:
    ceren, deniz = (shop.customer(f"{name} Ltd.", kind="reseller") for name in ("Ceren", "Deniz"))
    office.write_to(ceren, office.address("ceren"))
    made, _ = applied(reseller_id=ceren)
    told = office.read("SELECT tenant_id FROM letter WHERE occasion = :o OR occasion LIKE :o || ' %'",
                       o=f"application.waits {made.application_id}")  # fmt: skip
    assert [row.tenant_id for row in told] == [ceren]
    for reseller, sees in ((ceren, True), (deniz, False)):
        with reseller_session(reseller) as session:
            found = lists.listed(session, states_wanted=["waiting"])
            assert (made.application_id in [row.application_id for row in found]) is sees
    decider = Decider(Actor("person", "0198", name="Ceren"), "reseller")
    signing_up.activate(made.tenant_id, made.application_id, decider=decider)
    assert state(made)[0] == "active"


def test_what_nobody_confirmed_for_thirty_days_is_closed_and_forgotten_without_removing_a_row() -> None:
    form = office.form()
    office.send(form)
    made = office.account(form.identity.vkn_tckn)
    rows = office.read("SELECT count(*) AS n FROM journal WHERE tenant_id = :id", id=made.sandbox_id)[0].n
    assert rows == 1
    office.grow_old(made.tenant_id, 29)
    signing_up.clean_up(utc_now())
    assert state(made) == ("applied", "active", "unconfirmed")
    office.grow_old(made.tenant_id, 2)
    signing_up.clean_up(utc_now())
    assert state(made) == ("closed", "closed", "abandoned")
    assert office.read("SELECT count(*) AS n FROM journal WHERE tenant_id = :id", id=made.sandbox_id)[0].n == rows
    kept = office.read(
        "SELECT a.full_name || a.email || a.phone || a.address || a.agent AS said, t.title, t.email, p.state, p.email "
        "AS person FROM application a JOIN tenant t ON t.tenant_id = a.tenant_id JOIN person p "
        "ON p.person_id = a.person_id WHERE a.application_id = :id", id=made.application_id,
    )  # fmt: skip
    assert (kept[0].said, kept[0].title, kept[0].state) == ("", "-", "anonymised")
    assert form.applicant.email not in str(kept)
    assert signing_up.clean_up(utc_now()) == 0


def test_a_taxpayer_who_gave_up_can_begin_anew_in_the_same_account() -> None:
    form = office.form()
    office.send(form)
    made = office.account(form.identity.vkn_tckn)
    office.grow_old(made.tenant_id, 31)
    signing_up.clean_up(utc_now())
    again = replace(form, form_key="later" * 5)
    office.send(again)
    anew = office.account(form.identity.vkn_tckn)
    assert (anew.tenant_id, anew.state, anew.application) == (made.tenant_id, "applied", "unconfirmed")
    assert anew.title == "Su & Ateş Ltd. Şti."
    assert state(anew) == ("applied", "active", "unconfirmed")
    office.confirm(form.applicant.email)
    signing_up.activate(anew.tenant_id, anew.application_id, decider=STAFF)
    assert state(anew)[0] == "active"


def test_a_form_that_was_replaced_is_forgotten_with_its_person_and_the_newer_one_stays() -> None:
    mistyped = office.form()
    office.send(mistyped)
    right = office.form(vkn_tckn=mistyped.identity.vkn_tckn)
    office.send(right)
    made = office.account(right.identity.vkn_tckn)
    office.confirm(right.applicant.email)
    office.grow_old(made.tenant_id, 31)
    signing_up.clean_up(utc_now())
    kept = office.read("SELECT state, email FROM application WHERE tenant_id = :id ORDER BY 1", id=made.tenant_id)
    assert [tuple(row) for row in kept] == [("replaced", ""), ("waiting", right.applicant.email)]
    assert office.read("SELECT 1 FROM person WHERE email = :e", e=mistyped.applicant.email) == []
    assert state(made) == ("applied", "active", "waiting")


def test_a_refused_taxpayer_does_not_begin_anew_by_himself() -> None:
    made, _ = applied()
    signing_up.refuse(made.tenant_id, made.application_id, reason="Belge eksik.", decider=STAFF)
    (vkn,) = office.read("SELECT vkn_tckn FROM tenant WHERE tenant_id = :id", id=made.tenant_id)
    office.send(office.form(vkn_tckn=vkn.vkn_tckn))
    assert state(made) == ("closed", "active", "refused")


def test_a_confirmed_account_is_never_cleaned_up() -> None:
    made, _ = applied()
    office.grow_old(made.tenant_id, 400)
    signing_up.clean_up(utc_now())
    assert state(made) == ("applied", "active", "waiting")
    with tenant_session(made.tenant_id) as session:
        given_up = applications.give_up(
            session, tenant_id=made.tenant_id, application_id=made.application_id, before=utc_now(), at=utc_now()
        )
    assert given_up is False
