"""What came of a despatch note, line by line: what is not named was received whole."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from ebelge.archive.store import ArchiveStore
from ebelge.core.db import tenant_session
from ebelge.core.errors import InvalidRequest
from ebelge.documents.answers import answering
from ebelge.ubl.delivered import DeliveredLine, delivered_lines
from ebelge.ubl.receipt import ReceivedLine

_ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class Came:
    """What somebody says of a line, by its id in the despatch note. Quantities in its unit."""

    line: str
    short: Decimal = _ZERO
    rejected: Decimal = _ZERO
    oversupply: Decimal = _ZERO
    reject_reason: str = ""
    late_reason: str = ""


def lines_of(*, tenant_id: UUID, document_id: UUID, store: ArchiveStore) -> list[DeliveredLine]:
    """The lines of an incoming document, from its file. :raises NotFound: no such document, or no file."""
    with tenant_session(tenant_id) as session:
        answering.get(session, tenant_id=tenant_id, document_id=document_id)
    return delivered_lines(answering.read(store, tenant_id=tenant_id, document_id=document_id).tree)


def whole_lines(delivered: Sequence[DeliveredLine], came: Sequence[Came]) -> list[ReceivedLine]:
    """Every line of the note with what came of it.

    :raises InvalidRequest: a line that is not on it or named twice, more missing and rejected than was sent, or a
        rejection without a reason.
    """
    said = {one.line: one for one in came}
    unknown = sorted(said.keys() - {line.line for line in delivered})
    if unknown or len(said) < len(came):
        raise InvalidRequest(
            f"İrsaliyede olmayan ya da iki kez yazılan satır: {', '.join(unknown) or 'yinelenen'}.",
            f"A line that is not on the despatch note, or named twice: {', '.join(unknown) or 'repeated'}.",
        )
    return [_received(line, said.get(line.line, Came(line.line))) for line in delivered]


def all_rejected(delivered: Sequence[DeliveredLine], reason: str) -> list[Came]:
    """Nothing is kept."""
    return [Came(line.line, rejected=line.quantity, reject_reason=reason) for line in delivered]


def _received(line: DeliveredLine, came: Came) -> ReceivedLine:
    kept = line.quantity - came.short - came.rejected
    if kept < 0:
        raise InvalidRequest(
            f"{line.line}. satırda eksik ve reddedilen toplamı gönderilenden ({line.quantity}) fazla.",
            f"On line {line.line} missing and rejected together are more than was sent ({line.quantity}).",
        )
    if came.rejected and not came.reject_reason:
        raise InvalidRequest(
            f"{line.line}. satır için ret nedenini yazın.", f"Give the reason for rejecting line {line.line}."
        )
    return ReceivedLine(
        line=line.line, name=line.name, unit=line.unit, received=kept, short=came.short, rejected=came.rejected,
        oversupply=came.oversupply, reject_reason=came.reject_reason, late_reason=came.late_reason,
        seller_code=line.seller_code, buyer_code=line.buyer_code,
    )  # fmt: skip
