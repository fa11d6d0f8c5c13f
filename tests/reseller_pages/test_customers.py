"""A reseller's people at the list of their customers, and at one of them."""

import html
import re

import pytest

from ebelge.core.clock import utc_now
from ebelge.core.db import tenant_session
from ebelge.core.ids import new_id
from ebelge.jobs import enquiries as enquiry_desk
from tenants.leads import enquiries
from tenants.leads.desk import Worker
from tenants.leads.enquiries import Enquiry


@pytest.fixture
def ceren(browser):
    return browser("ceren", "reseller_admin", "Selin Kaya")


def hidden(page: str, name: str) -> str:
    return html.unescape(re.search(rf'name="{name}" value="([^"]*)"', page)[1])


def test_own_customers_are_listed_searched_and_taken_as_a_sheet(ceren, account) -> None:
    page = ceren.open("/reseller/customers")
    assert f"/reseller/customers/{account('bora')}" in page
    assert str(account("akin")) not in page
    assert "No customer of yours matches" in ceren.open("/reseller/customers?q=yok%C3%B6yle")
    assert ceren.get("/reseller/customers/sheet?form=csv").get_data().startswith(b"\xef\xbb\xbfVKN/TCKN;Title")
    assert ceren.get("/reseller/customers/sheet").get_data().startswith(b"PK")
    ceren.open("/reseller/customers?cursor=x", status=400)


def test_the_pages_are_turkish_for_whoever_reads_turkish(browser, account) -> None:
    turkish = browser("ceren", "reseller_admin", language="tr")
    assert "Bakiyesi az olan önce" in turkish.open("/reseller/customers")
    assert "Kontör aktarın" in turkish.open(f"/reseller/customers/{account('bora')}")


def test_a_foreign_customer_is_not_found_on_any_page_of_one(ceren, account) -> None:
    for other in (account("akin"), account("ceren"), account("akin-holding"), new_id()):
        ceren.open(f"/reseller/customers/{other}", status=404)
        for act in ("pass", "take-back", "consent", "act"):
            ceren.submit(f"/reseller/customers/{other}/{act}", form="/reseller/customers", status=404, kontor="1")


def test_kontor_is_passed_on_as_it_was_shown_and_taken_back(ceren, account) -> None:
    path = f"/reseller/customers/{account('bora')}"
    page = ceren.submit(f"{path}/pass", form=path, status=200, kontor="25")
    assert "The customer will have" in page
    draw = hidden(page, "draw_id")
    for _ in range(2):  # a double click
        ceren.submit(f"{path}/pass", form=path, kontor="25", shown=hidden(page, "shown"), draw_id=draw)
    page = ceren.open(path)
    (last,) = set(re.findall(r"Next last day.*?<[^>]*>\s*(\d\d\.\d\d\.\d{4})", page, re.S))
    assert last in ceren.get("/reseller/customers/sheet?form=csv").get_data(as_text=True), "the day of the page"
    assert page.count(f'name="draw_id" value="{draw}"') == 1
    assert re.search(rf'value="{draw}".*?name="kontor"[^>]*value="25"', page), "all of it could still come back"
    ceren.submit(f"{path}/take-back", form=path, draw_id=draw, kontor="5", take_back_id=str(new_id()))
    page = ceren.open(path)
    assert "taken back: 5" in page and re.search(rf'value="{draw}".*?name="kontor"[^>]*value="20"', page)
    assert "This customer's price list" in html.unescape(page) and "everybody's" in html.unescape(page)
    assert "999.999 kontör are needed" in ceren.submit(f"{path}/pass", form=path, status=402, kontor="999999")
    ceren.submit(f"{path}/pass", form=path, status=400, kontor="x")


def test_staff_see_and_onboard_but_pass_nothing_on(browser, account) -> None:
    staff = browser("ceren", "reseller_staff")
    path = f"/reseller/customers/{account('bora')}"
    assert "Pass kontör on" not in staff.open(path)
    staff.submit(f"{path}/pass", form=path, status=403, kontor="1")
    staff.open("/reseller/terms", status=403)
    staff.open("/reseller/onboard")


def test_the_contract_and_what_is_on_sale_are_shown(ceren) -> None:
    page = ceren.open("/reseller/terms")
    assert "Commission, 15%" in page
    assert "in force" in page


def test_an_assigned_lead_becomes_a_customer_without_typing_it_again(ceren, account) -> None:
    operator = account("ebelge")
    enquiry = Enquiry(
        source="contact", topic="sales", full_name="Nermin Ak Su", company="Aksu Tarım", email="nermin@aksu.example",
        phone="0532 123 45 67", city="Bursa", message="Fiyat alabilir miyim", language="tr", address="198.51.100.7",
        form_key="aksu-1",
    )  # fmt: skip
    with tenant_session(operator) as session:
        lead = enquiries.make(session, tenant_id=operator, enquiry=enquiry, at=utc_now())
        assert lead is not None
        lead_id = lead.lead_id
    assert "Aksu" not in ceren.open("/reseller/leads")
    ceren.open(f"/reseller/onboard?lead={lead_id}", status=404)
    enquiry_desk.assign(
        operator,
        lead_id,
        worker=Worker("staff:defne", "Defne"),
        owner=None,
        reseller=(account("ceren"), "Ceren Yazılım"),
    )
    assert f"/reseller/onboard?lead={lead_id}" in ceren.open(f"/reseller/leads/{lead_id}")
    page = html.unescape(ceren.open(f"/reseller/onboard?lead={lead_id}"))
    for value in ("Aksu Tarım", "Nermin Ak", "Bursa", "nermin@aksu.example"):
        assert f'value="{value}"' in page, value
    ceren.open("/reseller/onboard?lead=x", status=404)


@pytest.mark.parametrize("role", ["owner", "viewer"])
def test_a_customers_people_have_no_such_pages(role: str, browser) -> None:
    akin = browser("akin", role)
    for path in ("/reseller/customers", "/reseller/onboard", "/reseller/import", "/reseller/terms",
                 "/reseller/changes", "/operator/reseller-changes", "/operator/acting"):  # fmt: skip
        akin.open(path, status=403)


def test_pages_of_one_kind_of_company_are_led_to_from_that_kind_only(browser) -> None:
    customer, reseller = browser("bora", "owner"), browser("ceren", "reseller_admin")
    for place in ("/settings/access", "/settings/reseller"):
        assert f'href="{place}"' in customer.open("/settings")
        assert f'href="{place}"' not in reseller.open("/settings")
    assert 'href="/operator/acting"' in browser("ebelge", "support").open("/operator/acting")
    assert 'href="/operator/acting"' not in reseller.open("/reseller/customers")


@pytest.mark.parametrize("shown", ["[" * 50_000, '[[1e999, "2026-11-30"]]', '{"a": 1}', "[1]", '[["1", 2]]'])
def test_a_form_that_somebody_made_up_is_refused(ceren, account, shown) -> None:
    path = f"/reseller/customers/{account('bora')}"
    ceren.submit(f"{path}/pass", form=path, status=400, kontor="1", shown=shown, draw_id=new_id())
