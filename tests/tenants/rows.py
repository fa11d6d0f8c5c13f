"""A row of a tenant in every table that no flow has filled: made from the table's own columns and CHECKs.

A new table is walked without a line here, unless one of its CHECKs compares columns: then its row stands in `SPECIAL`.
"""

from __future__ import annotations

import re
from datetime import date
from typing import Any
from uuid import UUID

import psycopg
from psycopg import sql

from ebelge.core.db import driver, role_session, tenant_session
from tenants.isolation import TABLES

_DESIGN = UUID("01a205e0-4ad8-76d1-b5e6-74caede1a4b4")
_LEAD = UUID("01a205e0-4ad8-76d1-b5e6-74caede1a4b5")
_CLOSING = UUID("01a205e0-4ad8-76d1-b5e6-74caede1a4b5")
_FILE = UUID("01a205e0-4ad8-76d1-b5e6-74caede1a4b6")
# What the type alone cannot tell: sums, pairs and forms.
SPECIAL: dict[str, dict[str, Any]] = {
    "zarf": {"sha256": bytes(32)},
    "kontor_order": {"gross_kurus": 2, "net_kurus": 1, "kdv_kurus": 1, "state": "draft"},
    "tenant_package": {"code": "walk"},
    "refund": {"gross_kurus": 2, "net_kurus": 1, "kdv_kurus": 1},
    "design": {"design_id": _DESIGN},
    "design_choice": {"design_id": _DESIGN},
    "design_version": {"design_id": _DESIGN},
    "reseller_change": {"new_reseller_id": _DESIGN},
    "lead": {"lead_id": _LEAD},
    "lead_event": {"lead_id": _LEAD},
    "contact": {"vkn_tckn": "1111111111"},
    "closing": {"closing_id": _CLOSING},
    "closing_step": {"closing_id": _CLOSING},
    "incoming_document": {"document_id": _DESIGN},
    "answer": {"document_id": _DESIGN},
    "report": {"day": date(2026, 3, 2), "period": date(2026, 3, 1)},
    "archive_file": {"file_id": _FILE},
    "ledger_file": {"file_id": _FILE},
    "tag": {"tag_id": _FILE},
    "archive_tag": {"tag_id": _FILE},
    "own_alias": {"alias": "urn:mail:walk@walk.example"},
}
_VALUES = {
    "uuid": "gen_random_uuid()", "text": "'x'", "bigint": "1", "integer": "1", "smallint": "1", "boolean": "false",
    "timestamp with time zone": "now()", "date": "current_date", "jsonb": "'{}'", "tstzrange": "tstzrange(now(), NULL)",
    "tsvector": "''", "bytea": "decode(repeat('00', 32), 'hex')", "text[]": "'{}'",
}  # fmt: skip
_COLUMNS = """
    SELECT a.attname, format_type(a.atttypid, a.atttypmod) FROM pg_attribute a
     WHERE a.attrelid = %s::regclass AND a.attnum > 0 AND NOT a.attisdropped AND a.attnotnull AND NOT a.atthasdef
"""
_WORDS = """
    SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE conrelid = %s::regclass AND contype = 'c'
"""


def fill_all(tenant_id: UUID) -> None:
    """A row in every table of a tenant that somebody may write to directly: the app, else finance staff."""
    for table, rule in TABLES.items():
        if "app" not in rule.access or rule.access["app"].scope != "own":
            continue
        if "INSERT" in rule.access["app"].privileges:
            with tenant_session(tenant_id) as session:
                fill(driver(session), table, tenant_id)
        elif "finance" in rule.access and "INSERT" in rule.access["finance"].privileges:
            with role_session("finance") as session:
                fill(driver(session), table, tenant_id)


def fill(connection: psycopg.Connection, table: str, tenant_id: UUID) -> None:
    """A row of the tenant in one table, unless there is one."""
    name = sql.Identifier(table)
    found = connection.execute(sql.SQL("SELECT 1 FROM {} WHERE tenant_id = %s LIMIT 1").format(name), (tenant_id,))
    if found.fetchone():
        return
    first_words = dict(
        match.groups()
        for (check,) in connection.execute(_WORDS, (table,))
        if (match := re.fullmatch(r"CHECK \(\((\w+) = ANY \(ARRAY\['(\w+)'::text.*", check))
    )
    given = first_words | SPECIAL.get(table, {}) | {"tenant_id": tenant_id}
    columns = connection.execute(_COLUMNS, (table,)).fetchall()
    needed = {one for one, _ in columns}
    columns += [(one, "") for one in SPECIAL.get(table, {}) if one not in needed]  # may be empty, but a CHECK wants it
    values = [sql.Literal(given[one]) if one in given else sql.SQL(_VALUES[kind]) for one, kind in columns]
    statement = sql.SQL("INSERT INTO {} ({}) VALUES ({})").format(
        name, sql.SQL(", ").join(sql.Identifier(one) for one, _ in columns), sql.SQL(", ").join(values)
    )
    connection.execute(statement)
