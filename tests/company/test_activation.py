"""A service on its way: the checklist is computed, each missing thing names who must act, no step is skipped."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import text

from ebelge.core.clock import istanbul_date, utc_now
from ebelge.core.db import role_session, tenant_session
from ebelge.documents.numbers import series
from ebelge.documents.registered import taxpayer
from ebelge.gib.taxpayers import Alias, RegisteredUser
from ebelge.onboarding import activation, readiness
from ebelge.onboarding.activation import ChecklistOpen, NeededByOthers
from tenants import accounts
from tenants.audit.entries import command
from tenants.company import aliases, authorisations
from tenants.fields import InvalidFields
from tenants.services import UnlawfulActivation

STAFF = command("activation", by="Ayşe")
SINCE = datetime(2020, 1, 1, tzinfo=UTC)
SEAL = utc_now() + timedelta(days=300)


class Desk:
    """An account and what staff do for it."""

    def __init__(self, tenant_id) -> None:
        self.tenant_id, self.today = tenant_id, istanbul_date(utc_now())
        with tenant_session(tenant_id) as session:
            self.vkn = accounts.get(session, tenant_id=tenant_id).vkn_tckn

    def do(self, act: Callable, service: str, **given):
        with tenant_session(self.tenant_id) as session:
            return act(
                session, tenant_id=self.tenant_id, service=service, actor=STAFF, at=utc_now(), **given
            ).state  # fmt: skip

    def missing(self, service: str, *, operator_seal: datetime | None = SEAL) -> dict[str, str]:
        with tenant_session(self.tenant_id) as session:
            found = readiness.of_tenant(
                session, tenant_id=self.tenant_id, operator_seal=operator_seal, at=utc_now()
            )  # fmt: skip
        (ready,) = [one for one in found if one.service.service == service]
        assert all(item.text_tr and item.text_en for item in ready.items)
        return {item.code: item.who for item in ready.missing}

    def item(self, service: str, code: str):
        with tenant_session(self.tenant_id) as session:
            found = readiness.of_service(
                session, tenant_id=self.tenant_id, service=service, operator_seal=SEAL, at=utc_now()
            )  # fmt: skip
        return next(item for item in found.items if item.code == code)

    def prepare(self, service: str = "efatura", prefix: str = "AKF") -> None:
        """Everything but the signed activation."""
        with tenant_session(self.tenant_id) as session:
            given = {"tenant_id": self.tenant_id, "service": service, "actor": STAFF, "at": utc_now()}
            for role in ("GB", "PK") if service in ("efatura", "eirsaliye") else ():
                aliases.ask(session, role=role, alias=f"urn:mail:{role.casefold()}@{self.vkn}.example", **given)
            authorisations.record(session, purpose="seal", signed_on=self.today, paper="Yetki 1", **given)
            series.create(session, tenant_id=self.tenant_id, kind=service, prefix=prefix)

    def activate(self, service: str = "efatura", prefix: str = "AKF", *, day=None) -> None:
        self.do(activation.want, service)
        self.prepare(service, prefix)
        self.do(activation.authorise, service, signed_on=self.today, paper="Onay 1", operator_seal=SEAL)
        self.do(activation.asked, service, reference="Zarf 1", operator_seal=SEAL)
        self.do(activation.activate, service, active_from=day or self.today)

    def listed(self, account_type: str, *names: str) -> None:
        """GİB's list says how this taxpayer works today."""
        found = tuple(Alias("Invoice", name, SINCE) for name in names or ("urn:mail:eski@baska.example",))
        user = RegisteredUser(self.vkn, "Akın", "OZEL", account_type, found, SINCE)
        with role_session("app") as session:
            taxpayer.load_list(session, mode="live", users=[user], at=utc_now())


@pytest.fixture
def desk(open_account) -> Desk:
    with role_session("app") as session:
        taxpayer.load_list(session, mode="live", users=[], at=utc_now())
    return Desk(open_account().tenant_id)


def test_an_empty_account_is_told_everything_that_is_missing_and_who_must_act(desk: Desk) -> None:
    desk.do(activation.want, "efatura")
    assert desk.missing("efatura", operator_seal=None) == {
        "seal_leave": "you", "seal": "us", "alias_gb": "you", "alias_pk": "you", "series": "you",
        "activation": "you", "asked": "us", "answer": "gib",
    }  # fmt: skip


def test_from_wanted_to_active_no_step_is_skipped(desk: Desk) -> None:
    with pytest.raises(UnlawfulActivation):
        desk.do(activation.activate, "efatura", active_from=desk.today)
    desk.do(activation.want, "efatura")
    signed = {"signed_on": desk.today, "paper": "Onay 7", "operator_seal": SEAL}
    with pytest.raises(ChecklistOpen) as refused:
        desk.do(activation.authorise, "efatura", **signed)
    assert refused.value.extra["missing"] == ["seal_leave", "alias_gb", "alias_pk", "series"]
    assert "Siz: " in refused.value.detail_tr
    assert "activation" in desk.missing("efatura")  # the refused paper was not recorded
    desk.prepare()
    assert desk.do(activation.authorise, "efatura", **signed) == "authorised"
    assert desk.missing("efatura") == {"asked": "us", "answer": "gib"}
    assert desk.do(activation.asked, "efatura", reference="Zarf 42", operator_seal=SEAL) == "asked_at_gib"
    assert desk.missing("efatura") == {"answer": "gib"}
    assert desk.do(activation.activate, "efatura", active_from=desk.today) == "active"
    assert desk.missing("efatura") == {}
    with tenant_session(desk.tenant_id) as session:
        rows = aliases.listed(session, tenant_id=desk.tenant_id)
        assert {row.state for row in rows} == {"confirmed"}
        sender = session.scalar(
            text("SELECT sender_alias FROM service WHERE tenant_id = :t AND service = 'efatura'"),
            {"t": desk.tenant_id},
        )
        assert sender == f"urn:mail:gb@{desk.vkn}.example"


def test_e_arsiv_needs_e_fatura_first_and_not_before_its_day(desk: Desk) -> None:
    desk.do(activation.want, "earsiv")
    assert desk.missing("earsiv")["needs_efatura"] == "you"
    desk.activate("efatura", day=desk.today + timedelta(days=3))
    assert "needs_efatura" not in desk.missing("earsiv")
    with pytest.raises(InvalidFields) as refused:
        desk.activate("earsiv", "AKA", day=desk.today)
    assert list(refused.value.wrong) == ["active_from"]
    assert desk.do(activation.activate, "earsiv", active_from=desk.today + timedelta(days=3)) == "active"
    with pytest.raises(NeededByOthers):
        desk.do(activation.close, "efatura", last_day=desk.today + timedelta(days=9))


def test_who_uses_gibs_portal_is_told_that_it_closes(desk: Desk) -> None:
    desk.listed("GIBPORTAL")
    item = desk.item("efatura", "method")
    assert (item.done, item.note) == (True, True)
    assert "portal kapanır" in item.text_tr


def test_an_own_integration_needs_the_petition(desk: Desk) -> None:
    desk.listed("ENTEGRASYON")
    desk.do(activation.want, "efatura")
    assert desk.missing("efatura")["method"] == "you"
    with tenant_session(desk.tenant_id) as session:
        authorisations.record(
            session, tenant_id=desk.tenant_id, service="efatura", purpose="petition", signed_on=desk.today,
            paper="GİB evrak 12", actor=STAFF, at=utc_now(),
        )  # fmt: skip
    assert "method" not in desk.missing("efatura")


def test_another_integrator_asks_for_other_aliases_or_its_last_day(desk: Desk) -> None:
    desk.do(activation.want, "efatura")
    desk.prepare()
    desk.listed("OZELENTEGRASYON", f"urn:mail:pk@{desk.vkn}.example")
    assert desk.missing("efatura")["method"] == "you"
    assert "başka bir entegratörde açık" in desk.item("efatura", "method").text_tr
    desk.listed("OZELENTEGRASYON", "urn:mail:eski@baska.example")
    item = desk.item("efatura", "method")
    assert (item.done, item.note) == (True, True)


def test_our_own_aliases_in_the_list_are_no_other_integrator(desk: Desk) -> None:
    desk.activate()
    desk.listed("OZELENTEGRASYON", f"urn:mail:pk@{desk.vkn}.example", f"urn:mail:gb@{desk.vkn}.example")
    assert (desk.item("efatura", "method").done, desk.item("efatura", "method").note) == (True, False)


def test_a_refusal_by_gib_leads_back_to_the_checklist_and_keeps_why(desk: Desk) -> None:
    desk.do(activation.want, "efatura")
    desk.prepare()
    desk.do(activation.authorise, "efatura", signed_on=desk.today, paper="Onay", operator_seal=SEAL)
    desk.do(activation.asked, "efatura", reference="Zarf 1", operator_seal=SEAL)
    assert desk.do(activation.back, "efatura", reason="1103: imza geçersiz") == "checklist"


def test_a_seal_that_ends_soon_is_told_and_one_that_has_ended_is_missing(desk: Desk) -> None:
    desk.do(activation.want, "efatura")
    now = utc_now()
    with tenant_session(desk.tenant_id) as session:
        for until, done in ((now + timedelta(days=10), True), (now - timedelta(days=1), False)):
            ready = readiness.of_service(
                session, tenant_id=desk.tenant_id, service="efatura", operator_seal=until, at=now
            )  # fmt: skip
            seal = next(item for item in ready.items if item.code == "seal")
            assert (seal.done, seal.note) == (done, done)


def test_a_service_closes_with_a_whole_last_day_and_may_come_back(desk: Desk) -> None:
    desk.activate()
    with pytest.raises(InvalidFields):
        desk.do(activation.close, "efatura", last_day=desk.today - timedelta(days=1))
    assert desk.do(activation.close, "efatura", last_day=desk.today) == "closing"
    with pytest.raises(UnlawfulActivation):
        desk.do(activation.closed, "efatura")
    assert desk.do(activation.reopen, "efatura") == "active"


def test_a_sandbox_has_everything_active_at_once(open_account) -> None:
    sandbox = Desk(open_account().sandbox_id)
    assert {sandbox.missing(service) != {} for service in ("efatura", "earsiv", "eirsaliye", "emm")} == {False}


@pytest.mark.parametrize("service", ["kep", "emutabakat", "yok"])
def test_a_service_that_is_not_offered_cannot_be_wanted(desk: Desk, service: str) -> None:
    from ebelge.core.errors import NotFound

    with pytest.raises(NotFound):
        desk.do(activation.want, service)
