"""Envelopes that hold no document; GİB's lists of registered users and user envelopes."""

from tenants.rules.rule import SEEN, Access, FunctionRule, TableRule, tenant_table

_GIBS = TableRule("operator", {"app": Access("SELECT, INSERT, UPDATE", "all"), "reader": SEEN})
TABLES: dict[str, TableRule] = {
    # envelopes that hold no document of ours
    "parcel": tenant_table("SELECT, INSERT"),
    # GİB asked to open or close a service
    "user_envelope": tenant_table("SELECT, INSERT, UPDATE"),
    # what GİB closed by itself; whether GİB answers
    "gib_closure": _GIBS,
    "gib_health": _GIBS,
}
FUNCTIONS: dict[str, FunctionRule] = {}
