"""Sign-up, accepted texts, leads, packages chosen ahead.

A lead's tenant is the operator: no customer's session sees one. A reseller's role reaches what was assigned to him.
"""

from tenants.rules.rule import CUSTOMERS, SEEN, Access, FunctionRule, TableRule, tenant_table

TABLES: dict[str, TableRule] = {
    "text_version": TableRule("directory", {"app": SEEN, "reader": SEEN, "finance": Access("SELECT, INSERT", "all")}),
    "text_acceptance": tenant_table("SELECT, INSERT"),
    "application": tenant_table("SELECT, INSERT, UPDATE", reseller=CUSTOMERS),
    "lead": tenant_table("SELECT, INSERT, UPDATE", reseller=Access("SELECT, UPDATE", "assigned")),
    "lead_event": tenant_table("SELECT, INSERT", reseller=Access("SELECT, INSERT", "assigned")),
    "order_proposal": tenant_table("SELECT, INSERT, UPDATE"),
}

FUNCTIONS: dict[str, FunctionRule] = {"sign_up_person": FunctionRule("directory")}
