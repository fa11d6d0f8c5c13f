"""Who receives what: GİB's list of registered users, per mode, and what follows for a buyer."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from ebelge.core.db import together
from ebelge.core.errors import DomainError
from ebelge.core.transaction import Prepared
from ebelge.documents.models import Document
from ebelge.documents.registered import list_load
from ebelge.gib.list_lines import lines_of
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
# A list older than this still decides, and whoever sends is told how old it is. Before an e-Fatura is sent its mailbox
# is looked up again in the list of that hour (`readdress`), before an e-Arşiv is signed its buyer (`list_checks`).
STALE_AFTER = timedelta(hours=24)
# The final consumer and the foreign buyer: whatever the list says, they are in none.
NEVER_REGISTERED = frozenset({"11111111111", "2222222222"})
# Of these GİB takes one in an envelope (its rule ExportInvoiceCountCheck).
ONE_PER_ZARF = frozenset({"IHRACAT", "YOLCUBERABERFATURA"})


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
    """The open aliases of some taxpayers, as they were at one instant; the default of each stands first.

    `last_used`: of those with several, the one that the tenant's last document went to.
    """

    found: dict[MailboxKey, tuple[OpenAlias, ...]]
    last_used: Mapping[MailboxKey, str] = field(default_factory=dict)

    def of(self, vkn_tckn: str, document_type: str) -> tuple[OpenAlias, ...]:
        """Open aliases of a taxpayer for a document type; empty: not registered."""
        return self.found.get(MailboxKey(vkn_tckn, document_type), ())

    def several(self) -> list[MailboxKey]:
        """The taxpayers with more than one open alias: there somebody has to choose."""
        return [key for key, aliases in self.found.items() if len(aliases) > 1]


_COLUMNS = "SELECT g.vkn_tckn, g.document_type, g.alias, g.title, g.created_at"
_OPEN = "AND g.created_at <= %s AND (g.deleted_at IS NULL OR g.deleted_at > %s)"
# In a mode, or in that of a tenant. Each is a text of its own: with one that takes either, the server plans anew at
# every call, which costs more than the look-up (it finds each time that knowing the values makes the plan cheaper).
_MODES = ("%s::text", "(SELECT t.mode FROM tenant t WHERE t.tenant_id = %s::uuid)")
_MANY_IN_MODE, _MANY_OF_TENANT = (
    Prepared(
        f"{_COLUMNS} FROM unnest(%s::text[], %s::text[]) AS w(vkn, type) JOIN gib_alias g ON g.mode = {mode} "
        f"AND g.vkn_tckn = w.vkn AND g.document_type = w.type AND g.role = 'PK' {_OPEN}"
    )
    for mode in _MODES
)
# One taxpayer, as nearly always: a statement that the server plans once.
_ONE_IN_MODE, _ONE_OF_TENANT = (
    Prepared(
        f"{_COLUMNS} FROM gib_alias g WHERE g.vkn_tckn = %s::text AND g.document_type = %s::text "
        f"AND g.mode = {mode} AND g.role = 'PK' {_OPEN}"
    )
    for mode in _MODES
)


def look_up(session: Session, *, mode: str, keys: Iterable[MailboxKey], at: datetime) -> Mailboxes:
    """The aliases of these taxpayers that are open at `at`, in one statement."""
    wanted = set(keys)
    return told(together(session, asked(mode=mode, keys=wanted, at=at))[0]) if wanted else Mailboxes({})


def asked(
    *, keys: Iterable[MailboxKey], at: datetime, mode: str | None = None, tenant_id: UUID | None = None
) -> tuple[Prepared, tuple[Any, ...]]:
    """The statement of `look_up`, in a mode or in that of a tenant, for a round trip together with others."""
    wanted = list(set(keys))
    if len(wanted) == 1:
        statement = _ONE_OF_TENANT if mode is None else _ONE_IN_MODE
        return statement, (wanted[0].vkn_tckn, wanted[0].document_type, mode or tenant_id, at, at)
    wanted.sort(key=lambda key: (key.vkn_tckn, key.document_type))
    statement = _MANY_OF_TENANT if mode is None else _MANY_IN_MODE
    vkns, types = [key.vkn_tckn for key in wanted], [key.document_type for key in wanted]
    return statement, (vkns, types, mode or tenant_id, at, at)


def told(rows: Sequence[Any]) -> Mailboxes:
    """The mailboxes of these rows."""
    found: dict[MailboxKey, list[OpenAlias]] = {}
    for vkn_tckn, document_type, alias, title, created_at in rows:
        found.setdefault(MailboxKey(vkn_tckn, document_type), []).append(OpenAlias(alias, title, created_at))
    return Mailboxes(
        {
            key: tuple(aliases if len(aliases) == 1 else sorted(aliases, key=_default_first))
            for key, aliases in found.items()
        }
    )


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


def load_list(session: Session, *, mode: str, users: Iterable[RegisteredUser], at: datetime, role: str = "PK") -> int:
    """Replace the list of a mode and role by `users` in the caller's transaction; returns how many lines it has.

    Readers see the old list until the commit. If `users` breaks off (`UserListUnreadable`), the caller's rollback
    keeps the old list. For small lists; those that GİB gives: `user_list`.
    """
    return list_load.take_in(session, mode=mode, role=role, lines=lines_of(users), sha256=b"", at=at).lines
