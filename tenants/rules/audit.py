"""The audit log: written with the deed, sealed by functions that run as the role audit, never changed by anybody.

`finance`, `people` and `relay` write entries of what is done for any account; the owner of the functions alone writes
seals and erases details. Whoever may read the log of all tenants reads it as `reader`.
"""

from tenants.rules.rule import Access, FunctionRule, TableRule, tenant_table

_WRITTEN = Access("INSERT", "all")
_CHAINED = Access("SELECT", "all")
TABLES: dict[str, TableRule] = {
    "audit_entry": tenant_table("SELECT, INSERT", finance=_WRITTEN, people=_WRITTEN, relay=_WRITTEN, audit=_CHAINED),
    "audit_detail": tenant_table(
        "SELECT, INSERT", finance=_WRITTEN, people=_WRITTEN, relay=_WRITTEN, audit=Access("SELECT, UPDATE", "all")
    ),
    "audit_unsealed": tenant_table(
        "SELECT, INSERT", finance=_WRITTEN, people=_WRITTEN, relay=_WRITTEN, audit=Access("SELECT, DELETE", "all")
    ),
    "audit_seal": tenant_table("SELECT", audit=Access("SELECT, INSERT", "all")),
}

FUNCTIONS: dict[str, FunctionRule] = {
    "audit_waiting": FunctionRule("audit", ("relay",)),
    "audit_seal_waiting": FunctionRule("audit", ("relay",)),
}
