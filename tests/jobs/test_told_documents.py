"""What sent documents have come to is told to who listens: every end once, whoever reached it and however late."""

from ebelge.core.clock import utc_now
from ebelge.core.db import tenant_session
from ebelge.documents import withdraw
from ebelge.documents.mistakes import cancel
from ebelge.jobs import telling_documents, webhooks
from ebelge.jobs.intents import vault
from ebelge.notify.webhooks import endpoints
from ebelge.notify.webhooks.endpoints import EVENTS


def _listen(world, *wanted):
    with tenant_session(world.akin) as session:
        endpoints.create(
            session, tenant_id=world.akin, url="https://erp.example/hook", events=wanted or EVENTS,
            rules=webhooks.rules(), vault=vault(), by="test", at=utc_now(),
        )  # fmt: skip


def _told(world):
    """Everything that is told is told now: (event, document, code)."""
    telling_documents.tell_ended(utc_now())
    rows = world.rows(
        "SELECT type, data ->> 'document_id', data ->> 'code' FROM webhook_event WHERE tenant_id = :akin ORDER BY at"
    )
    return [(type_, document_id, code) for type_, document_id, code in rows]


def _mailed(world, address):
    draft = world.draft("earsiv")
    draft["buyer"]["email"] = address
    return world.submit(draft)[0]


def test_every_end_is_told_once_with_its_reason(world, superuser):
    _listen(world)
    by_gib, refused = world.submit(world.draft(n=1), world.draft(n=2))
    world.gib.order({"status": 1160}, times=None, number=world.document(refused).number)
    (on_paper,) = world.submit(world.draft("earsiv", n=3))
    world.mail.rule("gone@posta.example", "refuse")
    bounced = _mailed(world, "gone@posta.example")
    (unsigned,) = world.submit(world.draft(n=5))
    superuser.execute("UPDATE document_xml SET source = '<not-xml' WHERE document_id = %s", (unsigned,))
    world.settle()
    world.gib.control("DELETE", "orders")
    expected = {
        ("document.delivered", str(by_gib), "1300"),
        ("document.refused", str(refused), "1160"),
        ("document.delivered", str(on_paper), ""),
        ("document.undelivered", str(bounced), ""),
        ("document.failed", str(unsigned), "not_signable"),
    }
    told = _told(world)
    assert set(told) == expected
    assert len(told) == 5
    assert _told(world) == told
    assert world.rows("SELECT count(*) FROM webhook_delivery WHERE tenant_id = :akin") == [(5,)]


def test_a_step_that_moves_nothing_is_not_told_and_a_later_end_is(world):
    _listen(world)
    document_id = _mailed(world, "ceren@posta.example")
    world.settle()
    assert [one[0] for one in _told(world)] == ["document.delivered"]
    with tenant_session(world.akin) as session:
        cancel.cancel(session, tenant_id=world.akin, document_id=document_id, at=utc_now())
    assert [one[0] for one in _told(world)] == ["document.delivered", "document.cancelled"]


def test_what_the_account_does_itself_is_not_told(world):
    _listen(world)
    (document_id,) = world.submit(world.draft())
    with tenant_session(world.akin) as session:
        withdraw.withdraw(session, tenant_id=world.akin, document_id=document_id, at=utc_now())
    assert _told(world) == []


def test_who_does_not_listen_is_told_nothing_and_who_begins_to_hears_what_ends_from_then_on(world):
    world.submit(world.draft(n=1))
    world.settle()
    assert _told(world) == []
    _listen(world)
    (later,) = world.submit(world.draft(n=2))
    world.settle()
    assert [one[1] for one in _told(world)] == [str(later)]


def test_after_a_standstill_everything_since_is_told_and_only_what_is_wanted_is_sent(world, monkeypatch):
    monkeypatch.setattr(telling_documents, "BATCH", 3)
    _listen(world, "document.refused")
    ids = world.submit(*(world.draft(n=n) for n in range(8)))
    world.gib.order({"status": 1160}, times=None, number=world.document(ids[0]).number)
    world.settle()
    world.gib.control("DELETE", "orders")
    told = _told(world)
    assert sorted(one[1] for one in told) == sorted(map(str, ids))
    assert _told(world) == told
    assert world.rows("SELECT count(*) FROM webhook_delivery WHERE tenant_id = :akin") == [(1,)]
