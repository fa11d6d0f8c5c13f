"""The archive: keys that seal its files, its index, files of any kind, tags, saved searches, integrity checks."""

from tenants.rules.rule import FunctionRule, TableRule, tenant_table

TABLES: dict[str, TableRule] = {
    # UPDATE: a changed master key closes the keys anew.
    "archive_key": tenant_table("SELECT, INSERT, UPDATE"),
}
FUNCTIONS: dict[str, FunctionRule] = {}
