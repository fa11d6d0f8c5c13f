"""The pages on which a company sets itself up, tried as people use them: forms without script, faults beside fields."""

from __future__ import annotations

import html
import io
import re
from collections.abc import Callable
from dataclasses import dataclass
from uuid import UUID

import pytest
from flask.testing import FlaskClient

from ebelge.app import create_app
from ebelge.core.clock import istanbul_date, utc_now
from ebelge.core.config import Settings
from ebelge.core.db import role_session, tenant_session
from ebelge.core.ids import new_id
from ebelge.documents.registered import taxpayer
from ebelge.edge import sign_in
from ebelge.edge.sign_in import SignedIn
from ebelge.onboarding.accounts import open_tenant
from ebelge.ubl.examples import vkn
from tenants import accounts, states
from tenants.accounts import Identity, TenantExists
from tenants.audit.entries import command
from tenants.company import settings as company_settings
from tenants.members import memberships
from tenants.members.reach import WHOLE
from tenants.people import persons

STAFF = command("tenants", by="test")
TODAY = istanbul_date(utc_now()).isoformat()
PAGES = ("company", "branches", "series", "services", "designs")


@dataclass
class Browser:
    """Somebody's browser, in English."""

    client: FlaskClient
    who: SignedIn
    use: Callable[[SignedIn], None]

    def get(self, path: str, status: int = 200) -> str:
        self.use(self.who)
        answer = self.client.get(path, headers={"Accept-Language": "en"})
        assert answer.status_code == status, answer.get_data(as_text=True)[:600]
        return html.unescape(answer.get_data(as_text=True))

    def submit(self, path: str, *, page: str = "", status: int = 303, **fields) -> str:
        """Fill in a form of `page` and send it; after a redirect, the page it leads to."""
        token = re.search(r'name="csrf_token" value="([^"]+)"', self.get(page or path))
        assert token is not None
        data = {"csrf_token": token[1]} | fields
        answer = self.client.post(path, data=data, headers={"Accept-Language": "en"})
        assert answer.status_code == status, answer.get_data(as_text=True)[:900]
        if status == 303:
            return self.get(answer.headers["Location"])
        return html.unescape(answer.get_data(as_text=True))


@pytest.fixture
def sign(settings: Settings, monkeypatch: pytest.MonkeyPatch):
    """`sign(tenant_id, role)`: a browser of somebody who has that role there, with a second factor."""
    app = create_app()

    def use(who: SignedIn) -> None:
        monkeypatch.setattr(sign_in, "signed_in", lambda: who)

    def signed(tenant_id: UUID, role: str = "owner") -> Browser:
        at, email = utc_now(), f"{new_id().hex}@akin.example"
        with role_session("people") as session:
            person_id = persons.create(session, email=email, full_name="Ayşe Akın", confirmed=True, at=at).person_id
        with tenant_session(tenant_id) as session:
            memberships.seat_down(
                session, tenant_id=tenant_id, person_id=person_id, role=role, reach=WHOLE, by="test", at=at
            )
        who = SignedIn(person_id, email, "Ayşe Akın", "en", new_id(), True, tenant_id, True)
        return Browser(app.test_client(), who, use)

    return signed


def opened(title: str = "Akın Ltd. Şti.", kind: str = "customer") -> UUID:
    tenant_id = new_id()
    who = Identity(vkn_tckn=vkn(tenant_id.int % 90_000_000), title=title, district="Çankaya", city="Ankara")
    with tenant_session(tenant_id) as session:
        open_tenant(session, tenant_id=tenant_id, kind=kind, identity=who, sandbox=False, at=utc_now())
    return tenant_id


@pytest.fixture
def akin(settings) -> UUID:
    with role_session("app") as session:
        taxpayer.load_list(session, mode="live", users=[], at=utc_now())
    return opened()


def operator() -> UUID:
    """The one operator of the mode."""
    try:
        return opened("Ebelge A.Ş.", "operator")
    except TenantExists:
        with role_session("reader") as session:
            from sqlalchemy import text

            query = text("SELECT tenant_id FROM tenant WHERE kind = 'operator' AND mode = 'live'")
            return session.scalars(query).one()


def test_every_page_has_an_empty_state_and_shows_no_form_to_who_may_only_read(akin, sign) -> None:
    owner, viewer = sign(akin), sign(akin, "viewer")
    for name in PAGES:
        shown = owner.get(f"/settings/{name}")
        assert 'aria-current="page"' in shown
        read = viewer.get(f"/settings/{name}")
        assert f'action="/settings/{name}"' not in read
    assert "No branches yet" in owner.get("/settings/branches")
    assert "No series yet" in owner.get("/settings/series")
    assert "No design yet" in owner.get("/settings/designs")
    viewer.submit("/settings/branches", status=403, code="A1", name="A", district="B", city="C")


def test_the_companys_data_are_saved_and_faults_stand_beside_their_fields(akin, sign) -> None:
    browser = sign(akin)
    good = {
        "title": "Akın Gıda A.Ş.",
        "district": "Konak",
        "city": "İzmir",
        "country": "Türkiye",
        "tax_office": "Konak",
    }
    shown = browser.submit("/settings/company", **good)
    assert "Saved." in shown
    assert 'value="Akın Gıda A.Ş."' in shown
    again = browser.submit("/settings/company", status=422, **good | {"email": "nobody", "city": ""})
    assert again.count('class="fault"') == 2
    assert 'value="nobody"' in again
    assert "Write a valid e-mail address." in again
    assert 'value="Akın Gıda A.Ş."' in browser.get("/settings/company")
    # whose the account is cannot be sent along
    browser.submit("/settings/company", **good | {"vkn_tckn": "4810173324"})
    with tenant_session(akin) as session:
        assert accounts.get(session, tenant_id=akin).vkn_tckn != "4810173324"
    browser.submit("/settings/company/settings", page="/settings/company", seal_warn_days="40", mail_language="en")
    with tenant_session(akin) as session:
        assert company_settings.current(session, tenant_id=akin).seal_warn_days == 40
    again = browser.submit("/settings/company/settings", page="/settings/company", status=422, seal_warn_days="soon")
    assert "Write from 1 to 180 days." in again


def test_a_branch_a_series_of_it_and_its_gap_report(akin, sign) -> None:
    browser = sign(akin)
    place = {"name": "İzmir <şube>", "district": "Konak", "city": "İzmir"}
    shown = browser.submit("/settings/branches", code="IZM", **place)
    assert "İzmir <şube>" in shown
    assert "<şube>" not in browser.client.get("/settings/branches").get_data(as_text=True)
    path = re.search(r'href="(/settings/branches/[0-9a-f-]{36})"', shown)[1]
    assert "The branch code is in use" in browser.submit("/settings/branches", status=409, code="IZM", **place)
    wish = {"kind": "earsiv", "prefix": "IZA", "owner": "ours", "branch": "IZM", "last_used": "41"}
    shown = browser.submit("/settings/series", **wish)
    gaps = re.search(r'href="(/settings/series/[0-9a-f-]{36}/gaps)"', shown)[1]
    assert "000000041" in browser.get(gaps)
    assert "No open numbers" in browser.get(gaps)
    assert "No number of this series" in browser.get(f"{gaps}?year={int(TODAY[:4]) - 1}")
    again = browser.submit("/settings/series", status=422, **wish | {"prefix": "ş1", "last_used": "x"})
    assert again.count('class="fault"') == 2
    retire = gaps.replace("/gaps", "/retire")
    assert "Out of use" in browser.submit(retire, page="/settings/series")
    assert "The series is out of use" in browser.submit(gaps.replace("/gaps", "/default"), page="/settings/series",
                                                        status=409)  # fmt: skip
    assert "Closed" in browser.submit(path, **place)  # the box "open" is not ticked


def test_the_waiting_screen_says_what_is_missing_and_who_must_act(akin, sign) -> None:
    browser = sign(akin)
    shown = browser.submit("/settings/services/efatura/want", page="/settings/services")
    for said in ("Choose the sender unit's alias (GB).", "We hand the application to GİB.", "Sign the activation"):
        assert said in shown
    assert "e-Defter storage" in shown
    wanted = {"service": "efatura", "role": "GB", "alias": f"urn:mail:gb@{akin.hex}.example"}
    assert "To be told to GİB" in browser.submit("/settings/services/aliases", page="/settings/services", **wanted)
    again = browser.submit(
        "/settings/services/aliases", page="/settings/services", status=422, **wanted | {"alias": "x"}
    )
    assert "An alias looks like this" in again
    shown = browser.submit("/settings/services/efatura/seal-mode", page="/settings/services", seal_mode="own_hsm")
    assert "Your own seal, in the HSM" in shown
    browser.submit("/settings/services/kep/want", page="/settings/services", status=404)
    assert "Not wanted" in browser.submit("/settings/services/efatura/give-up", page="/settings/services")


def test_a_design_is_written_in_versions_and_an_svg_is_refused(akin, sign) -> None:
    browser = sign(akin)
    shown = browser.submit("/settings/designs", kind="earsiv", name="Kurumsal")
    path = re.search(r'href="(/settings/designs/[0-9a-f-]{36})"', shown)[1]
    again = browser.submit(path, status=422, notes="a", logo=(io.BytesIO(b"<svg/>"), "logo.png"), iban="TR00")
    assert "SVG is not taken" in again
    assert "The IBAN is invalid" in again
    assert f'src="{path}/preview"' in browser.submit(path, notes="Bir\nİki", iban="TR330006100519786457841326")
    assert "In use" in browser.get("/settings/designs")
    assert "Bir\nİki" in browser.get(path)


XSLT = (
    b'<xsl:stylesheet version="1.0" xmlns:xsl="http://www.w3.org/1999/XSL/Transform"><xsl:output method="html"/>'
    b'<xsl:template match="/"><html><body><h1>Bizim</h1><div id="qrcode"/><script>x</script></body></html>'
    b"</xsl:template></xsl:stylesheet>"
)


def test_a_stylesheet_of_ones_own_is_tried_previewed_kept_and_left(akin, sign) -> None:
    browser = sign(akin)
    shown = browser.submit("/settings/designs", kind="eirsaliye", name="Sevk")
    path = re.search(r'href="(/settings/designs/[0-9a-f-]{36})"', shown)[1]
    wrong = XSLT.replace(b"<h1>", b"<xsl:copy-of select=\"document('/etc/passwd')\"/><h1>")
    again = browser.submit(path, status=422, notes="Kalsın", xslt=(io.BytesIO(wrong), "a.xslt"))
    assert "reads another file by document() (line 1)" in again
    assert "Kalsın" in again
    tried = browser.submit(path, status=200, **{"try": "yes"}, xslt=(io.BytesIO(XSLT), "a.xslt"))
    assert "<h1>Bizim</h1>" in tried
    assert "<script" not in tried
    assert "Bizim" not in browser.get(f"{path}", 200)
    assert "a.xslt" in browser.submit(path, xslt=(io.BytesIO(XSLT), "a.xslt"))
    preview = browser.client.get(f"{path}/preview")
    assert preview.headers["Content-Security-Policy"].startswith("sandbox; default-src 'none'")
    assert "Bizim" in preview.get_data(as_text=True)
    assert "a.xslt" in browser.submit(path, notes="x")
    assert "a.xslt" not in browser.submit(path, remove_xslt="yes")
    assert "e-İrsaliye" in browser.get(f"{path}/preview")
    browser.get(f"{path}/preview?number=AKN2026000000001", 404)
    browser.get(f"{path}/preview?number=%00", 404)


def test_a_suspended_account_sets_up_and_reads_and_a_closed_one_only_reads(akin, sign) -> None:
    browser = sign(akin)

    def put(*steps: str) -> None:
        for to in steps:
            with tenant_session(akin) as session:
                states.move(session, tenant_id=akin, to=to, mover="staff", reason="Borç", actor=STAFF, at=utc_now())

    put("suspended")
    shown = browser.get("/settings/company")
    assert "Sending is stopped" in shown
    assert "Borç" in shown
    place = {"name": "A", "district": "B", "city": "C"}
    browser.submit("/settings/branches", code="A1", **place)
    put("closing", "closed")
    for name in PAGES:
        browser.get(f"/settings/{name}")
    refused = browser.submit("/settings/branches", status=403, code="A2", **place)
    assert "A closed account cannot be changed" in refused


def test_another_companys_ids_are_as_unknown_as_those_that_do_not_exist(akin, sign) -> None:
    theirs = sign(opened("Bora A.Ş."))
    branch = theirs.submit("/settings/branches", code="B1", name="Bora", district="B", city="C")
    design = theirs.submit("/settings/designs", kind="earsiv", name="Bora")
    series = theirs.submit("/settings/series", kind="earsiv", prefix="BRA", owner="ours")
    mine = sign(akin)
    found = [re.search(r'href="(/settings/[a-z]+/[0-9a-f-]{36}[a-z/]*)"', page)[1] for page in (branch, design, series)]
    for path in (*found, f"/settings/branches/{new_id()}", f"/settings/designs/{new_id()}"):
        assert "Bora" not in mine.get(path, status=404)
    for path in (found[0], found[1], found[2].replace("/gaps", "/retire"), found[2].replace("/gaps", "/default"),
                 f"{found[1]}/default"):  # fmt: skip
        mine.submit(path, page="/settings/branches", status=404, name="x", district="y", city="z")


def test_staff_find_an_account_move_its_services_and_suspend_it_with_a_reason(akin, sign) -> None:
    title = f"Işık Gıda {akin.hex[:8]} Ltd. Şti."
    other = opened(title)
    support, admin = sign(operator(), "support"), sign(operator(), "operator_admin")
    for words in (f"ISIK {akin.hex[:8]}", f"ışık gıda {akin.hex[:8]}"):
        assert title in support.get(f"/operator/tenants?q={words}")
    assert "No tenant fits" in support.get("/operator/tenants?q=%25_%27")
    page = f"/operator/tenants/{other}"
    shown = support.get(page)
    assert title in shown
    assert "Change the state" not in shown
    assert sign(akin).get("/operator/tenants", status=403)
    support.submit(f"{page}/state", page="/operator/tenants", status=403, to="suspended")
    admin.submit(f"{page}/services/emm/want", page=page)
    assert "Sign the written authorisation" in admin.get(page)
    assert "Customer" in admin.get(page)
    admin.submit(f"{page}/services/emm/paper", page=page, purpose="seal", signed_on=TODAY, paper="Y-1")
    refused = admin.submit(f"{page}/services/emm/paper", page=page, status=409, purpose="activation",
                           signed_on=TODAY, paper="A-1")  # fmt: skip
    assert "The service still needs something" in refused
    assert "Give the reason" in admin.submit(f"{page}/state", page=page, status=400, to="suspended", reason="")
    shown = admin.submit(f"{page}/state", page=page, to="suspended", reason="Ödenmemiş fatura")
    assert "Ödenmemiş fatura" in shown
    assert "Suspended" in shown
    admin.get(f"/operator/tenants/{new_id()}", status=404)
    admin.submit(f"/operator/tenants/{new_id()}/state", page=page, status=404, to="suspended", reason="x")
