"""Passkeys of people: their public halves, listed, found by credential, removed."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from ebelge.core.errors import Conflict, NotFound
from ebelge.core.ids import new_id
from tenants.people import factors, persons
from tenants.people.models import Passkey

COUNT_MAX: Final = 20
NAME_MAX: Final = 60


class PasskeyRefused(Conflict):
    """The device is known already, or there are too many."""

    code = "passkey_refused"
    title_tr, title_en = "Geçiş anahtarı eklenmedi", "The passkey was not added"


def listed(session: Session, *, person_id: UUID) -> Sequence[Passkey]:
    """A person's passkeys, the oldest first."""
    return session.scalars(
        select(Passkey).where(Passkey.person_id == person_id).order_by(Passkey.created_at, Passkey.passkey_id)
    ).all()


def add(
    session: Session,
    *,
    person_id: UUID,
    credential_id: bytes,
    public_key: bytes,
    sign_count: int,
    transports: Sequence[str],
    backed_up: bool,
    name: str,
    at: datetime,
) -> Passkey:
    """Keep a passkey that has just proved itself. :raises PasskeyRefused: known already, or one too many."""
    persons.get(session, person_id=person_id, lock=True)
    if len(listed(session, person_id=person_id)) >= COUNT_MAX:
        raise PasskeyRefused(
            f"Bir hesapta en çok {COUNT_MAX} geçiş anahtarı olabilir.", f"An account has at most {COUNT_MAX} passkeys."
        )
    if find(session, credential_id=credential_id) is not None:
        raise PasskeyRefused("Bu geçiş anahtarı zaten kayıtlı.", "This passkey is registered already.")
    made = Passkey(
        passkey_id=new_id(),
        person_id=person_id,
        credential_id=credential_id,
        public_key=public_key,
        sign_count=sign_count,
        transports=[one[:20] for one in transports[:6]],
        backed_up=backed_up,
        name=" ".join(name.split())[:NAME_MAX] or "Passkey",
        created_at=at,
    )
    session.add(made)
    session.flush()
    return made


def find(session: Session, *, credential_id: bytes, lock: bool = False) -> Passkey | None:
    """The passkey with that credential."""
    wanted = select(Passkey).where(Passkey.credential_id == credential_id)
    return session.scalars(wanted.with_for_update() if lock else wanted).one_or_none()


def remove(session: Session, *, person_id: UUID, passkey_id: UUID) -> str:
    """Take a passkey away; returns its name. With the last factor the recovery codes go, too.

    :raises NotFound: it is not the person's.
    """
    gone = delete(Passkey).where(Passkey.person_id == person_id, Passkey.passkey_id == passkey_id)
    name = session.scalars(gone.returning(Passkey.name)).first()
    if name is None:
        raise NotFound()
    factors.drop_codes_without_factor(session, person_id=person_id)
    return name
