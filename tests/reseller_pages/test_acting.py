"""Acting for a customer at the browser: asked, consented to, shown on every page, ended from either side."""

import re

import pytest
from sqlalchemy import text

from ebelge.core.clock import utc_now
from ebelge.core.db import tenant_session
from ebelge.notify import post
from tenants.audit.entries import command
from tenants.members import memberships

WHY = "Seri ayarlarını birlikte yapacağız"
RIGHTS = ["company:read", "audit:read"]


@pytest.fixture
def selin(browser):
    return browser("ceren", "reseller_staff", "Selin Kaya")


@pytest.fixture
def owner(browser):
    return browser("bora", "owner", "Bora Ak")


def wish(browser, path: str, **more) -> str:
    return browser.submit(path, form=path.removesuffix("/consent"), reason=WHY, hours="4", rights=RIGHTS, **more)


def consent_id(tenant_id) -> str:
    with tenant_session(tenant_id) as session:
        newest = text("SELECT consent_id FROM acting_consent WHERE tenant_id = :id ORDER BY asked_at DESC LIMIT 1")
        return str(session.execute(newest, {"id": tenant_id}).scalar())


def link(tenant_id) -> str:
    """The link in the newest letter, as its reader has it."""
    with tenant_session(tenant_id) as session:
        letter = post.letters(session, tenant_id=tenant_id, kind="acting_asked")[-1]
        sent = post.to_send(session, tenant_id=tenant_id, letter_id=letter.letter_id)
    return re.search(r"/consent/[A-Za-z0-9_-]{43}", sent.text)[0]


def test_from_the_wish_to_its_end(selin, owner, account) -> None:
    bora, path = account("bora"), f"/reseller/customers/{account('bora')}"
    page = selin.open(wish(selin, f"{path}/consent"))
    assert "The consent is asked for" in page and "No answer yet" in page
    consent = consent_id(bora)
    selin.submit(f"{path}/act", form=path, status=403, consent_id=consent)
    assert WHY in owner.open("/settings/access")
    owner.submit(f"/settings/access/{consent}", form="/settings/access", word="give", hours="2", rights=RIGHTS)
    assert selin.submit(f"{path}/act", form=path, consent_id=consent) == "/account"
    page = selin.open("/settings/access")
    assert "Bora" in page
    assert WHY in page  # the band says why
    for never in ("/settings/access/" + consent,):
        selin.submit(never, form="/settings/access", status=403, word="end")
    selin.open("/reseller/customers", status=403)
    assert selin.submit("/acting/end", form="/settings/access") == path
    assert "Bora" in selin.open("/reseller/customers")
    seen = owner.open("/settings/access")
    assert "Selin Kaya" in seen
    assert "Began to act for the account" in seen


def test_ended_by_the_owner_the_next_page_is_closed(selin, owner, account) -> None:
    path = f"/reseller/customers/{account('bora')}"
    wish(selin, f"{path}/consent")
    consent = consent_id(account("bora"))
    owner.submit(f"/settings/access/{consent}", form="/settings/access", word="give", hours="2", rights=RIGHTS)
    selin.submit(f"{path}/act", form=path, consent_id=consent)
    selin.open("/settings/access")
    owner.submit(f"/settings/access/{consent}", form="/settings/access", word="end")
    assert selin.get("/settings/access").status_code in (302, 303, 403)


def test_an_owner_answers_from_his_mail_once_and_gives_no_more_than_was_asked(selin, owner, account, app) -> None:
    path = f"/reseller/customers/{account('bora')}"
    wish(selin, f"{path}/consent")
    where = link(account("bora"))
    stranger = type(owner)(app.test_client(), owner.person_id, owner.tenant_id)
    assert WHY in stranger.open(where)
    stranger.submit(where, form=where, word="give", hours="100", rights=["company:read", "documents:send"])
    assert "Consented until" in stranger.open(where)
    with tenant_session(account("bora")) as session:
        row = session.execute(
            text("SELECT given_rights, expires_at - answered_at AS span, answered_by FROM acting_consent "
                 "WHERE consent_id = :id"), {"id": consent_id(account("bora"))},
        ).one()  # fmt: skip
    assert (row.given_rights, row.span.total_seconds()) == (["company:read"], 4 * 3600)
    assert "@ornek.example" in row.answered_by
    stranger.open("/consent/" + "x" * 43, status=404)
    stranger.open("/consent/kısa", status=404)


def test_people_of_a_suspended_reseller_act_for_nobody(selin, owner, account) -> None:
    path = f"/reseller/customers/{account('bora')}"
    wish(selin, f"{path}/consent")
    consent = consent_id(account("bora"))
    owner.submit(f"/settings/access/{consent}", form="/settings/access", word="give", hours="2", rights=RIGHTS)
    selin.submit(f"{path}/act", form=path, consent_id=consent)
    state = text("UPDATE tenant SET state = :state, state_reason = 'test' WHERE tenant_id = :id")
    with tenant_session(selin.tenant_id) as session:
        session.execute(state, {"state": "suspended", "id": selin.tenant_id})
    try:
        assert selin.get("/settings/access").status_code == 303
        selin.submit("/account/companies", form="/account/companies", tenant_id=str(selin.tenant_id))
        for act in ("consent", "act", "invite"):
            selin.submit(f"{path}/{act}", form=path, status=403, consent_id=consent)
    finally:
        with tenant_session(selin.tenant_id) as session:
            session.execute(state, {"state": "active", "id": selin.tenant_id})
    selin.submit(f"{path}/act", form=path, consent_id=consent)
    selin.open("/settings/access")


def test_a_link_in_the_mail_of_somebody_who_is_no_owner_any_more_answers_nothing(
    browser, selin, owner, account
) -> None:
    path, bora = f"/reseller/customers/{account('bora')}", account("bora")
    wish(selin, f"{path}/consent")
    with tenant_session(bora) as session:
        email = next(
            one.email for one in memberships.colleagues(session, tenant_id=bora) if one.person_id == owner.person_id
        )
        where = next(
            found[0]
            for letter in post.letters(session, tenant_id=bora, kind="acting_asked")
            if letter.recipients == [email]
            and (sent := post.to_send(session, tenant_id=bora, letter_id=letter.letter_id))
            and (found := re.search(r"/consent/[A-Za-z0-9_-]{43}", sent.text))
        )
    assert WHY in owner.open(where)
    browser("bora", "owner", "Bora'nın Yenisi")
    with tenant_session(bora) as session:
        memberships.end(
            session, tenant_id=bora, person_id=owner.person_id, actor=command("test", by="test"), at=utc_now()
        )
    owner.open(where, status=404)


def test_support_acts_with_consent_only_and_a_reseller_for_its_own_only(browser, selin, owner, account) -> None:
    support = browser("ebelge", "support", "Destek Kişisi")
    page = support.submit("/operator/acting", form="/operator/acting", status=404, vkn="1234567890", reason=WHY,
                          hours="1", rights=RIGHTS)  # fmt: skip
    assert 'value="1234567890"' in page and f">{WHY}</textarea>" in page and 'max="168" value="1"' in page, (
        "typed stays"
    )
    assert page.count(" checked>") == len(RIGHTS)
    with tenant_session(account("bora")) as session:
        vkn = session.execute(text("SELECT vkn_tckn FROM tenant WHERE tenant_id = :id"), {"id": account("bora")})
        number = vkn.scalar_one()
    wish(support, "/operator/acting", vkn=number)
    consent = consent_id(account("bora"))
    owner.submit(f"/settings/access/{consent}", form="/settings/access", word="give", hours="2", rights=RIGHTS)
    support.submit(f"/operator/acting/{account('bora')}", form="/operator/acting", consent_id=consent)
    assert "Bora" in support.open("/settings/access")
    assert support.submit("/acting/end", form="/settings/access") == "/operator/acting"
    selin.submit("/operator/acting", form="/operator/acting", status=404, vkn=number, reason=WHY, hours="1",
                 rights=RIGHTS)  # fmt: skip
