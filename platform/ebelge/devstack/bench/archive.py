"""Searching an archive of a million documents, beside the same statements as a superuser, for whom no policy holds."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from statistics import median
from typing import Any
from uuid import UUID

import psycopg

from ebelge.archive import search
from ebelge.archive.search import Filters
from ebelge.archive.words import asked
from ebelge.core.db import tenant_session
from ebelge.core.ids import new_id
from ebelge.devstack.bench._figures import Row, row, timed
from ebelge.devstack.bench._ledgers import SUPERUSER_URL, bind, databases
from ebelge.devstack.errors import StackError
from ebelge.devstack.services import plain_postgres_url

NAMES = ("archive_search",)
DOCUMENTS, OTHERS = 1_000_000, 100_000
CALLS = 3
_INDEXES = ("by_day", "by_other", "by_number", "by_amount", "words")
# Words as documents have them: few that are everywhere, many that are rare.
_FILL = """
    INSERT INTO archive_entry (tenant_id, entry_id, source, direction, kind, number, title, vkn_tckn, day, amount_kurus,
                               currency, words, added_at)
    SELECT %(tenant)s, gen_random_uuid(), CASE n %% 4 WHEN 0 THEN 'incoming' ELSE 'outgoing' END,
           CASE n %% 4 WHEN 0 THEN 'in' ELSE 'out' END, CASE n %% 3 WHEN 0 THEN 'earsiv' ELSE 'efatura' END, number,
           'Firma ' || firm, vkn, date '2026-12-31' - (n %% 3650)::int, n %% 100000 * 100, 'TRY',
           array_to_tsvector(ARRAY[m || upper(number), m || vkn, m || 'FIRMA', m || 'F' || firm, m || 'LTD',
               m || 'W' || (power(random(), 4) * 20000)::int, m || 'W' || (power(random(), 4) * 20000)::int,
               m || 'W' || (power(random(), 4) * 20000)::int, m || 'R' || (random() * 200000)::int]),
           now()
      FROM (SELECT n, 'BEN2026' || lpad(n::text, 9, '0') AS number, (n * 7919) %% 20000 AS firm,
                   (1000000000 + (n * 7919) %% 20000)::text AS vkn, %(mark)s::text AS m
              FROM generate_series(1, %(count)s::bigint) n) AS made
"""


def rows(rounds: int) -> list[Row]:
    """The one row: the 95th percentile over ways of asking, each asked in turn on both sides."""
    with databases("bench_archive") as (world,):
        if SUPERUSER_URL not in world:
            raise StackError("archive_search needs the embedded PostgreSQL: it compares with its superuser.")
        tenant_id = _fill(world["DATABASE_URL"])
        bind(world)
        ways = _ways()
        ours, bare = _p95s(rounds, tenant_id, ways, world[SUPERUSER_URL])
    return [
        row(
            "archive_search", ours, "ms", limit=bare, reach="<= 1.5",
            against=f"the same SQL as a superuser; p95 of {len(ways)} ways to ask {DOCUMENTS:,}",
        )
    ]  # fmt: skip


def _fill(url: str) -> UUID:
    mine, others = new_id(), new_id()
    with psycopg.connect(plain_postgres_url(url)) as owner:
        run = owner.execute
        run("SET maintenance_work_mem = '512MB'")
        run("SET synchronous_commit = off")
        run("ALTER TABLE archive_entry NO FORCE ROW LEVEL SECURITY")
        made = [
            definition
            for (definition,) in run(
                "SELECT indexdef FROM pg_indexes WHERE tablename = 'archive_entry' AND indexname NOT LIKE '%pkey'"
            )
        ]
        for name in _INDEXES:
            run(f"DROP INDEX archive_entry_{name}")
        for tenant_id, count in ((mine, DOCUMENTS), (others, OTHERS)):
            run(_FILL, {"tenant": tenant_id, "mark": tenant_id.hex[-8:], "count": count})
        for definition in made:
            run(definition)
        run("ALTER TABLE archive_entry FORCE ROW LEVEL SECURITY")
    with psycopg.connect(plain_postgres_url(url), autocommit=True) as owner:
        owner.execute("VACUUM ANALYZE archive_entry")
    return mine


def _ways() -> list[Filters]:
    """As people ask: by word, by two, by a beginning, by party, number, day, amount, kind, and together."""
    words = ("r17", "r4242", "r19999", "w7", "w900 w12", "w15000", "f777", "firma r5", "ltd w3 w11", "ben2026000000")
    by_word = [Filters(text=one) for one in words]
    return [
        *by_word, Filters(), Filters(direction="in"), Filters(kind="earsiv", direction="out"),
        Filters(vkn_tckn="1000007777"), Filters(number="BEN2026000555555"),
        Filters(day_from=date(2020, 3, 1), day_to=date(2020, 3, 31)), Filters(amount_from=5_000_00, amount_to=5_010_00),
        Filters(vkn_tckn="1000000100", day_from=date(2024, 1, 1)), Filters(text="w40", kind="efatura"),
        Filters(text="f12", day_from=date(2025, 1, 1), direction="out"),
    ]  # fmt: skip


def _p95s(rounds: int, tenant_id: UUID, ways: list[Filters], url: str) -> tuple[float, float]:
    with psycopg.connect(plain_postgres_url(url), autocommit=True) as connection:
        sides = [(_ours(tenant_id, one), _bare(connection, tenant_id, one)) for one in ways]
        for mine, theirs in sides:
            if mine() != theirs():
                raise StackError("The search and the bare statement find different documents.")
        found: tuple[list[float], list[float]] = ([], [])
        for n in range(rounds):
            taken: tuple[list[float], list[float]] = ([], [])
            for _ in range(CALLS):
                for pair in sides:
                    for side in (0, 1) if n % 2 else (1, 0):
                        taken[side].append(timed(pair[side]))
            for side in (0, 1):
                found[side].append(sorted(taken[side])[int(len(taken[side]) * 0.95)])
            print(f"   p95 {found[0][-1]:.1f} ms, bare {found[1][-1]:.1f} ms", flush=True)
    return median(found[0]), median(found[1])


def _ours(tenant_id: UUID, filters: Filters) -> Callable[[], list[UUID]]:
    def ask() -> list[UUID]:
        with tenant_session(tenant_id) as session:
            page = search.search(session, tenant_id=tenant_id, filters=filters, limit=50)
        return [one.entry_id for one in page.entries]

    return ask


def _bare(connection: psycopg.Connection[Any], tenant_id: UUID, filters: Filters) -> Callable[[], list[UUID]]:
    """The statement that the function makes, asked directly."""
    words = " & ".join(f"'{tenant_id.hex[-8:]}{word}':*" for word in asked(filters.text))
    conditions = (
        ("tenant_id = %s", tenant_id), ("words @@ %s::tsquery", words or None), ("source = %s", filters.source),
        ("direction = %s", filters.direction), ("kind = %s", filters.kind), ("day >= %s", filters.day_from),
        ("day <= %s", filters.day_to), ("vkn_tckn = %s", filters.vkn_tckn), ("number = %s", filters.number),
        ("amount_kurus >= %s", filters.amount_from), ("amount_kurus <= %s", filters.amount_to),
    )  # fmt: skip
    given = [(text, value) for text, value in conditions if value is not None]
    statement = (
        "SELECT entry_id, source, direction, kind, number, title, vkn_tckn, day, amount_kurus, currency, added_at "
        f"FROM archive_entry WHERE {' AND '.join(text for text, _ in given)} ORDER BY day DESC, entry_id DESC LIMIT 51"
    )
    values = [value for _, value in given]

    def ask() -> list[UUID]:
        with connection.transaction():
            # planned for these values, as the function's is
            rows = connection.execute(statement, values, prepare=False).fetchall()
        return [found[0] for found in rows[:50]]

    return ask
