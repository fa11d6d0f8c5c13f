"""Setting series up as a tenant does: the questions of TRADE.md 3, checked field by field, with a trace.

`documents.series` keeps the rules of series themselves; onboarding and imports use it directly.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from ebelge.core.clock import istanbul_date
from ebelge.core.errors import Conflict
from ebelge.documents.models import KINDS, Series
from ebelge.documents.numbers import series
from ebelge.documents.numbers.numbering import NUMBER_FORM
from tenants.audit import entries
from tenants.audit.entries import Actor
from tenants.company.models import Branch
from tenants.fields import Checks

SERIES_MAX: Final = 200
YEARS_BACK: Final = 1
# Why a number of a series is open, in words (`open_number.reason`, and what the report adds).
OPEN_REASONS: Final[Mapping[str, tuple[str, str]]] = {
    "withdrawn": ("Belge imzalanmadan geri çekildi", "The document was withdrawn before it was signed"),
    "failed": ("Belge imzalanamadı", "The document could not be signed"),
    "not_received": ("Bu numarayla belge gelmedi", "No document came with this number"),
}


class TooManySeries(Conflict):
    """The account has as many series as it can have."""

    code = "too_many_series"
    title_tr, title_en = "Seri sayısı sınırına ulaşıldı", "There can be no more series"


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """The answers to the questions of set-up. `last_used`: the last number used elsewhere, whole or its nine digits;
    empty if none. `default` None: the first of its kind becomes the default."""

    kind: str
    prefix: str
    owner: Literal["ours", "erp"] = "ours"
    internet: bool = False
    branch: str = ""
    default: bool | None = None
    last_used: str = ""
    year: int | None = None


def set_up(session: Session, *, tenant_id: UUID, wish: Wish, actor: Actor, at: datetime) -> Series:
    """Set up a series. :raises InvalidFields: an answer is wrong. :raises SeriesExists, TooManySeries: 409."""
    check, prefix = Checks(), wish.prefix.strip()
    if wish.kind not in KINDS:
        check.refuse("kind", "Belge türünü seçin.", "Choose a kind of document.")
    if not re.fullmatch(r"[A-Z0-9]{3}", prefix):
        check.refuse(
            "prefix", "Seri üç karakterdir: A-Z (Türkçe harf olmadan, büyük) ve 0-9.",
            "A series is three characters: A-Z (capitals, no Turkish letters) and 0-9.",
        )  # fmt: skip
    if wish.owner not in ("ours", "erp"):
        check.refuse("owner", "Numarayı kimin verdiğini seçin.", "Choose who gives the numbers.")
    if wish.internet and wish.kind not in ("efatura", "earsiv"):
        check.refuse("internet", "İnternet satışı yalnız faturalar içindir.", "Internet sales are for invoices only.")
    _check_branch(session, check, tenant_id, wish.branch)
    year, last_used = _last_used(check, wish, prefix, istanbul_date(at).year)
    check.done()
    if len(series.list_series(session, tenant_id=tenant_id)) >= SERIES_MAX:
        raise TooManySeries(f"En çok {SERIES_MAX} seri.", f"At most {SERIES_MAX} series.")
    row = series.create(
        session, tenant_id=tenant_id, kind=wish.kind, prefix=prefix, owner=wish.owner, internet=wish.internet,
        branch=wish.branch, default=wish.default, year=year, last_used=last_used,
    )  # fmt: skip
    after: dict[str, object] = {
        "prefix": row.prefix, "kind": row.kind, "owner": row.owner, "branch": row.branch,
        "is_default": row.is_default, "internet": row.internet,
    }  # fmt: skip
    _note(session, row, "series.added", None, after, actor, at)
    if last_used:
        counted: dict[str, object] = {"prefix": row.prefix, "year": year, "last_serial": last_used}
        _note(session, row, "series.counted_on", None, counted, actor, at)
    return row


def make_default(session: Session, *, tenant_id: UUID, series_id: UUID, actor: Actor, at: datetime) -> Series:
    """Let this series number what names none. :raises NotFound: no such series. :raises SeriesOutOfUse: retired."""
    row = series.get(session, tenant_id=tenant_id, series_id=series_id)
    before = _kept(row)
    series.make_default(session, tenant_id=tenant_id, series_id=series_id)
    _note(session, row, "series.changed", before, _kept(row), actor, at)
    return row


def retire(session: Session, *, tenant_id: UUID, series_id: UUID, actor: Actor, at: datetime) -> Series:
    """Take a series out of use; its documents and its report stay. :raises NotFound: no such series."""
    row = series.get(session, tenant_id=tenant_id, series_id=series_id)
    before = _kept(row)
    series.retire(session, tenant_id=tenant_id, series_id=series_id)
    _note(session, row, "series.changed", before, _kept(row), actor, at)
    return row


def move_to_branch(
    session: Session, *, tenant_id: UUID, series_id: UUID, branch: str, actor: Actor, at: datetime
) -> Series:  # fmt: skip
    """Let a series belong to another branch (its code), or to none. :raises NotFound. :raises InvalidFields."""
    row = series.get(session, tenant_id=tenant_id, series_id=series_id)
    check = Checks()
    _check_branch(session, check, tenant_id, branch)
    check.done()
    before = _kept(row)
    row.branch = branch
    session.flush()
    _note(session, row, "series.changed", before, _kept(row), actor, at)
    return row


def _check_branch(session: Session, check: Checks, tenant_id: UUID, code: str) -> None:
    if not code:
        return
    active = session.scalar(select(Branch.active).where(Branch.tenant_id == tenant_id, Branch.code == code))
    if not active:
        check.refuse("branch", "Tanımlı ve açık bir şube seçin.", "Choose a branch that is entered and open.")


def _last_used(check: Checks, wish: Wish, prefix: str, this_year: int) -> tuple[int | None, int]:
    """Year and serial of the last number used elsewhere; (None, 0): none."""
    said = wish.last_used.strip()
    if not said:
        return None, 0
    form = NUMBER_FORM.fullmatch(said)
    if form is not None:
        if form[1] != prefix:
            check.refuse("last_used", "Numara bu seriden değil.", "The number is not of this series.")
        year, serial = int(form[2]), int(form[3])
    elif re.fullmatch(r"[0-9]{1,9}", said):
        year, serial = wish.year or this_year, int(said)
    else:
        check.refuse(
            "last_used", f"Örnek: {prefix or 'AKN'}{this_year}000000123 ya da 123.",
            f"Like {prefix or 'AKN'}{this_year}000000123, or 123.",
        )  # fmt: skip
        return None, 0
    if not this_year - YEARS_BACK <= year <= this_year:
        check.refuse("last_used", "Yıl bu yıl ya da geçen yıl olur.", "The year is this one or the last.")
    if not 0 < serial < series.SERIAL_MAX:
        check.refuse("last_used", "Sıra numarası 1 ile 999999998 arasında olur.", "From 1 to 999999998.")
    return year, serial


def _kept(row: Series) -> dict[str, object]:
    return {"prefix": row.prefix, "branch": row.branch, "is_default": row.is_default, "active": row.active}


def _note(
    session: Session, row: Series, action: str, before: dict[str, object] | None, after: dict[str, object],
    actor: Actor, at: datetime,
) -> None:  # fmt: skip
    entries.note(
        session, tenant_id=row.tenant_id, actor=actor, action=action, object_kind="series", object_id=row.series_id,
        before=before, after=after, at=at,
    )  # fmt: skip
