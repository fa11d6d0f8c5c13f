"""The tenant's own aliases at GİB: sender units (GB) and mailboxes (PK), each asked for, confirmed, closed.

What GİB has to be told is a state here; user envelopes will move it, until then staff enter GİB's answer by hand. The
alias a service sends from is `service.sender_alias`: always one that is confirmed, and it cannot be closed meanwhile.
"""

import re
from collections.abc import Sequence
from datetime import date, datetime
from typing import Final, Literal
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from ebelge.core.errors import Conflict, NotFound
from ebelge.core.ids import new_id
from tenants import accounts, locator, services
from tenants.audit import entries
from tenants.audit.entries import Actor
from tenants.company.models import Branch, OwnAlias
from tenants.fields import Checks
from tenants.models import Service

Role = Literal["GB", "PK"]
FORM: Final = re.compile(r"urn:mail:[A-Za-z0-9][A-Za-z0-9._%+-]{0,63}@[A-Za-z0-9][A-Za-z0-9.-]{0,180}[A-Za-z0-9]")
REFERENCE_CHARACTERS_MAX: Final = 200
OPEN: Final = ("asked", "confirmed", "closing")
MOVES: Final[dict[str, frozenset[str]]] = {
    "asked": frozenset({"confirmed", "refused"}),
    "confirmed": frozenset({"closing"}),
    "closing": frozenset({"confirmed", "closed"}),
    "closed": frozenset(),
    "refused": frozenset(),
}
STATE_NAMES: Final[dict[str, tuple[str, str]]] = {
    "asked": ("GİB'e bildirilecek", "To be told to GİB"),
    "confirmed": ("GİB onayladı", "Confirmed by GİB"),
    "closing": ("Kapatılacak", "To be closed"),
    "closed": ("Kapandı", "Closed"),
    "refused": ("GİB reddetti", "Refused by GİB"),
}


class AliasTaken(Conflict):
    """Somebody has the alias already; whose it is, is not said."""

    code = "alias_taken"
    title_tr, title_en = "Bu etiket kullanımda", "The alias is in use"
    advice_tr = "Hiçbir şey kaydedilmedi; başka bir etiket seçin."
    advice_en = "Nothing was stored; choose another alias."


class UnlawfulAliasMove(Conflict):
    """The alias cannot go from its present state to that one."""

    code = "unlawful_alias_move"
    title_tr, title_en = "Etiketin durumu buna izin vermiyor", "The alias's state does not allow this"


class AliasInUse(Conflict):
    """The service sends from this alias."""

    code = "alias_in_use"
    title_tr, title_en = "Hizmet bu etiketten gönderiyor", "The service sends from this alias"
    advice_tr = "Önce gönderim için başka bir etiket seçin."
    advice_en = "Choose another alias to send from first."


class CannotSendFrom(Conflict):
    """Only a confirmed sender unit (GB) that is valid can be sent from."""

    code = "cannot_send_from"
    title_tr, title_en = "Bu etiketten gönderilemez", "This alias cannot be sent from"


def listed(session: Session, *, tenant_id: UUID, service: str | None = None) -> Sequence[OwnAlias]:
    """The tenant's aliases (of one service), open ones first."""
    query = select(OwnAlias).where(OwnAlias.tenant_id == tenant_id)
    if service is not None:
        query = query.where(OwnAlias.service == service)
    closed = OwnAlias.state.in_(("closed", "refused"))
    return session.scalars(query.order_by(closed, OwnAlias.service, OwnAlias.role, OwnAlias.alias)).all()


def get(session: Session, *, tenant_id: UUID, alias_id: UUID) -> OwnAlias:
    """An alias of the tenant. :raises NotFound: there is none."""
    row = session.get(OwnAlias, (tenant_id, alias_id))
    if row is None:
        raise NotFound()
    return row


def ask(
    session: Session, *, tenant_id: UUID, service: str, role: Role, alias: str, actor: Actor, at: datetime
) -> OwnAlias:
    """Enter an alias that GİB is to be asked for. It is the tenant's alone in its mode from now on, for ever.

    :raises InvalidFields: it is no alias, or the service has none at GİB. :raises AliasTaken: somebody has it.
    """
    said, check = alias.strip(), Checks()
    if not FORM.fullmatch(said):
        check.refuse(
            "alias",
            "Etiket şu biçimde olur: urn:mail:ad@alan.com",
            "An alias looks like this: urn:mail:name@domain.com",
        )
    rule = services.RULES.get(service)
    if rule is None or rule.document_type is None:
        check.refuse("service", "Bu hizmetin GİB'de etiketi olmaz.", "This service has no aliases at GİB.")
    check.done()
    row = OwnAlias(
        tenant_id=tenant_id, alias_id=new_id(), service=service, role=role, alias=said, state="asked", reference="",
        asked_at=at, changed_at=at,
    )  # fmt: skip
    if any(one.alias == said and one.role == role for one in _open(session, tenant_id, service)):
        raise AliasTaken("Bu etiket bu hizmette tanımlı.", "The service has this alias.")
    _reserve(session, row)
    session.add(row)
    session.flush()
    _note(session, row, "alias.added", None, actor, at)
    return row


def answer(
    session: Session, *, tenant_id: UUID, alias_id: UUID, to: Literal["confirmed", "refused", "closed"], day: date,
    reference: str, actor: Actor, at: datetime,
) -> OwnAlias:  # fmt: skip
    """Enter what GİB answered: `confirmed` from a day on, `refused`, or `closed` with a last day.

    :raises UnlawfulAliasMove: it was not asked. :raises NotFound: there is no such alias.
    """
    row = get(session, tenant_id=tenant_id, alias_id=alias_id)
    check = Checks()
    said = check.text("reference", reference, longest=REFERENCE_CHARACTERS_MAX) or ""
    if to == "closed" and row.valid_from is not None and day < row.valid_from:
        check.refuse("day", "Son gün, ilk günden önce olamaz.", "The last day cannot be before the first.")
    check.done()
    before = _move(row, to, at)
    if to == "confirmed" and row.valid_from is None:
        row.valid_from = day
    if to == "closed":
        row.valid_until = day
    row.reference = said or row.reference
    session.flush()
    _note(session, row, "alias.changed", before, actor, at)
    return row


def ask_to_close(session: Session, *, tenant_id: UUID, alias_id: UUID, actor: Actor, at: datetime) -> OwnAlias:
    """GİB is to be told that the alias ends. :raises AliasInUse: the service sends from it. :raises NotFound."""
    row = get(session, tenant_id=tenant_id, alias_id=alias_id)
    service = services.locked(session, tenant_id=tenant_id, service=row.service)
    if row.role == "GB" and service.sender_alias == row.alias:
        raise AliasInUse()
    before = _move(row, "closing", at)
    session.flush()
    _note(session, row, "alias.changed", before, actor, at)
    return row


def send_from(session: Session, *, tenant_id: UUID, alias_id: UUID, on: date, actor: Actor, at: datetime) -> Service:
    """Let the alias's service send from it; documents accepted afterwards name it.

    :raises CannotSendFrom: it is no confirmed GB, or not valid on that day. :raises NotFound.
    """
    row = get(session, tenant_id=tenant_id, alias_id=alias_id)
    if row.role != "GB" or row.state != "confirmed" or row.valid_from is None or row.valid_from > on:
        raise CannotSendFrom(
            "Gönderim için GİB'in onayladığı ve geçerli bir gönderici birim (GB) etiketi gerekir.",
            "Sending needs a sender unit (GB) that GİB has confirmed and that is valid today.",
        )
    service = services.locked(session, tenant_id=tenant_id, service=row.service)
    before = {"service": service.service, "sender_alias": service.sender_alias}
    service.sender_alias = row.alias
    session.flush()
    entries.note(
        session, tenant_id=tenant_id, actor=actor, action="service.settings_changed", object_kind="service",
        object_id=service.service, before=before, after=before | {"sender_alias": row.alias}, at=at,
    )  # fmt: skip
    return service


def assign_branch(
    session: Session, *, tenant_id: UUID, alias_id: UUID, branch: str, actor: Actor, at: datetime
) -> OwnAlias:
    """Make a mailbox a branch's ("": the whole company's): whoever is narrowed to the branch sees what comes to it.

    :raises NotFound: there is no such alias, or no such branch.
    """
    row = get(session, tenant_id=tenant_id, alias_id=alias_id)
    known = select(Branch.code).where(Branch.tenant_id == tenant_id, Branch.code == branch)
    if branch and session.scalars(known).first() is None:
        raise NotFound("Böyle bir şube yok.", "There is no such branch.")
    before = _kept(row) | {"branch": row.branch}
    row.branch, row.changed_at = branch, at
    session.flush()
    entries.note(
        session, tenant_id=tenant_id, actor=actor, action="alias.changed", object_kind="alias",
        object_id=row.alias_id, before=before, after=_kept(row) | {"branch": branch}, at=at,
    )  # fmt: skip
    return row


def adopt(
    session: Session, *, tenant_id: UUID, service: str, role: Role, alias: str, since: date | None, at: datetime
) -> OwnAlias:  # fmt: skip
    """Enter an alias that an account is opened with: GİB knows it since a day, or (None) is still to be asked.

    :raises AliasTaken: another account has it.
    """
    row = OwnAlias(
        tenant_id=tenant_id, alias_id=new_id(), service=service, role=role, alias=alias,
        state="confirmed" if since else "asked", valid_from=since, reference="", asked_at=at, changed_at=at,
    )  # fmt: skip
    _reserve(session, row)
    session.add(row)
    session.flush()
    return row


def _reserve(session: Session, row: OwnAlias) -> None:
    """One alias belongs to one taxpayer at one integrator (UserList Kılavuzu); letters' case makes no difference."""
    mode = accounts.get(session, tenant_id=row.tenant_id).mode
    kind, key = f"gib_{row.role.casefold()}.{mode}", row.alias.casefold()
    if locator.put_many(session, tenant_id=row.tenant_id, kind=kind, pairs=[(key, row.alias_id)]):
        found = locator.locate(session, kind=kind, key=key)
        # Two services of one tenant may share an alias.
        if found is None or found.tenant_id != row.tenant_id:
            raise AliasTaken()


def _open(session: Session, tenant_id: UUID, service: str) -> Sequence[OwnAlias]:
    return session.scalars(
        select(OwnAlias).where(
            OwnAlias.tenant_id == tenant_id, OwnAlias.service == service, OwnAlias.state.in_(OPEN)
        )
    ).all()  # fmt: skip


def _move(row: OwnAlias, to: str, at: datetime) -> dict[str, object]:
    if to not in MOVES[row.state]:
        raise UnlawfulAliasMove(
            f"'{STATE_NAMES[row.state][0]}' durumundaki etiket '{STATE_NAMES[to][0]}' olamaz.",
            f"An alias that is {row.state} cannot become {to}.",
        )
    before = _kept(row)
    row.state, row.changed_at = to, at
    return before


def _kept(row: OwnAlias) -> dict[str, object]:
    return {"kind": row.role, "alias": row.alias, "service": row.service, "state": row.state}


def _note(
    session: Session, row: OwnAlias, action: str, before: dict[str, object] | None, actor: Actor, at: datetime
) -> None:
    entries.note(
        session, tenant_id=row.tenant_id, actor=actor, action=action, object_kind="alias", object_id=row.alias_id,
        before=before, after=_kept(row), at=at,
    )  # fmt: skip
