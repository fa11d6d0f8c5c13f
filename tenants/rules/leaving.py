"""Coming and leaving: imports, closings, exports, requests by people about their data."""

from tenants.rules.rule import FunctionRule, TableRule

TABLES: dict[str, TableRule] = {}

FUNCTIONS: dict[str, FunctionRule] = {}
