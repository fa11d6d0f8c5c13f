"""The operator's desk: what stands in queues and is let go again, GİB, certificates, resellers, prices; and search."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from sqlalchemy import text

from ebelge.core.clock import istanbul_date, utc_now
from ebelge.core.db import role_session, tenant_session
from ebelge.core.ids import new_id
from ebelge.outbox import messages
from ebelge.outbox.topics import QUEUES, TOPICS
from ebelge.web.operator.words import QUEUE_NAMES, TOPIC_NAMES
from tests.web.test_documents import send


@pytest.fixture(scope="module")
def support(browsers):
    return browsers.sign_in("support", "ebelge")


@pytest.fixture(scope="module")
def admin(browsers):
    return browsers.sign_in("operator_admin", "ebelge")


@pytest.fixture
def dead(world) -> UUID:
    """A webhook of Akın's that was given up."""
    akin, message_id = UUID(world.accounts["akin"].tenant_id), new_id()
    with tenant_session(akin) as session:
        claim = messages.put_claimed(
            session, tenant_id=akin, message_id=message_id, topic="webhook.deliver", key=uuid4(), at=utc_now()
        )
        messages.bury(session, claim, at=utc_now(), error="<b>connection refused</b>")
    return message_id


def state_of(message_id: UUID) -> str | None:
    with role_session("reader") as session:
        return session.scalar(text("SELECT state FROM outbox_message WHERE message_id = :id"), {"id": message_id})


def test_a_dead_letter_is_shown_with_its_reason_and_let_go_once(support, dead: UUID) -> None:
    page = support.get("/operator/queues").get_data(as_text=True)
    assert "&lt;b&gt;connection refused" in page
    assert "<b>connection" not in page
    answer = support.submit("/operator/queues/retry", message=str(dead))
    assert (answer.status_code, state_of(dead)) == (303, "waiting")
    for message in (str(dead), str(uuid4()), "x"):
        assert support.submit("/operator/queues/retry", message=message).status_code == 404


def test_each_topic_and_queue_has_a_name_for_staff() -> None:
    assert set(TOPIC_NAMES) == set(TOPICS)
    assert set(QUEUE_NAMES) == set(QUEUES)


def test_each_desk_opens_and_names_what_it_is_about(support, admin) -> None:
    assert "Akın" in support.text("/operator/certificates")
    assert "Mailboxes" in support.text("/operator/gib") or "No list was taken in yet" in support.text("/operator/gib")
    assert "Ceren Yazılım" in support.text("/operator/resellers")
    assert "kontör" in admin.text("/operator/prices")
    assert support.get("/operator/prices").status_code == 403


def test_a_package_begins_its_next_version_and_a_wrong_one_stays_in_the_form(admin) -> None:
    terms = {
        "code": "deneme-9", "name_tr": "Deneme 9", "name_en": "Trial 9", "kontor": "1.000", "bonus": "0",
        "price": "1.249,90", "kdv_percent": "20", "months": "6", "note": "İlk sürüm", "valid_from": "",
    }  # fmt: skip
    form = "/operator/prices"
    for wrong in ({"price": "1,2,3"}, {"kontor": "-5"}, {"note": " "}, {"price": "NaN"}, {"kontor": "9" * 30}):
        answer = admin.submit("/operator/prices/package", form=form, **(terms | wrong))
        assert (answer.status_code, 'aria-invalid="true"' in answer.get_data(as_text=True)) == (422, True), wrong
        assert "Deneme 9" in answer.get_data(as_text=True)
    assert versions() == []
    assert admin.submit("/operator/prices/package", form=form, **terms).status_code == 303
    assert admin.submit("/operator/prices/package", form=form, **(terms | {"price": "1299.90"})).status_code == 303
    assert versions() == [124990, 129990]
    assert "1.299,90" in admin.text("/operator/prices")
    assert admin.submit("/operator/prices/end", form=form, code="deneme-9").status_code == 303
    assert "deneme-9" not in admin.text("/prices")


def test_a_resellers_customers_have_a_list_of_their_own_and_others_do_not_see_it(admin, browser, browsers) -> None:
    ceren = browsers.world.accounts["ceren"].tenant_id
    form = f"/operator/prices?reseller={ceren}"
    assert "This list has no package" in admin.text(form)
    terms = {
        "code": "ceren-5", "name_tr": "Ceren 5", "name_en": "Ceren 5", "kontor": "5.000", "price": "4.000,00",
        "kdv_percent": "20", "months": "6", "note": "Sözleşme", "reseller": ceren,
    }  # fmt: skip
    answer = admin.submit("/operator/prices/package", form=form, **terms)
    assert (answer.status_code, f"reseller={ceren}" in answer.headers["Location"]) == (303, True)
    price = {"kind": "efatura.out", "kind_kontor": "2", "note": "Sözleşme", "reseller": ceren}
    assert admin.submit("/operator/prices/price", form=form, **price).status_code == 303
    assert "Ceren 5" in admin.text(form) and "Ceren 5" not in admin.text("/operator/prices")
    seen = browser("reseller_admin", "ceren").text("/reseller/terms")
    assert "Ceren 5" in seen and "your customers'" in seen
    assert "Ceren 5" not in browser("owner", "akin").text("/kontor/buy")
    akin = browsers.world.accounts["akin"].tenant_id
    for nobody in ("x", akin):
        assert admin.get(f"/operator/prices?reseller={nobody}").status_code == 404
        assert admin.submit("/operator/prices/end", form=form, code="ceren-5", reseller=nobody).status_code == 404
    assert admin.submit("/operator/prices/end", form=form, code="ceren-5", reseller=ceren).status_code == 303
    assert "Ceren 5" not in browser("reseller_admin", "ceren").text("/reseller/terms")


def test_one_account_has_prices_of_its_own_until_they_are_ended(admin, browser, browsers) -> None:
    akin, bora = (browsers.world.accounts[name].tenant_id for name in ("akin", "bora"))
    form = f"/operator/prices?account={akin}"
    assert f"/operator/prices?account={akin}" in admin.text(f"/operator/tenants/{akin}")
    assert "alone: whatever is not here" in admin.text(form) and "This list has no package" in admin.text(form)
    terms = {
        "code": "akin-ozel", "name_tr": "Akın özel", "name_en": "Akın special", "kontor": "700", "price": "500",
        "kdv_percent": "20", "months": "6", "note": "Sözleşme", "account": akin,
    }  # fmt: skip
    answer = admin.submit("/operator/prices/package", form=form, **terms)
    assert (answer.status_code, f"account={akin}" in answer.headers["Location"]) == (303, True)
    price = {"kind": "efatura.out", "kind_kontor": "3", "note": "Sözleşme", "account": akin}
    assert admin.submit("/operator/prices/price", form=form, **price).status_code == 303
    assert "Akın special" in admin.text(form) and form in admin.text("/operator/prices")
    assert "Akın special" not in admin.text("/operator/prices") + admin.text(f"/operator/prices?account={bora}")
    assert "Akın special" in browser("owner", "akin").text("/kontor/buy")
    assert "Akın special" not in browser("owner", "bora").text("/kontor/buy")

    sandbox, nobody = browsers.world.accounts["akin"].sandbox_id, "x"
    for other in (sandbox, nobody, browsers.world.accounts["ebelge"].tenant_id):
        assert admin.get(f"/operator/prices?account={other}").status_code == 404
        assert admin.submit("/operator/prices/price", form=form, **(price | {"account": other})).status_code == 404
    both = {"account": akin, "reseller": browsers.world.accounts["ceren"].tenant_id}
    assert admin.submit("/operator/prices/end", form=form, code="akin-ozel", **both).status_code == 404
    assert admin.submit("/operator/prices/end-price", form=form, kind="efatura.out").status_code == 400
    for path, key in (("end", {"code": "akin-ozel"}), ("end-price", {"kind": "efatura.out"})):
        assert admin.submit(f"/operator/prices/{path}", form=form, account=akin, **key).status_code == 303
    assert form not in admin.text("/operator/prices")


def test_a_resellers_contract_is_entered_and_ended_by_the_operator_and_seen_by_the_reseller(
    admin, support, browser, browsers
) -> None:
    ceren, akin = (browsers.world.accounts[name].tenant_id for name in ("ceren", "akin"))
    there = f"/operator/resellers/{ceren}/contract"
    assert there in admin.text(f"/operator/tenants/{ceren}") and "in force" in admin.text(there)
    tomorrow, later = ((istanbul_date(utc_now()) + timedelta(days=days)).isoformat() for days in (1, 400))
    terms = {
        "model": "commission", "percent": "17,25", "window": "21", "passing": "fresh", "onboarding": "active",
        "valid_from": tomorrow,
    }  # fmt: skip
    for wrong, field in (({"percent": "on"}, "percent"), ({"window": "400"}, "window"), ({"model": "x"}, "model")):
        answer = admin.submit(there, form=there, **(terms | wrong))
        assert answer.status_code == 422 and f'aria-describedby="f-{field}-fault"' in answer.get_data(as_text=True)
    past = admin.submit(there, form=there, **(terms | {"valid_from": "2020-01-01"}))
    assert past.status_code == 400 and "cannot begin in the past" in past.get_data(as_text=True)
    resale = admin.submit(there, form=there, **(terms | {"model": "resale"}))
    assert resale.status_code == 400 and "earns no commission" in resale.get_data(as_text=True)
    assert admin.submit(there, form=there, **terms).status_code == 303
    assert "17.25" in admin.text(there) and "21 days" in browser("reseller_admin", "ceren").text("/reseller/terms")
    # the one in force may end earlier than it would, not later
    assert admin.submit(f"{there}/end", form=there, ends_on=later).status_code == 400
    assert admin.submit(f"{there}/end", form=there).status_code == 422
    assert support.get(there).status_code == 403
    for path in (there.replace(ceren, akin), there.replace(ceren, str(uuid4()))):
        assert admin.get(path).status_code == 404
        assert admin.submit(path, form=there, **terms).status_code == 404


def versions() -> list[int]:
    with role_session("finance") as session:
        found = session.scalars(
            text("SELECT net_price_kurus FROM package_version WHERE code = 'deneme-9' ORDER BY valid")
        )
        return list(found)


def test_search_finds_by_number_and_ettn_pages_and_only_ones_own(browser, world) -> None:
    document = send(UUID(world.accounts["akin"].tenant_id), "earsiv", 7)
    mine, strangers = browser("viewer"), browser("owner", "bora")
    for words in (document.number, str(document.ettn)):
        assert f"/documents/{document.document_id}" in mine.text(f"/search?q={words}")
        assert f"/documents/{document.document_id}" not in strangers.text(f"/search?q={words}")
    assert "/settings/series" in mine.text("/search?q=SERİ") or "/settings/series" in mine.text("/search?q=series")
    assert "Nothing was found" in mine.text("/search?q=%22%3E%3Cscript%3E")
    assert f"/documents/{document.document_id}" not in browser("viewer", series=("ZZZ",)).text(
        f"/search?q={document.ettn}"
    )


def test_staff_find_accounts_by_their_beginnings(support) -> None:
    assert "/operator/tenants/" in support.text("/search?q=BORA+GIDA")
