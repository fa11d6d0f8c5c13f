"""Saved cards: the gateway keeps the card, we keep its references, closed with the master key. No card data."""

import hashlib
import json
from collections.abc import Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from billing.models.orders import SavedCard as CardRow
from billing.payments.gateway import SavedCard
from ebelge.core.errors import NotFound
from ebelge.core.ids import new_id
from ebelge.core.vault import Vault
from ebelge.outbox import messages

# Topic: a removed card is yet to be deleted at its gateway.
FORGET: Final = "card.forget"


def save(session: Session, *, tenant_id: UUID, gateway: str, card: SavedCard, vault: Vault, at: datetime) -> UUID:
    """Keep a card; the same card again is the same row (and is there again if it was removed). Returns its id."""
    digest = hashlib.sha256(_plain(card)).digest()
    row = session.scalars(
        select(CardRow)
        .where(CardRow.tenant_id == tenant_id, CardRow.gateway == gateway, CardRow.card_sha256 == digest)
        .with_for_update()
    ).one_or_none()
    if row is None:
        card_id = new_id()
        row = CardRow(
            tenant_id=tenant_id,
            card_id=card_id,
            gateway=gateway,
            card_sha256=digest,
            closed_refs=vault.close(_plain(card), context=closed_for(tenant_id, card_id)),
            brand=card.brand,
            last_four=card.last_four,
            created_at=at,
        )
        session.add(row)
    row.removed_at = None
    session.flush()
    return row.card_id


def open(session: Session, *, tenant_id: UUID, card_id: UUID, vault: Vault) -> SavedCard:
    """The card as its gateway takes it. :raises NotFound: no such card, or removed. :raises VaultError: see there."""
    return _opened(_row(session, tenant_id, card_id), vault)


def listed(session: Session, *, tenant_id: UUID) -> Sequence[CardRow]:
    """The tenant's cards, oldest first, without those removed."""
    return session.scalars(
        select(CardRow).where(CardRow.tenant_id == tenant_id, CardRow.removed_at.is_(None)).order_by(CardRow.card_id)
    ).all()


def remove(session: Session, *, tenant_id: UUID, card_id: UUID, at: datetime) -> None:
    """Use the card no more, and have it deleted at its gateway. :raises NotFound: no such card, or removed already."""
    _row(session, tenant_id, card_id).removed_at = at
    messages.put(session, tenant_id=tenant_id, topic=FORGET, key=card_id, at=at)
    session.flush()


def removed(session: Session, *, tenant_id: UUID, card_id: UUID, vault: Vault) -> tuple[str, SavedCard] | None:
    """The gateway of a removed card, and the card as it takes it; None: there is none, or it is in use again.

    :raises VaultError: see there.
    """
    row = session.get(CardRow, (tenant_id, card_id))
    if row is None or row.removed_at is None:
        return None
    return row.gateway, _opened(row, vault)


def _row(session: Session, tenant_id: UUID, card_id: UUID) -> CardRow:
    row = session.get(CardRow, (tenant_id, card_id))
    if row is None or row.removed_at is not None:
        raise NotFound()
    return row


def _opened(row: CardRow, vault: Vault) -> SavedCard:
    refs = json.loads(vault.open(row.closed_refs, context=closed_for(row.tenant_id, row.card_id)))
    return SavedCard(refs["customer_ref"], refs["card_ref"], row.brand, row.last_four)


def _plain(card: SavedCard) -> bytes:
    return json.dumps({"card_ref": card.card_ref, "customer_ref": card.customer_ref}, sort_keys=True).encode()


def closed_for(tenant_id: UUID, card_id: UUID) -> str:
    """What a card's references are closed for: they open as nothing else."""
    return f"saved_card:{tenant_id}:{card_id}"
