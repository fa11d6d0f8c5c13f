"""Isolation as data: the class of every table, what each role may do with it, and the policies that follow.

Three classes. *Tenant*: primary, unique and foreign keys begin with tenant_id; a session sees one tenant's rows.
*Directory*: few and small, looked up before a tenant is known. *Operator*: the operator's own books and lists.
Every table has row-level security enabled and forced; no role bypasses it; staff roles get policies of their own,
never an OR in the tenant's policy. The rules stand in `tenants.rules`, area by area; a guard test compares them with
the database.
"""

from collections.abc import Iterator

from ebelge.core.config import Role, role_name
from tenants.rules import (
    accounts,
    answers,
    archive,
    audit,
    bulk,
    certificates,
    company,
    designs,
    documents,
    drafting,
    earsiv,
    incoming,
    keys,
    leaving,
    ledger,
    members,
    people,
    privacy,
    registered_users,
    resellers,
    signup,
    trade,
)
from tenants.rules.rule import Scope, TableRule

_GIB = (incoming, answers, earsiv, registered_users, designs, certificates, archive, bulk, drafting)
_NEWER = (people, members, company, signup, resellers, audit, leaving, privacy, keys, *_GIB)
TABLES: dict[str, TableRule] = {
    table: rule for area in (accounts, documents, ledger, trade, *_NEWER) for table, rule in area.TABLES.items()
}
TABLES |= {
    table: TableRule(TABLES[table].table_class, {**TABLES[table].access, "audit": access})
    for table, access in privacy.ERASED.items()
}

# The two-argument current_setting is stable and leakproof enough to keep index scans; nullif makes an unset or ended
# setting NULL, so nothing is seen (fails closed).
OWN = "tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid"
RESELLER = "nullif(current_setting('app.reseller_id', true), '')::uuid"


def predicate(table: str, scope: Scope) -> str:
    """Which rows of `table` a policy of that scope lets a role reach."""
    if scope == "all":
        return "true"
    if scope == "own":
        return OWN
    if table == "tenant" or (scope, table) == ("assigned", "lead"):
        return f"reseller_id = {RESELLER}"
    if scope == "assigned":
        return f"lead_id IN (SELECT l.lead_id FROM lead l WHERE l.reseller_id = {RESELLER})"
    return f"tenant_id IN (SELECT t.tenant_id FROM tenant t WHERE t.reseller_id = {RESELLER})"


# Views run with the rights of whoever reads them (security_invoker): who may.
VIEWS: dict[str, tuple[Role, ...]] = {"document_outcomes": ("reader", "app"), "document_source": ("reader", "app")}

# Tables whose rows are never changed nor removed, by nobody: triggers refuse it to the owner too.
APPEND_ONLY = (
    "journal", "charge_lot", "transfer", "transfer_lot", "document_event",
    "order_event", "refund_lot", "commission_entry", "credit_terms", "webhook_event",
    "design_choice", "design_version", "design_stylesheet", "company_settings", "reseller_change_answer",
    "audit_entry", "audit_seal",
    "text_version", "text_acceptance", "lead_event",
    "import_part", "old_document", "closing_step", "archive_export",
    "received_answer", "mistake_record",
    "incoming_event", "day_stamp",
    "archive_file", "ledger_file", "storage_month", "integrity_check",
)  # fmt: skip
# Tables of versions: a row never changes but for its end, which may be drawn nearer, not into the past.
VERSIONS = ("price", "package_version", "tenant_package", "tenant_price", "reseller_contract")
TRIGGER_FUNCTIONS = frozenset({"ledger_refuse_change", "version_only_ends"})


def trigger_statements(table: str) -> Iterator[str]:
    """The statements that make a table append-only."""
    refuse = "EXECUTE FUNCTION ledger_refuse_change()"
    yield f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE ON {table} FOR EACH ROW {refuse}"
    yield f"CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table} FOR EACH STATEMENT {refuse}"


def version_trigger_statements(table: str) -> Iterator[str]:
    """The statements that keep a table of versions."""
    ends = "FOR EACH ROW EXECUTE FUNCTION version_only_ends()"
    yield f"CREATE TRIGGER {table}_only_ends BEFORE UPDATE OR DELETE ON {table} {ends}"
    refuse = "FOR EACH STATEMENT EXECUTE FUNCTION ledger_refuse_change()"
    yield f"CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table} {refuse}"


def policy_name(table: str, role: Role) -> str:
    """Name of the policy that lets `role` reach rows of `table`."""
    return f"{table}_{role}"


def statements(table: str) -> Iterator[str]:
    """The statements that isolate one table: row security, grants and policies."""
    rule = TABLES[table]
    yield f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY"
    yield f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY"
    for role, access in rule.access.items():
        reached = predicate(table, access.scope)
        columns = f" ({', '.join(access.columns)})" if access.columns else ""
        yield f"GRANT {access.privileges}{columns} ON {table} TO {role_name(role)}"
        yield (
            f"CREATE POLICY {policy_name(table, role)} ON {table} TO {role_name(role)} "
            f"USING ({reached}) WITH CHECK ({reached})"
        )


# Functions that run as another role than the caller's, and who may call them.
FUNCTION_OWNERS: dict[str, Role] = {
    "locate": "directory",
    "api_key_of": "directory",
    "tenant_ids": "directory",
    "operator_of": "directory",
    "customers_of": "directory",
    "ledger_open_wallet": "ledger",
    "ledger_grant": "ledger",
    "ledger_expire": "ledger",
    "ledger_freeze": "ledger",
    "ledger_thaw": "ledger",
    "ledger_void": "ledger",
    "ledger_reserve": "ledger",
    "ledger_reserve_one": "ledger",
    "ledger_capture": "ledger",
    "ledger_return": "ledger",
    "ledger_pass": "ledger",
    "ledger_receive": "ledger",
    **{name: rule.owner for area in _NEWER for name, rule in area.FUNCTIONS.items()},
}
# Everything else the functions above call themselves: nobody else may.
INNER_FUNCTIONS: dict[str, Role] = {
    "ledger_now": "ledger",
    "ledger_share": "ledger",
    "ledger_lock": "ledger",
    "ledger_hash": "ledger",
    "ledger_append": "ledger",
    "ledger_insert_lot": "ledger",
    "ledger_charges_in": "ledger",
    "ledger_child_id": "ledger",
    "audit_hash": "audit",
}
# What CHECK constraints compute, and what ends a transaction. They touch no table; whoever may write may run them.
CHECK_FUNCTIONS = frozenset({"lot_adds_up", "must_be"})
FUNCTION_CALLERS: dict[str, tuple[Role, ...]] = {
    name: ("app", "relay") if name == "tenant_ids" else ("app",) for name in FUNCTION_OWNERS
} | {name: rule.callers for area in _NEWER for name, rule in area.FUNCTIONS.items()}


def function_statements(name: str, signature: str) -> Iterator[str]:
    """The statements that give a function to its role and let only its callers call it."""
    owner = FUNCTION_OWNERS.get(name) or INNER_FUNCTIONS[name]
    yield f"ALTER FUNCTION {signature} OWNER TO {role_name(owner)}"
    yield f"REVOKE ALL ON FUNCTION {signature} FROM PUBLIC"
    yield f"GRANT EXECUTE ON FUNCTION {signature} TO {role_name(owner)}"
    for caller in FUNCTION_CALLERS.get(name, ()):
        yield f"GRANT EXECUTE ON FUNCTION {signature} TO {role_name(caller)}"
