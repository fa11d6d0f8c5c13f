"""Events reach customers' systems: signed, once per occasion, tried again, replayed, given up in time."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from sqlalchemy import text

from ebelge.core.clock import utc_now
from ebelge.core.db import tenant_session
from ebelge.core.errors import InvalidRequest, NotFound
from ebelge.jobs.intents import vault
from ebelge.notify.webhooks import calling, deliveries, endpoints, events
from ebelge.notify.webhooks.endpoints import TooManyEndpoints
from tests.notify.conftest import Told
from tests.orders import shop


def test_an_event_is_signed_and_told_once_to_who_wants_it(told: Told) -> None:
    told.endpoint("order.paid")
    told.endpoint("kontor.low")
    event_id = told.tell(kontor=5, name="Işık")
    assert told.tell() is None
    assert told.work() == 1
    (got,) = told.receiver.got
    assert (got["type"], got["data"], got["id"]) == ("order.paid", {"kontor": 5, "name": "Işık"}, str(event_id))
    assert (got["verified"], got["timestamp"][-1]) == (1, "Z")
    assert told.deliveries() == [("delivered", 1, 200)]
    assert (told.work(), len(told.receiver.got)) == (0, 1)


def test_a_changed_body_or_another_secret_does_not_verify(told: Told) -> None:
    told.endpoint()
    told.tell()
    told.work()
    headers, body = told.receiver.raw[0]
    told.receiver.take(headers, body.replace(b"1", b"2"))
    told.receiver.secrets = ["whsec_" + "A" * 44]
    told.receiver.take(headers, body)
    assert [one["verified"] for one in told.receiver.got] == [1, 0, 0]


def test_without_an_endpoint_nothing_is_kept(told: Told) -> None:
    assert told.tell() is None
    assert shop.rows(told.tenant_id, "SELECT 1 FROM webhook_event") == []


def test_the_secret_is_kept_closed(told: Told) -> None:
    shown = told.endpoint()
    (row,) = shop.rows(told.tenant_id, "SELECT e::text AS all FROM webhook_endpoint e")
    assert shown.secret.startswith("whsec_")
    assert shown.secret.removeprefix("whsec_").encode().hex() not in row.all
    assert shown.secret not in row.all


def test_for_a_day_after_a_rotation_both_secrets_sign(told: Told) -> None:
    shown = told.endpoint()
    with tenant_session(told.tenant_id) as session:
        new = endpoints.rotate(
            session, tenant_id=told.tenant_id, endpoint_id=shown.endpoint.endpoint_id, vault=vault(), at=utc_now()
        )
    told.tell("1")
    told.work()
    assert told.receiver.got[-1]["verified"] == 1  # by the old one, which its owner still has
    told.receiver.secrets.append(new.secret)
    told.tell("2")
    told.work()
    assert told.receiver.got[-1]["verified"] == 2
    shop.rows(told.tenant_id, "UPDATE webhook_endpoint SET old_secret_until = now() RETURNING 1")
    told.tell("3")
    told.work()
    assert told.receiver.got[-1]["verified"] == 1


def test_what_is_not_taken_is_tried_again_in_growing_pauses_for_three_days_then_given_up(told: Told) -> None:
    assert timedelta(days=2.9) < sum(deliveries.PAUSES, timedelta()) <= timedelta(days=3)
    assert list(deliveries.PAUSES) == sorted(deliveries.PAUSES)
    told.endpoint()
    told.receiver.status = 500
    told.tell()
    for number, pause in enumerate(deliveries.PAUSES, start=1):
        assert told.work() == 1
        assert told.work() == 0, "the pause was not kept"
        assert told.deliveries() == [("waiting", number, 500)]
        told.later(pause)
    told.work()
    told.later(timedelta(days=9))
    assert (told.work(), told.deliveries()) == (0, [("failed", len(deliveries.PAUSES) + 1, 500)])
    assert len({one["id"] for one in told.receiver.got}) == 1


def test_a_system_that_is_back_gets_what_it_missed_under_the_same_id(told: Told) -> None:
    shown = told.endpoint()
    told.receiver.status = 503
    event_id = told.tell()
    told.work()
    told.receiver.status = 204
    told.later(timedelta(seconds=5))
    told.work()
    assert told.deliveries() == [("delivered", 2, 204)]
    with tenant_session(told.tenant_id) as session:
        assert event_id is not None
        events.replay(session, tenant_id=told.tenant_id, endpoint_id=shown.endpoint.endpoint_id, event_id=event_id,
                      at=utc_now())  # fmt: skip
    told.work()
    assert [one["id"] for one in told.receiver.got] == [str(event_id)] * 3
    assert told.receiver.raw[0][1] == told.receiver.raw[2][1]


def test_replaying_since_an_instant_sends_what_was_not_taken(told: Told) -> None:
    since = utc_now()
    shown = told.endpoint("order.paid", "kontor.low")
    told.tell("1")
    told.work()
    endpoint_id = shown.endpoint.endpoint_id
    shop.rows(told.tenant_id, "UPDATE webhook_endpoint SET state = 'paused' RETURNING 1")
    told.tell("2")
    told.tell("3", "kontor.low")
    told.tell("4", "lot.expired")
    assert told.work() == 0
    with tenant_session(told.tenant_id) as session:
        endpoints.activate(session, tenant_id=told.tenant_id, endpoint_id=endpoint_id, at=utc_now())
        ask = {"tenant_id": told.tenant_id, "endpoint_id": endpoint_id, "since": since, "at": utc_now()}
        assert events.replay_since(session, **ask) == 2
        assert events.replay_since(session, **ask) == 0
    told.work()
    assert sorted(one["type"] for one in told.receiver.got) == ["kontor.low", "order.paid", "order.paid"]


def test_after_five_days_without_a_success_the_endpoint_is_paused_and_its_owner_told(told: Told) -> None:
    told.endpoint()
    told.receiver.status = 500
    told.tell("1")
    told.work()
    with tenant_session(told.tenant_id) as session:
        session.execute(
            text(
                "UPDATE webhook_endpoint SET failing_since = failing_since - interval '5 days', "
                "rests_until = rests_until - interval '5 days'"
            )
        )
    told.tell("2")
    told.work()
    (row,) = shop.rows(told.tenant_id, "SELECT state FROM webhook_endpoint")
    letters = shop.rows(told.tenant_id, "SELECT kind FROM letter")
    assert (row.state, [one.kind for one in letters]) == ("paused", ["webhook_paused"])
    told.later(timedelta(days=1))
    told.work()
    assert {state for state, _, _ in told.deliveries()} == {"failed", "disabled"}
    assert len(told.receiver.got) == 2


def test_thousands_that_wait_for_a_dead_endpoint_cost_one_call_a_rest(told: Told) -> None:
    told.endpoint()
    told.receiver.status = 503
    for number in range(12):
        told.tell(str(number))
    assert told.work() == 12
    assert len(told.receiver.got) == 1
    assert sorted(told.deliveries()) == [("waiting", 0, None)] * 11 + [("waiting", 1, 503)]
    told.later(timedelta(minutes=1))  # the one is due again, the others come when the rest is over, one of them first
    _rested(told, timedelta(minutes=1))
    told.work()
    assert len(told.receiver.got) == 2
    told.receiver.status = 200
    told.later(timedelta(hours=6))
    _rested(told, timedelta(hours=6))
    told.work()
    assert {state for state, _, _ in told.deliveries()} == {"delivered"}
    assert len(told.receiver.got) == 14


def test_who_asks_for_a_call_gets_it_though_the_endpoint_rests(told: Told) -> None:
    shown = told.endpoint()
    told.receiver.status = 503
    told.tell()
    told.work()
    told.receiver.status = 200
    with tenant_session(told.tenant_id) as session:
        endpoint_id = shown.endpoint.endpoint_id
        events.test(session, tenant_id=told.tenant_id, endpoint_id=endpoint_id, at=utc_now())
    told.work()
    assert [one["type"] for one in told.receiver.got] == ["order.paid", "webhook.test"]


def _rested(told: Told, passed: timedelta) -> None:
    with tenant_session(told.tenant_id) as session:
        session.execute(text("UPDATE webhook_endpoint SET rests_until = rests_until - :passed"), {"passed": passed})


def test_an_endpoint_that_is_gone_is_paused_at_once_and_a_success_forgets_trouble(told: Told) -> None:
    told.endpoint()
    told.receiver.status = 500
    told.tell("1")
    told.work()
    told.receiver.status = 200
    told.later(timedelta(minutes=1))
    told.work()
    (row,) = shop.rows(told.tenant_id, "SELECT state, failing_since FROM webhook_endpoint")
    assert (row.state, row.failing_since) == ("active", None)
    told.receiver.status = 410
    told.tell("2")
    told.work()
    (row,) = shop.rows(told.tenant_id, "SELECT state FROM webhook_endpoint")
    assert row.state == "paused"


def test_a_removed_endpoint_gets_nothing_more(told: Told) -> None:
    shown = told.endpoint()
    told.tell()
    with tenant_session(told.tenant_id) as session:
        endpoints.remove(session, tenant_id=told.tenant_id, endpoint_id=shown.endpoint.endpoint_id, at=utc_now())
    told.work()
    assert (told.deliveries(), told.receiver.got) == ([("disabled", 0, None)], [])


def test_redirects_are_not_followed(told: Told) -> None:
    told.endpoint()
    other = told.receiver.url.replace("/hooks", "/elsewhere")
    told.receiver.status, told.receiver.headers = 302, {"Location": other}
    told.tell()
    told.work()
    assert (told.deliveries(), len(told.receiver.got)) == ([("waiting", 1, 302)], 1)


def test_a_system_that_answers_drop_by_drop_is_cut_off(told: Told) -> None:
    told.receiver.drip_s, told.receiver.body = 0.05, b"x" * 400
    told.receiver.secrets = []
    headers = {"webhook-id": "1", "webhook-timestamp": str(int(utc_now().timestamp())), "webhook-signature": "v1,x"}
    began = utc_now()
    reply = calling.post(told.receiver.url, b"{}", headers, rules=calling.Rules(loopback=True), whole_s=0.4)
    assert (reply.status, utc_now() - began < timedelta(seconds=5)) == (None, True)


def test_a_large_answer_is_not_read_to_its_end(told: Told) -> None:
    told.endpoint()
    told.receiver.body = b"z" * 5_000_000
    told.tell()
    told.work()
    assert told.deliveries()[0][0] == "delivered"
    assert len(told.answers()[0]) == calling.KEPT_MAX


def test_nobody_there_is_trouble_that_is_tried_again(told: Told) -> None:
    told.endpoint(url="http://127.0.0.1:1/")
    told.tell()
    told.work()
    assert (told.deliveries(), "refused" in told.answers()[0]) == ([("waiting", 1, None)], True)


def test_another_tenants_endpoint_and_event_are_out_of_reach(told: Told) -> None:
    shown, bora = told.endpoint(), shop.customer("Bora A.Ş.")
    event_id = told.tell()
    assert event_id is not None
    for ask in (
        lambda s: endpoints.locked(s, tenant_id=bora, endpoint_id=shown.endpoint.endpoint_id),
        lambda s: events.replay(s, tenant_id=bora, endpoint_id=shown.endpoint.endpoint_id, event_id=event_id,
                                at=utc_now()),
    ):  # fmt: skip
        with tenant_session(bora) as session, pytest.raises(NotFound):
            ask(session)


def test_unknown_events_and_too_many_endpoints_are_refused(told: Told) -> None:
    with pytest.raises(InvalidRequest):
        told.endpoint("order.nonsense")
    for _ in range(endpoints.ENDPOINTS_MAX):
        told.endpoint()
    with pytest.raises(TooManyEndpoints):
        told.endpoint()


def test_a_test_event_goes_to_one_endpoint_only(told: Told) -> None:
    shown = told.endpoint()
    told.endpoint()
    with tenant_session(told.tenant_id) as session:
        events.test(session, tenant_id=told.tenant_id, endpoint_id=shown.endpoint.endpoint_id, at=utc_now())
    assert told.work() == 1
    assert json.loads(told.receiver.raw[0][1])["type"] == "webhook.test"
