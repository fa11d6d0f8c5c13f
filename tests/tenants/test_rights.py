"""The table of roles and rights, read from above: whoever changes it changes this table, too, and sees what follows."""

from __future__ import annotations

import pytest

from tenants.rights import (
    NARROWABLE,
    NEEDS_SECOND_FACTOR,
    NEVER_BY_OTHERS,
    NOT_IN_SANDBOX,
    RIGHTS,
    ROLE_NAMES,
    ROLES,
    ROLES_OF_KIND,
)

#                      own acc snd vwr  rad rst  oad fin sup
TABLE = """
documents:read          x   x   x   x    .   .    x   .   .
documents:send          x   x   x   .    .   .    x   .   .
archive:write           x   x   x   .    .   .    x   .   .
kontor:read             x   x   x   x    x   x    x   x   .
kontor:buy              x   x   .   .    x   .    x   .   .
company:read            x   x   x   x    x   x    x   x   x
company:write           x   .   .   .    x   .    x   .   .
people:read             x   x   .   .    x   .    x   .   .
people:manage           x   .   .   .    x   .    x   .   .
keys:manage             x   .   .   .    x   .    x   .   .
consent:give            x   .   .   .    x   .    x   .   .
audit:read              x   x   .   .    x   .    x   x   x
customers:read          .   .   .   .    x   x    .   .   .
customers:onboard       .   .   .   .    x   x    .   .   .
customers:pass          .   .   .   .    x   .    .   .   .
customers:act           .   .   .   .    x   x    x   .   x
leads:work              .   .   .   .    x   x    .   .   .
leads:all               .   .   .   .    .   .    x   .   x
commission:read         .   .   .   .    x   .    .   .   .
tenants:read            .   .   .   .    .   .    x   x   x
tenants:manage          .   .   .   .    .   .    x   .   .
finance:work            .   .   .   .    .   .    .   x   .
jobs:work               .   .   .   .    .   .    x   .   x
audit:all               .   .   .   .    .   .    x   .   .
"""
COLUMNS = (
    "owner", "accountant", "sender", "viewer", "reseller_admin", "reseller_staff", "operator_admin", "finance",
    "support",
)  # fmt: skip
LINES = {line.split()[0]: line.split()[1:] for line in TABLE.strip().splitlines()}


@pytest.mark.parametrize("right", RIGHTS)
def test_who_has_which_right(right: str) -> None:
    wanted = {role for role, mark in zip(COLUMNS, LINES[right], strict=True) if mark == "x"}
    assert {role for role in ROLES if right in ROLES[role]} == wanted


def test_the_table_has_every_right_and_role_once() -> None:
    assert (list(LINES), set(COLUMNS)) == (list(RIGHTS), set(ROLES))
    assert set(ROLE_NAMES) == set(ROLES)
    assert set().union(*ROLES_OF_KIND.values()) == set(ROLES)
    assert all(tr and en and tr != en for tr, en in (*RIGHTS.values(), *ROLE_NAMES.values()))


def test_each_kind_of_tenant_begins_with_the_role_that_manages_people() -> None:
    for roles in ROLES_OF_KIND.values():
        assert "people:manage" in ROLES[roles[0]]
        assert not any("people:manage" in ROLES[role] for role in roles[1:])


def test_only_those_are_narrowed_who_manage_nothing() -> None:
    for role in NARROWABLE:
        assert not ROLES[role] & {"people:manage", "keys:manage", "company:write", "consent:give"}


def test_staff_of_the_operator_give_a_second_factor_and_nobody_else_must() -> None:
    assert set(ROLES_OF_KIND["operator"]) == NEEDS_SECOND_FACTOR


def test_nobody_acts_for_another_where_its_keys_people_word_or_purse_are_concerned() -> None:
    assert {"people:manage", "keys:manage", "consent:give", "kontor:buy"} == NEVER_BY_OTHERS
    assert {"people:read", "people:manage", "consent:give", "kontor:buy"} == NOT_IN_SANDBOX


def test_who_works_the_money_does_not_open_accounts_and_the_other_way_round() -> None:
    for role, rights in ROLES.items():
        assert not {"finance:work", "tenants:manage"} <= rights, role
        assert not {"finance:work", "people:manage"} <= rights, role
