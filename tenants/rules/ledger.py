"""The kontör ledger: written by the functions of billing/ledger/sql, which run as the ledger role."""

from typing import Final

from tenants.rules.rule import CUSTOMERS, SEEN, Access, TableRule, tenant_table

LEDGER: Final = Access("SELECT, INSERT, UPDATE")
LEDGER_APPEND: Final = Access("SELECT, INSERT")
# A reseller sees until when its customers' kontör lasts, never what was paid for it.
LASTING: Final = Access("SELECT", "subtree", ("tenant_id", "lot_id", "remaining", "expires_at", "open"))

TABLES: dict[str, TableRule] = {
    # ledger: written by the functions of billing/ledger/sql, which run as the ledger role
    "wallet": tenant_table("SELECT", ledger=LEDGER, reseller=CUSTOMERS),
    "lot": tenant_table("SELECT", ledger=LEDGER, reseller=LASTING),
    "charge": tenant_table("SELECT", ledger=LEDGER),
    "charge_lot": tenant_table("SELECT", ledger=LEDGER_APPEND),
    "journal": tenant_table("SELECT", ledger=LEDGER_APPEND),
    "transfer": tenant_table("SELECT", ledger=LEDGER_APPEND),
    "transfer_lot": tenant_table("SELECT", ledger=LEDGER_APPEND),
    "charge_kind": TableRule("directory", {"app": SEEN, "reader": SEEN, "finance": Access("SELECT, INSERT", "all")}),
}
