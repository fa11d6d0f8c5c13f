"""Ids that stand in a tenant's rows: what an address or a form of his may name."""

from __future__ import annotations

from uuid import UUID

from ebelge.core.db import role_session
from tenants.isolation import TABLES


def ids_of(tenant_id: UUID) -> dict[str, set[str]]:
    """Every id in rows of a tenant, by the column's name."""
    found: dict[str, set[str]] = {}
    with role_session("reader") as session:
        run = session.connection().exec_driver_sql
        for table, rule in TABLES.items():
            if rule.table_class != "tenant":
                continue
            for row in run(f"SELECT * FROM {table} WHERE tenant_id = '{tenant_id}'").mappings():
                for column, value in row.items():
                    if isinstance(value, UUID) and value != tenant_id:
                        found.setdefault(column, set()).add(str(value))
    return found
