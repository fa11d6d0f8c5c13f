"""One table's rule: its class, and what each role may do with it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal

from ebelge.core.config import Role

TableClass = Literal["tenant", "directory", "operator"]
# own: the session's tenant. subtree: the customers of the session's reseller (role reseller only). all: every row.
# assigned: what was given to the session's reseller to look after (role reseller only).
Scope = Literal["own", "subtree", "assigned", "all"]


@dataclass(frozen=True)
class Access:
    """What a role may do with a table: privileges, whose rows the policy lets it reach, which columns if not all."""

    privileges: str
    scope: Scope = "own"
    columns: tuple[str, ...] = ()


@dataclass(frozen=True)
class TableRule:
    """A table's class and each role's access to it."""

    table_class: TableClass
    access: Mapping[Role, Access]


@dataclass(frozen=True)
class FunctionRule:
    """A SECURITY DEFINER function: whose rights it has, and who may call it."""

    owner: Role
    callers: tuple[Role, ...] = ("app",)


def tenant_table(app: str, **others: Access) -> TableRule:
    """A table of a tenant: `app` reaches the session's own rows, the reader sees all, others as they are named."""
    access: dict[Role, Access] = {"app": Access(app), "reader": SEEN}
    for role, given in others.items():
        access[role] = given  # type: ignore[index]  # keyword names are roles, checked by the guard test
    return TableRule("tenant", access)


SEEN: Final = Access("SELECT", "all")
# The operator's finance staff: their own books, and what they must see of the tenants' to keep them.
BOOKS: Final = Access("SELECT, INSERT, UPDATE", "all")
# What a reseller's own people see of their customers.
CUSTOMERS: Final = Access("SELECT", "subtree")
