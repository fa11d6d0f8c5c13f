"""A million documents out of one: rows of a document that was really sent, copied in the database as its superuser."""

from __future__ import annotations

from typing import Any, LiteralString
from uuid import UUID

import psycopg
from psycopg import sql

COUNTS = ("document", "incoming_document")
# table -> the column that names the document, and what becomes of a copy's columns. n: the copy's number; o: the
# original; days: over how many days copies are spread. One in 2,000 is refused.
_BACK = "- make_interval(secs => n * %(days)s * 86400.0 / %(count)s)"
_ID: LiteralString = "md5(o.{of}::text || n)::uuid"
_TABLES: dict[str, tuple[str, dict[str, str]]] = {
    "document": ("document_id", {
        "ettn": "gen_random_uuid()",
        "number": "left(o.number, 7) || lpad((o.serial + n)::text, 9, '0')",
        "serial": "o.serial + n",
        "state": "CASE WHEN n % 2000 = 0 THEN 'refused' ELSE 'delivered' END",
        "buyer_title": "'Firma ' || (n * 7919) % 20000",
        "buyer_vkn_tckn": "(1000000000 + (n * 7919) % 20000)::text",
        "payable_kurus": "n % 100000 * 100 + 100",
        "link_token": "left(md5(o.link_token || n), 32)",
        "issue_date": f"(o.created_at {_BACK})::date",
        "created_at": f"o.created_at {_BACK}",
        "progress_at": f"o.progress_at {_BACK}",
        "signed_at": f"o.signed_at {_BACK}",
        "final_at": f"o.progress_at {_BACK}",
    }),
    "document_event": ("document_id", {"event_id": "gen_random_uuid()", "at": f"o.at {_BACK}"}),
    "charge": ("charge_id", {
        "state": "'captured'", "reserved_at": f"o.reserved_at {_BACK}", "ended_at": f"o.reserved_at {_BACK}",
    }),
    "charge_lot": ("charge_id", {}),
    "journal": ("charge_id", {"version": "1000000 + n * 10 + o.version % 10", "at": f"o.at {_BACK}"}),
}  # fmt: skip
_INCOMING = """
    INSERT INTO incoming_document (tenant_id, document_id, kind, profile, type_code, ettn, number, issue_date,
        sender_vkn_tckn, sender_title, sender_alias, receiver_alias, currency, line_count, base_kurus, kdv_kurus,
        other_tax_kurus, tevkifat_kurus, payable_kurus, zarf_id, signed_sha256, file_bytes, {further})
    SELECT tenant_id, md5(document_id::text || 'in')::uuid, 'efatura', 'TICARIFATURA', 'SATIS', gen_random_uuid(),
           number, issue_date, buyer_vkn_tckn, buyer_title, 'urn:mail:defaultgb@firma.example',
           'urn:mail:defaultpk@olcum.example', 'TRY', line_count, payable_kurus, 0, 0, 0, payable_kurus,
           md5(document_id::text || 'zarf')::uuid, decode(repeat('00', 32), 'hex'), 20000, {values}
      FROM document WHERE tenant_id = %(tenant)s
"""


def copy_documents(
    superuser: psycopg.Connection[Any], *, tenant_id: UUID, document_id: UUID, count: int, days: int = 1095
) -> dict[str, int]:
    """Copy a document and what hangs on it `count` times, then an incoming one for each. Returns table -> rows now."""
    given = {"tenant": tenant_id, "document": document_id, "count": count, "days": days}
    superuser.execute("SET session_replication_role = replica")
    superuser.execute("SET synchronous_commit = off")
    for table, (of, changed) in _TABLES.items():
        superuser.execute(_statement(superuser, table, of, changed), given)
    superuser.execute(_incoming(superuser), given)
    superuser.execute("SET session_replication_role = DEFAULT")
    tables = (*_TABLES, "incoming_document")
    for table in tables:
        superuser.execute(sql.SQL("VACUUM ANALYZE {}").format(sql.Identifier(table)))
    superuser.execute("CHECKPOINT")  # nobody pays later for the copying
    return {table: _count(superuser, table, tenant_id) for table in tables}


def _statement(superuser: psycopg.Connection[Any], table: str, of: str, changed: dict[str, str]) -> sql.Composed:
    names = [name for name, _, _ in _columns(superuser, table)]
    values = [_value(name, of, changed) for name in names]
    return sql.SQL(
        "INSERT INTO {table} ({names}) SELECT {values} FROM {table} o, generate_series(1, %(count)s::bigint) n "
        "WHERE o.tenant_id = %(tenant)s AND o.{of} = %(document)s ON CONFLICT DO NOTHING"
    ).format(
        table=sql.Identifier(table),
        names=sql.SQL(", ").join(map(sql.Identifier, names)),
        values=sql.SQL(", ").join(values),
        of=sql.Identifier(of),
    )


def _value(name: str, of: str, changed: dict[str, str]) -> sql.Composable:
    if name == of:
        return sql.SQL(_ID).format(of=sql.Identifier(of))
    # `%` is psycopg's own sign; ours stand doubled, but for those of its names
    written = changed.get(name, "").replace("%", "%%").replace("%%(", "%(")
    return sql.SQL(written) if written else sql.Identifier("o", name)


def _incoming(superuser: psycopg.Connection[Any]) -> sql.Composed:
    """With a value of its type for every further column that must have one."""
    named = set(_INCOMING.split("(", 1)[1].split(", {further}")[0].replace("\n", " ").replace(" ", "").split(","))
    plain = {"timestamp with time zone": "now()", "text": "'none'", "boolean": "false", "integer": "0", "bigint": "0"}
    further = [
        (name, "created_at" if kind.startswith("timestamp") else plain[kind])
        for name, kind, needed in _columns(superuser, "incoming_document")
        if needed and name not in named
    ]
    return sql.SQL(_INCOMING).format(
        further=sql.SQL(", ").join(sql.Identifier(name) for name, _ in further),
        values=sql.SQL(", ").join(sql.SQL(value) for _, value in further),
    )


def _columns(superuser: psycopg.Connection[Any], table: str) -> list[tuple[str, str, bool]]:
    """(name, type, whether a row must bring it), without generated ones."""
    return superuser.execute(
        "SELECT attname, format_type(atttypid, atttypmod), attnotnull AND NOT atthasdef FROM pg_attribute "
        "WHERE attrelid = %s::regclass AND attnum > 0 AND NOT attisdropped AND attgenerated = '' ORDER BY attnum",
        (table,),
    ).fetchall()


def _count(superuser: psycopg.Connection[Any], table: str, tenant_id: UUID) -> int:
    asked = sql.SQL("SELECT count(*) FROM {} WHERE tenant_id = %s").format(sql.Identifier(table))
    found = superuser.execute(asked, (tenant_id,)).fetchone()
    return int(found[0]) if found else 0
