"""What the books say of an account's debts, and whether its ledger is sound."""

from __future__ import annotations

from billing.ledger.verify import verify_tenant
from ebelge.core.db import engine


def debts(bank, tenant_id):
    columns = "kind, state, gross_kurus, settled_kurus, kontor, settled_kontor"
    return bank.rows(tenant_id, f"SELECT {columns} FROM receivable ORDER BY receivable_id")


def is_sound(tenant_id) -> bool:
    pool = engine("reader").execution_options(isolation_level="REPEATABLE READ")
    with pool.connect() as connection, connection.begin():
        return list(verify_tenant(connection, tenant_id)) == []
