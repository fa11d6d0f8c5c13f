"""Breaks: opened once, seen again, ended by a person with a note, never edited back."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from billing import breaks
from ebelge.core.clock import utc_now
from ebelge.core.db import role_session, tenant_session
from ebelge.core.errors import InvalidRequest, NotFound
from tests.orders import shop

pytestmark = pytest.mark.usefixtures("settings")


def find(tenant_id: UUID, subject: str = "lot 1", **more: Any) -> bool:
    more.setdefault("at", utc_now())
    with tenant_session(tenant_id) as session:
        return breaks.open_break(session, tenant_id=tenant_id, kind="lot_without_source", subject=subject, **more)


def end(tenant_id: UUID, break_id: UUID, *, state: Any = "explained", note: str = "x", resolved_by: str = "") -> None:
    with role_session("finance") as session:
        breaks.end_break(
            session,
            tenant_id=tenant_id,
            break_id=break_id,
            state=state,
            note=note,
            resolved_by=resolved_by,
            by="Deniz",
            at=utc_now(),
        )


def kept(tenant_id: UUID) -> list[Any]:
    return shop.rows(tenant_id, "SELECT * FROM finance_break ORDER BY break_id")


def test_what_is_found_again_is_seen_again_and_keeps_what_was_found_first() -> None:
    akin, first = shop.customer(), utc_now()
    assert find(akin, at=first, amount_kurus=5, data={"a": 1})
    assert not find(akin, at=first + timedelta(hours=1), amount_kurus=9, data={"b": 2})
    assert not find(akin, at=first - timedelta(hours=1))
    assert find(akin, "lot 2")
    one = kept(akin)[0]
    assert (one.amount_kurus, one.data, one.found_at, one.seen_at) == (5, {"a": 1}, first, first + timedelta(hours=1))
    with tenant_session(akin) as session:
        assert breaks.open_kinds(session, tenant_id=akin) == [("lot_without_source", 2)]


def test_an_ended_break_opens_anew_unless_its_finder_says_once() -> None:
    akin = shop.customer()
    find(akin)
    end(akin, kept(akin)[0].break_id)
    assert not find(akin, again=False)
    assert find(akin)
    assert [row.state for row in kept(akin)] == ["explained", "open"]


def test_a_break_ends_with_a_note_and_a_resolution_names_its_entry() -> None:
    akin = shop.customer()
    find(akin)
    (one,) = kept(akin)
    for wrong in ({"note": "  "}, {"note": "x" * 2_001}, {"state": "resolved"}):
        with pytest.raises(InvalidRequest):
            end(akin, one.break_id, **wrong)
    with role_session("finance") as session:
        breaks.take_on(session, tenant_id=akin, break_id=one.break_id, owner="Deniz", at=utc_now())
    assert (kept(akin)[0].state, kept(akin)[0].owner) == ("open", "Deniz")
    for _ in range(2):  # the same again changes nothing
        end(akin, one.break_id, state="resolved", note="granted", resolved_by="grant 7")
    with pytest.raises(breaks.BreakEnded):
        end(akin, one.break_id, note="otherwise")
    now = kept(akin)[0]
    assert (now.state, now.note, now.resolved_by, now.ended_at is not None) == ("resolved", "granted", "grant 7", True)
    with pytest.raises(NotFound), role_session("finance") as session:
        breaks.take_on(session, tenant_id=akin, break_id=one.break_id, owner="Efe", at=utc_now())


def test_another_tenants_break_does_not_exist() -> None:
    akin, bora = shop.customer(), shop.customer("Bora A.Ş.")
    find(akin)
    break_id = kept(akin)[0].break_id
    ended = {"state": "explained", "note": "x", "resolved_by": "", "by": "x", "at": utc_now()}
    with pytest.raises(NotFound), tenant_session(bora) as session:
        breaks.end_break(session, tenant_id=akin, break_id=break_id, **ended)
    assert kept(akin)[0].state == "open"
