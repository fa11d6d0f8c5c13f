"""Sign-up, accepted texts, leads, and how resellers and their customers come together."""

from tenants.rules.rule import FunctionRule, TableRule

TABLES: dict[str, TableRule] = {}

FUNCTIONS: dict[str, FunctionRule] = {}
