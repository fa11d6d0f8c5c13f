"""Coming and leaving: imports, the address book and old documents they bring, closings, archives handed out."""

from tenants.rules.rule import FunctionRule, TableRule, tenant_table

TABLES: dict[str, TableRule] = {
    "import_run": tenant_table("SELECT, INSERT, UPDATE"),
    "import_part": tenant_table("SELECT, INSERT"),
    "contact": tenant_table("SELECT, INSERT, UPDATE, DELETE"),
    "old_document": tenant_table("SELECT, INSERT"),
    "closing": tenant_table("SELECT, INSERT, UPDATE"),
    "closing_step": tenant_table("SELECT, INSERT"),
    "archive_export": tenant_table("SELECT, INSERT"),
}

FUNCTIONS: dict[str, FunctionRule] = {}
