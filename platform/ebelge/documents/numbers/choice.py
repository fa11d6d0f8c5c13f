"""Which series numbers a document, and whether its number is settled already."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from ebelge.documents.facts import SeriesFacts, TenantFacts
from ebelge.documents.numbers import rulings
from ebelge.documents.numbers.numbering import NUMBER_FORM
from ebelge.documents.submission import Read
from ebelge.ubl.errors import InvalidDocument
from ebelge.ubl.internet import says_internet
from ebelge.ubl.types import DocumentKind


@dataclass(frozen=True, slots=True)
class Place:
    """A number and a date that a correction takes over from the document it replaces."""

    kind: str
    number: str
    issue_date: date
    ettn: UUID


def choose_series(
    tenant: TenantFacts, read: Read, kind: DocumentKind, issue_date: date, place: Place | None
) -> tuple[SeriesFacts, str | None]:
    """The series that numbers the document, and its number where that is settled already."""
    given = read.parsed.number if read.parsed is not None else (read.draft.number if read.draft else None) or ""
    wish = read.submission.series or (read.draft.series if read.draft is not None else None)
    if place is not None:
        held = next(one for one in tenant.series if one.prefix == place.number[:3])
        if given and given not in (place.number, held.placeholder(issue_date.year)):
            raise InvalidDocument(findings=[rulings.number_is_kept(given, place.number)])
        if issue_date.year != int(place.number[3:7]):
            raise InvalidDocument(findings=[rulings.year_is_kept(place.number, issue_date)])
        return held, place.number
    form = NUMBER_FORM.fullmatch(given)
    if given and form is None:
        raise InvalidDocument(findings=[rulings.number_form(given)])
    prefix = wish or (form[1] if form else None)
    if wish is None and form is not None and int(form[3]) == 0 and read.wish == "auto":
        # A placeholder leaves the number to us; where "auto" decides for another kind, its letters do not bind.
        named = next((s for s in tenant.series if s.prefix == prefix), None)
        if named is not None and named.kind != kind and named.kind in read.kinds:
            prefix, form = None, None
    internet = kind is DocumentKind.EARSIV and _over_the_internet(read)
    if prefix is None:
        series = next((s for s in tenant.series if s.kind == kind and s.is_default and s.internet == internet), None)
        if series is None:
            raise InvalidDocument(findings=[rulings.no_default_series(kind, internet=internet)])
    else:
        series = next((s for s in tenant.series if s.prefix == prefix), None)
        if series is None or not series.active:
            raise InvalidDocument(findings=[rulings.unknown_series(prefix)])
        if series.kind != kind:
            raise InvalidDocument(findings=[rulings.series_of_another_kind(prefix, series.kind, kind.value)])
        if internet and not series.internet:
            raise InvalidDocument(findings=[rulings.series_not_for_internet(prefix)])
    if form is not None and form[1] != series.prefix:
        raise InvalidDocument(findings=[rulings.number_of_another_series(given, series.prefix)])
    numbered = form is not None and int(form[3]) > 0
    if series.owner == "erp":
        if not numbered:
            raise InvalidDocument(findings=[rulings.number_missing(series.prefix)])
        if form is not None and int(form[2]) != issue_date.year:
            raise InvalidDocument(findings=[rulings.number_of_another_year(given, issue_date)])
        return series, given
    if numbered:
        raise InvalidDocument(findings=[rulings.number_not_wanted(given, series.prefix)])
    return series, None


def _over_the_internet(read: Read) -> bool:
    if read.parsed is not None:
        return says_internet(read.parsed.tree)
    return getattr(read.draft, "internet_sale", None) is not None
