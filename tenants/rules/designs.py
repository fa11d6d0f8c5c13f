"""Rules of designs."""

from tenants.rules.rule import FunctionRule, TableRule, tenant_table

TABLES: dict[str, TableRule] = {"design_stylesheet": tenant_table("SELECT, INSERT")}

FUNCTIONS: dict[str, FunctionRule] = {}
