"""A tenant's own set-up: branches, mailboxes at GİB, activation, designs, settings."""

from tenants.rules.rule import FunctionRule, TableRule

TABLES: dict[str, TableRule] = {}

FUNCTIONS: dict[str, FunctionRule] = {}
