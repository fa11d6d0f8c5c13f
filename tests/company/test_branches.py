"""Branches: a code is given once and never changes."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ebelge.core.clock import utc_now
from ebelge.core.db import tenant_session
from ebelge.core.errors import NotFound
from ebelge.core.ids import new_id
from tenants.audit.entries import command
from tenants.company import branches
from tenants.company.branches import BranchData, BranchExists
from tenants.fields import InvalidFields

STAFF = command("tenants", by="Ayşe")
IZMIR = BranchData(name="İzmir şubesi", district="Bornova", city="İzmir", email="izmir@akin.example")


def add(tenant_id, code="IZM", data=IZMIR):
    with tenant_session(tenant_id) as session:
        return branches.add(
            session, tenant_id=tenant_id, code=code, data=data, actor=STAFF, at=utc_now()
        ).branch_id  # fmt: skip


def test_a_branch_is_added_changed_and_closed(open_account) -> None:
    tenant_id = open_account().tenant_id
    branch_id = add(tenant_id)
    with tenant_session(tenant_id) as session:
        branches.change(
            session, tenant_id=tenant_id, branch_id=branch_id, data=replace(IZMIR, district="Konak"), active=False,
            actor=STAFF, at=utc_now(),
        )  # fmt: skip
        (row,) = branches.listed(session, tenant_id=tenant_id)
        assert (row.code, row.district, row.active) == ("IZM", "Konak", False)


def test_a_code_is_one_branchs_in_one_tenant(open_account) -> None:
    one, other = open_account().tenant_id, open_account().tenant_id
    add(one)
    with pytest.raises(BranchExists):
        add(one)
    assert add(other)


def test_every_fault_of_a_form_is_told_at_once(open_account) -> None:
    with pytest.raises(InvalidFields) as refused:
        add(open_account().tenant_id, code="ŞB 1", data=replace(IZMIR, name="", email="x"))
    assert list(refused.value.wrong) == ["code", "name", "email"]


def test_another_tenants_branch_is_as_unknown_as_one_that_does_not_exist(open_account) -> None:
    one, other = open_account().tenant_id, open_account().tenant_id
    theirs = add(other)
    for branch_id in (theirs, new_id()):
        with pytest.raises(NotFound), tenant_session(one) as session:
            branches.change(session, tenant_id=one, branch_id=branch_id, data=IZMIR, actor=STAFF, at=utc_now())
