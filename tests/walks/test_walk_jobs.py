"""Background jobs: a message that names another's object reaches nothing of his."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from ebelge.core.clock import utc_now
from ebelge.core.db import role_session, tenant_session
from ebelge.jobs import tasks
from ebelge.jobs.claims import to_json
from ebelge.outbox import messages, relay
from ebelge.outbox.messages import Claim
from ebelge.outbox.topics import QUEUES, TOPICS
from tests.walks.conftest import Walked


def claim(queue: str) -> list[Claim]:
    with role_session("relay") as session:
        return relay.claim(session, queue=queue, limit=1000, turns=relay.Turns(), at=utc_now())


def test_walk_a_message_that_names_anothers_object_changes_nothing_of_his(walked: Walked) -> None:
    ids = walked.bora_ids()
    objects = {UUID(values[0]) for values in ids.values()} | {UUID(walked.bora_document["document_id"])}
    for queue in QUEUES:  # what the seed world still has to do is not this walk's
        claim(queue)
    before, count = walked.rows_of_bora(), 0
    for topic, rule in TOPICS.items():
        if topic == "books.compare":  # it names no object: it compares everybody's books, and enters what differs
            continue
        with tenant_session(walked.akin) as session:
            messages.put_many(session, tenant_id=walked.akin, topic=topic, keys=objects, at=utc_now())
        mine = [one for one in claim(rule.queue) if one.tenant_id == walked.akin]
        assert len(mine) >= len(objects), topic
        getattr(tasks, rule.queue)([to_json(one) for one in mine], (utc_now() + timedelta(seconds=1)).isoformat())
        count += len(mine)
    assert walked.rows_of_bora() == before
    print(f"{count} messages over {len(TOPICS)} topics with ids of another")
