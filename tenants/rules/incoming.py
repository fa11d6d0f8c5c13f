"""What comes in: envelopes as GİB pushed them, documents and answers of tenants; kontör owed for them."""

from tenants.rules.rule import SEEN, Access, FunctionRule, TableRule, tenant_table

TABLES: dict[str, TableRule] = {
    # operator: kept before it is known whose it is
    "incoming_zarf": TableRule("operator", {"app": Access("SELECT, INSERT, UPDATE", "all"), "reader": SEEN}),
    "incoming_document": tenant_table("SELECT, INSERT, UPDATE"),
    "incoming_event": tenant_table("SELECT, INSERT"),
    "incoming_answer": tenant_table("SELECT, INSERT, UPDATE"),
    "due": tenant_table("SELECT, INSERT, UPDATE"),
}
FUNCTIONS: dict[str, FunctionRule] = {}
