"""The archive: keys that seal its files, its index, files of any kind, tags, saved searches, integrity checks."""

from tenants.rules.rule import SEEN, FunctionRule, TableRule, tenant_table

TABLES: dict[str, TableRule] = {
    # UPDATE: a changed master key closes the keys anew.
    "archive_key": tenant_table("SELECT, INSERT, UPDATE"),
    # What `archive_search` reads, which names the session's tenant itself (ADR 0130).
    "archive_entry": tenant_table("SELECT, INSERT, UPDATE", directory=SEEN),
    "archive_file": tenant_table("SELECT, INSERT"),
    "ledger_file": tenant_table("SELECT, INSERT"),
    "storage_month": tenant_table("SELECT, INSERT"),
    "tag": tenant_table("SELECT, INSERT, UPDATE, DELETE"),
    "archive_tag": tenant_table("SELECT, INSERT, DELETE", directory=SEEN),
    "saved_search": tenant_table("SELECT, INSERT, UPDATE, DELETE"),
    "integrity_check": tenant_table("SELECT, INSERT"),
    "integrity_break": tenant_table("SELECT, INSERT, UPDATE"),
}
FUNCTIONS: dict[str, FunctionRule] = {"archive_search": FunctionRule("directory")}
