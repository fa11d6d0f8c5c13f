"""`ebelge tenants`, `activation` and `series`: an account from opening to suspension, by hand."""

from __future__ import annotations

from click.testing import CliRunner, Result
from sqlalchemy import text

from ebelge.cli.main import cli
from ebelge.core.clock import istanbul_date, utc_now
from ebelge.core.db import role_session, tenant_session
from ebelge.core.ids import new_id
from ebelge.documents.registered import taxpayer
from ebelge.documents.seals import entered as seals
from ebelge.onboarding.accounts import open_tenant
from ebelge.signing.development import DevelopmentCa
from tenants.accounts import Identity, TenantExists

BY = ("--by", "Ayşe")
TODAY = istanbul_date(utc_now())


def run(*arguments: object, ok: bool = True) -> Result:
    done = CliRunner().invoke(cli, [str(one) for one in arguments])
    assert (done.exit_code == 0) is ok, done.output
    return done


def an_operator_with_a_seal(who: Identity) -> None:
    """There is one operator per mode; other tests may have opened it already."""
    at, tenant_id = utc_now(), new_id()
    try:
        with tenant_session(tenant_id) as session:
            open_tenant(session, tenant_id=tenant_id, kind="operator", identity=who, sandbox=False, at=at)
    except TenantExists:
        with role_session("app") as session:
            tenant_id = session.scalar(text("SELECT tenant_id FROM operator_of('live')"))
    with tenant_session(tenant_id) as session:
        file = DevelopmentCa.create(at=at).issue(vkn_tckn=who.vkn_tckn, name="x", password="x", at=at)
        seals.add_pkcs12(session, tenant_id=tenant_id, mode="live", data=file, password="x")


def test_an_account_is_opened_found_activated_and_suspended(settings, someone) -> None:
    an_operator_with_a_seal(someone("Ebelge A.Ş."))
    with role_session("app") as session:
        taxpayer.load_list(session, mode="live", users=[], at=utc_now())
    who = someone()
    run("tenants", "create", who.vkn_tckn, "--title", "Işık Gıda Ltd. Şti.", "--district", "Konak", "--city", "İzmir",
        "--tax-office", "Konak", "--service", "emm", "--series", "emm=IGM", *BY)  # fmt: skip
    assert "Işık Gıda" in run("tenants", "list", "ISIK", "gida").output
    assert who.vkn_tckn in run("tenants", "list", who.vkn_tckn[:8]).output
    assert "No such account" in run("tenants", "list", "'; DROP TABLE tenant; --%_zzz").output
    shown = run("activation", "show", who.vkn_tckn).output
    assert "You   seal_leave" in shown
    refused = run("activation", "authorise", who.vkn_tckn, "emm", "--signed-on", TODAY, "--paper", "A-1", *BY, ok=False)
    assert "You: Sign the written authorisation" in refused.output
    run("activation", "paper", who.vkn_tckn, "emm", "--purpose", "seal", "--signed-on", TODAY, "--paper", "Y-1", *BY)
    run("activation", "authorise", who.vkn_tckn, "emm", "--signed-on", TODAY, "--paper", "A-1", *BY)
    run("activation", "ask", who.vkn_tckn, "emm", "--reference", "Zarf 9", *BY)
    assert "emm: asked_at_gib -> active" in run("activation", "activate", who.vkn_tckn, "emm", *BY).output
    assert "no valid seal" in run("activation", "seal-mode", who.vkn_tckn, "emm", "own_hsm", *BY, ok=False).output
    assert "emm: active -> closing" in run("activation", "close", who.vkn_tckn, "emm", "--last-day", TODAY, *BY).output
    run("tenants", "change", who.vkn_tckn, "--street", "Kordon 1", *BY)
    run("tenants", "suspend", who.vkn_tckn, *BY, ok=False)
    assert "active -> suspended" in run("tenants", "suspend", who.vkn_tckn, "--reason", "Borç", *BY).output
    shown = run("tenants", "show", who.vkn_tckn).output
    for part in ("suspended since", ": Borç", "Kordon 1", "service   emm: closing", "settings  version 0"):
        assert part in shown
    assert "suspended -> active" in run("tenants", "resume", who.vkn_tckn, *BY).output


def test_a_series_is_set_up_and_its_gaps_reported(open_account) -> None:
    from tenants import accounts

    opened = open_account()
    with tenant_session(opened.tenant_id) as session:
        vkn = accounts.get(session, tenant_id=opened.tenant_id).vkn_tckn
    last = f"ERP{TODAY.year}000000007"
    told = run("series", "add", vkn, "earsiv", "ERP", "--owner", "erp", "--last-used", last, *BY)
    assert "ERP numbers earsiv, the default" in told.output
    assert "ERP  earsiv     erp   -           default" in run("series", "list", vkn).output
    assert f"ERP {TODAY.year}: counted to 7, 0 open" in run("series", "gaps", vkn).output
    assert "No such series" in run("series", "gaps", vkn, "YOK", ok=False).output
    run("series", "add", vkn, "earsiv", "Ş1A", *BY, ok=False)
