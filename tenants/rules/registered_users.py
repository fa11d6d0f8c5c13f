"""Rules of registered_users."""

from tenants.rules.rule import FunctionRule, TableRule

TABLES: dict[str, TableRule] = {}
FUNCTIONS: dict[str, FunctionRule] = {}
