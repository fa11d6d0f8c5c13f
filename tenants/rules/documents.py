"""Documents on their way, and the messages that move them; GİB's lists."""

from tenants.rules.rule import SEEN, Access, TableRule, tenant_table

TABLES: dict[str, TableRule] = {
    # outbox: the relay claims for all tenants
    "outbox_message": tenant_table("SELECT, INSERT, UPDATE", relay=Access("SELECT, UPDATE, DELETE", "all")),
    # documents
    "document": tenant_table("SELECT, INSERT, UPDATE"),
    "document_xml": tenant_table("SELECT, INSERT"),
    "document_event": tenant_table("SELECT, INSERT"),
    "document_tax": tenant_table("SELECT, INSERT"),
    "month_export": tenant_table("SELECT, INSERT"),
    "series": tenant_table("SELECT, INSERT, UPDATE"),
    "series_year": tenant_table("SELECT, INSERT, UPDATE"),
    "open_number": tenant_table("SELECT, INSERT, UPDATE"),
    "zarf": tenant_table("SELECT, INSERT, UPDATE"),
    "zarf_document": tenant_table("SELECT, INSERT"),
    "mail_delivery": tenant_table("SELECT, INSERT, UPDATE"),
    "despatch_invoice": tenant_table("SELECT, INSERT, UPDATE"),
    "list_check": tenant_table("SELECT, INSERT, UPDATE"),
    "report_line": tenant_table("SELECT, INSERT, UPDATE"),
    "idempotency": tenant_table("SELECT, INSERT, UPDATE, DELETE", relay=Access("SELECT, DELETE", "all")),
    # operator: our stylesheets, which every tenant's documents embed
    "embedded_sheet": TableRule("operator", {"app": Access("SELECT, INSERT", "all"), "reader": SEEN}),
    # operator: GİB's lists, public to every tenant's look-up
    "gib_alias": TableRule(
        "operator",
        {"app": Access("SELECT, INSERT, UPDATE, DELETE", "all"), "reader": SEEN},
    ),
    "gib_list_load": TableRule("operator", {"app": Access("SELECT, INSERT, UPDATE", "all"), "reader": SEEN}),
}
