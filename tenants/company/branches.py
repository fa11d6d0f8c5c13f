"""Branches (şube): added, changed, closed, opened again. A branch's code never changes and is never given twice."""

import re
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from ebelge.core.errors import Conflict, NotFound
from ebelge.core.ids import new_id
from tenants.audit import entries
from tenants.audit.entries import Actor
from tenants.company.models import Branch
from tenants.fields import Checks

CODE_FORM: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,19}")
BRANCHES_MAX: Final = 500


class BranchExists(Conflict):
    """The code is another branch's."""

    code = "branch_exists"
    title_tr, title_en = "Bu şube kodu kullanımda", "The branch code is in use"


class TooManyBranches(Conflict):
    """The account has as many branches as it can have."""

    code = "too_many_branches"
    title_tr, title_en = "Şube sayısı sınırına ulaşıldı", "There can be no more branches"


@dataclass(frozen=True, slots=True, kw_only=True)
class BranchData:
    """What a branch is called and where it is."""

    name: str
    district: str
    city: str
    street: str | None = None
    postal_zone: str | None = None
    phone: str | None = None
    email: str | None = None


def listed(session: Session, *, tenant_id: UUID) -> Sequence[Branch]:
    """The tenant's branches, by code."""
    return session.scalars(select(Branch).where(Branch.tenant_id == tenant_id).order_by(Branch.code)).all()


def get(session: Session, *, tenant_id: UUID, branch_id: UUID) -> Branch:
    """A branch of the tenant. :raises NotFound: there is none."""
    row = session.get(Branch, (tenant_id, branch_id))
    if row is None:
        raise NotFound()
    return row


def add(session: Session, *, tenant_id: UUID, code: str, data: BranchData, actor: Actor, at: datetime) -> Branch:
    """Enter a branch. :raises InvalidFields: a field is wrong. :raises BranchExists, TooManyBranches: 409."""
    check = Checks()
    code = code.strip()
    if not CODE_FORM.fullmatch(code):
        check.refuse(
            "code", "Kod: en çok 20 harf (Türkçe harf olmadan), rakam, nokta ya da tire.",
            "A code has up to 20 letters (A-Z), digits, dots or dashes.",
        )  # fmt: skip
    clean = _checked(check, data)
    if session.scalar(select(func.count()).where(Branch.tenant_id == tenant_id)) == BRANCHES_MAX:
        raise TooManyBranches(f"En çok {BRANCHES_MAX} şube.", f"At most {BRANCHES_MAX} branches.")
    row = Branch(tenant_id=tenant_id, branch_id=new_id(), code=code, active=True, created_at=at, **asdict(clean))
    try:
        with session.begin_nested():
            session.add(row)
    except IntegrityError as error:
        if "branch_tenant_id_code_key" not in str(error.orig):
            raise
        raise BranchExists(f"{code} kodlu bir şube var.", f"There is a branch with the code {code}.") from error
    _note(session, row, "branch.added", None, actor, at)
    return row


def change(
    session: Session, *, tenant_id: UUID, branch_id: UUID, data: BranchData, active: bool = True, actor: Actor,
    at: datetime,
) -> Branch:  # fmt: skip
    """Change what a branch is called and where it is; `active` False closes it: it gets no new series.

    :raises NotFound: there is no such branch. :raises InvalidFields: a field is wrong.
    """
    row = get(session, tenant_id=tenant_id, branch_id=branch_id)
    before = _kept(row)
    for name, value in asdict(_checked(Checks(), data)).items():
        setattr(row, name, value)
    row.active = active
    session.flush()
    _note(session, row, "branch.changed", before, actor, at)
    return row


def _checked(check: Checks, data: BranchData) -> BranchData:
    clean = BranchData(
        name=check.text("name", data.name, longest=100, needed=True) or "",
        street=check.text("street", data.street, longest=200),
        district=check.text("district", data.district, longest=100, needed=True) or "",
        city=check.text("city", data.city, longest=100, needed=True) or "",
        postal_zone=check.text("postal_zone", data.postal_zone, longest=20),
        phone=check.phone("phone", data.phone),
        email=check.email("email", data.email),
    )
    check.done()
    return clean


def _kept(row: Branch) -> dict[str, object]:
    return {name: getattr(row, name) for name in ("code", "name", "city", "district", "active")}


def _note(
    session: Session, row: Branch, action: str, before: dict[str, object] | None, actor: Actor, at: datetime
) -> None:
    entries.note(
        session, tenant_id=row.tenant_id, actor=actor, action=action, object_kind="branch", object_id=row.branch_id,
        before=before, after=_kept(row), at=at,
    )  # fmt: skip
