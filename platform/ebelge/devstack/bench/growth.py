"""What a page costs the server when a tenant has grown: 1,000,000 documents against 1,000, through the real web server.

The documents are copies of one that was really sent, with its charge, its movements of kontör and its step, over three
years; incoming ones are copies of those. Pages are asked as a signed-in owner; both tenants in turn, call by call, so
that what else the machine does in these minutes meets both.
"""

from __future__ import annotations

from collections.abc import Callable
from statistics import median
from uuid import UUID

import psycopg

from ebelge.core.clock import utc_now
from ebelge.devstack.bench._client import Client, watch
from ebelge.devstack.bench._copies import COUNTS, copy_documents
from ebelge.devstack.bench._figures import Row, in_turn, row
from ebelge.devstack.bench._instance import BenchInstance, instance
from ebelge.devstack.bench._owners import owner_of
from ebelge.devstack.bench._world import Sender, open_senders
from ebelge.devstack.demo.newcomer import Browser
from ebelge.devstack.errors import StackError
from ebelge.devstack.services import plain_postgres_url

NAMES = ("dashboard_growth", "list_growth")
SMALL, LARGE = 1_000, 1_000_000
CALLS = 9
DASHBOARD = ("/overview",)
# As people ask: everything, what waits, a state, a month, a party, a beginning of a number, and what came in.
LISTS = (
    "/documents", "/documents?needs=1", "/documents?state=refused", "/documents?period=month",
    "/documents?q=1000004242", "/documents?q=BNC",
    "/incoming", "/incoming?needs=1", "/incoming?answer=none", "/incoming?period=month",
)  # fmt: skip


def rows(rounds: int, *, small: int = SMALL, large: int = LARGE) -> list[Row]:
    """Both rows: of each page the median time; the row shows the page that grew most."""
    with instance(signers=1) as running, watch() as seen:
        if running.services.superuser_url is None:
            raise StackError("The growth of pages needs the embedded PostgreSQL: rows are copied as its superuser.")
        senders = open_senders(2, kontor=10 * large)
        client = Client(running.base_url)
        for sender, count in zip(senders, (small, large), strict=True):
            since = utc_now()
            document_id = client.send(sender, sender.form.fill()[1])
            seen.all(since)
            _copy(running, sender, document_id, count)
        people = [owner_of(running.base_url, sender.tenant_id) for sender in senders]
        against = f"the same page of a tenant with {small:,} documents; here it has {large:,}"
        return [
            _row("dashboard_growth", DASHBOARD, people, rounds, against),
            _row("list_growth", LISTS, people, rounds, against),
        ]


def _copy(running: BenchInstance, sender: Sender, document_id: UUID, count: int) -> None:
    url = running.services.superuser_url or ""
    name = plain_postgres_url(running.services.database_url).rsplit("/", 1)[1]
    with psycopg.connect(f"{plain_postgres_url(url).rsplit('/', 1)[0]}/{name}", autocommit=True) as superuser:
        made = copy_documents(superuser, tenant_id=sender.tenant_id, document_id=document_id, count=count)
    print(f"   {', '.join(f'{number:,} {table}' for table, number in made.items())}", flush=True)
    if any(made[table] < count for table in COUNTS):
        raise StackError(f"Not everything was copied {count:,} times: {made}")


def _row(name: str, paths: tuple[str, ...], people: list[Browser], rounds: int, against: str) -> Row:
    grown: list[tuple[float, float, float]] = []
    for path in paths:
        few, many = (median(times) for times in in_turn(rounds * CALLS, 1, *(_opens(one, path) for one in people)))
        print(f"   {path}: {few:.1f} ms, {many:.1f} ms", flush=True)
        grown.append((many / few, few, many))
    _, few, many = max(grown)
    what = f"{against}; the page of {len(paths)} that grew most" if len(paths) > 1 else against
    return row(name, many, "ms", against=what, limit=few, reach="<= 1.5")


def _opens(person: Browser, path: str) -> Callable[[], object]:
    return lambda: person.open(path)
