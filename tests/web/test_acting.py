"""Acting for a customer: unmistakable on every page, with the rights of the consent and no others, over at once."""

from __future__ import annotations

import re
from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import text

from ebelge.core.clock import utc_now
from ebelge.core.db import role_session, tenant_session
from ebelge.core.ids import new_id
from ebelge.edge import access
from ebelge.edge.actors import actor
from tenants.acting import consents, sessions
from tenants.acting.consents import Asker
from tenants.audit.entries import command
from tenants.members import memberships
from tenants.rights import NEVER_BY_OTHERS
from tests.web.browsers import form_token

REASON = "Kasım ayında reddedilen faturalar"


@pytest.fixture
def acting(browser, world):
    """Call it for somebody of Ceren's who acts for Bora, and the consent."""
    bora = UUID(world.accounts["bora"].tenant_id)

    def begin(role: str = "reseller_admin", rights=("documents:read", "company:read")):
        one, at = browser(role, "ceren", name="Ceren Çelik"), utc_now()
        with role_session("people") as session:
            sql = text("SELECT session_id FROM person_session WHERE person_id = :id AND ended_at IS NULL")
            session_id = session.execute(sql, {"id": one.person_id}).scalar_one()
        with tenant_session(bora) as session:
            asker = Asker(one.person_id, "Ceren Çelik", one.tenant_id, "Ceren Yazılım")
            consent = consents.ask(session, tenant_id=bora, asker=asker, reason=REASON, hours=5, rights=rights, at=at)
            consents.give(
                session, tenant_id=bora, consent_id=consent.consent_id, hours=5, rights=rights, by="Burak", at=at
            )
            sessions.begin(
                session, tenant_id=bora, consent_id=consent.consent_id, person_id=one.person_id, session_id=session_id,
                at=at,
            )  # fmt: skip
        with role_session("people") as session:
            sql = text("UPDATE person_session SET tenant_id = :bora WHERE session_id = :id")
            session.execute(sql, {"bora": bora, "id": session_id})
        return one, consent.consent_id, bora

    return begin


def test_every_page_says_for_whom_why_and_how_long_and_how_it_ends(acting, world) -> None:
    one, *_ = acting()
    for path in ("/documents", "/settings", "/account", "/account/companies"):
        page = one.text(path)
        for word in (world.accounts["bora"].title, "Ceren Çelik, Ceren Yazılım", REASON, "Time left: 4 h 59 min"):
            assert word in page, path
        assert 'action="/acting/end"' in page, path


def test_the_consent_says_what_may_be_done(acting) -> None:
    one, *_ = acting(rights=("company:read",))
    assert one.get("/settings").status_code == 200
    assert one.get("/documents").status_code == 403


def test_what_nobody_does_for_others_no_role_and_no_consent_lets_do(acting) -> None:
    one, _, bora = acting(role="reseller_admin", rights=consents.MAY_BE_GIVEN)
    assert not set(consents.MAY_BE_GIVEN) & NEVER_BY_OTHERS
    assert one.submit("/settings/people/invitations", email="x@y.example", role="owner").status_code == 403
    assert one.submit(f"/settings/people/{one.person_id}/role", role="owner").status_code == 403
    with tenant_session(bora) as session:
        assert one.person_id not in {who.person_id for who in memberships.colleagues(session, tenant_id=bora)}


def test_no_form_of_any_page_does_more_than_the_consent_whatever_is_sent(acting, app) -> None:
    one, _, bora = acting(rights=consents.MAY_BE_GIVEN)
    token, some = form_token(one.get("/account")), str(new_id())
    tried = set()
    for rule in app.url_map.iter_rules():
        right = access.needed_right(app, rule.endpoint)
        if "POST" not in rule.methods or right is None or right in consents.MAY_BE_GIVEN:
            continue
        path = re.sub(r"<uuid:\w+>", some, rule.rule)
        path = re.sub(r"<\w+>", "live", path)
        given = {"word": "give", "state": "active", "role": "owner", "email": "x@kisi.example", "tenant_id": str(bora)}
        assert one.post(path, csrf_token=token, **given).status_code == 403, path
        tried.add(right)
    assert tried >= NEVER_BY_OTHERS | {"customers:act", "tenants:manage"}
    for path in ("/account/companies", "/account/companies/leave", "/account/texts", "/account/texts/consent"):
        assert one.post(path, csrf_token=token, tenant_id=str(bora), seen="contract 1").status_code == 404, path


def test_who_goes_to_another_company_acts_no_more(acting) -> None:
    one, consent_id, bora = acting()
    assert one.submit("/account/companies", tenant_id=str(one.tenant_id)).status_code == 303
    with tenant_session(bora) as session:
        (held,) = sessions.held(session, tenant_id=bora, consent_ids=[consent_id])[consent_id]
        assert held.ended_at is not None
    with role_session("reader") as session:
        sql = text(
            "SELECT actor_kind FROM audit_entry WHERE tenant_id = :t AND action = 'acting.ended' AND actor_id = :p"
        )
        assert session.execute(sql, {"t": bora, "p": str(one.person_id)}).scalars().all() == ["staff"]


def test_taken_back_it_is_over_with_the_next_request(acting) -> None:
    one, consent_id, bora = acting()
    assert one.get("/documents").status_code == 200
    with tenant_session(bora) as session:
        consents.end(session, tenant_id=bora, consent_id=consent_id, by="Burak", at=utc_now())
    assert one.get("/documents").headers["Location"].startswith("/account/companies")


def test_past_its_time_it_is_over(acting) -> None:
    one, consent_id, bora = acting()
    with tenant_session(bora) as session:
        sql = text("UPDATE acting_consent SET expires_at = :past WHERE tenant_id = :bora AND consent_id = :id")
        session.execute(sql, {"past": utc_now() - timedelta(seconds=1), "bora": bora, "id": consent_id})
    assert one.get("/documents").headers["Location"].startswith("/account/companies")


def test_who_is_nobody_at_home_any_more_is_nobody_here(acting) -> None:
    one, *_ = acting(role="reseller_staff")
    assert one.get("/documents").status_code == 200
    with tenant_session(one.tenant_id) as session:
        memberships.end(
            session, tenant_id=one.tenant_id, person_id=one.person_id, actor=command("members", by="x"), at=utc_now()
        )
    assert one.get("/documents").headers["Location"].startswith("/account/companies")


def test_a_deed_names_who_acted_and_for_whom(acting, app) -> None:
    seen = []
    app.before_request_funcs.setdefault(None, []).append(lambda: seen.append(actor()))
    one, _, bora = acting()
    one.get("/documents")
    app.before_request_funcs[None].pop()
    who = seen[-1]
    assert (who.kind, who.id, who.for_whom) == ("staff", str(one.person_id), str(bora))
    assert who.name == "Ceren Çelik, Ceren Yazılım"
