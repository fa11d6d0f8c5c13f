"""Sign-up, texts, enquiries and desks as people use them in a browser without script."""

from __future__ import annotations

import re

import pytest

from ebelge.core.db import tenant_session
from ebelge.notify import post
from ebelge.web.filters import spaced
from tenants.applications import links
from tests.orders import shop
from tests.signup import office
from tests.signup.visits import filled, link_in_mail, staff

pytestmark = pytest.mark.usefixtures("published")


def test_a_visitor_signs_up_confirms_signs_in_and_finds_his_package(browser) -> None:
    code = shop.on_sale(kontor=1_000)
    here, fields = browser(), filled()
    page = here.open(f"/sign-up?package={code}").get_data(as_text=True)
    assert "1000 kontör" in page
    answer = here.submit("/sign-up", package=code, **fields)
    assert (answer.status_code, answer.location) == (303, "/sign-up/done")
    link = link_in_mail(fields["email"])
    other = browser()
    assert "Confirm the address" in other.open(link).get_data(as_text=True)
    assert office.account(fields["vkn_tckn"]).application == "unconfirmed"
    assert "Your address is confirmed" in other.submit(link).get_data(as_text=True)
    assert other.open(link).status_code == 404
    assert office.account(fields["vkn_tckn"]).application == "waiting"
    assert other.sign_in(fields["email"]).status_code == 303
    home = other.open("/account").get_data(as_text=True)
    assert "The package you chose is waiting" in home
    proposal = other.open("/settings/package").get_data(as_text=True)
    assert "once your live account is active" in proposal


def test_what_is_known_reads_the_same_as_what_is_not(browser) -> None:
    first, here = filled(), browser()
    here.submit("/sign-up", **first)
    office.confirm(first["email"])
    answers = []
    for fields in (filled(), filled(email=first["email"]), filled(vkn_tckn=first["vkn_tckn"])):
        answer = browser().submit("/sign-up", **fields)
        answers.append((answer.status_code, answer.location, answer.get_data(), sorted(answer.headers.keys())))
    assert answers[0] == answers[1] == answers[2]


def test_each_fault_stands_at_its_field_nothing_is_lost_and_the_password_is_not_shown_again(browser) -> None:
    answer = browser().submit(
        "/sign-up",
        **filled(vkn_tckn="1234567891", password="kisa", services=["earsiv"], accept_contract="", email="su@su"),
    )
    page = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert set(re.findall(r'id="([\w-]+)-fault"', page)) == {
        "vkn_tckn", "password", "services", "accept_contract", "email",
    }  # fmt: skip
    assert 'value="Su &amp; Ateş Ltd. Şti."' in page
    assert "kisa" not in page


def test_a_robot_that_fills_the_trap_gets_the_same_answer_and_nothing_happens(browser) -> None:
    fields = filled(website="http://spam.example")
    assert browser().submit("/sign-up", **fields).location == "/sign-up/done"
    assert office.read("SELECT 1 FROM tenant WHERE vkn_tckn = :v", v=fields["vkn_tckn"]) == []


def test_while_the_application_waits_the_account_is_told_so_and_not_sent_to_buy(browser) -> None:
    fields, here = filled(), browser()
    here.submit("/sign-up", **fields)
    link = link_in_mail(str(fields["email"]))
    here.submit(link, form=link)
    assert here.sign_in(str(fields["email"])).status_code == 303
    overview = re.search(r"<main.*</main>", here.open("/overview").get_data(as_text=True), re.DOTALL)
    assert overview is not None
    assert "application is looked at" in overview[0]
    assert "/kontor/buy" not in overview[0]
    buying = here.open("/kontor/buy").get_data(as_text=True)
    assert "Your application is being looked at" in buying
    assert "suspended" not in buying
    services = here.open("/settings/services").get_data(as_text=True)
    assert "Complete the steps of e-Fatura" in services
    assert "Start e-Fatura" not in services


def test_a_natural_person_signs_up_by_tckn_with_names(browser) -> None:
    fields = filled(vkn_tckn="10000000146", title="Defne Deniz Su")
    assert browser().submit("/sign-up", **fields).status_code == 303
    (row,) = office.read("SELECT first_name, family_name FROM tenant WHERE vkn_tckn = '10000000146' AND mode = 'live'")
    assert tuple(row) == ("Defne Deniz", "Su")


def test_a_resellers_link_brings_his_customer_and_a_forged_one_nobodys(browser) -> None:
    ceren = shop.customer("Ceren Ltd.", kind="reseller")
    token = links.token_of(ceren)
    assert "Ceren Ltd." in browser().open(f"/sign-up?r={token}").get_data(as_text=True)
    mine, forged = filled(r=token), filled(r=token[:-2] + "AA")
    browser().submit("/sign-up", **mine)
    browser().submit("/sign-up", **forged)
    assert office.account(mine["vkn_tckn"]).reseller_id == ceren
    assert office.account(forged["vkn_tckn"]).reseller_id is None


def test_too_many_forms_from_one_network_are_refused(browser, clean_redis) -> None:
    here = browser()
    codes = [here.submit("/contact").status_code for _ in range(21)]
    assert (set(codes[:20]), codes[20]) == ({422}, 429)


def test_bytes_that_no_text_has_break_nothing(browser) -> None:
    evil = dict.fromkeys(filled(), "\x00\ud7ff" * 20) | {
        "services": "\0",
        "form_key": "\0" * 20,
        "r": "\0",
        "package": "\0",
    }
    for path in ("/sign-up", "/request", "/contact"):
        assert browser().submit(path, **evil).status_code == 422
    assert browser().open("/sign-up?package=%00&r=%00").status_code == 200


def test_a_form_that_is_too_large_is_refused(browser) -> None:
    assert browser().submit("/request", message="x" * 40_000).status_code == 413


def test_a_request_and_a_contact_reach_the_desk_and_the_reader_sees_plain_text(browser) -> None:
    email = office.address()
    answer = browser().submit(
        "/request", full_name="Defne <b>Su</b>", email=email, company="Su Ltd.", city="İzmir", phone="0232 000 00 00",
        product="logo", documents="500", services=["efatura"], message="<script>alert(1)</script>",
        form_key="r" * 20 + email,
    )  # fmt: skip
    assert answer.location == "/enquiry/received"
    aylin = staff(browser, office.operator(), "support")
    assert "Su Ltd." in aylin.open("/operator/leads").get_data(as_text=True)
    (lead,) = office.read("SELECT lead_id FROM lead WHERE email = :e", e=email)
    page = aylin.open(f"/operator/leads/{lead.lead_id}").get_data(as_text=True)
    assert "&lt;script&gt;" in page
    assert "<script>alert" not in page
    path = f"/operator/leads/{lead.lead_id}"
    assert aylin.submit(path, state="contacted", note="Aradım.", next_on="2026-12-07").location == path
    ceren = shop.customer("Ceren Ltd.", kind="reseller")
    assert aylin.submit(f"{path}/assign", form=path, reseller=str(ceren)).location == path
    seller, other = (staff(browser, one, "reseller_staff") for one in (ceren, shop.customer("D", kind="reseller")))
    assert "Su Ltd." in seller.open("/reseller/leads").get_data(as_text=True)
    mine = f"/reseller/leads/{lead.lead_id}"
    assert seller.submit(mine, state="won").location == mine
    assert other.open(mine).status_code == 404
    assert "Su Ltd." not in other.open("/reseller/leads").get_data(as_text=True)
    assert seller.open(path).status_code == 403
    (row,) = office.read("SELECT state, next_on::text AS d FROM lead WHERE lead_id = :id", id=lead.lead_id)
    assert row.state == "won"


def test_the_operator_activates_an_application_and_support_only_looks(browser) -> None:
    fields = filled()
    browser().submit("/sign-up", **fields)
    office.confirm(fields["email"])
    made = office.account(fields["vkn_tckn"])
    path = f"/operator/applications/{made.application_id}"
    support = staff(browser, office.operator(), "support")
    assert spaced(fields["vkn_tckn"]) in support.open("/operator/applications").get_data(as_text=True)
    assert 'value="activate"' not in support.open(path).get_data(as_text=True)
    assert support.post(path, csrf_token="x", what="activate").status_code == 403
    admin = staff(browser, office.operator(), "operator_admin")
    page = admin.open(path).get_data(as_text=True)
    assert "not registered" in page
    assert admin.submit(path, what="activate").location == path
    assert office.account(fields["vkn_tckn"]).state == "active"
    assert office.letters(fields["email"])[-1] == "application_activated"


def test_without_a_second_factor_no_desk_opens(browser) -> None:
    here = staff(browser, office.operator(), "operator_admin", factor=False)
    assert here.open("/operator/applications").status_code in (302, 303)


def test_a_reseller_decides_on_those_who_came_by_his_link_and_on_no_others(browser) -> None:
    ceren = shop.customer("Ceren Ltd.", kind="reseller")
    mine, others = filled(r=links.token_of(ceren)), filled()
    for fields in (mine, others):
        browser().submit("/sign-up", **fields)
        office.confirm(fields["email"])
    seller = staff(browser, ceren, "reseller_staff")
    page = seller.open("/reseller/applications").get_data(as_text=True)
    assert spaced(mine["vkn_tckn"]) in page
    assert spaced(others["vkn_tckn"]) not in page
    assert f"/sign-up?r={links.token_of(ceren)}" in page
    path = f"/reseller/applications/{office.account(mine['vkn_tckn']).application_id}"
    shop.set_state(ceren, "suspended")
    assert "see your customers" in seller.submit(path, what="activate").get_data(as_text=True)
    assert office.account(mine["vkn_tckn"]).state == "applied"
    shop.set_state(ceren, "active")
    assert seller.submit(path, what="activate").location == path
    assert office.account(mine["vkn_tckn"]).state == "active"
    foreign = f"/reseller/applications/{office.account(others['vkn_tckn']).application_id}"
    assert seller.open(foreign).status_code == 404
    assert seller.submit(foreign, form="/account/companies", what="activate").status_code == 404


def test_prices_are_public_and_say_that_they_are_invented(browser) -> None:
    shop.on_sale(kontor=1_234)
    page = browser().open("/prices").get_data(as_text=True)
    assert "1.234 kontör" in page
    assert "invented examples" in page


def test_letters_can_be_said(published) -> None:
    for row in office.read("SELECT tenant_id, letter_id FROM letter WHERE state = 'waiting'"):
        with tenant_session(row.tenant_id) as session:
            assert post.to_send(session, tenant_id=row.tenant_id, letter_id=row.letter_id) is not None
