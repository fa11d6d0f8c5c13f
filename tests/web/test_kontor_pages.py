"""Pages about kontör: sentences that follow Turkish and the calendar, sums that hold, nothing of anybody else's."""

from __future__ import annotations

import csv
import io
import re
from datetime import UTC, date, datetime, timedelta
from uuid import UUID, uuid4

import pytest

from billing.expiry.forecast import Burn, Pace, course, foretell
from billing.ledger import charges, pages
from billing.orders import queries
from ebelge.core.clock import kontor_expiry, utc_now
from ebelge.core.db import tenant_session
from ebelge.core.ids import new_id
from ebelge.jobs import pooling
from ebelge.web.kontor import words
from tenants.texts import acceptances
from tenants.texts.acceptances import Signature
from tests.orders import shop

NOON = datetime(2026, 8, 31, 9, 0, tzinfo=UTC)


def burn(kontor: int, expires_at: datetime) -> Burn:
    return Burn(new_id(), 100, expires_at, kontor)


def pace(used: int, at: datetime = NOON) -> Pace:
    return Pace(used, at - timedelta(days=28), at)


def test_kontor_of_31_august_are_named_with_the_last_day_of_february() -> None:
    told = foretell([burn(1240, kontor_expiry(NOON))], pace=pace(28))
    assert words.first_loss(told) == words.Loss(1240 - 181, date(2027, 2, 28))
    assert words.sentence(told, turkish=True) == (
        "1.240 kontörünüz var; bu hızla tamamı kullanılmaz, 28 Şubat'ta 1.059'unun süresi doluyor."
    )


def test_the_sentence_says_how_long_it_lasts_and_what_expires_meanwhile() -> None:
    soon, later = datetime(2027, 1, 18, 21, 0, tzinfo=UTC), datetime(2027, 3, 31, 21, 0, tzinfo=UTC)
    at = datetime(2027, 1, 10, 9, 0, tzinfo=UTC)
    told = foretell([burn(300, soon), burn(600, later)], pace=pace(280, at))
    assert words.sentence(told, turkish=True) == (
        "900 kontörünüz var; bu hızla 68 gün yeter, 18 Ocak'ta 215'inin süresi doluyor."
    )
    assert words.sentence(told, turkish=False) == (
        "You have 900 kontör; at this pace it lasts 68 days, 215 of them expire on 18 January."
    )


def test_one_day_is_a_day() -> None:
    told = foretell([burn(15, NOON + timedelta(days=90))], pace=pace(280))
    assert words.sentence(told, turkish=False) == "You have 15 kontör; at this pace it lasts 1 day."


def test_endings_follow_the_number_as_it_is_read_aloud() -> None:
    said = {1: "1'inin", 6: "6'sının", 10: "10'unun", 40: "40'ının", 70: "70'inin", 200: "200'ünün", 1000: "1.000'inin",
            1250: "1.250'sinin", 3_000_000: "3.000.000'unun", 2 * 10**9: "2.000.000.000'ının"}  # fmt: skip
    assert {count: words.possessed(count) for count in said} == said


def test_a_saved_card_is_named_as_on_its_front() -> None:
    brands = ("MASTER_CARD", "mastercard", "VISA", "amex", "AMERICAN_EXPRESS", "diners")
    assert [words.card(brand, "0008").partition(" •")[0] for brand in brands] == [
        "Mastercard", "Mastercard", "Visa", "American Express", "American Express", "diners",
    ]  # fmt: skip


def test_the_course_ends_where_the_forecast_ends() -> None:
    soon, later = NOON + timedelta(days=10), NOON + timedelta(days=90)
    lots, used = [burn(300, soon), burn(600, later)], pace(280)
    told = foretell(lots, pace=used)
    at_once, end = course(lots, pace=used, instants=[soon, told.empty_at])
    assert (at_once, end) == (900 - 100 - told.will_expire, 0)
    assert course(lots, pace=pace(0), instants=[soon, later]) == [600, 0]


def accept_all(one) -> None:
    """The texts in force, which buying waits for."""
    with tenant_session(one.tenant_id) as session:
        left = acceptances.outstanding(session, tenant_id=one.tenant_id, person_id=one.person_id, at=utc_now())
        acceptances.accept(
            session, tenant_id=one.tenant_id, seen=[(text.kind, text.text.version) for text in left],
            signature=Signature(one.person_id, "en", "", ""), at=utc_now(),
        )  # fmt: skip


@pytest.fixture
def spent(world, browser):
    """Bora's owner, after a document of 3 kontör; the lot, the charge and the entry it made."""
    one = browser("owner", "bora")
    charge_id, at = uuid4(), utc_now()
    with tenant_session(one.tenant_id) as session:
        price_id = session.connection().exec_driver_sql("SELECT price_id FROM price LIMIT 1").scalar_one()
        charges.reserve(
            session, tenant_id=one.tenant_id, charge_id=charge_id, kind="efatura.out", kontor=3, price_id=price_id,
            reference="BOR2026000000777", at=at,
        )  # fmt: skip
        charges.capture(session, tenant_id=one.tenant_id, charge_ids=[charge_id], at=at)
        entry = pages.entries_page(session, tenant_id=one.tenant_id, limit=1)[0]
        return one, entry.lot_id, charge_id, entry.version


def test_from_the_balance_to_the_document_and_the_payment_in_three_clicks(spent) -> None:
    one, lot_id, charge_id, version = spent
    assert f"/kontor/entries/{version}" in one.text("/kontor/why")
    entry = one.text(f"/kontor/entries/{version}")
    assert f"/documents/{charge_id}" in entry and f"/kontor/lots/{lot_id}" in entry
    assert "BOR2026000000777" in one.text(f"/kontor/lots/{lot_id}")
    for parts in ("by=kind&key=efatura.out", "by=user&key="):
        assert "BOR2026000000777" in one.text(f"/kontor/usage/parts?{parts}")


def test_the_screen_shows_what_was_just_used_and_paper_only_what_is_final(spent, monkeypatch) -> None:
    one, *_ = spent
    with tenant_session(one.tenant_id) as session:
        used = pages.entries_page(session, tenant_id=one.tenant_id, limit=1)[0].at
    monkeypatch.setattr("ebelge.web.kontor.statement.request_at", lambda: used + timedelta(seconds=1))
    assert "BOR2026000000777" in one.text("/kontor/statement")
    for final in ("/kontor/statement?print=1", "/kontor/statement/sheet?form=csv"):
        assert "BOR2026000000777" not in one.text(final)


def test_the_statement_adds_up_on_the_screen_and_in_the_sheet(spent, monkeypatch) -> None:
    one, *_ = spent
    later = utc_now() + timedelta(minutes=3)
    monkeypatch.setattr("ebelge.web.kontor.statement.request_at", lambda: later)
    shown = one.text("/kontor/statement")
    opening, _, closing = (int(found.replace(".", "")) for found in re.findall(r'class="value">([\d.]+)<', shown)[-3:])
    rows = list(
        csv.reader(
            io.StringIO(one.get("/kontor/statement/sheet?form=csv").get_data().decode("utf-8-sig")), delimiter=";"
        )
    )
    lines = [row for row in rows if row and row[0].isdecimal()]
    assert opening + sum(int(row[6]) for row in lines) == closing
    assert len(lines) == len(re.findall(r'<tr data-href="/kontor/entries/', shown)) > 0
    with tenant_session(one.tenant_id) as session:
        newest = pages.entries_page(session, tenant_id=one.tenant_id, limit=1)[0]
    assert closing == newest.available


def test_a_narrowed_member_sees_movements_but_no_numbers_of_other_series(spent, browser) -> None:
    _, lot_id, _, version = spent
    narrow = browser("accountant", "bora", series=["QQQ"])
    for path in (f"/kontor/lots/{lot_id}", f"/kontor/entries/{version}", "/kontor/usage/parts?by=kind&key=efatura.out"):
        assert "BOR2026000000777" not in narrow.text(path), path
    assert narrow.get("/kontor/statement/sheet").status_code == 403


def test_a_transfer_is_ordered_once_however_often_its_form_is_sent(browser) -> None:
    one = browser("owner", "bora")
    accept_all(one)
    page = one.text("/kontor/buy")
    package = re.search(r'name="package" value="([^"]+)"', page)
    terms = re.search(r'name="terms" value="([^"]+)"', page)
    assert package and terms, "prices and the distance-selling text stand on the page"
    form = {"package": package[1], "way": "bank", "form_key": "k" * 20}
    assert "Read the text and accept it" in one.submit("/kontor/buy", **form).get_data(as_text=True)
    places = {one.submit("/kontor/buy", **form, terms=terms[1]).headers["Location"].split("?")[0] for _ in range(2)}
    assert len(places) == 1
    shown = one.text(places.pop())
    with tenant_session(one.tenant_id) as session:
        placed = queries.orders(session, tenant_id=one.tenant_id, limit=10)
    assert len(placed) == 1 and placed[0].reference in shown and "TR" in shown
    stranger = browser("owner", "akin")
    accept_all(stranger)
    order_id = placed[0].order_id
    assert stranger.get(f"/kontor/orders/{order_id}").status_code == 404
    assert stranger.submit(f"/kontor/orders/{order_id}/cancel").status_code == 404
    assert stranger.get(f"/kontor/refund?order={order_id}").status_code == 404
    cancelled = one.submit(f"/kontor/orders/{order_id}/cancel")
    assert cancelled.status_code == 303 and shop.fresh(placed[0]).state == "cancelled"


def test_texts_that_wait_are_told_before_the_form_is_filled_in(browser) -> None:
    one = browser("owner", "akin")
    page = one.text("/kontor/buy?package=start-100")
    assert 'href="/account/texts?next=/kontor/buy?package%3Dstart-100"' in page
    assert 'name="package"' not in page


def test_lots_of_others_are_not_there(spent, browser) -> None:
    _, lot_id, *_ = spent
    assert browser("owner", "akin").get(f"/kontor/lots/{lot_id}").status_code == 404


def test_a_sandbox_says_that_nothing_is_sold_there(browser) -> None:
    one = browser("owner", "akin", sandbox=True)
    assert "A sandbox has free kontör" in one.text("/kontor/buy")
    assert one.submit("/kontor/buy", way="bank").status_code == 403


def test_a_member_of_a_pool_sees_what_it_could_draw(browser, world) -> None:
    akin, holding = (UUID(world.accounts[name].tenant_id) for name in ("akin", "akin-holding"))
    pooling.accept(akin, holding, by="test")
    try:
        found = pooling.drawable(akin)
        assert found is not None
        page = browser("owner").text("/kontor")
        assert "Drawable" in page
        assert f"{found.cap_left_kontor:,}".replace(",", ".") in page
    finally:
        pooling.leave(akin, holding)


def test_what_was_bought_is_told_by_its_order_not_by_the_ledgers_own_note(spent) -> None:
    one, *_ = spent
    placed = shop.order(one.tenant_id, shop.on_sale())
    shop.settled(placed, shop.evidence(placed, shop.attempt(placed)))
    with tenant_session(one.tenant_id) as session:
        entry = pages.entries_page(session, tenant_id=one.tenant_id, limit=1)[0]
    for path in ("/kontor/why", f"/kontor/entries/{entry.version}", f"/kontor/lots/{entry.lot_id}"):
        page = one.text(path)
        assert f'href="/kontor/orders/{placed.order_id}">{placed.reference}</a>' in page, path
        assert "payment;" not in page, path
