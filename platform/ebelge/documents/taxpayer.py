"""Who receives what: GİB's list of registered users, per mode, and what follows for a buyer."""

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Any
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from ebelge.core.db import together
from ebelge.core.errors import DomainError
from ebelge.core.transaction import Prepared
from ebelge.documents.models import Document
from ebelge.gib.taxpayers import RegisteredUser
from ebelge.gib.zarf import Mailbox

DOCUMENT_TYPE = {"efatura": "Invoice", "earsiv": "Invoice", "eirsaliye": "DespatchAdvice"}
# Despatches to recipients who are not registered go to GİB's virtual mailbox (gib/FACTS 7), never to e-Arşiv.
VIRTUAL_DESPATCH_BOX = Mailbox("urn:mail:irsaliyepk@gib.gov.tr", "3900892152", "GİB e-İrsaliye sanal posta kutusu")
# Customs has a mailbox for exports and one for goods that travellers take along (GİB's rule IhracatYolcuBeraberCheck).
CUSTOMS_BOXES = {
    "IHRACAT": "urn:mail:ihracatpk@gtb.gov.tr",
    "OZELFATURA": "urn:mail:ihracatpk@gtb.gov.tr",
    "YOLCUBERABERFATURA": "urn:mail:yolcuberaberpk@gtb.gov.tr",
}
CHUNK = 5000


class UserListMissing(DomainError):
    """GİB's list was never loaded for this mode, so nobody can say who is an e-Fatura user."""

    code, http_status = "user_list_missing", 503
    title_tr, title_en = "GİB kullanıcı listesi henüz yüklenmedi", "GİB's user list is not loaded yet"
    advice_tr = "Hiçbir şey kaydedilmedi; birkaç dakika sonra yeniden gönderin."
    advice_en = "Nothing was stored; send it again in a few minutes."


@dataclass(frozen=True, slots=True)
class MailboxKey:
    """What is looked up: a taxpayer, and the document type he is to receive."""

    vkn_tckn: str
    document_type: str


@dataclass(frozen=True, slots=True)
class OpenAlias:
    """An open mailbox (PK) of a registered user."""

    alias: str
    title: str
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Mailboxes:
    """The open aliases of some taxpayers, as they were at one instant; the default of each stands first."""

    found: dict[MailboxKey, tuple[OpenAlias, ...]]

    def of(self, vkn_tckn: str, document_type: str) -> tuple[OpenAlias, ...]:
        """Open aliases of a taxpayer for a document type; empty: not registered."""
        return self.found.get(MailboxKey(vkn_tckn, document_type), ())


_LOOK_UP = Prepared(
    "SELECT g.vkn_tckn, g.document_type, g.alias, g.title, g.created_at "
    "FROM unnest(%s::text[], %s::text[]) AS w(vkn, type) "
    "JOIN gib_alias g ON g.mode = coalesce(%s::text, (SELECT t.mode FROM tenant t WHERE t.tenant_id = %s::uuid)) "
    "AND g.vkn_tckn = w.vkn AND g.document_type = w.type AND g.role = 'PK' "
    "WHERE g.created_at <= %s AND (g.deleted_at IS NULL OR g.deleted_at > %s)"
)


def look_up(session: Session, *, mode: str, keys: Iterable[MailboxKey], at: datetime) -> Mailboxes:
    """The aliases of these taxpayers that are open at `at`, in one statement."""
    wanted = set(keys)
    return told(together(session, asked(mode=mode, keys=wanted, at=at))[0]) if wanted else Mailboxes({})


def asked(
    *, keys: Iterable[MailboxKey], at: datetime, mode: str | None = None, tenant_id: UUID | None = None
) -> tuple[Prepared, tuple[Any, ...]]:
    """The statement of `look_up`, in a mode or in that of a tenant, for a round trip together with others."""
    wanted = sorted(set(keys), key=lambda key: (key.vkn_tckn, key.document_type))
    return _LOOK_UP, (
        [key.vkn_tckn for key in wanted],
        [key.document_type for key in wanted],
        mode,
        tenant_id,
        at,
        at,
    )


def told(rows: Sequence[Any]) -> Mailboxes:
    """The mailboxes of these rows."""
    found: dict[MailboxKey, list[OpenAlias]] = {}
    for row in rows:
        key = MailboxKey(row.vkn_tckn, row.document_type)
        found.setdefault(key, []).append(OpenAlias(row.alias, row.title, row.created_at))
    return Mailboxes({key: tuple(sorted(aliases, key=_default_first)) for key, aliases in found.items()})


def _default_first(alias: OpenAlias) -> tuple[bool, datetime, str]:
    return "default" not in alias.alias, alias.created_at, alias.alias


def receiver_of(document: Document) -> Mailbox:
    """The mailbox a document's envelope is addressed to: the buyer's, or GİB's virtual one for despatches.

    :raises ValueError: the document does not travel by GİB.
    """
    if document.receiver_alias is None:
        raise ValueError(f"document {document.document_id} has no mailbox at GİB")
    if document.kind == "eirsaliye" and document.receiver_alias == VIRTUAL_DESPATCH_BOX.alias:
        return VIRTUAL_DESPATCH_BOX
    return Mailbox(document.receiver_alias, document.buyer_vkn_tckn, document.buyer_title)


_INSERT = text(
    "INSERT INTO gib_alias (mode, vkn_tckn, document_type, role, alias, title, account_type, created_at, deleted_at) "
    "SELECT :mode, v, d, :role, a, t, nullif(k, ''), c, x "
    "FROM unnest(CAST(:vkns AS text[]), CAST(:types AS text[]), CAST(:aliases AS text[]), CAST(:titles AS text[]), "
    "CAST(:accounts AS text[]), CAST(:created AS timestamptz[]), CAST(:deleted AS timestamptz[])) "
    "AS u(v, d, a, t, k, c, x) "
    # An alias that was closed and given again stands twice in the list: the open line counts, else the later one.
    "ON CONFLICT (mode, vkn_tckn, document_type, role, alias) DO UPDATE SET title = excluded.title, "
    "account_type = excluded.account_type, created_at = excluded.created_at, deleted_at = excluded.deleted_at "
    "WHERE gib_alias.deleted_at IS NOT NULL AND (excluded.deleted_at IS NULL "
    "OR excluded.deleted_at > gib_alias.deleted_at)"
)


def load_list(session: Session, *, mode: str, users: Iterable[RegisteredUser], at: datetime, role: str = "PK") -> int:
    """Replace the list of a mode and role by `users` in the caller's transaction; returns how many aliases it has.

    Readers see the old list until the commit. If `users` breaks off (`UserListUnreadable`), the caller's rollback
    keeps the old list. Any session of the role app will do; loads of one mode wait for each other.
    """
    session.execute(text("SELECT pg_advisory_xact_lock(hashtext(:key))"), {"key": f"gib_alias:{mode}:{role}"})
    session.execute(text("DELETE FROM gib_alias WHERE mode = :mode AND role = :role"), {"mode": mode, "role": role})
    digest = hashlib.sha256()
    lines = _lines(users)
    while chunk := list(islice(lines, CHUNK)):
        digest.update(repr(chunk).encode())
        # Two lines of one alias may not meet in one statement.
        for part in _distinct(chunk):
            session.execute(_INSERT, {"mode": mode, "role": role} | _columns(part))
    count = session.execute(
        text("SELECT count(*) FROM gib_alias WHERE mode = :mode AND role = :role"), {"mode": mode, "role": role}
    ).scalar_one()
    if role == "PK":
        session.execute(
            text(
                "INSERT INTO gib_list_load (mode, loaded_at, sha256, aliases) VALUES (:mode, :at, :sha256, :aliases) "
                "ON CONFLICT (mode) DO UPDATE SET loaded_at = excluded.loaded_at, sha256 = excluded.sha256, "
                "aliases = excluded.aliases"
            ),
            {"mode": mode, "at": at, "sha256": digest.digest(), "aliases": count},
        )
    return int(count)


_Line = tuple[str, str, str, str, str, datetime, datetime | None]


def _lines(users: Iterable[RegisteredUser]) -> Iterator[_Line]:
    for user in users:
        for alias in user.aliases:
            yield (
                user.vkn_tckn,
                alias.document_type,
                alias.alias,
                user.title,
                user.account_type,
                alias.created_at,
                alias.deleted_at,
            )


def _distinct(lines: Sequence[_Line]) -> Iterator[list[_Line]]:
    """The lines in as few parts as keep the lines of one alias apart, in their order."""
    seen: dict[tuple[str, str, str], int] = {}
    parts: list[list[_Line]] = []
    for line in lines:
        turn = seen.get(line[:3], 0)
        seen[line[:3]] = turn + 1
        if turn == len(parts):
            parts.append([])
        parts[turn].append(line)
    yield from parts


def _columns(lines: Sequence[_Line]) -> dict[str, Any]:
    names = ("vkns", "types", "aliases", "titles", "accounts", "created", "deleted")
    return {name: list(column) for name, column in zip(names, zip(*lines, strict=True), strict=True)}
