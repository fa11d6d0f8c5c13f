"""People, their factors, sessions and memberships, and what their sign-in leaves behind."""

from tenants.rules.rule import FunctionRule, TableRule

TABLES: dict[str, TableRule] = {}

FUNCTIONS: dict[str, FunctionRule] = {}
