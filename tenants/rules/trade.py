"""Catalogue, orders, payments, returns, resellers, pools, upkeep, finance, letters and events."""

from tenants.rules.rule import BOOKS, SEEN, TableRule, tenant_table

TABLES: dict[str, TableRule] = {
    "price": TableRule("directory", {"app": SEEN, "reader": SEEN, "finance": BOOKS}),
    # catalogue: what is offered to everybody or by a reseller is public; a tenant's own terms are its own
    "package_version": TableRule("directory", {"app": SEEN, "reader": SEEN, "finance": BOOKS}),
    "tenant_package": tenant_table("SELECT", finance=BOOKS),
    "tenant_price": tenant_table("SELECT", finance=BOOKS),
    # orders and payments
    "kontor_order": tenant_table("SELECT, INSERT, UPDATE", finance=SEEN),
    "payment_attempt": tenant_table("SELECT, INSERT, UPDATE", finance=SEEN),
    "payment": tenant_table("SELECT, INSERT, UPDATE", finance=SEEN),
    "order_event": tenant_table("SELECT, INSERT"),
    "saved_card": tenant_table("SELECT, INSERT, UPDATE"),
    "payment_notice": TableRule("operator", {"finance": BOOKS, "reader": SEEN}),
    # bank
    "bank_account": TableRule("operator", {"finance": BOOKS, "reader": SEEN}),
    "bank_statement": TableRule("operator", {"finance": BOOKS, "reader": SEEN}),
    "bank_file": TableRule("operator", {"finance": BOOKS, "reader": SEEN}),
    "bank_line": TableRule("operator", {"finance": BOOKS, "reader": SEEN}),
    "bank_allocation": TableRule("operator", {"finance": BOOKS, "reader": SEEN}),
    # returns, credit
    "refund": tenant_table("SELECT, INSERT, UPDATE", finance=SEEN),
    "return_invoice": tenant_table("SELECT, INSERT, UPDATE", finance=SEEN),
    "refund_lot": tenant_table("SELECT, INSERT"),
    "dispute": tenant_table("SELECT, INSERT, UPDATE", finance=SEEN),
    "lot_hold": tenant_table("SELECT, INSERT, UPDATE", finance=SEEN),
    "receivable": tenant_table("SELECT, INSERT, UPDATE", finance=SEEN),
    "credit_terms": tenant_table("SELECT, INSERT", finance=SEEN),
    "staff_grant": tenant_table("SELECT, INSERT, UPDATE", finance=SEEN),
    # resellers and pools
    "reseller_contract": tenant_table("SELECT, INSERT, UPDATE", finance=SEEN),
    "commission_entry": tenant_table("SELECT, INSERT", finance=SEEN),
    "take_back": tenant_table("SELECT, INSERT, UPDATE"),
    "draw_right": tenant_table("SELECT, INSERT, UPDATE"),
    "pool_membership": tenant_table("SELECT, INSERT, UPDATE"),
    "pool_month": tenant_table("SELECT, INSERT, UPDATE"),
    "pool_use": tenant_table("SELECT, INSERT, UPDATE"),
    # upkeep
    "kontor_watch": tenant_table("SELECT, INSERT, UPDATE"),
    "topup_plan": tenant_table("SELECT, INSERT, UPDATE"),
    "topup_run": tenant_table("SELECT, INSERT, UPDATE"),
    "lot_notice": tenant_table("SELECT, INSERT"),
    # finance
    "finance_break": tenant_table("SELECT, INSERT, UPDATE", finance=BOOKS),
    "reconciliation_run": TableRule("operator", {"finance": BOOKS, "reader": SEEN}),
    "gateway_line": TableRule("operator", {"finance": BOOKS, "reader": SEEN}),
    # letters and events
    "letter": tenant_table("SELECT, INSERT, UPDATE"),
    "webhook_endpoint": tenant_table("SELECT, INSERT, UPDATE"),
    "webhook_event": tenant_table("SELECT, INSERT"),
    "webhook_delivery": tenant_table("SELECT, INSERT, UPDATE"),
}
