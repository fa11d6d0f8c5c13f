"""Messages are handed out once at a time, tenants in turn, and only the newest holder can end them."""

import threading
from collections import Counter
from datetime import timedelta

from ebelge.core.clock import utc_now
from ebelge.core.db import role_session, tenant_session
from ebelge.core.ids import new_id
from ebelge.outbox import messages, relay
from ebelge.outbox.topics import QUEUES, TOPICS, retry_delay


def test_a_message_of_a_rolled_back_transaction_never_was(claim):
    tenant = new_id()
    try:
        with tenant_session(tenant) as session:
            messages.put(session, tenant_id=tenant, topic="document.sign", key=new_id(), at=utc_now())
            raise ValueError("the document was refused after all")
    except ValueError:
        pass
    assert claim() == []


def test_a_message_is_handed_out_once(put, claim):
    put(3)
    assert [len(claim(2)), len(claim(2)), len(claim(2))] == [2, 1, 0]


def test_a_bulk_of_one_tenant_does_not_starve_the_others(put, claim):
    big = put(500)
    small = [put() for _ in range(20)]
    first = claim(100)
    served = Counter(each.tenant_id for each in first)
    assert len(first) == 100
    assert all(served[tenant] == 1 for tenant in small)
    assert served[big] == 80


def test_turns_go_round_when_there_are_more_tenants_than_places(put, claim):
    tenants = {put(2) for _ in range(7)}
    turns = relay.Turns()
    served = Counter(each.tenant_id for _ in range(7) for each in claim(1, turns=turns))
    assert served == Counter(dict.fromkeys(tenants, 1))


def test_each_tenants_messages_come_in_the_order_in_which_they_were_put(put, claim):
    tenant = put(5)
    got = [each.message_id for each in claim(5)]
    assert got == sorted(got)
    assert {each.tenant_id for each in claim(5) or []} == set()
    assert tenant is not None


def test_sixteen_relays_at_once_share_the_messages_without_doubles(put, claim):
    for _ in range(4):
        put(50)
    got: list[messages.Claim] = []
    lock = threading.Lock()

    def work() -> None:
        while batch := claim(7):
            with lock:
                got.extend(batch)

    threads = [threading.Thread(target=work) for _ in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    ids = [each.message_id for each in got]
    assert len(ids) == len(set(ids)) == 200


def test_done_ends_only_what_is_still_held(put, claim):
    tenant = put(2)
    held = claim()
    later = utc_now() + TOPICS["document.sign"].lease + timedelta(seconds=1)
    with role_session("relay") as session:
        assert relay.sweep(session, at=later) == 2
    again = claim()
    assert [each.attempt for each in again] == [2, 2]
    with tenant_session(tenant) as session:
        assert messages.done(session, held, at=later) == []
        assert not messages.still_mine(session, held[0])
        assert messages.done(session, again, at=later) == again
        assert messages.done(session, again, at=later) == []


def test_a_failed_message_waits_longer_each_time_and_is_dead_in_the_end(put, claim):
    tenant = put()
    topic = TOPICS["document.sign"]
    at = utc_now()
    pauses = []
    for attempt in range(1, topic.attempts_max + 1):
        (held,) = claim(at=at)
        with tenant_session(tenant) as session:
            state = messages.again(session, held, at=at, error=f"attempt {attempt} failed")
        pauses.append(retry_delay(topic, attempt))
        at += pauses[-1]
        with role_session("relay") as session:
            relay.promote(session, at=at)
    assert state == "dead"
    assert pauses == sorted(pauses)
    assert pauses[-1] <= topic.longest_retry
    assert claim(at=at + timedelta(days=1)) == []


def test_a_holder_that_never_reports_ends_among_the_dead_letters(put, claim):
    put()
    at = utc_now()
    for _ in range(TOPICS["document.sign"].attempts_max):
        assert len(claim(at=at)) == 1
        at += TOPICS["document.sign"].lease + timedelta(seconds=1)
        with role_session("relay") as session:
            assert relay.sweep(session, at=at) == 1
    assert claim(at=at) == []


def test_a_message_for_later_is_handed_out_when_it_is_due(put, claim):
    due = utc_now() + timedelta(hours=5)
    put(topic="zarf.status", due_at=due)
    with role_session("relay") as session:
        assert relay.promote(session, at=due - timedelta(seconds=1)) == 0
    assert claim(queue="send") == []
    with role_session("relay") as session:
        assert relay.promote(session, at=due) == 1
    assert len(claim(queue="send")) == 1


def test_claims_that_could_not_be_handed_on_wait_again_and_cost_no_attempt(put, claim):
    put(3)
    held = claim()
    with role_session("relay") as session:
        relay.give_back(session, held)
    assert [each.attempt for each in claim()] == [1, 1, 1]


def test_a_planned_next_step_is_never_the_last_attempt(put, claim):
    tenant = put(topic="kontor.arrive")
    at = utc_now()
    for _ in range(TOPICS["kontor.arrive"].attempts_max + 3):
        (held,) = claim(queue="ledger", at=at)
        at += timedelta(minutes=1)
        with tenant_session(tenant) as session:
            assert messages.again(session, held, at=at, due_at=at + timedelta(seconds=30)) == "scheduled"
        at += timedelta(minutes=1)
        with role_session("relay") as session:
            relay.promote(session, at=at)


def test_every_topic_has_a_queue_and_a_bounded_patience():
    assert {topic.queue for topic in TOPICS.values()} == set(QUEUES)
    for topic in TOPICS.values():
        assert retry_delay(topic, 1) == topic.first_retry
        assert retry_delay(topic, 10_000) == topic.longest_retry
