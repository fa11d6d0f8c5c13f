"""GİB's list of 2,000,000 registered users taken in, and one of them looked up."""

from __future__ import annotations

import tempfile
import zipfile
from itertools import cycle
from pathlib import Path
from statistics import median
from time import perf_counter

import psycopg
from lxml import etree

from ebelge.core.clock import utc_now
from ebelge.core.db import driver, tenant_session
from ebelge.core.ids import new_id
from ebelge.devstack.bench._figures import Row, in_turn, row
from ebelge.devstack.bench._ledgers import bind, databases
from ebelge.devstack.bench._user_lists import load_alone, pieces, vkn, write_zip
from ebelge.documents.registered.taxpayer import MailboxKey, asked, look_up
from ebelge.gib.list_lines import COLUMNS, list_lines

NAMES = ("userlist_load", "userlist_lookup")
USERS, LOOK_UPS, MEMORY_MAX_MB = 2_000_000, 300, 300
_COPY = f"COPY bare_alias ({', '.join(COLUMNS)}) FROM STDIN"
_BARE = """
DROP TABLE IF EXISTS bare_alias; CREATE TABLE bare_alias (mode text NOT NULL DEFAULT 'live', vkn_tckn text NOT NULL,
  document_type text NOT NULL, role text NOT NULL DEFAULT 'PK', alias text NOT NULL, title text NOT NULL,
  account_type text, created_at timestamptz NOT NULL, deleted_at timestamptz)
"""
_INDEX = "ALTER TABLE bare_alias ADD PRIMARY KEY (mode, vkn_tckn, document_type, role, alias, created_at)"


def rows(rounds: int) -> list[Row]:
    """Both rows; each round takes the list in once and runs the parts of its limit once."""
    with databases("bench_users") as (world,), tempfile.TemporaryDirectory(prefix="ebelge-bench-liste-") as folder:
        bind(world)
        zipped, plain = Path(folder) / "list.zip", Path(folder) / "list.copy"
        write_zip(zipped, USERS)
        with zipped.open("rb") as source, plain.open("wb") as file:
            file.writelines(list_lines(source))
        with psycopg.connect(world["DATABASE_URL"], autocommit=True) as owner:
            took, bare, peaks = [], [], []
            for number in range(rounds):
                owner.execute("TRUNCATE gib_alias, gib_list_load")
                seconds, peak, lines = load_alone(zipped)
                parts = (_count(zipped), _copied(owner, plain), _indexed(owner))
                owner.execute("DROP TABLE bare_alias")
                took.append(seconds)
                bare.append(sum(parts))
                peaks.append(peak)
                shown = " + ".join(f"{part:.1f}" for part in parts)
                print(
                    f"   round {number + 1}: {lines} lines in {seconds:.1f} s, {peak:.0f} MB; bare {shown} s",
                    flush=True,
                )
            owner.execute("VACUUM ANALYZE gib_alias")
            found = _look_ups(rounds)
    against = (
        f"iterparse that only counts {USERS} users, COPY of their lines, primary key; "
        f"ours peaks at {max(peaks):.0f} MB of {MEMORY_MAX_MB}"
    )
    load = row("userlist_load", median(took), "s", against=against, limit=median(bare), reach="<= 1.8")
    load["memory_mb"] = round(max(peaks))
    load["holds"] = load["holds"] and max(peaks) < MEMORY_MAX_MB
    return [load, found]


def _count(zipped: Path) -> float:
    start, users = perf_counter(), 0
    with zipfile.ZipFile(zipped) as archive, archive.open(archive.infolist()[0]) as file:
        for _, element in etree.iterparse(file, tag="User"):
            users += 1
            element.clear()
            while element.getprevious() is not None:
                del element.getparent()[0]
    if users != USERS:
        raise AssertionError(f"counted {users} users")
    return perf_counter() - start


def _copied(owner: psycopg.Connection[object], plain: Path) -> float:
    owner.execute(_BARE)
    start = perf_counter()
    with owner.cursor() as cursor, cursor.copy(_COPY) as copy:
        for chunk in pieces(plain):
            copy.write(chunk)
    return perf_counter() - start


def _indexed(owner: psycopg.Connection[object]) -> float:
    start = perf_counter()
    owner.execute(_INDEX)
    return perf_counter() - start


def _look_ups(rounds: int) -> Row:
    """The look-up of a buyer beside the bare prepared SELECT: the same statement with the same values for the same
    users, in one open transaction of the role app with a tenant set, its rows fetched. One connection: where the
    kernel puts two servers makes more of a difference than what is compared."""
    at = utc_now()
    users = [vkn(n * 7919 % USERS) for n in range(LOOK_UPS)]
    asked_for = [asked(mode="live", keys=[MailboxKey(number, "Invoice")], at=at) for number in users]
    ours_turn, bare_turn = cycle(users), cycle([(statement.sql, values) for statement, values in asked_for])
    with tenant_session(new_id()) as session:
        connection = driver(session)

        def ours() -> None:
            number = next(ours_turn)
            key = MailboxKey(number, "Invoice")
            if not look_up(session, mode="live", keys=[key], at=at).of(number, "Invoice"):
                raise AssertionError(f"{number} is in the list")

        def bare() -> None:
            connection.execute(*next(bare_turn), prepare=True).fetchall()

        took, limit = (median(times) for times in in_turn(rounds, LOOK_UPS, ours, bare))
    against = "the same SELECT by the primary key, prepared by the bare driver, in the same transaction"
    return row("userlist_lookup", took, "ms", against=against, limit=limit, reach="<= 1.5")
