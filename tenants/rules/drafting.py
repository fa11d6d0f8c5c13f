"""Drafts, templates and products: of the tenant that keeps them, seen by nobody else but the reader."""

from tenants.rules.rule import FunctionRule, TableRule, tenant_table

TABLES: dict[str, TableRule] = {
    "draft": tenant_table("SELECT, INSERT, UPDATE, DELETE"),
    "product": tenant_table("SELECT, INSERT, UPDATE, DELETE"),
}
FUNCTIONS: dict[str, FunctionRule] = {}
