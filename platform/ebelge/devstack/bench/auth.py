"""What asking who calls costs a request, and whether it costs more among many accounts and keys.

Applications in processes of their own answer the same request, one by one in turn: whatever else the machine does, it
does to all of them. The open one is ours with one thing taken out: nobody is asked for a key, and the view is told that
the caller is the key's owner.
"""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from http import HTTPStatus
from multiprocessing.connection import Connection
from statistics import median

import psycopg
from flask import Flask, g

from ebelge.app import create_app
from ebelge.core.clock import utc_now
from ebelge.core.config import settings
from ebelge.core.db import role_session
from ebelge.devstack.bench._figures import Row, row, timed
from ebelge.devstack.bench._ledgers import bind, databases
from ebelge.devstack.bench._world import open_senders
from ebelge.edge import access
from tenants import api_keys

NAMES = ("auth_overhead", "auth_growth")
PATH, CALLS, WARM_UP = "/api/v1/account", 100, 30
FEW, MANY_TENANTS, MANY_KEYS = 10, 10_000, 100_000
_TENANTS = """
    INSERT INTO tenant (tenant_id, kind, mode, state, vkn_tckn, title, district, city, created_at)
    SELECT gen_random_uuid(), 'customer', 'live', 'active', (2000000000 + n)::text, 'Ölçüm ' || n, 'Kadıköy',
           'İstanbul', now()
      FROM generate_series(1, %s) n
"""
_KEYS = """
    INSERT INTO api_key (key_id, tenant_id, name, secret_sha256, scopes, created_at)
    SELECT substr(md5('key ' || n), 1, 16), t.tenant_id, 'bench', sha256(n::text::bytea), '{documents:read}', now()
      FROM generate_series(0, %s - 1) n
      JOIN (SELECT tenant_id, row_number() OVER () - 1 AS place, count(*) OVER () AS count FROM tenant) t
        ON t.place = n %% t.count
"""


def rows(rounds: int) -> list[Row]:
    """Both rows, out of the same rounds; a round is 100 requests of each side, one by one in turn."""
    with databases("bench_few", "bench_many") as (few, many), ExitStack() as stack:
        sides = []
        for environment, tenants, keys in ((few, FEW, FEW), (many, MANY_TENANTS, MANY_KEYS)):
            bind(environment)
            (caller,) = open_senders(1, kontor=1)
            _fill(environment["DATABASE_URL"], tenants, keys)
            if environment is few:
                sides.append(stack.enter_context(_side(environment, caller.key, opened=True)))
            sides.append(stack.enter_context(_side(environment, caller.key, opened=False)))
        times: list[list[float]] = [[] for _ in sides]
        for n in range(rounds * CALLS + WARM_UP):
            for place in range(len(sides)):
                side = (place + n) % len(sides)  # nobody always comes first
                took_ms = sides[side]()
                if n >= WARM_UP:
                    times[side].append(took_ms)
    open_ms, few_ms, many_ms = map(median, times)
    return [
        row(
            "auth_overhead", few_ms, "ms", against="the same view, mounted open in a bench-only application",
            limit=open_ms, reach="<= limit + 3",
        ),
        row(
            "auth_growth", many_ms, "ms", against=f"{FEW} tenants and {FEW} keys, not {MANY_TENANTS} and {MANY_KEYS}",
            limit=few_ms, reach="<= 1.1",
        ),
    ]  # fmt: skip


@contextmanager
def _side(environment: dict[str, str], key: str, *, opened: bool) -> Iterator[Callable[[], float]]:
    """An application in a process of its own; call it for one request, it tells the ms that it took."""
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=_serve, args=(theirs, environment, key, opened), daemon=True)
    process.start()

    def ask() -> float:
        ours.send(True)
        return float(ours.recv())

    try:
        yield ask
    finally:
        ours.send(False)
        process.join(10)
        process.kill()


def _serve(link: Connection, environment: dict[str, str], key: str, opened: bool) -> None:
    bind(environment)
    client = (_opened(key) if opened else create_app()).test_client()
    headers = {} if opened else {"Authorization": f"Bearer {key}"}

    def request() -> None:
        answer = client.get(PATH, headers=headers, base_url=settings().public_base_url)
        assert answer.status_code == HTTPStatus.OK, answer.get_data(as_text=True)
        answer.close()

    while link.recv():
        link.send(timed(request))


def _opened(key: str) -> Flask:
    """Our application without the question who calls."""
    app = create_app()
    with role_session("app") as session:
        known = api_keys.authenticate(session, token=key, address=None, at=utc_now())
    checks = app.before_request_funcs[None]
    checks[checks.index(access._check)] = lambda: setattr(g, "bearer", known)
    app.after_request_funcs[None].remove(access._note_use)
    return app


def _fill(url: str, tenants: int, keys: int) -> None:
    with psycopg.connect(url) as owner:
        for table in ("tenant", "api_key"):
            owner.execute(f"ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY")
        owner.execute(_TENANTS, (tenants,))
        owner.execute(_KEYS, (keys,))
        for table in ("tenant", "api_key"):
            owner.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
    with psycopg.connect(url, autocommit=True) as owner:
        owner.execute("VACUUM ANALYZE")
