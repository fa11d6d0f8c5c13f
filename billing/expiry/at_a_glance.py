"""Kontör of an account at a glance, for whoever looks at many: what may be spent, how long it lasts, what expires next.

One statement, made to travel with those of other accounts in one round trip (`core.db.each`). The same figures as
`forecast` tells of the account alone.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from billing.expiry.forecast import LOOK_BACK, Burn, Forecast, Pace, foretell
from ebelge.core.transaction import Call, Prepared

_DAY: Final = timedelta(days=1)
_FOREVER: Final = 3650


@dataclass(frozen=True, slots=True)
class Glance:
    """`low_kontor`: the account's own threshold, 0 where it set none. `days_left` None: nothing is used, none expires
    in ten years, or nothing is there."""

    spendable: int
    low_kontor: int
    days_left: int | None
    next_expiry: datetime | None
    expiring: int
    used_kontor: int

    @property
    def low(self) -> bool:
        """Whether a person ought to see to it: nothing left, below the threshold, or empty within a week."""
        soon = self.days_left is not None and self.days_left < 7 and self.used_kontor > 0
        return self.spendable == 0 or self.spendable < self.low_kontor or soon


def asked(*, tenant_id: UUID, at: datetime) -> Call:
    """The statement, with its values."""
    return _GLANCE, (tenant_id, at, tenant_id, tenant_id, tenant_id, at - LOOK_BACK, at)


def told(rows: Sequence[Any], *, at: datetime) -> Glance:
    """The row of `asked`."""
    (row,) = rows
    lots = [Burn(UUID(one[0]), one[1], datetime.fromisoformat(one[2]), one[3]) for one in row.lots]
    since = min(max(row.first_at or at, at - LOOK_BACK), at - _DAY)
    found = foretell(lots, pace=Pace(max(0, int(row.used)), since, at))
    expiry = min((lot.expires_at for lot in lots), default=None)
    return Glance(
        spendable=found.spendable,
        low_kontor=int(row.low_kontor or 0),
        days_left=_days(found, at),
        next_expiry=expiry,
        expiring=sum(lot.kontor for lot in lots if lot.expires_at == expiry),
        used_kontor=found.pace.used_kontor,
    )


def _days(found: Forecast, at: datetime) -> int | None:
    days = (found.empty_at - at) // _DAY
    return days if found.spendable and days < _FOREVER else None


_GLANCE: Final = Prepared("""
    SELECT (SELECT coalesce(jsonb_agg(jsonb_build_array(l.lot_id, l.priority, l.expires_at, l.remaining)), '[]')
              FROM lot l WHERE l.tenant_id = %s AND l.open AND l.remaining > 0 AND l.expires_at > %s
               AND l.frozen_at IS NULL) AS lots,
           (SELECT k.low_kontor FROM kontor_watch k WHERE k.tenant_id = %s) AS low_kontor,
           (SELECT j.at FROM journal j WHERE j.tenant_id = %s ORDER BY j.at, j.version LIMIT 1) AS first_at,
           (SELECT coalesce(sum(CASE j.kind WHEN 'captured' THEN j.kontor ELSE -j.kontor END), 0) FROM journal j
             WHERE j.tenant_id = %s AND j.at > %s AND j.at <= %s AND j.kind IN ('captured', 'restored')) AS used
""")
