"""A tenant's own set-up: branches, mailboxes at GİB, activation, designs, settings."""

from tenants.rules.rule import CUSTOMERS, FunctionRule, TableRule, tenant_table

TABLES: dict[str, TableRule] = {
    "branch": tenant_table("SELECT, INSERT, UPDATE"),
    "own_alias": tenant_table("SELECT, INSERT, UPDATE", reseller=CUSTOMERS),
    "authorisation": tenant_table("SELECT, INSERT, UPDATE", reseller=CUSTOMERS),
    "design": tenant_table("SELECT, INSERT, UPDATE"),
    "design_choice": tenant_table("SELECT, INSERT"),
    "design_version": tenant_table("SELECT, INSERT"),
    "company_settings": tenant_table("SELECT, INSERT"),
}

FUNCTIONS: dict[str, FunctionRule] = {}
