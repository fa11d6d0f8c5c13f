"""The person's own page asks for the password once more; another's copy is as unknown as none; staff sees the clock."""

from __future__ import annotations

import re

import pytest

from ebelge.core.clock import utc_now
from ebelge.core.db import role_session, tenant_session
from ebelge.core.ids import new_id
from ebelge.edge import passwords, sign_in
from ebelge.edge.sign_in import SignedIn
from ebelge.jobs import privacy as duties
from tenants.members import memberships
from tenants.members.reach import WHOLE
from tenants.models import Tenant
from tenants.people.models import Person

PASSWORD = "kırmızı bisiklet 42"
TOKEN = re.compile(r'name="csrf_token" value="([^"]+)"')


@pytest.fixture
def browser(settings, monkeypatch: pytest.MonkeyPatch):
    """`browser(ayse)`: her browser; her password is PASSWORD."""
    from ebelge.app import create_app

    app, hashed = create_app(), passwords.hashed(PASSWORD)

    def signed(one):
        with role_session("people") as session:
            session.get_one(Person, one.person_id).password = hashed
        who = SignedIn(one.person_id, one.email, one.name, "en", new_id(), True, one.tenant_id, True)
        monkeypatch.setattr(sign_in, "signed_in", lambda: who)
        return app.test_client()

    return signed


def submit(client, page: str, path: str, **fields: str):
    token = TOKEN.search(client.get(page).get_data(as_text=True))
    assert token is not None
    return client.post(path, data={"csrf_token": token[1], **fields})


def test_a_copy_is_asked_for_with_the_password_and_fetched(browser, someone) -> None:
    ayse, can = someone(), someone("Can")
    client = browser(ayse)
    refused = submit(client, "/account/privacy", "/account/privacy/copy", password="wrong")
    assert refused.status_code == 403
    assert submit(client, "/account/privacy", "/account/privacy/copy", password=PASSWORD).status_code == 303
    assert "Your copy is being made" in client.get("/account/privacy").get_data(as_text=True)
    duties.make_copies(utc_now())
    link = re.search(r'href="(/account/privacy/copy/[^"]+)"', client.get("/account/privacy").get_data(as_text=True))
    assert link is not None
    answer = client.get(link[1])
    assert (answer.status_code, answer.get_data()[:2]) == (200, b"PK")
    assert "no-store" in answer.headers["Cache-Control"]
    assert browser(can).get(link[1]).status_code == 404


def test_erasure_is_asked_for_once_and_answered_by_staff(browser, someone, settings) -> None:
    ayse = someone()
    client = browser(ayse)
    for _ in range(2):
        page = client.get("/account/privacy").get_data(as_text=True)
        token = TOKEN.search(page)
        client.post("/account/privacy/erasure", data={"csrf_token": token[1], "password": PASSWORD})
    assert client.get("/account/privacy").get_data(as_text=True).count("<strong>Erasure</strong>") == 1
    assert client.get("/operator/privacy").status_code == 403

    staff = someone("Derya İşletici")
    with role_session("reader") as session:
        operator = session.query(Tenant.tenant_id).filter(Tenant.kind == "operator", Tenant.mode == "live").scalar()
    if operator is None:
        operator = new_id()
        with tenant_session(operator) as session:
            session.add(
                Tenant(
                    tenant_id=operator,
                    kind="operator",
                    mode="live",
                    state="active",
                    vkn_tckn="1234567891",
                    title="Ebelge",
                    district="x",
                    city="x",
                    created_at=utc_now(),
                )
            )
    with tenant_session(operator) as session:
        memberships.seat_down(
            session,
            tenant_id=operator,
            person_id=staff.person_id,
            role="operator_admin",
            reach=WHOLE,
            by="test",
            at=utc_now(),
        )
    desk = browser(type(staff)(staff.person_id, staff.email, staff.name, operator))
    shown = desk.get("/operator/privacy").get_data(as_text=True)
    assert str(ayse.person_id) in shown
    assert "29 days left" in shown
    assert "Record" not in shown.partition("<main")[2], "the word stands in the rail, too"
    assert "Audit log" in shown
    path = re.search(rf'{ayse.person_id}.*?action="([^"]+)"', shown, re.DOTALL)
    assert path is not None
    assert submit(desk, "/operator/privacy", path[1], state="done", note="Önce üyelik bitmeli.").status_code == 303
    assert "Önce üyelik bitmeli." in browser(ayse).get("/account/privacy").get_data(as_text=True)
