"""The way of a document from POST to *signed*: one alone, a bulk of 1,000, one each from 1,000 taxpayers."""

from __future__ import annotations

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from statistics import median
from time import perf_counter

from ebelge.core.clock import utc_now
from ebelge.devstack.bench._client import Client, Watch, bulk, watch
from ebelge.devstack.bench._figures import Row, row, timed
from ebelge.devstack.bench._instance import BenchInstance, instance
from ebelge.devstack.bench._parts import parts
from ebelge.devstack.bench._world import Sender, open_senders
from ebelge.devstack.errors import StackError

NAMES = ("post_to_signed", "bulk_1000", "many_tenants")
SIGNERS = 2
MANY = 1000
ALONE_PER_ROUND = 20
CONNECTIONS = 4
WARM_UP = 60  # enough for the web server's further checkers to start


@dataclass(frozen=True, slots=True)
class Throughput:
    """One round: documents a second from the first POST until the last is signed, and CPU seconds a document."""

    per_s: float
    cpu_s: float


def rows(rounds: int) -> list[Row]:
    """All three rows, from one instance; the rounds of each take turns."""
    with instance(signers=SIGNERS) as running, watch() as seen:
        print(f"   {MANY + 1} taxpayers", flush=True)
        big, *small = open_senders(MANY + 1, kontor=1000)
        (bulky,) = open_senders(1, kontor=100_000, first=MANY + 1)
        client = Client(running.base_url)
        _warm_up(client, seen, bulky)
        return [*_alone(rounds, running, client, seen, big), *_together(rounds, running, client, seen, bulky, small)]


def _warm_up(client: Client, seen: Watch, sender: Sender) -> None:
    """Every process has done each kind of work once: both web processes have their checkers."""
    since = utc_now()
    bodies = [bulk(sender, WARM_UP) for _ in range(4)]
    with ThreadPoolExecutor(len(bodies)) as threads:
        list(threads.map(lambda body: client.send_bulk(sender, body), bodies))
    seen.all(since)
    seen.settled(since)


def _alone(rounds: int, running: BenchInstance, client: Client, seen: Watch, sender: Sender) -> list[Row]:
    """post_to_signed: a document that comes alone, and after each its parts alone, all from rest (ADR 0099)."""
    steps = parts(sender, running.var / "parts")
    whole: list[float] = []
    sums: list[float] = []
    for number in range(rounds + 1):
        taken: list[float] = []
        each: dict[str, list[float]] = {name: [] for name in steps}
        for _ in range(ALONE_PER_ROUND):
            _, xml = sender.form.fill()
            seen.rest()
            taken.append(timed(partial(_post, client, seen, sender, xml)))
            for name, step in steps.items():
                seen.rest()
                each[name].append(timed(step))
        if number:  # the first is for warming up
            alone = {name: median(times) for name, times in each.items()}
            whole.append(median(taken))
            sums.append(sum(alone.values()))
            print(f"   round {number}: {whole[-1]:.1f} ms; alone {_words(alone)}", flush=True)
    against = "its parts alone: check, charge (reserve, capture), RQ round trip of a no-op, sign, store"
    return [row("post_to_signed", median(whole), "ms", against=against, limit=median(sums), reach="<= 1.5")]


def _post(client: Client, seen: Watch, sender: Sender, xml: bytes) -> None:
    seen.one(sender, client.send(sender, xml))


def _together(
    rounds: int, running: BenchInstance, client: Client, seen: Watch, bulky: Sender, small: list[Sender]
) -> list[Row]:
    """bulk_1000 and many_tenants, in turn."""
    bulks: list[Throughput] = []
    singles: list[Throughput] = []
    for number in range(1, rounds + 1):
        body = bulk(bulky, MANY)
        bulks.append(_measure(running, seen, partial(client.send_bulk, bulky, body)))
        mail = [(sender, sender.form.fill()[1]) for sender in small]
        singles.append(_measure(running, seen, partial(client.send_each, mail, connections=CONNECTIONS)))
        print(f"   round {number}: bulk {_said(bulks[-1])}; 1,000 taxpayers {_said(singles[-1])}", flush=True)
    cores = len(os.sched_getaffinity(0))
    per_s = median(one.per_s for one in bulks)
    limit = median(cores / one.cpu_s for one in bulks)
    counted = "web, checkers, relay, signers, PostgreSQL, Redis; from POST to the last signature; delivery follows"
    return [
        row(
            "bulk_1000",
            per_s,
            "documents/s",
            against=f"{cores} cores / CPU seconds per document of {counted}",
            limit=limit,
            reach=">= 0.5",
        ),
        row(
            "many_tenants",
            median(one.per_s for one in singles),
            "documents/s",
            against="bulk_1000; here each document is a POST of its own",
            limit=per_s,
            reach=">= 0.5",
        ),
    ]


def _measure(running: BenchInstance, seen: Watch, send: Callable[[], object]) -> Throughput:
    """Send 1,000 documents and wait for their signatures. :raises StackError: not all are signed and charged."""
    since, cpu_before_s, start = utc_now(), running.cpu_s(), perf_counter()
    send()
    seen.all(since)
    taken_s = perf_counter() - start
    cpu_s = running.cpu_s() - cpu_before_s
    if seen.signed(since) != (MANY, MANY):
        raise StackError(f"Of {MANY} documents {seen.signed(since)} are signed and charged.")
    seen.settled(since)
    return Throughput(MANY / taken_s, cpu_s / MANY)


def _words(each: dict[str, float]) -> str:
    return ", ".join(f"{name} {ms:.1f}" for name, ms in each.items())


def _said(one: Throughput) -> str:
    return f"{one.per_s:.0f}/s at {one.cpu_s * 1000:.1f} ms CPU"
