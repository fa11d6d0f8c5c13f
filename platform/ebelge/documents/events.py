"""The timeline of a document: every step is an event, and every change of state goes through `move`."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from ebelge.core.ids import new_id
from ebelge.documents.models import Document, DocumentEvent
from ebelge.documents.states import State, check_move

# States after which nothing happens by itself and no person is waited for (a bounced mail may still reopen one).
ENDS = frozenset({State.DELIVERED, State.REFUSED, State.GIVEN_UP, State.WITHDRAWN, State.FAILED, State.CANCELLED})


def event(
    document: Document,
    *,
    kind: str,
    text_tr: str,
    text_en: str,
    code: str = "",
    kontor: int = 0,
    data: dict[str, Any] | None = None,
    at: datetime,
) -> DocumentEvent:
    """An event of `document` in its present state, not yet in any session (for bulk inserts).

    `kontor` is what the step did to the wallet: negative for a charge, positive for what came back.
    """
    return DocumentEvent(
        tenant_id=document.tenant_id,
        document_id=document.document_id,
        event_id=new_id(),
        at=at,
        kind=kind,
        state=document.state,
        code=code,
        text_tr=text_tr,
        text_en=text_en,
        kontor=kontor,
        data=data or {},
    )


def record(
    session: Session,
    *,
    document: Document,
    kind: str,
    text_tr: str,
    text_en: str,
    code: str = "",
    kontor: int = 0,
    data: dict[str, Any] | None = None,
    at: datetime,
) -> DocumentEvent:
    """Write a step that changes no state onto the document's timeline; it is flushed with the session."""
    row = event(document, kind=kind, text_tr=text_tr, text_en=text_en, code=code, kontor=kontor, data=data, at=at)
    session.add(row)
    return row


def move(
    session: Session,
    *,
    document: Document,
    to: State,
    text_tr: str,
    text_en: str,
    kind: str = "",
    code: str = "",
    kontor: int = 0,
    data: dict[str, Any] | None = None,
    at: datetime,
) -> DocumentEvent:
    """Take `document` to state `to` and record it; `kind` of the event is the state's name unless given.

    The caller holds the document's row lock (`queries.lock`), so the present state is the one it reads here.
    Columns that belong to the new state (signed_sha256, zarf_id, …) are the caller's to set in the same flush.
    :raises UnlawfulMove: `states.MOVES` has no such move.
    """
    check_move(State(document.state), to)
    document.state = to.value
    document.progress_at = at
    document.final_at = at if to in ENDS else None
    return record(
        session,
        document=document,
        kind=kind or to.value,
        text_tr=text_tr,
        text_en=text_en,
        code=code,
        kontor=kontor,
        data=data,
        at=at,
    )


def move_many(
    session: Session,
    *,
    documents: Iterable[Document],
    to: State,
    text_tr: str,
    text_en: str,
    kind: str = "",
    data: dict[str, Any] | None = None,
    at: datetime,
) -> None:
    """Take each of `documents` to `to` with the same words; one flush writes them all in batches.

    :raises UnlawfulMove: for the first that cannot go there (those before it have been moved in the session).
    """
    for document in documents:
        move(session, document=document, to=to, text_tr=text_tr, text_en=text_en, kind=kind, data=data, at=at)
