"""Rules of incoming."""

from tenants.rules.rule import FunctionRule, TableRule

TABLES: dict[str, TableRule] = {}
FUNCTIONS: dict[str, FunctionRule] = {}
