"""Processes that charge, ours and bare, for a while each when told: what `ledger` compares."""

from __future__ import annotations

import multiprocessing
import os
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from multiprocessing.connection import Connection
from multiprocessing.context import SpawnProcess
from threading import Barrier
from time import perf_counter
from typing import Any
from uuid import UUID

import psycopg

from billing.ledger import charges
from billing.ledger.charges import ChargeRequest
from ebelge.core.clock import utc_now
from ebelge.core.db import tenant_session
from ebelge.core.ids import new_id
from ebelge.jobs.refill import refilled
from ebelge.outbox import messages

KIND, PRICE_ID, TOPIC = "efatura.out", UUID("00000000-0000-7000-8000-000000000001"), "document.sign"
BATCH = 100
BARE_TABLES = (
    "CREATE TABLE bare_wallet (id uuid PRIMARY KEY, available bigint NOT NULL) WITH (fillfactor = 75)",
    "CREATE TABLE bare_entry (id uuid PRIMARY KEY, wallet uuid NOT NULL, kontor bigint NOT NULL)",
)
_UPDATE = "UPDATE bare_wallet SET available = available - %s WHERE id = %s AND available >= %s"
_INSERT = "INSERT INTO bare_entry (id, wallet, kontor) VALUES (%s, %s, 1)"


def charging(wallet: UUID, kontor: int = 1) -> Callable[[], int]:
    """A step that makes one charge as the product does: reserve, message, commit."""

    def step() -> int:
        charge_id, at = new_id(), utc_now()
        with tenant_session(wallet) as session:
            charges.reserve(
                session, tenant_id=wallet, charge_id=charge_id, kind=KIND, kontor=kontor, price_id=PRICE_ID, at=at,
                reference="EBL2026000000001",
            )  # fmt: skip
            messages.put(session, tenant_id=wallet, topic=TOPIC, key=charge_id, at=at)
        return 1

    return step


def _ours_many(wallet: UUID) -> Callable[[], int]:
    def step() -> int:
        ids, at = [new_id() for _ in range(BATCH)], utc_now()
        requests = [ChargeRequest(id_, KIND, 1, PRICE_ID, "EBL2026000000001") for id_ in ids]
        with tenant_session(wallet) as session:
            charges.reserve_many(session, tenant_id=wallet, charges=requests, at=at)
            messages.put_many(session, tenant_id=wallet, topic=TOPIC, keys=ids, at=at)
        return BATCH

    return step


def _drawing(wallet: UUID) -> Callable[[], int]:
    """As a document is charged at the edge: reserve, and when it is short, draw from the pool and reserve again."""
    step = charging(wallet)
    return lambda: refilled(step, tenant_id=wallet)


def _bare(wallet: UUID) -> Callable[[], int]:
    connection = psycopg.connect(os.environ["DATABASE_URL"])

    def step() -> int:
        connection.execute(_UPDATE, (1, wallet, 1))
        connection.execute(_INSERT, (new_id(), wallet))
        connection.commit()
        return 1

    return step


def _bare_many(wallet: UUID) -> Callable[[], int]:
    connection = psycopg.connect(os.environ["DATABASE_URL"])

    def step() -> int:
        connection.execute(_UPDATE, (BATCH, wallet, BATCH))
        with connection.cursor() as cursor:
            cursor.executemany(_INSERT, [(new_id(), wallet) for _ in range(BATCH)])
        connection.commit()
        return BATCH

    return step


STEPS: Mapping[str, Callable[[UUID], Callable[[], int]]] = {
    "ours": charging,
    "ours_many": _ours_many,
    "drawing": _drawing,
    "bare": _bare,
    "bare_many": _bare_many,
}


def _child(pipe: Connection, environment: Mapping[str, str], kind: str, wallets: Sequence[UUID]) -> None:
    os.environ.update(environment)
    steps = [STEPS[kind](wallet) for wallet in wallets]
    for step in steps:
        for _ in range(10):  # connections are open and statements prepared
            step()
    with ThreadPoolExecutor(len(steps)) as threads:
        pipe.send(0.0)
        while (seconds := pipe.recv()) is not None:
            barrier = Barrier(len(steps))

            def run(step: Callable[[], int], barrier: Barrier = barrier, seconds: float = seconds) -> float:
                barrier.wait()
                started, done = perf_counter(), 0
                while perf_counter() - started < seconds:
                    done += step()
                return done / (perf_counter() - started)

            pipe.send(sum(threads.map(run, steps)))


@dataclass
class Load:
    """Processes that wait until they are told to charge: `wallets` are shared out, a connection each."""

    children: list[tuple[SpawnProcess, Connection[Any, Any]]]

    @classmethod
    def start(cls, kind: str, wallets: Sequence[UUID], *, environment: Mapping[str, str], processes: int = 1) -> Load:
        """Start them; they have warmed up when this returns."""
        spawn = multiprocessing.get_context("spawn")
        load = cls([])
        for n in range(processes):
            here, there = spawn.Pipe()
            child = spawn.Process(
                target=_child, args=(there, dict(environment), kind, wallets[n::processes]), daemon=True
            )
            child.start()
            there.close()
            load.children.append((child, here))
        for _, pipe in load.children:
            pipe.recv()
        return load

    def rate(self, seconds: float) -> float:
        """Charge for so long, all at once; charges a second."""
        for _, pipe in self.children:
            pipe.send(seconds)
        rates: list[float] = [pipe.recv() for _, pipe in self.children]
        return sum(rates)

    def stop(self) -> None:
        """End the processes."""
        for child, pipe in self.children:
            pipe.send(None)
            child.join(timeout=10)
            if child.is_alive():
                child.kill()
