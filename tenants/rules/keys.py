"""What is looked up for keys: the sandbox that a tenant's test keys belong to. The table of keys: `accounts`."""

from tenants.rules.rule import FunctionRule, TableRule

TABLES: dict[str, TableRule] = {}

FUNCTIONS: dict[str, FunctionRule] = {"sandbox_of": FunctionRule("directory")}
