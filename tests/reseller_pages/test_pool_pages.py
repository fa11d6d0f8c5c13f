"""A pool's page and a member's: offered, accepted, drawn, recalled; sums of kontör and never a document."""

from __future__ import annotations

import re
from uuid import UUID

from ebelge.core.clock import utc_now
from ebelge.core.db import tenant_session
from ebelge.core.ids import new_id
from ebelge.documents import submit
from ebelge.documents.submission import Submission
from ebelge.jobs import drawing
from ebelge.ubl.examples import example_json
from ebelge.ubl.types import DocumentKind

TERMS = {"block_kontor": "10", "monthly_cap_kontor": "50", "threshold_kontor": ""}


def send(tenant_id: UUID) -> str:
    at = utc_now()
    draft = example_json(DocumentKind.EARSIV, n=77)
    facts, (checked,) = submit.check_all([Submission(draft=draft)], tenant_id=tenant_id, at=at)
    with tenant_session(tenant_id) as session:
        (made,) = submit.accept(session, tenant=facts, checked=[checked], created_by="key:test", at=at)
        return made.number


def at_work(browser, company: str, role: str = "owner"):
    """Somebody of that company who has accepted the texts in force."""
    one = browser(company, role)
    seen = re.findall(r'name="seen" value="([^"]+)"', one.open("/account/texts"))
    if seen:
        one.submit("/account/texts", form="/account/texts", tenant_id=str(one.tenant_id), seen=seen)
    return one


def test_a_right_is_offered_by_vkn_accepted_drawn_and_recalled(browser, account, world) -> None:
    hale, bora = at_work(browser, "akin-holding"), account("bora")
    member = f"/pool/members/{bora}"
    led = hale.submit("/pool/offer", form="/pool", vkn=world.accounts["bora"].vkn_tckn, **TERMS)
    assert led == member
    assert "Waits for its yes" in hale.open("/pool")
    burak = at_work(browser, "bora")
    assert "May be drawn" not in burak.open("/pool")
    burak.submit("/pool/accept", form="/pool", pool_id=str(account("akin-holding")))
    assert "May be drawn" in burak.open("/pool")
    drawing.draw(bora, needed_kontor=12, draw_id=new_id())
    page = hale.open(member)
    assert "12 kontör" in page
    assert "38 kontör more may be drawn" in page
    number = send(bora)
    for path in ("/pool", member):
        shown = hale.open(path)
        assert number not in shown
        assert "/documents" not in shown, "a pool has no way to a member's documents"
    came = hale.submit(f"{member}/recall", form=member, kontor="5")
    assert came.endswith("came=5")
    hale.submit(f"{member}/terms", form=member, **TERMS | {"monthly_cap_kontor": "60"})
    assert "/ 60" in hale.open("/pool")
    hale.submit(f"{member}/recall", form=member, end="1")
    assert "Ended" in hale.open("/pool")


def test_who_is_no_member_is_not_found_and_who_may_not_buy_changes_nothing(browser, account, world) -> None:
    hale, viewer = at_work(browser, "akin-holding"), browser("akin-holding", "viewer")
    for other in (account("ceren"), account("akin-holding"), new_id()):
        hale.open(f"/pool/members/{other}", status=404)
        hale.submit(f"/pool/members/{other}/recall", form="/pool", kontor="1", status=404)
    assert "No account has that VKN" in hale.submit("/pool/offer", form="/pool", status=404, vkn="1", **TERMS)
    assert "Block: write a whole number" in hale.submit(
        "/pool/offer", form="/pool", status=400, vkn="1", **TERMS | {"block_kontor": "x"}
    )
    viewer.submit("/pool/offer", form="/pool", status=403, vkn=world.accounts["bora"].vkn_tckn, **TERMS)
    akin = at_work(browser, "akin")
    akin.open(f"/pool/members/{account('bora')}", status=404)
    akin.submit("/pool/offer", form="/pool", status=404, vkn=world.accounts["bora"].vkn_tckn, **TERMS)
