"""A change of reseller at the browsers of all four sides."""

import re

import pytest


@pytest.fixture
def others(browser):
    return browser("ceren", "reseller_admin"), browser("ebelge", "operator_admin")


def test_a_customer_leaves_its_reseller_with_everybodys_word(browser, others, account) -> None:
    ceren, operator = others
    owner, viewer = browser("bora", "owner"), browser("bora", "viewer")
    assert "Ceren" in owner.open("/settings/reseller")
    viewer.submit("/settings/reseller", form="/settings/reseller", status=403, to="none")
    owner.submit("/settings/reseller", form="/settings/reseller", status=404, to="vkn", vkn="1234567890")
    owner.submit("/settings/reseller", form="/settings/reseller", to="none")
    change = re.search(r"/settings/reseller/([0-9a-f-]{36})", owner.open("/settings/reseller"))[1]
    place = "/operator/reseller-changes"
    assert "Waits for" in operator.open(place)
    operator.submit(f"{place}/{change}", form=place, status=409, word="yes")
    page = ceren.submit(f"/reseller/changes/{change}", form="/reseller/changes", status=400, word="no", reason="")
    assert "Say why not" in page
    ceren.submit(f"/reseller/changes/{change}", form="/reseller/changes", word="yes")
    operator.submit(f"{place}/{change}", form=place, word="yes")
    assert "you buy kontör directly" in owner.open("/settings/reseller")
    ceren.open(f"/reseller/customers/{account('bora')}", status=404)


def test_a_reseller_asks_for_a_customer_and_is_shown_nothing_of_it(browser, others, world) -> None:
    ceren, _ = others
    akin = world.accounts["akin"]
    late = {"vkn": akin.vkn_tckn, "wanted_on": "2020-01-01"}
    page = ceren.submit("/reseller/changes", form="/reseller/changes", status=400, **late)
    assert f'value="{akin.vkn_tckn}"' in page and 'value="2020-01-01"' in page, "what was typed stays"
    ceren.submit("/reseller/changes", form="/reseller/changes", vkn=akin.vkn_tckn)
    page = ceren.open("/reseller/changes")
    assert akin.vkn_tckn in page
    assert akin.title not in page
    owner = browser("akin", "owner")
    change = re.search(r"/settings/reseller/([0-9a-f-]{36})", owner.open("/settings/reseller"))[1]
    browser("akin", "accountant").submit(
        f"/settings/reseller/{change}", form="/settings/reseller", status=403, word="yes"
    )
    owner.submit(f"/settings/reseller/{change}", form="/settings/reseller", word="no")
    assert "Refused" in ceren.open("/reseller/changes")
