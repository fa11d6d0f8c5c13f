"""`ebelge applications` and `ebelge leads`: the same deeds as on the pages."""

from __future__ import annotations

import secrets

import pytest
from click.testing import CliRunner

from ebelge.cli import applications, leads
from ebelge.jobs import enquiries
from tenants.leads.enquiries import Enquiry
from tests.orders import shop
from tests.signup import office

pytestmark = pytest.mark.usefixtures("published")


def run(command, *arguments: object) -> str:
    result = CliRunner().invoke(command, [str(one) for one in arguments])
    assert result.exit_code == 0, result.output
    return result.output


def applied():
    form = office.form()
    office.send(form)
    office.confirm(form.applicant.email)
    return office.account(form.identity.vkn_tckn), form


def test_an_application_is_listed_shown_asked_about_and_activated() -> None:
    made, form = applied()
    assert form.identity.vkn_tckn in run(applications.command, "list")
    assert "not registered" in run(applications.command, "show", made.application_id)
    run(applications.command, "ask", made.application_id, "İmza sirküleri", "--by", "Aylin")
    assert "İmza sirküleri" in run(applications.command, "show", made.application_id)
    run(applications.command, "activate", made.application_id, "--by", "Aylin")
    assert office.account(form.identity.vkn_tckn).state == "active"


def test_a_refusal_needs_its_reason_and_what_is_decided_stays() -> None:
    made, _ = applied()
    run(applications.command, "refuse", made.application_id, "Unvan uyuşmuyor.", "--by", "Aylin")
    result = CliRunner().invoke(applications.command, ["activate", str(made.application_id), "--by", "Aylin"])
    assert result.exit_code == 1
    assert "Refused" in result.output


def test_a_lead_is_listed_moved_on_and_given_to_a_reseller() -> None:
    office.operator()
    enquiries.receive(
        Enquiry(
            source="contact",
            topic="sales",
            full_name="Defne Su",
            email=office.address(),
            language="tr",
            address="192.0.2.7",
            form_key=secrets.token_urlsafe(16),
            message="Teklif rica ederim.",
        )
    )
    lead = run(leads.command, "list").splitlines()[0].split()[0]
    ceren = shop.customer("Ceren Ltd.", kind="reseller")
    (row,) = office.read("SELECT vkn_tckn FROM tenant WHERE tenant_id = :id", id=ceren)
    assert "Ceren Ltd." in run(leads.command, "assign", lead, row.vkn_tckn, "--by", "Aylin")
    run(leads.command, "state", lead, "contacted", "--note", "Aradım.", "--by", "Aylin")
    (kept,) = office.read("SELECT state, reseller_id FROM lead WHERE lead_id = :id", id=lead)
    assert tuple(kept) == ("contacted", ceren)
