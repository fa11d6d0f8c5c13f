"""A draft is saved over no work in silence, belongs to its person, becomes one document, and ends by the clock."""

from __future__ import annotations

from datetime import timedelta

import pytest

from ebelge.core.clock import utc_now
from ebelge.core.errors import NotFound
from ebelge.core.ids import new_id
from ebelge.documents.drafting import drafts, templates
from ebelge.documents.drafting.drafts import NOTHING, Desk, DraftChanged, DraftSent, DraftTooLarge
from ebelge.jobs.drafts import clear_old


def save(run, desk: Desk, draft_id, *, tab=None, revision=0, said="Akın & Şti.", **more) -> int:
    given = {"content": {"draft": {"notes": [said]}}, "summary": NOTHING, "at": utc_now()} | more
    return run(
        drafts.save,
        desk=desk,
        draft_id=draft_id,
        tab=tab or new_id(),
        revision=revision,
        tenant=desk.tenant_id,
        **given,
    )


def test_two_windows_never_overwrite_each_other_in_silence(run, desk) -> None:
    draft_id, here, there = new_id(), new_id(), new_id()
    assert save(run, desk, draft_id, tab=here) == 1
    assert save(run, desk, draft_id, tab=here) == 2  # one's own page goes on, whatever it began from
    assert save(run, desk, draft_id, tab=there, revision=2, said="İkinci") == 3
    with pytest.raises(DraftChanged):
        save(run, desk, draft_id, tab=here, revision=2, said="ıssız")
    with pytest.raises(DraftChanged):
        run(drafts.hold, desk=desk, draft_id=draft_id, tab=here, revision=2, at=utc_now())
    assert run(drafts.get, desk=desk, draft_id=draft_id).content == {"draft": {"notes": ["İkinci"]}}
    assert save(run, desk, draft_id, tab=here, said="ıssız", over=True) == 4
    with pytest.raises(DraftChanged):
        save(run, desk, draft_id, tab=there, revision=2)


def test_a_draft_is_its_persons_and_of_those_who_see_all(run, desk) -> None:
    draft_id = new_id()
    save(run, desk, draft_id)
    narrowed = Desk(desk.tenant_id, new_id())
    foreign = Desk(new_id(), desk.person_id, whole=True)
    boss = Desk(desk.tenant_id, new_id(), whole=True)
    assert run(drafts.get, desk=boss, draft_id=draft_id).draft_id == draft_id
    assert [one.draft_id for one in run(drafts.listed, desk=boss)] == [draft_id]
    assert run(drafts.listed, desk=boss, own=True) == []
    for other in (narrowed, foreign):
        with pytest.raises(NotFound):
            run(drafts.get, desk=other, draft_id=draft_id, tenant=other.tenant_id)
        assert run(drafts.listed, desk=other, tenant=other.tenant_id) == []
    with pytest.raises(NotFound):
        save(run, narrowed, draft_id, over=True)


def test_a_sent_draft_says_what_it_has_become(run, desk) -> None:
    draft_id, tab, document_id = new_id(), new_id(), new_id()
    assert run(drafts.hold, desk=desk, draft_id=draft_id, tab=tab, revision=0, at=utc_now()) is None
    run(drafts.sent, desk=desk, draft_id=draft_id, document_id=document_id, at=utc_now())
    assert run(drafts.hold, desk=desk, draft_id=draft_id, tab=new_id(), revision=0, at=utc_now()) == document_id
    for act in (
        lambda: save(run, desk, draft_id, tab=tab, over=True),
        lambda: run(drafts.get, desk=desk, draft_id=draft_id),
    ):
        with pytest.raises(DraftSent) as told:
            act()
        assert told.value.extra == {"document_id": str(document_id)}
    assert run(drafts.listed, desk=desk) == []


def test_what_was_deleted_can_be_had_back(run, desk) -> None:
    draft_id, tab = new_id(), new_id()
    save(run, desk, draft_id, tab=tab)
    run(drafts.delete_one, desk=desk, draft_id=draft_id, by="person:x", at=utc_now())
    assert run(drafts.listed, desk=desk) == []
    with pytest.raises(DraftChanged):
        save(run, desk, draft_id, tab=tab, revision=1)
    run(drafts.restore, desk=desk, draft_id=draft_id, by="person:x", at=utc_now())
    assert len(run(drafts.listed, desk=desk)) == 1


def test_more_than_a_draft_holds_is_refused(run, desk) -> None:
    with pytest.raises(DraftTooLarge):
        save(run, desk, new_id(), said="x" * (2 * 1024 * 1024))


def test_a_template_has_no_date_of_its_own_and_is_never_a_draft(run, desk) -> None:
    content = {"draft": {"issue_date": "2026-11-30", "currency": "TRY"}}
    made = run(templates.add, desk=desk, name=" Aylık bakım ", content=content, summary=NOTHING, by="", at=utc_now())
    (found,) = run(templates.listed, tenant_id=desk.tenant_id)
    assert (found.draft_id, found.name, found.content) == (made, "Aylık bakım", {"draft": {"currency": "TRY"}})
    with pytest.raises(NotFound):
        run(drafts.get, desk=desk, draft_id=made)
    with pytest.raises(NotFound):
        run(templates.get, tenant_id=new_id(), draft_id=made)
    run(templates.delete_one, tenant_id=desk.tenant_id, draft_id=made, by="", at=utc_now())
    assert run(templates.listed, tenant_id=desk.tenant_id) == []


def test_the_clock_ends_drafts_and_keeps_templates(run, desk) -> None:
    now = utc_now()
    old, idle, fresh = now - timedelta(days=31), now - timedelta(days=181), now - timedelta(days=179)
    gone, waits, forgotten = new_id(), new_id(), new_id()
    save(run, desk, gone, at=old)
    run(drafts.delete_one, desk=desk, draft_id=gone, by="", at=old)
    save(run, desk, waits, at=fresh)
    save(run, desk, forgotten, at=idle)
    run(templates.add, desk=desk, name="Kalır", content={}, summary=NOTHING, by="", at=idle)
    assert clear_old(now) >= 2
    assert [one.draft_id for one in run(drafts.listed, desk=desk)] == [waits]
    assert len(run(templates.listed, tenant_id=desk.tenant_id)) == 1
