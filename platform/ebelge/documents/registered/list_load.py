"""A list of registered users taken in: staged, compared with what is there, and only the difference written (ADR 0117).

Readers see the old list until the commit and the new one after it. An hour changes one line in thousands: nothing is
rewritten, nothing bloats, and what left the list stays as a closed period.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

import psycopg
from sqlalchemy.orm import Session

from ebelge.core.db import driver
from ebelge.documents.registered.closures import APPLY
from ebelge.gib.list_lines import COLUMNS
from ebelge.gib.taxpayers import UserListUnreadable

# A list that lost half of its lines is a broken one: it would turn e-Fatura into e-Arşiv by the million.
SHRUNKEN_PERCENT = 50
SHRINK_FROM = 1000
_KEY = "vkn_tckn, document_type, alias, created_at"
_STAGE = """
CREATE TEMP TABLE gib_incoming (
    vkn_tckn text COLLATE "C" NOT NULL, document_type text COLLATE "C" NOT NULL, alias text COLLATE "C" NOT NULL,
    title text NOT NULL, account_type text, created_at timestamptz NOT NULL, deleted_at timestamptz
) ON COMMIT DROP
"""
# A line that stands twice: the open one counts, else the later end.
_EACH = f"""
    SELECT DISTINCT ON ({_KEY}) {", ".join(COLUMNS)} FROM gib_incoming
     ORDER BY {_KEY}, deleted_at DESC NULLS FIRST
"""
_FIRST = f"""
INSERT INTO gib_alias (mode, role, {", ".join(COLUMNS)}) SELECT %(mode)s, %(role)s, i.* FROM ({_EACH}) i
"""
_DIFFERENCE = f"""
CREATE TEMP TABLE gib_difference ON COMMIT DROP AS
SELECT i.*, g.vkn_tckn AS old_vkn, g.document_type AS old_type, g.alias AS old_alias, g.created_at AS old_created
  FROM ({_EACH}) i
  FULL JOIN (SELECT * FROM gib_alias WHERE mode = %(mode)s AND role = %(role)s) g
    ON g.vkn_tckn = i.vkn_tckn AND g.document_type = i.document_type AND g.alias = i.alias
   AND g.created_at = i.created_at
 WHERE (i.vkn_tckn IS NULL AND g.deleted_at IS NULL) OR g.vkn_tckn IS NULL
    OR (i.vkn_tckn IS NOT NULL AND (i.title, i.account_type, i.deleted_at)
        IS DISTINCT FROM (g.title, g.account_type, g.deleted_at))
"""
_OPENED = f"""
INSERT INTO gib_alias (mode, role, {", ".join(COLUMNS)})
SELECT %(mode)s, %(role)s, {", ".join(COLUMNS)} FROM gib_difference WHERE old_vkn IS NULL ORDER BY {_KEY}
"""
_SAME = """g.mode = %(mode)s AND g.role = %(role)s AND g.vkn_tckn = d.old_vkn AND g.document_type = d.old_type
   AND g.alias = d.old_alias AND g.created_at = d.old_created"""
_CHANGED = f"""
UPDATE gib_alias g SET title = d.title, account_type = d.account_type, deleted_at = d.deleted_at
  FROM gib_difference d WHERE d.vkn_tckn IS NOT NULL AND {_SAME}
"""
_CLOSED = f"""
UPDATE gib_alias g SET deleted_at = greatest(%(at)s, g.created_at)
  FROM gib_difference d WHERE d.vkn_tckn IS NULL AND {_SAME}
"""
_NOTE = """
INSERT INTO gib_list_load (mode, role, loaded_at, sha256, etag, aliases, opened, changed, closed)
VALUES (%(mode)s, %(role)s, %(at)s, %(sha256)s, %(etag)s, %(lines)s, %(opened)s, %(changed)s, %(closed)s)
ON CONFLICT (mode, role) DO UPDATE SET loaded_at = excluded.loaded_at, sha256 = excluded.sha256, etag = excluded.etag,
    aliases = excluded.aliases, opened = excluded.opened, changed = excluded.changed, closed = excluded.closed,
    refused_at = NULL, refused = ''
"""


@dataclass(frozen=True, slots=True)
class Taken:
    """What taking a list in meant: its lines, and of ours those that are new, changed, or no longer in it."""

    lines: int
    opened: int
    changed: int
    closed: int


def take_in(
    session: Session, *, mode: str, role: str, lines: Iterable[bytes], sha256: bytes, etag: str = "", at: datetime,
    any_size: bool = False,
) -> Taken:  # fmt: skip
    """Make the list of a mode and role equal to `lines` (COPY text) in the caller's transaction.

    Loads of one list wait for each other. `any_size`: a person says that a shrunken list is right.
    :raises UserListUnreadable: the lines break off, hold what is no time, or are far fewer than before; the caller's
    rollback keeps the old list.
    """
    connection = driver(session)
    run = connection.execute
    given: dict[str, object] = {"mode": mode, "role": role, "at": at, "sha256": sha256, "etag": etag}
    run("SELECT pg_advisory_xact_lock(hashtext(%s))", (f"gib_alias:{mode}:{role}",))
    # The list's times are Istanbul's wall clock; millions are sorted with more memory than usual.
    run("SET LOCAL TimeZone = 'Europe/Istanbul'")
    run("SET LOCAL work_mem = '64MB'")
    run("DROP TABLE IF EXISTS pg_temp.gib_incoming, pg_temp.gib_difference")
    run(_STAGE)
    staged = _copy(connection, lines)
    row = run("SELECT aliases FROM gib_list_load WHERE mode = %(mode)s AND role = %(role)s", given).fetchone()
    before = row[0] if row is not None else 0
    if not any_size and before >= SHRINK_FROM and staged * 100 < before * SHRUNKEN_PERCENT:
        raise UserListUnreadable(
            f"Liste {before} satırdan {staged} satıra düştü; eski liste kaldı",
            f"The list fell from {before} lines to {staged}; the old one stays",
        )
    known = run("SELECT 1 FROM gib_alias WHERE mode = %(mode)s AND role = %(role)s LIMIT 1", given).fetchone()
    if known is None:
        taken = Taken(staged, run(_FIRST, given).rowcount, 0, 0)
    else:
        run("ANALYZE gib_incoming")
        run(_DIFFERENCE, given)
        taken = Taken(staged, run(_OPENED, given).rowcount, run(_CHANGED, given).rowcount, run(_CLOSED, given).rowcount)
    run(APPLY, given)  # what GİB closed by itself stays closed while it says so
    run(
        _NOTE,
        given | {"lines": taken.lines, "opened": taken.opened, "changed": taken.changed, "closed": taken.closed},
    )
    run("SET LOCAL TimeZone = 'UTC'")
    return taken


def _copy(connection: psycopg.Connection[object], lines: Iterable[bytes]) -> int:
    try:
        with connection.cursor() as cursor:
            with cursor.copy(f"COPY gib_incoming ({', '.join(COLUMNS)}) FROM STDIN") as copy:
                for chunk in lines:
                    copy.write(chunk)
            return cursor.rowcount
    except psycopg.DataError as error:
        reason = str(error).splitlines()[0]
        raise UserListUnreadable("Listede okunamayan bir değer var", f"A value cannot be read: {reason}") from error
