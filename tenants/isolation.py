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

TABLES: dict[str, TableRule] = {
    # tenants
    "tenant": TableRule(
        "directory",
        {
            "app": Access("SELECT, INSERT, UPDATE"),
            "directory": Access("SELECT", "all"),
            "reader": Access("SELECT", "all"),
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
    "charge_kind": TableRule("directory", {"app": Access("SELECT", "all"), "reader": Access("SELECT", "all")}),
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
    "price": TableRule("directory", {"app": Access("SELECT", "all"), "reader": Access("SELECT", "all")}),
}


# Tables whose rows are never changed nor removed, by nobody: triggers refuse it to the owner too.
APPEND_ONLY = ("journal", "charge_lot", "transfer", "transfer_lot", "document_event")


def trigger_statements(table: str) -> Iterator[str]:
    """The statements that make a table append-only."""
    refuse = "EXECUTE FUNCTION ledger_refuse_change()"
    yield f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE ON {table} FOR EACH ROW {refuse}"
    yield f"CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table} FOR EACH STATEMENT {refuse}"


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
    "ledger_open_wallet": "ledger",
    "ledger_grant": "ledger",
    "ledger_expire": "ledger",
    "ledger_freeze": "ledger",
    "ledger_thaw": "ledger",
    "ledger_void": "ledger",
    "ledger_reserve": "ledger",
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
    "ledger_append": "ledger",
    "ledger_insert_lot": "ledger",
    "ledger_charges_in": "ledger",
    "ledger_child_id": "ledger",
}
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
