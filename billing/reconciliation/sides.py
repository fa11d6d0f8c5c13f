"""The three columns that must agree, as sums over all live tenants: money, kontör, documents; two witnesses each.

Reckoned by the run in its own snapshot and kept with it, so that a page shows them without reckoning anything.
"""

from dataclasses import dataclass

from sqlalchemy import Connection, text

from billing.reconciliation import charge_checks, flow, gateway_checks, payment_checks, revenue
from billing.reconciliation.checks import Check

_LIVE = "JOIN tenant t ON t.tenant_id = {0}.tenant_id AND t.mode = 'live'"
# A transfer that was put to a debt by mistake and taken back pays nothing any more; its row stays for ever.
_STANDS = """
    NOT EXISTS (SELECT 1 FROM bank_allocation a JOIN kontor_order k ON k.tenant_id = a.to_tenant_id
                       AND k.order_id = a.order_id AND k.method = 'open_account'
                 WHERE p.gateway = 'bank' AND a.payment_ref = p.gateway_payment_id AND a.state = 'reversed')
"""
_SUMS = text(f"""
    SELECT (SELECT coalesce(sum(p.amount_kurus), 0) FROM payment p {_LIVE.format("p")} WHERE {_STANDS})::bigint
               AS payments_kurus,
           (SELECT coalesce(sum(o.gross_kurus), 0) FROM kontor_order o {_LIVE.format("o")}
             WHERE EXISTS (SELECT 1 FROM payment p WHERE p.tenant_id = o.tenant_id AND p.order_id = o.order_id
                              AND {_STANDS}))::bigint AS orders_kurus,
           (SELECT coalesce(sum(CASE WHEN j.kind IN ('granted', 'received', 'restored') THEN 1 ELSE -1 END * j.kontor),
                            0)
              FROM journal j {_LIVE.format("j")} WHERE j.kind IN {flow.MOVING})::bigint AS moved_kontor,
           (SELECT coalesce(sum(w.available + w.held + w.frozen), 0)
              FROM wallet w {_LIVE.format("w")})::bigint AS wallets_kontor,
           (SELECT coalesce(sum(d.kontor), 0) FROM document_outcomes d {_LIVE.format("d")}
             WHERE d.signed AND d.charge_due <> 'restored')::bigint AS documents_kontor,
           (SELECT coalesce(sum(c.kontor), 0) FROM charge c {_LIVE.format("c")}
             WHERE c.state = 'captured' AND c.kind IN {charge_checks.DOCUMENT_KINDS})::bigint AS charges_kontor
""")


@dataclass(frozen=True, slots=True)
class Side:
    """A column: the names of its two witnesses among a run's counts. `unit`: kurus or kontor."""

    name: str
    first: str
    second: str
    unit: str


SIDES: tuple[Side, ...] = (
    Side("money", "payments_kurus", "orders_kurus", "kurus"),
    Side("kontor", "moved_kontor", "wallets_kontor", "kontor"),
    Side("documents", "documents_kontor", "charges_kontor", "kontor"),
)


def sums(connection: Connection) -> dict[str, int]:
    """Both witnesses of every column, in the caller's snapshot (role reader)."""
    return {name: int(value) for name, value in connection.execute(_SUMS).one()._mapping.items()}


def column_of(kind: str) -> str:
    """In which column a kind of break stands; what settlement itself finds is about money."""
    return _COLUMNS.get(kind, "money")


def _kinds(column: str, *groups: tuple[Check, ...]) -> dict[str, str]:
    return {kind: column for group in groups for check in group for kind in (check.kinds or (check.kind,))}


_COLUMNS: dict[str, str] = {
    **_kinds("money", payment_checks.CHECKS, gateway_checks.CHECKS),
    **_kinds("kontor", flow.CHECKS, revenue.CHECKS),
    **_kinds("documents", charge_checks.CHECKS),
    "lot_without_source": "kontor", "lot_differs_from_source": "kontor", "frozen_without_cause": "kontor",
}  # fmt: skip
