"""(D) What was earned, what is still owed in documents, what expired: per month and per lot, to the kuruş.

Every share that leaves a lot takes its part of the net price along (ADR 0053), so nothing is divided here: deferred
revenue is the price of what remains, earned revenue the price of what was captured and not given back, breakage the
price of what expired. Passing kontör on moves the price to the child, in another wallet; over all tenants it cancels.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import Connection, RowMapping, text

from billing.reconciliation.checks import Check

SUMS = """
    sum(j.net_kurus) FILTER (WHERE j.kind = 'granted') AS sold,
    sum(j.net_kurus) FILTER (WHERE j.kind = 'received') AS received,
    sum(j.net_kurus) FILTER (WHERE j.kind = 'captured') AS captured,
    sum(j.net_kurus) FILTER (WHERE j.kind = 'restored') AS restored,
    sum(j.net_kurus) FILTER (WHERE j.kind = 'expired') AS expired,
    sum(j.net_kurus) FILTER (WHERE j.kind = 'voided') AS voided,
    sum(j.net_kurus) FILTER (WHERE j.kind = 'passed') AS passed
"""
LIVE = "JOIN tenant t ON t.tenant_id = j.tenant_id AND t.mode = 'live'"
_NAMES = ("sold", "received", "captured", "restored", "expired", "voided", "passed")
_PARTS_OF_TIME = ("before", "during", "after")
_MONTH = f"""
    WITH before AS (SELECT {SUMS} FROM journal j {LIVE} WHERE j.at < :start),
         during AS (SELECT {SUMS} FROM journal j {LIVE} WHERE j.at >= :start AND j.at < :end),
         after AS (SELECT {SUMS} FROM journal j {LIVE} WHERE j.at >= :end)
    SELECT {", ".join(f"coalesce({p}.{n}, 0)::bigint AS {p}_{n}" for p in _PARTS_OF_TIME for n in _NAMES)}
      FROM before, during, after
"""
# What the lots hold now: the second witness, from which the closing of a period is reckoned backwards.
LEFT_NOW = """
    SELECT (SELECT coalesce(sum(l.net_left_kurus), 0) FROM lot l
              JOIN tenant t ON t.tenant_id = l.tenant_id AND t.mode = 'live')
         + (SELECT coalesce(sum(s.net_kurus), 0) FROM charge c
              JOIN tenant t ON t.tenant_id = c.tenant_id AND t.mode = 'live'
              JOIN charge_lot s ON s.tenant_id = c.tenant_id AND s.charge_id = c.charge_id WHERE c.state = 'held')
"""
_COMMISSION = """
    SELECT coalesce(sum(kurus) FILTER (WHERE kind = 'accrued'), 0)::bigint,
           coalesce(sum(kurus) FILTER (WHERE kind = 'reversed'), 0)::bigint,
           coalesce(sum(kurus) FILTER (WHERE kind = 'paid'), 0)::bigint
      FROM commission_entry WHERE at >= :start AND at < :end
"""
_LOTS = f"""
    SELECT l.tenant_id, l.lot_id, l.source, l.net_price_kurus,
           coalesce(j.captured, 0) - coalesce(j.restored, 0) AS earned, coalesce(j.expired, 0) AS expired,
           coalesce(j.voided, 0) AS voided, coalesce(j.passed, 0) AS passed, l.net_left_kurus AS left_kurus,
           coalesce(h.held, 0) AS held
      FROM lot l
      JOIN tenant t ON t.tenant_id = l.tenant_id AND t.mode = 'live'
      LEFT JOIN (SELECT j.tenant_id, j.lot_id, {SUMS} FROM journal j GROUP BY 1, 2) j
        ON j.tenant_id = l.tenant_id AND j.lot_id = l.lot_id
      LEFT JOIN (SELECT s.tenant_id, s.lot_id, sum(s.net_kurus) AS held FROM charge_lot s
                   JOIN charge c ON c.tenant_id = s.tenant_id AND c.charge_id = s.charge_id AND c.state = 'held'
                  GROUP BY 1, 2) h ON h.tenant_id = l.tenant_id AND h.lot_id = l.lot_id
"""
_PARTS = "earned + expired + voided + passed + left_kurus + held"
_LOT_DIFFERS = f"""
    SELECT tenant_id, lot_id::text, (net_price_kurus - ({_PARTS}))::bigint, NULL::bigint,
           jsonb_build_object('source', source, 'price', net_price_kurus, 'earned', earned, 'expired', expired,
                              'voided', voided, 'passed', passed, 'left', left_kurus, 'held', held)
      FROM ({_LOTS}) x WHERE net_price_kurus <> {_PARTS}
"""
# Commission of an order must be what its contract's share of its net price came to, less what went back pro rata.
_COMMISSION_MISSING = """
    SELECT o.tenant_id, o.reference, o.net_kurus, NULL::bigint,
           jsonb_build_object('order_id', o.order_id, 'reseller_id', o.reseller_id)
      FROM kontor_order o
      JOIN reseller_contract c ON c.tenant_id = o.reseller_id AND c.model = 'commission' AND c.commission_bp > 0
           AND c.valid @> o.credited_at
     WHERE o.paid_at < :patience_from AND o.credited_at < :patience_from
       AND NOT EXISTS (SELECT 1 FROM commission_entry e
                        WHERE e.tenant_id = o.reseller_id AND e.order_id = o.order_id AND e.kind = 'accrued')
"""
_COMMISSION_DIFFERS = """
    SELECT e.tenant_id, o.reference, e.kurus - (2 * o.net_kurus * e.commission_bp + 10000) / 20000, NULL::bigint,
           jsonb_build_object('order_id', o.order_id, 'accrued_kurus', e.kurus, 'bp', e.commission_bp,
                              'net_kurus', o.net_kurus)
      FROM commission_entry e
      JOIN kontor_order o ON o.tenant_id = e.customer_id AND o.order_id = e.order_id
     -- A part that was given back after a refund failed is accrued, too, with the refund as its cause.
     WHERE e.kind = 'accrued' AND e.cause_id = e.order_id
       AND e.kurus <> (2 * o.net_kurus * e.commission_bp + 10000) / 20000
"""
_COMMISSION_NEGATIVE = """
    SELECT e.tenant_id, e.order_id::text, sum(e.kurus)::bigint, NULL::bigint, jsonb_build_object('entries', count(*))
      FROM commission_entry e WHERE e.order_id IS NOT NULL
     GROUP BY e.tenant_id, e.order_id HAVING sum(e.kurus) < 0
"""
CHECKS: tuple[Check, ...] = (
    Check("lot_price_differs", _LOT_DIFFERS),
    Check("commission_missing", _COMMISSION_MISSING),
    Check("commission_differs", _COMMISSION_DIFFERS),
    Check("commission_negative", _COMMISSION_NEGATIVE),
)


@dataclass(frozen=True, slots=True)
class Revenue:
    """A period over all live tenants, net kuruş. `in_transit`: the price of what was passed on and has yet to come."""

    start: datetime
    end: datetime
    deferred_opening: int
    sold: int
    earned: int
    breakage: int
    voided: int
    in_transit: int
    deferred_closing: int
    commission_accrued: int
    commission_reversed: int
    commission_paid: int

    @property
    def agrees(self) -> bool:
        """Whether opening, sales, earnings and the rest make the closing."""
        return self.deferred_closing == (
            self.deferred_opening + self.sold - self.earned - self.breakage - self.voided - self.in_transit
        )


@dataclass(frozen=True, slots=True)
class LotRevenue:
    """Where one lot's net price is: the parts sum to `net_price_kurus`."""

    tenant_id: UUID
    lot_id: UUID
    source: str
    net_price_kurus: int
    earned_kurus: int
    breakage_kurus: int
    voided_kurus: int
    passed_kurus: int
    deferred_kurus: int


def revenue(connection: Connection, *, start: datetime, end: datetime) -> Revenue:
    """Deferred, earned and broken revenue of [start, end): the terms from the journal, the closing from the lots.

    :param connection: of the role `reader`, in a transaction with isolation level REPEATABLE READ.
    """
    row = connection.execute(text(_MONTH), {"start": start, "end": end}).one()._mapping
    accrued, reversed_, paid = connection.execute(text(_COMMISSION), {"start": start, "end": end}).one()
    left_now = int(connection.execute(text(LEFT_NOW)).scalar_one())
    return Revenue(
        start=start,
        end=end,
        deferred_opening=_moved(row, "before"),
        sold=row["during_sold"],
        earned=row["during_captured"] - row["during_restored"],
        breakage=row["during_expired"],
        voided=row["during_voided"],
        in_transit=row["during_passed"] - row["during_received"],
        deferred_closing=left_now - _moved(row, "after"),
        commission_accrued=accrued,
        commission_reversed=reversed_,
        commission_paid=paid,
    )


def lots(connection: Connection) -> Iterator[LotRevenue]:
    """Every live lot's price and where it is, streamed."""
    options = {"stream_results": True, "max_row_buffer": 1000}
    with connection.execute(text(_LOTS + " ORDER BY l.tenant_id, l.lot_id"), execution_options=options) as rows:
        for row in rows:
            yield LotRevenue(
                row.tenant_id, row.lot_id, row.source, row.net_price_kurus, int(row.earned), int(row.expired),
                int(row.voided), int(row.passed), row.left_kurus + int(row.held),
            )  # fmt: skip


def _moved(row: RowMapping, part: str) -> int:
    """By how much the price of what is left moved: held kontör count, they are not earned yet."""
    came = sum(row[f"{part}_{name}"] for name in ("sold", "received", "restored"))
    return int(came - sum(row[f"{part}_{name}"] for name in ("captured", "expired", "voided", "passed")))
