"""Letters to a tenant's own people, and to single addresses on its behalf: written once per occasion in the caller's
transaction, sent by the mail queue."""

import logging
from base64 import b64decode, b64encode
from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID, uuid5

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from billing.models.upkeep import KontorWatch
from ebelge.core import config
from ebelge.core.ids import new_id
from ebelge.core.vault import Vault
from ebelge.notify import places, words
from ebelge.notify.letters import Letter, notice_letter
from ebelge.notify.models import Letter as LetterRow
from ebelge.notify.said import Language
from ebelge.outbox import messages
from tenants import accounts
from tenants.company import settings

log = logging.getLogger(__name__)
TOPIC = "letter.send"
CLOSED_LINK = "closed_link"


def write(
    session: Session, *, tenant_id: UUID, kind: str, occasion: str, facts: dict[str, Any], at: datetime
) -> list[UUID]:
    """Write a letter to each of the tenant's recipients; returns the new ones' ids. The same occasion again: none.

    Where nobody is known to write to, one letter without recipients is kept as failed.
    :raises KeyError: no such kind, or a fact of it is missing.
    """
    recipients, language = addressed(session, tenant_id=tenant_id)
    words.words(kind, language, facts)  # what cannot be said is found here, not when it is to be sent
    if not recipients:
        log.warning("nobody to write to", extra={"tenant_id": str(tenant_id), "letter": kind, "occasion": occasion})
    written: list[UUID] = []
    each: list[str | None] = [*recipients] or [None]
    for recipient in each:
        own = occasion if recipient is None else f"{occasion} {recipient}"
        letter_id = _put(session, tenant_id, kind, own, facts, recipient, language, at)
        if letter_id is not None and recipient is not None:
            written.append(letter_id)
    return written


def write_to(
    session: Session,
    *,
    tenant_id: UUID,
    recipient: str,
    language: Language,
    kind: str,
    occasion: str,
    facts: dict[str, Any],
    secret_link: str = "",
    at: datetime,
) -> UUID | None:
    """Write a letter to one address; None if the occasion had one (include the address in it where it may differ).

    For people who have no account yet `tenant_id` is the operator's. `secret_link`: the letter's link where it is
    itself a secret. It is kept closed until the letter is on its way, and nowhere after that.
    :raises KeyError: no such kind, or a fact of it is missing.
    """
    words.words(kind, language, facts)
    if secret_link:
        facts = facts | {
            CLOSED_LINK: b64encode(_vault().close(secret_link.encode(), context=link_closed_for(tenant_id))).decode()
        }
    return _put(session, tenant_id, kind, occasion, facts, recipient, language, at)


def _put(
    session: Session,
    tenant_id: UUID,
    kind: str,
    occasion: str,
    facts: dict[str, Any],
    recipient: str | None,
    language: Language,
    at: datetime,
) -> UUID | None:
    letter_id = new_id()
    row = session.execute(
        insert(LetterRow)
        .values(
            tenant_id=tenant_id,
            letter_id=letter_id,
            occasion=occasion,
            kind=kind,
            recipients=[recipient] if recipient else [],
            language=language,
            facts=facts,
            state="waiting" if recipient else "failed",
            created_at=at,
            ended_at=None if recipient else at,
        )
        .on_conflict_do_nothing()
        .returning(LetterRow.letter_id)
    ).first()
    if row is None:
        return None
    if recipient is not None:
        messages.put(session, tenant_id=tenant_id, topic=TOPIC, key=letter_id, at=at)
    return letter_id


def addressed(session: Session, *, tenant_id: UUID) -> tuple[list[str], Language]:
    """Whom to write to, in which language: those of the watch in its own, else the account's own address in that of
    its settings."""
    watch = session.get(KontorWatch, tenant_id)
    if watch is not None and watch.emails:
        return list(watch.emails), "en" if watch.language == "en" else "tr"
    language: Language = "en" if settings.current(session, tenant_id=tenant_id).mail_language == "en" else "tr"
    email = accounts.get(session, tenant_id=tenant_id).email
    return ([email] if email else []), language


def to_send(session: Session, *, tenant_id: UUID, letter_id: UUID) -> Letter | None:
    """A letter as the mailer takes it; None if there is nothing (more) to send."""
    row = session.get(LetterRow, (tenant_id, letter_id))
    if row is None or row.state != "waiting" or not row.recipients:
        return None
    tenant, reader = accounts.get(session, tenant_id=tenant_id), words.reader(row.kind)
    language: Language = "en" if row.language == "en" else "tr"
    other: Language = "tr" if language == "en" else "en"
    return notice_letter(
        mail_id=uuid5(letter_id, row.recipients[0]),
        recipient=row.recipients[0],
        tenant_title=tenant.title if reader == "account" else "",
        reader=reader,
        language=language,
        says=words.words(row.kind, language, row.facts),
        other=words.words(row.kind, other, row.facts),
        link=_link(row),
        sandbox=tenant.mode == "test",
    )


def ended(session: Session, *, tenant_id: UUID, letter_id: UUID, sent: bool, at: datetime) -> None:
    """Note how a letter fared, for good."""
    row = session.get(LetterRow, (tenant_id, letter_id))
    if row is not None and row.state == "waiting":
        row.state, row.ended_at = ("sent" if sent else "failed"), at
        row.facts = {name: value for name, value in row.facts.items() if name != CLOSED_LINK}
        session.flush()


def letters(session: Session, *, tenant_id: UUID, kind: str | None = None) -> Sequence[LetterRow]:
    """The tenant's letters, oldest first."""
    wanted = select(LetterRow).where(LetterRow.tenant_id == tenant_id).order_by(LetterRow.letter_id)
    return session.scalars(wanted if kind is None else wanted.where(LetterRow.kind == kind)).all()


def _link(row: LetterRow) -> str:
    closed = row.facts.get(CLOSED_LINK)
    if closed is None:
        place = places.path(row.kind, row.facts)
        return str(row.facts.get("link") or "") or (place and f"{config.settings().public_base_url.rstrip('/')}{place}")
    return _vault().open(b64decode(str(closed)), context=link_closed_for(row.tenant_id)).decode()


def _vault() -> Vault:
    return Vault.from_text(config.settings().master_key)


def link_closed_for(tenant_id: UUID) -> str:
    """What a letter's secret link is closed for: it opens as nothing else."""
    return f"letter link {tenant_id}"
