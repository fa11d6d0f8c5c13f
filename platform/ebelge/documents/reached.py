"""Which documents somebody reaches who is narrowed to branches or series: those numbered by a series within.

The one place where a `Reach` becomes SQL. A document belongs to the branch of its series.
"""

from collections.abc import Collection
from typing import Any
from uuid import UUID

from sqlalchemy import Select, any_, func, select
from sqlalchemy.orm import Session

from ebelge.core.errors import DomainError
from ebelge.documents.models import Document, Series
from tenants.company.models import Branch
from tenants.members.reach import Reach


class OutOfReach(DomainError):
    """The document would be numbered by a series that this person does not work with."""

    code, http_status = "out_of_reach", 403
    title_tr, title_en = "Bu seriyle belge gönderemezsiniz", "You cannot send with this series"
    advice_tr = "Hiçbir şey kaydedilmedi. Belgede size açık bir seriyi belirtin ya da yetkiliden açmasını isteyin."
    advice_en = "Nothing was stored. Name a series that is open to you, or ask an owner to open this one."


def series_within(tenant_id: UUID, reach: Reach) -> Select[UUID]:
    """The ids of the tenant's series that `reach` reaches."""
    wanted = select(Series.series_id).where(Series.tenant_id == tenant_id)
    if reach.series_prefixes:
        wanted = wanted.where(Series.prefix.in_(sorted(reach.series_prefixes)))
    if reach.branch_ids:
        codes = select(Branch.code).where(Branch.tenant_id == tenant_id, Branch.branch_id.in_(sorted(reach.branch_ids)))
        wanted = wanted.where(Series.branch.in_(codes))
    return wanted


def narrowed(statement: Select[Any], *, tenant_id: UUID, reach: Reach) -> Select[Any]:
    """A statement over documents that finds only what `reach` reaches."""
    if reach.whole:
        return statement
    # An array that is made first keeps the walk along the newest documents; a join would read them all and sort.
    within = func.array(series_within(tenant_id, reach).scalar_subquery())
    return statement.where(Document.series_id == any_(within))


def series_ids(session: Session, *, tenant_id: UUID, reach: Reach) -> frozenset[UUID] | None:
    """The ids of the series within; None: everything is reached, also what no series has numbered."""
    return None if reach.whole else frozenset(session.scalars(series_within(tenant_id, reach)))


def reaches(session: Session, *, tenant_id: UUID, series_ids: Collection[UUID], reach: Reach) -> bool:
    """Whether all these series are within."""
    if reach.whole:
        return True
    within = session.scalars(series_within(tenant_id, reach).where(Series.series_id.in_(sorted(series_ids)))).all()
    return set(within) >= set(series_ids)


def must_reach(session: Session, *, tenant_id: UUID, series_ids: Collection[UUID], reach: Reach) -> None:
    """:raises OutOfReach: one of these series is not within."""
    if not reaches(session, tenant_id=tenant_id, series_ids=series_ids, reach=reach):
        raise OutOfReach()
