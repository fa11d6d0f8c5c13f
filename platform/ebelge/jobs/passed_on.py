"""Where the kontör of a lot went: followed from tenant to tenant, each read by itself."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from uuid import UUID

from billing.settlement import descent
from ebelge.core.db import tenant_session


@dataclass(frozen=True, slots=True)
class Reached:
    """Lots of one tenant that came of the lots asked about, grace lots included; none: a draw has not arrived yet."""

    tenant_id: UUID
    lot_ids: tuple[UUID, ...]


def walk(tenant_id: UUID, lot_ids: Sequence[UUID]) -> Iterator[Reached]:
    """The lots themselves first, then what came of them by every draw, however far it went."""
    open_ends = [(tenant_id, list(lot_ids))]
    while open_ends:
        whose, found = open_ends.pop()
        with tenant_session(whose) as session:
            reached = descent.family(session, tenant_id=whose, lot_ids=found)
            steps = descent.onward(session, tenant_id=whose, lot_ids=reached)
        yield Reached(whose, tuple(reached))
        for step in steps:
            with tenant_session(step.to_tenant_id) as session:
                children = descent.children(
                    session, tenant_id=step.to_tenant_id, draw_id=step.draw_id, origin_lot_id=step.origin_lot_id
                )
            if children:
                open_ends.append((step.to_tenant_id, children))
            else:
                yield Reached(step.to_tenant_id, ())


def came_home(tenant_id: UUID, lot_ids: Sequence[UUID]) -> list[UUID]:
    """Lots of the tenant itself that came of its lots by way of others: recalled from a pool's member, taken back."""
    own = set(lot_ids)
    return [
        lot_id
        for reached in walk(tenant_id, lot_ids)
        if reached.tenant_id == tenant_id
        for lot_id in reached.lot_ids
        if lot_id not in own
    ]
