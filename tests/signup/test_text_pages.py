"""Texts and the chosen package as members use them."""

from __future__ import annotations

import pytest

from tests.orders import shop
from tests.signup import office
from tests.signup.visits import staff

pytestmark = pytest.mark.usefixtures("published")


def test_every_version_of_a_text_is_public_and_marked_as_a_draft(browser) -> None:
    here = browser()
    for kind, version in office.TEXTS:
        page = here.open(f"/texts/{kind}").get_data(as_text=True)
        assert "Draft: waits for a lawyer" in page
        assert here.open(f"/texts/{kind}/{version}").status_code == 200
    assert here.open("/texts/nonsense").status_code == 404
    assert here.open("/texts/%00").status_code == 404
    assert here.open("/texts/contract/1999-01-01").status_code == 404


def test_an_owner_accepts_what_waits_and_gives_and_withdraws_consent(browser) -> None:
    akin = shop.customer()
    owner = staff(browser, akin, "owner")
    page = owner.open("/account/texts").get_data(as_text=True)
    assert "Service Contract" in page
    choose = {"form": "/account/companies", "package": shop.on_sale()}
    refused = owner.submit("/settings/package/choose", **choose)
    assert refused.status_code == 403
    assert "/account/texts" in refused.get_data(as_text=True)
    seen = [f"{kind} {version}" for kind, version in office.TEXTS]
    assert owner.submit("/account/texts", tenant_id=str(akin), seen=seen).status_code == 303
    assert "Nothing waits" in owner.open("/account/texts").get_data(as_text=True)
    assert owner.submit("/settings/package/choose", **choose).location == "/settings/package"
    assert "Order by bank transfer" in owner.open("/settings/package").get_data(as_text=True)
    for give, said in (("2026-01-01", "You have consented"), ("", "You have not consented")):
        owner.submit("/account/texts/consent", form="/account/texts", tenant_id=str(akin), give=give)
        assert said in owner.open("/account/texts").get_data(as_text=True)


def test_a_viewer_does_not_accept_for_the_company(browser) -> None:
    akin = shop.customer()
    viewer = staff(browser, akin, "viewer")
    seen = [f"{kind} {version}" for kind, version in office.TEXTS]
    viewer.submit("/account/texts", tenant_id=str(akin), seen=seen)
    kinds = office.read("SELECT kind FROM text_acceptance WHERE tenant_id = :id", id=akin)
    assert [row.kind for row in kinds] == ["privacy"]
    assert viewer.submit("/account/texts", tenant_id=str(shop.customer()), seen=seen).status_code == 404


def test_an_owner_orders_the_package_once(browser) -> None:
    akin = shop.customer()
    owner = staff(browser, akin, "owner")
    seen = [f"{kind} {version}" for kind, version in office.TEXTS]
    owner.submit("/account/texts", tenant_id=str(akin), seen=seen)
    code = shop.on_sale()
    owner.submit("/settings/package/choose", form="/account/companies", package=code)
    page = owner.submit("/settings/package/order", form="/settings/package", package=code).get_data(as_text=True)
    assert "Your order is placed" in page
    again = owner.submit("/settings/package/order", form="/account/companies", package=code)
    assert again.status_code == 404
    assert len(shop.rows(akin, "SELECT 1 FROM kontor_order")) == 1
