"""A company's own data: changed with a trace; documents issued afterwards name the new ones."""

from __future__ import annotations

from dataclasses import replace

import pytest
from sqlalchemy import select

from ebelge.core.clock import utc_now
from ebelge.core.db import tenant_session
from tenants import accounts
from tenants.accounts import InvalidIdentity
from tenants.audit.entries import command
from tenants.audit.models import AuditEntry
from tenants.company import details
from tenants.company.details import TaxNumberIsFixed

STAFF = command("tenants", by="Ayşe")


def change(tenant_id, **changes):
    with tenant_session(tenant_id) as session:
        now = details.identity(accounts.get(session, tenant_id=tenant_id))
        details.change(session, tenant_id=tenant_id, to=replace(now, **changes), actor=STAFF, at=utc_now())
        return details.identity(accounts.get(session, tenant_id=tenant_id))


def trace(tenant_id) -> list[AuditEntry]:
    with tenant_session(tenant_id) as session:
        query = select(AuditEntry).where(AuditEntry.tenant_id == tenant_id).order_by(AuditEntry.entry_id)
        return [row for row in session.scalars(query) if row.action == "company.changed"]


def test_a_change_is_written_and_noted_once(open_account) -> None:
    tenant_id = open_account().tenant_id
    changed = change(tenant_id, title="  Akın Gıda Ltd. Şti. ", city="İzmir")
    assert (changed.title, changed.city) == ("Akın Gıda Ltd. Şti.", "İzmir")
    change(tenant_id, city="İzmir")
    (entry,) = trace(tenant_id)
    assert "Akın Gıda" in entry.change
    assert "Ankara" in entry.change


def test_another_tax_number_is_another_taxpayer(open_account, someone) -> None:
    tenant_id = open_account().tenant_id
    with pytest.raises(TaxNumberIsFixed):
        change(tenant_id, vkn_tckn=someone().vkn_tckn)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("title", ""),
        ("title", "x" * 251),
        ("city", " "),
        ("street", "a\x00b"),
        ("street", "satır\nsonu"),
        ("email", "kimse"),
        ("email", "a@b.c\r\nBcc: x@y.z"),
        ("phone", "ara beni"),
        ("vkn_tckn", "١٢٣٤٥٦٧٨٩٠"),
    ],
)
def test_what_is_wrong_is_told_by_its_field(open_account, field, value) -> None:
    tenant_id = open_account().tenant_id
    with pytest.raises(InvalidIdentity) as refused:
        change(tenant_id, **{field: value})
    assert [one["path"] for one in refused.value.problem("tr")["fields"]] == [field]
    assert refused.value.problem("en")["fields"][0]["message"]
    assert trace(tenant_id) == []
