"""The hostile corpus at the door of submitting: refused with a 4xx and words, and no table differs afterwards."""

from __future__ import annotations

import time as clock
from typing import Any

from ebelge.core.errors import DomainError
from ebelge.documents import submit
from ebelge.documents.submit import Submission
from tests.kinds import hostile

ALL_S = 60.0  # for the whole corpus, on a loaded machine; 2 s on an idle one


def test_the_whole_corpus_leaves_no_row_number_or_charge(world: Any) -> None:
    xml = world.xml("efatura")
    before, began = world.dump(), clock.perf_counter()

    for name, hurt in hostile.everything().items():
        _, (answer,) = submit.check_all([Submission(xml=hurt(xml))], tenant_id=world.akin, at=world.at)
        assert isinstance(answer, DomainError), name
        assert answer.http_status in (400, 422), name
        assert answer.findings, name
        assert all(one.message_tr and one.message_en for one in answer.findings), name

    assert clock.perf_counter() - began < ALL_S
    assert world.dump() == before
    (first,) = world.send(Submission(xml=xml))
    assert first.serial == 1


def test_hostile_documents_take_nothing_from_their_neighbours(world: Any) -> None:
    good = world.xml("efatura")
    bad = [hostile.CORPUS[name](good) for name in ("billion laughs", "two signatures", "comment in the buyer")]

    _, answers = submit.check_all(
        [Submission(xml=bad[0]), Submission(xml=good), *map(Submission, bad[1:])], tenant_id=world.akin, at=world.at
    )

    assert [isinstance(answer, DomainError) for answer in answers] == [True, False, True, True]
