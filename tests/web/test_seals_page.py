"""The services page: when a seal ends, and what keeps one from signing."""

from __future__ import annotations

import html
from datetime import timedelta
from uuid import UUID

import pytest

from ebelge.app import create_app
from ebelge.core.clock import utc_now
from ebelge.core.db import role_session, tenant_session
from ebelge.core.ids import new_id
from ebelge.documents.registered import taxpayer
from ebelge.documents.seals import entered as seals
from ebelge.documents.seals.models import SealTrouble
from ebelge.edge import sign_in
from ebelge.edge.sign_in import SignedIn
from ebelge.onboarding.accounts import open_tenant
from ebelge.signing.development import DevelopmentCa
from ebelge.ubl.examples import vkn
from tenants.accounts import Identity
from tenants.members import memberships
from tenants.members.reach import WHOLE
from tenants.people import persons


@pytest.fixture
def akin(settings, monkeypatch: pytest.MonkeyPatch) -> UUID:
    """An account whose owner is signed in."""
    at, tenant_id, email = utc_now(), new_id(), f"{new_id().hex}@akin.example"
    with role_session("app") as session:
        taxpayer.load_list(session, mode="live", users=[], at=at)
    who = Identity(vkn_tckn=vkn(tenant_id.int % 90_000_000), title="Akın Ltd.", district="Çankaya", city="Ankara")
    with role_session("people") as session:
        person_id = persons.create(session, email=email, full_name="Ayşe Akın", confirmed=True, at=at).person_id
    with tenant_session(tenant_id) as session:
        open_tenant(session, tenant_id=tenant_id, kind="customer", identity=who, sandbox=False, at=at)
        memberships.seat_down(
            session, tenant_id=tenant_id, person_id=person_id, role="owner", reach=WHOLE, by="test", at=at
        )
    signed = SignedIn(person_id, email, "Ayşe Akın", "en", new_id(), True, tenant_id, True)
    monkeypatch.setattr(sign_in, "signed_in", lambda: signed)
    return tenant_id


def test_the_services_page_shows_when_a_seal_ends_and_what_keeps_it_from_signing(akin: UUID) -> None:
    at = utc_now()
    ca = DevelopmentCa.create(at=at)
    data = ca.issue(vkn_tckn="1234567808", name="Akın", password="x", at=at - timedelta(days=3 * 365 - 20))
    with tenant_session(akin) as session:
        seals.add_pkcs12(session, tenant_id=akin, mode="live", data=data, password="x")
        session.add(SealTrouble(owner_id=akin, code="x", text_tr="İptal", text_en="Revoked.", since=at, seen_at=at))
    answer = create_app().test_client().get("/settings/services")
    shown = html.unescape(answer.get_data(as_text=True))
    for said in ("Your own seal", "19 days left; order a new one", "documents wait: Revoked."):
        assert said in shown
    with tenant_session(akin) as session:
        session.delete(session.get_one(SealTrouble, akin))
