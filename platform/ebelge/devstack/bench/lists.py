"""The list of documents in an account with a million of them, beside the same list in an account with a thousand."""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import date, timedelta
from statistics import median
from uuid import UUID

import psycopg

from ebelge.archive.search import Filters
from ebelge.core.clock import utc_now
from ebelge.core.db import tenant_session
from ebelge.core.ids import new_id
from ebelge.devstack.bench._figures import Row, in_turn, row
from ebelge.devstack.bench._ledgers import bind, databases
from ebelge.devstack.services import plain_postgres_url
from ebelge.documents import lists
from ebelge.documents.looking import Wanted

NAMES = ("list_growth",)
FEW = 1_000
MANY = int(os.environ.get("BENCH_LIST_DOCUMENTS", "1000000"))
CALLS = 5
# Days go back two years, 25,000 buyers at most; one document in 500 was refused, one in 400 could not be delivered.
_DOCUMENTS = """
    INSERT INTO document (tenant_id, document_id, kind, profile, type_code, state, channel, ettn, number, series_id,
                          serial, issue_date, buyer_vkn_tckn, buyer_title, currency, payable_kurus, line_count, kontor,
                          price_id, source_sha256, signed_sha256, signed_at, link_token, created_by, created_at,
                          progress_at, final_at)
    SELECT %(tenant)s, gen_random_uuid(), kind, CASE kind WHEN 'efatura' THEN 'TEMELFATURA' ELSE 'EARSIVFATURA' END,
           'SATIS', CASE WHEN n %% 500 = 0 THEN 'refused' WHEN n %% 400 = 0 THEN 'undelivered' ELSE 'delivered' END,
           'gib', gen_random_uuid(), 'BEN2026' || lpad(n::text, 9, '0'), %(series)s, n,
           %(today)s::date - (n * 731 / %(count)s)::int, (1000000000 + n * 7919 %% 25000)::text, 'Firma', 'TRY',
           n * 7919 %% 1000000 * 100, 1, 1, %(series)s, decode(repeat('00', 32), 'hex'),
           decode(repeat('00', 32), 'hex'), now(), n::text, 'key:bench', now(), now(), now()
      FROM (SELECT n, CASE WHEN n %% 1000 = 7 THEN 'emm' WHEN n %% 2 = 0 THEN 'earsiv' ELSE 'efatura' END AS kind
              FROM generate_series(1, %(count)s::bigint) n) AS made
"""
_ENTRIES = """
    INSERT INTO archive_entry (tenant_id, entry_id, source, direction, kind, number, title, vkn_tckn, day, amount_kurus,
                               currency, series_id, words, added_at)
    SELECT tenant_id, document_id, 'outgoing', 'out', kind, number, buyer_title, buyer_vkn_tckn, issue_date,
           payable_kurus, currency, series_id,
           array_to_tsvector(ARRAY[%(mark)s || number, %(mark)s || buyer_vkn_tckn, %(mark)s || 'W' || serial %% 25000]),
           now()
      FROM document WHERE tenant_id = %(tenant)s
"""
_TABLES = ("document", "archive_entry")


def rows(rounds: int) -> list[Row]:
    """The one row: the time of a page in all ways to ask, together."""
    with databases("bench_lists") as (world,):
        few, many = _fill(world["DATABASE_URL"])
        bind(world)
        ways = _ways()
        times = in_turn(rounds, CALLS, *(_page(tenant, one) for one in ways for tenant in (many, few)))
    large, small = ([median(one) for one in times[side::2]] for side in (0, 1))
    for one, slow, quick in zip(ways, large, small, strict=True):
        print(f"   {slow:7.1f} ms, {quick:7.1f} ms  {one}", flush=True)
    return [
        row(
            "list_growth", sum(large), "ms", limit=sum(small), reach="<= 1.5",
            against=f"{len(ways)} ways to ask {MANY:,} documents; the same of {FEW:,}",
        )
    ]  # fmt: skip


def _fill(url: str) -> tuple[UUID, UUID]:
    few, many, today = new_id(), new_id(), utc_now().date()
    with psycopg.connect(plain_postgres_url(url)) as owner:
        owner.execute("SET synchronous_commit = off")
        for table in _TABLES:
            owner.execute(f"ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY")
        for tenant_id, count in ((few, FEW), (many, MANY)):
            values = {"tenant": tenant_id, "series": new_id(), "count": count, "today": today}
            owner.execute(_DOCUMENTS, values)
            owner.execute(_ENTRIES, {"tenant": tenant_id, "mark": tenant_id.hex[-8:]})
        for table in _TABLES:
            owner.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")
    with psycopg.connect(plain_postgres_url(url), autocommit=True) as owner:
        for table in _TABLES:
            owner.execute(f"VACUUM ANALYZE {table}")
    return few, many


def _ways() -> list[Wanted]:
    """As people ask: nothing, by state, kind, month, buyer, number, amount, word, and together."""
    today = utc_now().date()
    month = {"day_from": today - timedelta(days=29), "day_to": today}
    old = {"day_from": date(today.year - 1, 3, 1), "day_to": date(today.year - 1, 3, 31)}
    return [
        Wanted(), Wanted(states=("delivered",)), Wanted(states=("refused",)), Wanted(needs=True),
        Wanted(states=("accepted", "signed")), Wanted(entry=Filters(kind="emm")), Wanted(entry=Filters(kind="earsiv")),
        Wanted(entry=Filters(**month)), Wanted(entry=Filters(**old, kind="efatura")),
        Wanted(entry=Filters(vkn_tckn="1000007919")), Wanted(entry=Filters(number="BEN2026000000500")),
        Wanted(entry=Filters(amount_from=7_919_00, amount_to=7_919_00)), Wanted(entry=Filters(text="w500")),
        Wanted(entry=Filters(text="w500"), states=("refused",)),
        Wanted(states=("undelivered",), entry=Filters(amount_from=1_000_00)),
    ]  # fmt: skip


def _page(tenant_id: UUID, wanted: Wanted) -> Callable[[], object]:
    at = utc_now()

    def ask() -> None:
        with tenant_session(tenant_id) as session:
            lists.page(session, tenant_id=tenant_id, wanted=wanted, at=at)
            lists.waiting(session, tenant_id=tenant_id, at=at)

    return ask
