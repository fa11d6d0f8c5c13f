"""What was answered about certificates, logins to tokens, seals in trouble; days of archives that were stamped."""

from tenants.rules.rule import SEEN, Access, FunctionRule, TableRule, tenant_table

_KEPT = Access("SELECT, INSERT, UPDATE", "all")
_PASSING = Access("SELECT, INSERT, UPDATE, DELETE", "all")
TABLES: dict[str, TableRule] = {
    # about certificates of anybody, tenants' partners too; nothing in them is a tenant's own
    "certificate_status": TableRule("operator", {"app": _KEPT, "reader": SEEN}),
    "revocation_list": TableRule("operator", {"app": _KEPT, "reader": SEEN}),
    "token_login": TableRule("operator", {"app": _PASSING, "reader": SEEN}),
    "seal_trouble": TableRule("operator", {"app": _PASSING, "reader": SEEN}),
    "stamped_day": tenant_table("SELECT, INSERT, UPDATE"),
    "day_stamp": tenant_table("SELECT, INSERT"),
}
FUNCTIONS: dict[str, FunctionRule] = {}
