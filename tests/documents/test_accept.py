"""Accepting: what one commit holds."""

from typing import Any

import pytest

from ebelge.documents.submit import Submission


@pytest.mark.parametrize(
    ("kind", "number", "channel"),
    [
        ("efatura", "AKF", "gib"),
        ("earsiv", "AKA", "mail"),
        ("eirsaliye", "AKI", "gib"),
        ("emm", "AKM", "mail"),
    ],
)
def test_a_draft_of_each_kind_is_numbered_charged_and_queued(world: Any, kind: str, number: str, channel: str) -> None:
    (document,) = world.send(Submission(draft=world.draft(kind)))

    assert document.number == f"{number}{world.today.year}000000001"
    assert (document.state, document.channel, document.kontor) == ("accepted", channel, 1)
    assert world.spendable() == 99
    rows = world.rows("SELECT topic, key, state FROM outbox_message")
    assert rows == [("document.sign", document.document_id, "waiting")]
    assert world.rows("SELECT charge_id, reference, state FROM charge") == [
        (document.document_id, document.number, "held")
    ]
    ((source,),) = world.rows("SELECT source FROM document_source")
    assert f">{document.number}</cbc:ID>".encode() in bytes(source)
    assert str(document.ettn).encode() in bytes(source)
