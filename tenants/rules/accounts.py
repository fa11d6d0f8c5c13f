"""Tenants, their keys, services and seals, and the locator."""

from tenants.rules.rule import CUSTOMERS, SEEN, Access, TableRule, tenant_table

TABLES: dict[str, TableRule] = {
    # tenants
    "tenant": TableRule(
        "directory",
        {
            "app": Access("SELECT, INSERT, UPDATE"),
            "directory": SEEN,
            "reader": SEEN,
            "finance": SEEN,
            "reseller": CUSTOMERS,
        },
    ),
    "api_key": TableRule(
        "directory",
        {
            "app": Access("SELECT, INSERT, UPDATE"),
            "directory": SEEN,
            "reader": SEEN,
        },
    ),
    "locator": TableRule(
        "directory",
        {
            "app": Access("SELECT, INSERT"),
            "directory": SEEN,
            "reader": SEEN,
        },
    ),
    "service": tenant_table("SELECT, INSERT, UPDATE", reseller=CUSTOMERS),
    "seal": tenant_table("SELECT, INSERT, UPDATE"),
}
