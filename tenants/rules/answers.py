"""Answers: the tenant's own to incoming documents, the buyers' to his, and what happened outside."""

from tenants.rules.rule import FunctionRule, TableRule, tenant_table

TABLES: dict[str, TableRule] = {
    "answer": tenant_table("SELECT, INSERT, UPDATE"),
    "answer_year": tenant_table("SELECT, INSERT, UPDATE"),
    "received_answer": tenant_table("SELECT, INSERT"),
    "mistake_record": tenant_table("SELECT, INSERT"),
}
FUNCTIONS: dict[str, FunctionRule] = {}
