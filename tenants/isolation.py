"""Isolation as data: the class of every table, what each role may do with it, and the policies that follow.

Three classes. *Tenant*: primary, unique and foreign keys begin with tenant_id; a session sees one tenant's rows.
*Directory*: few and small, looked up before a tenant is known. *Operator*: the operator's own books and lists.
Every table has row-level security enabled and forced; no role bypasses it; staff roles get policies of their own,
never an OR in the tenant's policy. A guard test compares this file with the database.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from ebelge.core.config import Role, role_name

TableClass = Literal["tenant", "directory", "operator"]
Scope = Literal["own", "all"]

# The predicate of "own". The two-argument current_setting is stable and leakproof enough to keep index scans;
# nullif makes an unset or ended setting NULL, so nothing is seen (fails closed).
OWN = "tenant_id = nullif(current_setting('app.tenant_id', true), '')::uuid"


@dataclass(frozen=True)
class Access:
    """What a role may do with a table: privileges, and whose rows the policy lets it reach."""

    privileges: str
    scope: Scope = "own"


@dataclass(frozen=True)
class TableRule:
    """A table's class and each role's access to it."""

    table_class: TableClass
    access: Mapping[Role, Access]


def _tenant(app: str, **others: Access) -> TableRule:
    access: dict[Role, Access] = {"app": Access(app), "reader": Access("SELECT", "all")}
    for role, given in others.items():
        access[role] = given  # type: ignore[index]  # keyword names are roles, checked by the guard test
    return TableRule("tenant", access)


_LEDGER = Access("SELECT, INSERT, UPDATE")
_LEDGER_APPEND = Access("SELECT, INSERT")
_SEEN = Access("SELECT", "all")
# The operator's finance staff: their own books, and what they must see of the tenants' to keep them.
_BOOKS = Access("SELECT, INSERT, UPDATE", "all")

TABLES: dict[str, TableRule] = {
    # tenants
    "tenant": TableRule(
        "directory",
        {
            "app": Access("SELECT, INSERT, UPDATE"),
            "directory": Access("SELECT", "all"),
            "reader": Access("SELECT", "all"),
            "finance": Access("SELECT", "all"),
        },
    ),
    "api_key": TableRule(
        "directory",
        {
            "app": Access("SELECT, INSERT, UPDATE"),
            "directory": Access("SELECT", "all"),
            "reader": Access("SELECT", "all"),
        },
    ),
    "locator": TableRule(
        "directory",
        {
            "app": Access("SELECT, INSERT"),
            "directory": Access("SELECT", "all"),
            "reader": Access("SELECT", "all"),
        },
    ),
    "service": _tenant("SELECT, INSERT, UPDATE"),
    "seal": _tenant("SELECT, INSERT, UPDATE"),
    # outbox: the relay claims for all tenants
    "outbox_message": _tenant("SELECT, INSERT, UPDATE", relay=Access("SELECT, UPDATE, DELETE", "all")),
    # ledger: written by the functions of billing/ledger/sql, which run as the ledger role
    "wallet": _tenant("SELECT", ledger=_LEDGER),
    "lot": _tenant("SELECT", ledger=_LEDGER),
    "charge": _tenant("SELECT", ledger=_LEDGER),
    "charge_lot": _tenant("SELECT", ledger=_LEDGER_APPEND),
    "journal": _tenant("SELECT", ledger=_LEDGER_APPEND),
    "transfer": _tenant("SELECT", ledger=_LEDGER_APPEND),
    "transfer_lot": _tenant("SELECT", ledger=_LEDGER_APPEND),
    "charge_kind": TableRule("directory", {"app": _SEEN, "reader": _SEEN, "finance": Access("SELECT, INSERT", "all")}),
    # documents
    "document": _tenant("SELECT, INSERT, UPDATE"),
    "document_xml": _tenant("SELECT, INSERT"),
    "document_event": _tenant("SELECT, INSERT"),
    "series": _tenant("SELECT, INSERT, UPDATE"),
    "series_year": _tenant("SELECT, INSERT, UPDATE"),
    "open_number": _tenant("SELECT, INSERT, UPDATE"),
    "zarf": _tenant("SELECT, INSERT, UPDATE"),
    "zarf_document": _tenant("SELECT, INSERT"),
    "mail_delivery": _tenant("SELECT, INSERT, UPDATE"),
    "report_line": _tenant("SELECT, INSERT, UPDATE"),
    "idempotency": _tenant("SELECT, INSERT, UPDATE, DELETE", relay=Access("SELECT, DELETE", "all")),
    # operator: GİB's lists, public to every tenant's look-up
    "gib_alias": TableRule(
        "operator",
        {"app": Access("SELECT, INSERT, UPDATE, DELETE", "all"), "reader": Access("SELECT", "all")},
    ),
    "gib_list_load": TableRule(
        "operator", {"app": Access("SELECT, INSERT, UPDATE", "all"), "reader": Access("SELECT", "all")}
    ),
    "price": TableRule("directory", {"app": _SEEN, "reader": _SEEN, "finance": _BOOKS}),
    # catalogue: what is offered to everybody or by a reseller is public; a tenant's own terms are its own
    "package_version": TableRule("directory", {"app": _SEEN, "reader": _SEEN, "finance": _BOOKS}),
    "tenant_package": _tenant("SELECT", finance=_BOOKS),
    "tenant_price": _tenant("SELECT", finance=_BOOKS),
    # orders and payments
    "kontor_order": _tenant("SELECT, INSERT, UPDATE", finance=_SEEN),
    "payment_attempt": _tenant("SELECT, INSERT, UPDATE", finance=_SEEN),
    "payment": _tenant("SELECT, INSERT, UPDATE", finance=_SEEN),
    "order_event": _tenant("SELECT, INSERT"),
    "saved_card": _tenant("SELECT, INSERT, UPDATE"),
    "payment_notice": TableRule("operator", {"finance": _BOOKS, "reader": _SEEN}),
    # bank
    "bank_account": TableRule("operator", {"finance": _BOOKS, "reader": _SEEN}),
    "bank_statement": TableRule("operator", {"finance": _BOOKS, "reader": _SEEN}),
    "bank_line": TableRule("operator", {"finance": _BOOKS, "reader": _SEEN}),
    "bank_allocation": TableRule("operator", {"finance": _BOOKS, "reader": _SEEN}),
    # returns, credit
    "refund": _tenant("SELECT, INSERT, UPDATE", finance=_SEEN),
    "refund_lot": _tenant("SELECT, INSERT"),
    "dispute": _tenant("SELECT, INSERT, UPDATE", finance=_SEEN),
    "lot_hold": _tenant("SELECT, INSERT, UPDATE", finance=_SEEN),
    "receivable": _tenant("SELECT, INSERT, UPDATE", finance=_SEEN),
    "credit_terms": _tenant("SELECT, INSERT", finance=_SEEN),
    "staff_grant": _tenant("SELECT, INSERT, UPDATE", finance=_SEEN),
    # resellers and pools
    "reseller_contract": _tenant("SELECT, INSERT, UPDATE", finance=_SEEN),
    "commission_entry": _tenant("SELECT, INSERT", finance=_SEEN),
    "take_back": _tenant("SELECT, INSERT, UPDATE"),
    "draw_right": _tenant("SELECT, INSERT, UPDATE"),
    "pool_membership": _tenant("SELECT, INSERT, UPDATE"),
    "pool_month": _tenant("SELECT, INSERT, UPDATE"),
    "pool_use": _tenant("SELECT, INSERT, UPDATE"),
    # upkeep
    "kontor_watch": _tenant("SELECT, INSERT, UPDATE"),
    "topup_plan": _tenant("SELECT, INSERT, UPDATE"),
    "topup_run": _tenant("SELECT, INSERT, UPDATE"),
    "lot_notice": _tenant("SELECT, INSERT"),
    # finance
    "finance_break": _tenant("SELECT, INSERT, UPDATE", finance=_BOOKS),
    "reconciliation_run": TableRule("operator", {"finance": _BOOKS, "reader": _SEEN}),
    "gateway_line": TableRule("operator", {"finance": _BOOKS, "reader": _SEEN}),
    # letters and events
    "letter": _tenant("SELECT, INSERT, UPDATE"),
    "webhook_endpoint": _tenant("SELECT, INSERT, UPDATE"),
    "webhook_event": _tenant("SELECT, INSERT"),
    "webhook_delivery": _tenant("SELECT, INSERT, UPDATE"),
}


# Views run with the rights of whoever reads them (security_invoker): who may.
VIEWS: dict[str, tuple[Role, ...]] = {"document_outcomes": ("reader", "app")}

# Tables whose rows are never changed nor removed, by nobody: triggers refuse it to the owner too.
APPEND_ONLY = (
    "journal", "charge_lot", "transfer", "transfer_lot", "document_event",
    "order_event", "refund_lot", "commission_entry", "credit_terms", "webhook_event",
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
        predicate = OWN if access.scope == "own" else "true"
        yield f"GRANT {access.privileges} ON {table} TO {role_name(role)}"
        yield (
            f"CREATE POLICY {policy_name(table, role)} ON {table} TO {role_name(role)} "
            f"USING ({predicate}) WITH CHECK ({predicate})"
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
}
# What CHECK constraints compute. They touch no table; whoever may write a row may run them.
CHECK_FUNCTIONS = frozenset({"lot_adds_up"})
FUNCTION_CALLERS: dict[str, tuple[Role, ...]] = {
    name: ("app", "relay") if name == "tenant_ids" else ("app",) for name in FUNCTION_OWNERS
}


def function_statements(name: str, signature: str) -> Iterator[str]:
    """The statements that give a function to its role and let only its callers call it."""
    owner = FUNCTION_OWNERS.get(name) or INNER_FUNCTIONS[name]
    yield f"ALTER FUNCTION {signature} OWNER TO {role_name(owner)}"
    yield f"REVOKE ALL ON FUNCTION {signature} FROM PUBLIC"
    yield f"GRANT EXECUTE ON FUNCTION {signature} TO {role_name(owner)}"
    for caller in FUNCTION_CALLERS.get(name, ()):
        yield f"GRANT EXECUTE ON FUNCTION {signature} TO {role_name(caller)}"
