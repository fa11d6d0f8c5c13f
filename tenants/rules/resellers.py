"""Consent to be acted for, change of reseller, and sheets of customers to onboard."""

from tenants.rules.rule import FunctionRule, TableRule, tenant_table

TABLES: dict[str, TableRule] = {
    "acting_consent": tenant_table("SELECT, INSERT, UPDATE"),
    "acting_link": tenant_table("SELECT, INSERT"),
    "acting_session": tenant_table("SELECT, INSERT, UPDATE"),
    "reseller_change": tenant_table("SELECT, INSERT, UPDATE"),
    "reseller_change_answer": tenant_table("SELECT, INSERT"),
    "reseller_change_party": tenant_table("SELECT, INSERT"),
    "customer_import": tenant_table("SELECT, INSERT, UPDATE"),
    "customer_import_row": tenant_table("SELECT, INSERT, UPDATE"),
}

FUNCTIONS: dict[str, FunctionRule] = {"account_of": FunctionRule("directory")}
