"""Guards: every topic has a task and a queue with a worker; every reaction has a consequence."""

import importlib

from ebelge.devstack import programs
from ebelge.documents.travel import status
from ebelge.documents.travel.pace import pace_for
from ebelge.gib.status_codes import Reaction
from ebelge.jobs.queues import JOB_MAX, JOB_MIN, TASKS
from ebelge.outbox.topics import QUEUES, TOPICS


def test_every_topic_has_a_task_and_every_queue_a_worker():
    assert set(TASKS) == set(QUEUES) == set(JOB_MAX) == set(JOB_MIN)
    for topic in TOPICS.values():
        module, _, name = TASKS[topic.queue].rpartition(".")
        assert callable(getattr(importlib.import_module(module), name))
    served = set()
    for program in programs.workers({}, signers=1):
        if "--queues" in program.command:
            served |= set(program.command[program.command.index("--queues") + 1].split(","))
    assert served == set(QUEUES)


def test_every_reaction_has_a_consequence():
    assert set(status._REACTIONS) | {Reaction.WAIT, Reaction.UNCLEAR} == set(Reaction)


def test_only_live_tenants_in_production_wait_for_a_day():
    eager = pace_for(mode="test", environment="production")
    assert eager == pace_for(mode="live", environment="development")
    assert eager != pace_for(mode="live", environment="production")
