"""Memberships, roles, invitations."""

from tenants.rules.rule import SEEN, Access, FunctionRule, TableRule, tenant_table

TABLES: dict[str, TableRule] = {
    # asked for before a tenant is known (memberships_of); its keys begin with the tenant all the same
    "membership": TableRule("directory", {"app": Access("SELECT, INSERT, UPDATE"), "directory": SEEN, "reader": SEEN}),
    "invitation": tenant_table("SELECT, INSERT, UPDATE"),
}

FUNCTIONS: dict[str, FunctionRule] = {
    "memberships_of": FunctionRule("directory"),
    "members_of": FunctionRule("directory"),
}
