"""What a check is: one statement that returns only what does not agree, for all tenants at once."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Check:
    """`sql` runs as the role `reader` and yields (tenant_id, subject, amount_kurus, kontor, data).

    A statement that finds several `kinds` in one pass names the kind in a sixth column. It may name :at (now),
    :operator_id (whose books hold what belongs to no tenant) and :patience_from (what was written after it may still
    be on its way).
    """

    kind: str
    sql: str
    kinds: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that does not agree. `subject` names it: the same one in every run."""

    kind: str
    tenant_id: UUID
    subject: str
    amount_kurus: int | None
    kontor: int | None
    data: dict[str, Any]
