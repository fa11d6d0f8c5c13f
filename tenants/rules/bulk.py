"""Uploads of many documents in one file: of the tenant that sent them, seen by nobody else but the reader."""

from tenants.rules.rule import FunctionRule, TableRule, tenant_table

TABLES: dict[str, TableRule] = {
    "bulk_upload": tenant_table("SELECT, INSERT, UPDATE"),
    # mapped anew, the documents of a sheet are others
    "bulk_item": tenant_table("SELECT, INSERT, UPDATE, DELETE"),
    "bulk_mapping": tenant_table("SELECT, INSERT, UPDATE"),
}
FUNCTIONS: dict[str, FunctionRule] = {}
