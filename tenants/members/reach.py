"""What part of a tenant's documents somebody reaches: all of them, or those of some branches or series."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Final, Self, TypeVar
from uuid import UUID

from ebelge.core.errors import InvalidRequest

T = TypeVar("T")
# As many branches or series as one membership names; more than that is no narrowing any more.
NAMED_MAX: Final = 50
_LETTERS: Final = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789")
_PREFIX_LENGTH: Final = 3


@dataclass(frozen=True, slots=True)
class Reach:
    """Branches and series by their three letters. An empty set of either narrows nothing; both named, both must fit."""

    branch_ids: frozenset[UUID] = frozenset()
    series_prefixes: frozenset[str] = frozenset()

    @property
    def whole(self) -> bool:
        """Whether everything is reached."""
        return not self.branch_ids and not self.series_prefixes

    def covers(self, other: Self) -> bool:
        """Whether all that `other` reaches is reached by this one, too."""
        return _covers(self.branch_ids, other.branch_ids) and _covers(self.series_prefixes, other.series_prefixes)


WHOLE: Final = Reach()


def reach_of(branch_ids: Collection[UUID], series_prefixes: Collection[str]) -> Reach:
    """A reach out of what a form or a row names. :raises InvalidRequest: too many, or letters that no series has."""
    if len(branch_ids) > NAMED_MAX or len(series_prefixes) > NAMED_MAX:
        raise InvalidRequest(
            f"En çok {NAMED_MAX} şube ve {NAMED_MAX} seri seçilebilir.",
            f"At most {NAMED_MAX} branches and {NAMED_MAX} series can be chosen.",
        )
    for prefix in series_prefixes:
        if len(prefix) != _PREFIX_LENGTH or not _LETTERS.issuperset(prefix):
            raise InvalidRequest(
                "Seri, üç büyük harf ya da rakamdır (örneğin AKN).", "A series is three capitals or digits (AKN)."
            )
    return Reach(frozenset(branch_ids), frozenset(series_prefixes))


def _covers(wide: frozenset[T], narrow: frozenset[T]) -> bool:
    return not wide or (bool(narrow) and narrow <= wide)
