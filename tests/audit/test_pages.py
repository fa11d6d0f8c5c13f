"""The log as a page: an account's own behind a right, all accounts' for the operator's admins; staff's deeds marked."""

from __future__ import annotations

import re

import pytest

from ebelge.app import create_app
from ebelge.core.clock import utc_now
from ebelge.core.db import role_session, tenant_session
from ebelge.core.ids import new_id
from ebelge.edge import sign_in
from ebelge.edge.sign_in import SignedIn
from tenants.accounts import Identity
from tenants.audit import entries
from tenants.members import memberships
from tenants.members.reach import WHOLE
from tenants.models import Tenant
from tenants.people import persons

AYSE = entries.Actor("person", "p1", "Ayşe Akın", address="203.0.113.7")


@pytest.fixture
def opened(settings):
    """`opened(kind)`: an account with nothing but its row."""

    def make(kind: str = "customer", title: str = "Akın Ltd. Şti."):
        tenant_id, at = new_id(), utc_now()
        who = Identity(vkn_tckn=str(tenant_id.int)[-10:], title=title, district="Çankaya", city="Ankara")
        with tenant_session(tenant_id) as session:
            session.add(
                Tenant(
                    tenant_id=tenant_id,
                    kind=kind,
                    mode="live",
                    state="active",
                    vkn_tckn=who.vkn_tckn,
                    title=title,
                    district=who.district,
                    city=who.city,
                    created_at=at,
                )
            )
        return tenant_id

    return make


@pytest.fixture(scope="module")
def app(settings):
    """The application."""
    return create_app()


@pytest.fixture
def client(app, monkeypatch: pytest.MonkeyPatch):
    """`client(tenant_id, role)`: a browser of somebody who has that role there, signed in with a second factor."""

    def signed(tenant_id, role: str = "owner"):
        at, email = utc_now(), f"{new_id().hex}@akin.example"
        with role_session("people") as session:
            person_id = persons.create(session, email=email, full_name="Ayşe Akın", confirmed=True, at=at).person_id
        with tenant_session(tenant_id) as session:
            memberships.seat_down(
                session, tenant_id=tenant_id, person_id=person_id, role=role, reach=WHOLE, by="test", at=at
            )
        who = SignedIn(person_id, email, "Ayşe Akın", "en", new_id(), True, tenant_id, True)
        monkeypatch.setattr(sign_in, "signed_in", lambda: who)
        return app.test_client()

    return signed


def note(tenant_id, title: str, actor=None) -> None:
    with tenant_session(tenant_id) as session:
        entries.note(
            session, tenant_id=tenant_id, actor=actor or AYSE,
            action="company.changed", object_kind="tenant", object_id=tenant_id, before={"title": "Eski"},
            after={"title": title}, at=utc_now(),
        )  # fmt: skip


def test_an_account_reads_its_own_log(client, opened) -> None:
    akin, bora = opened(), opened(title="Bora A.Ş.")
    note(akin, "<script>alert(1)</script>")
    note(bora, "secret of Bora")
    answer = client(akin).get("/settings/audit")
    shown = answer.get_data(as_text=True)
    assert answer.status_code == 200
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in shown
    assert "<del>Eski</del>" in shown
    assert "203.0.113.7" in shown
    assert "Bora" not in shown
    assert "no-store" in answer.headers["Cache-Control"]


def test_what_staff_did_is_marked(client, opened) -> None:
    akin = opened()
    note(akin, "x", entries.Actor("staff", "p2", "Deniz, Ceren Bayi", for_whom=str(akin)))
    shown = client(akin).get("/settings/audit").get_data(as_text=True)
    assert re.search(r'<span class="tag">Acting for the account</span>', shown)
    assert "Deniz, Ceren Bayi" in shown


def test_filters_and_pages_stand_in_the_address(client, opened) -> None:
    akin = opened()
    for n in range(52):
        note(akin, f"Akın {n:02}")
    browser = client(akin)
    first = browser.get("/settings/audit?action=company&actor=p1").get_data(as_text=True)
    assert "Akın 51" in first
    assert "Akın 01" not in first
    older = re.search(r'href="(/settings/audit\?[^"]*cursor=[^"]*)"', first)
    assert older is not None
    second = browser.get(older[1].replace("&amp;", "&")).get_data(as_text=True)
    assert "Akın 01" in second
    assert "Akın 51" not in second
    assert "No entries with these filters" in browser.get("/settings/audit?to=2001-01-01").get_data(as_text=True)
    for wrong in ("action=x", "from=x", "cursor=x"):
        assert browser.get(f"/settings/audit?{wrong}").status_code == 400


def test_the_sheet_follows_the_filters(client, opened) -> None:
    akin = opened()
    note(akin, "=1+1")
    browser = client(akin)
    csv = browser.get("/settings/audit/sheet?form=csv").get_data(as_text=True)
    assert csv.count("\r\n") == 2
    assert ";=1" not in csv
    assert browser.get("/settings/audit/sheet?action=keys&form=csv").get_data(as_text=True).count("\r\n") == 1
    assert browser.get("/settings/audit/sheet").get_data()[:2] == b"PK"


@pytest.mark.parametrize(("role", "status"), [("owner", 200), ("accountant", 200), ("sender", 403), ("viewer", 403)])
def test_only_some_roles_read_the_log(client, opened, role: str, status: int) -> None:
    assert client(opened(), role).get("/settings/audit").status_code == status


def test_the_operator_reads_all_logs_and_a_customer_does_not(client, opened) -> None:
    akin = opened()
    note(akin, "of Akın")
    assert client(akin).get("/operator/audit").status_code == 403
    with role_session("reader") as session:
        found = session.query(Tenant.tenant_id).filter(Tenant.kind == "operator", Tenant.mode == "live").scalar()
    operator = found or opened("operator", "Ebelge A.Ş.")
    assert client(operator, "support").get("/operator/audit").status_code == 403
    browser = client(operator, "operator_admin")
    assert "of Akın" in browser.get("/operator/audit").get_data(as_text=True)
    assert "of Akın" in browser.get(f"/operator/audit?account={akin}").get_data(as_text=True)
    assert "of Akın" not in browser.get(f"/operator/audit?account={new_id()}").get_data(as_text=True)
    assert browser.get("/operator/audit?account=x").status_code == 400
