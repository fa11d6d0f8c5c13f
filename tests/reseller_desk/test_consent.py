"""Acting for a customer: with its word only, for the time and the rights it gave, and not a moment longer."""

from datetime import timedelta

import pytest

from ebelge.core.errors import InvalidRequest, NotFound
from ebelge.core.ids import new_id
from tenants.acting import consents, sessions
from tenants.acting.consents import Asker, ConsentAnswered
from tests.resellers.desk import NOON, move_on

WHY = "Seri ayarlarını birlikte yapacağız"


def ask(trade, customer, asker, hours=4, rights=("company:read", "documents:read")):
    return trade.do(consents.ask, customer, asker=asker, reason=WHY, hours=hours, rights=rights).consent_id


def give(trade, customer, consent_id, hours=4, rights=("company:read",)):
    return trade.do(consents.give, customer, consent_id=consent_id, hours=hours, rights=rights, by="Bora Ak")


def begin(trade, customer, consent_id, asker, session_id=None):
    return trade.do(
        sessions.begin, customer, consent_id=consent_id, person_id=asker.person_id, session_id=session_id or new_id()
    )


def current(trade, customer, session_id):
    return trade.do(sessions.current, customer, session_id=session_id)


def test_nobody_acts_before_the_customer_said_yes_nor_after_it_said_no(trade, bora, selin) -> None:
    first = ask(trade, bora, selin)
    assert begin(trade, bora, first, selin) is None
    trade.do(consents.refuse, bora, consent_id=first, by="Bora Ak")
    assert begin(trade, bora, first, selin) is None
    with pytest.raises(ConsentAnswered):
        give(trade, bora, first)


def test_a_consent_is_one_persons_and_has_the_rights_that_were_given(trade, shop, bora, selin) -> None:
    consent, session_id = ask(trade, bora, selin), new_id()
    give(trade, bora, consent)
    colleague = Asker(new_id(), "Can Er", shop.ceren, "Ceren Ltd.")
    assert begin(trade, bora, consent, colleague) is None
    acting = begin(trade, bora, consent, selin, session_id)
    assert acting.rights == {"company:read"}
    assert current(trade, bora, session_id) == acting
    assert current(trade, bora, new_id()) is None
    assert (acting.person_name, acting.acting_title, acting.reason) == ("Selin Kaya", "Ceren Ltd.", WHY)


def test_at_the_hour_it_is_over_it_is_over(trade, bora, selin) -> None:
    trade.now = NOON
    consent, session_id = ask(trade, bora, selin), new_id()
    give(trade, bora, consent, hours=2)
    begin(trade, bora, consent, selin, session_id)
    move_on(trade, hours=2, microseconds=-1)
    assert current(trade, bora, session_id) is not None
    move_on(trade, microseconds=1)
    assert current(trade, bora, session_id) is None
    assert begin(trade, bora, consent, selin) is None
    trade.do(sessions.close_over, bora)
    (one,) = trade.rows(bora, "SELECT ended_at FROM acting_session")
    assert one.ended_at == NOON + timedelta(hours=2)


def test_taken_back_it_ends_whoever_acts_at_once(trade, bora, selin) -> None:
    consent, session_id = ask(trade, bora, selin), new_id()
    give(trade, bora, consent)
    begin(trade, bora, consent, selin, session_id)
    for _ in range(2):
        trade.do(consents.end, bora, consent_id=consent, by="Bora Ak")
    assert current(trade, bora, session_id) is None
    with pytest.raises(ConsentAnswered):
        give(trade, bora, consent)


def test_who_acts_ends_it_too_and_can_begin_again(trade, bora, selin) -> None:
    consent, session_id = ask(trade, bora, selin), new_id()
    give(trade, bora, consent)
    begin(trade, bora, consent, selin, session_id)
    assert trade.do(sessions.end, bora, session_id=session_id)
    assert not trade.do(sessions.end, bora, session_id=session_id)
    assert current(trade, bora, session_id) is None
    assert begin(trade, bora, consent, selin, session_id) is not None


@pytest.mark.parametrize(
    "right", ["people:manage", "keys:manage", "consent:give", "kontor:buy", "audit:all", "nothing"]
)
def test_what_nobody_may_do_for_others_is_not_given(right: str, trade, bora, selin) -> None:
    with pytest.raises(InvalidRequest):
        ask(trade, bora, selin, rights=("company:read", right))
    consent = ask(trade, bora, selin)
    with pytest.raises(InvalidRequest):
        give(trade, bora, consent, rights=("company:read", right))


def test_a_week_is_the_longest_and_the_database_says_so_too(trade, bora, selin) -> None:
    consent = ask(trade, bora, selin)
    for hours in (0, 169):
        with pytest.raises(InvalidRequest):
            give(trade, bora, consent, hours=hours)
        with pytest.raises(InvalidRequest):
            ask(trade, bora, selin, hours=hours)
    give(trade, bora, consent, hours=168)
    with pytest.raises(Exception, match="acting_consent_a_week_at_most"):
        trade.rows(bora, "UPDATE acting_consent SET expires_at = expires_at + interval '1 second' RETURNING 1")


def test_a_wish_needs_a_reason_and_grows_old(trade, bora, selin) -> None:
    for reason in ("", "  kısa   ", "x" * 501):
        with pytest.raises(InvalidRequest):
            trade.do(consents.ask, bora, asker=selin, reason=reason, hours=1, rights=["company:read"])
    trade.now = NOON
    consent = ask(trade, bora, selin)
    move_on(trade, days=14)
    with pytest.raises(ConsentAnswered):
        give(trade, bora, consent)


def test_a_second_wish_of_the_same_person_replaces_the_first(trade, bora, selin) -> None:
    first, second = ask(trade, bora, selin), ask(trade, bora, selin)
    states = {one.consent_id: one.state for one in trade.rows(bora, "SELECT consent_id, state FROM acting_consent")}
    assert states == {first: "ended", second: "asked"}


def test_a_consent_is_the_customers_own(trade, shop, bora, selin) -> None:
    consent, other = ask(trade, bora, selin), shop.customer(shop.ceren)
    for act in (consents.end, consents.refuse):
        with pytest.raises(NotFound):
            trade.do(act, other, consent_id=consent, by="x")
    with pytest.raises(NotFound):
        give(trade, other, consent)
    assert begin(trade, other, consent, selin) is None
