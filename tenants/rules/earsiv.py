"""Rules of earsiv: reports, and what is cancelled or objected to."""

from tenants.rules.rule import FunctionRule, TableRule, tenant_table

TABLES: dict[str, TableRule] = {
    "report": tenant_table("SELECT, INSERT, UPDATE"),
    "report_remark": tenant_table("SELECT, INSERT, UPDATE"),
}
FUNCTIONS: dict[str, FunctionRule] = {}
