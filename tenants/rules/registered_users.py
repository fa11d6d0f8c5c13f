"""Envelopes that hold no document; GİB's lists of registered users and user envelopes."""

from tenants.rules.rule import FunctionRule, TableRule, tenant_table

TABLES: dict[str, TableRule] = {
    # envelopes that hold no document of ours
    "parcel": tenant_table("SELECT, INSERT"),
}
FUNCTIONS: dict[str, FunctionRule] = {}
