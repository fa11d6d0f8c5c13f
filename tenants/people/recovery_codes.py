"""Recovery codes: ten at a time, each stands for the second factor once. 80 random bits; only hashes are kept."""

import base64
import hashlib
import re
import secrets
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from tenants.people.models import RecoveryCode

COUNT: Final = 10
_BYTES = 10
_FORM = re.compile(r"[a-z2-7]{16}")


def make(session: Session, *, person_id: UUID, at: datetime) -> list[str]:
    """Ten new codes, shown now and never again; those before them are worth nothing."""
    remove(session, person_id=person_id)
    codes = [base64.b32encode(secrets.token_bytes(_BYTES)).decode().lower() for _ in range(COUNT)]
    session.add_all(
        RecoveryCode(person_id=person_id, code_sha256=_hashed(person_id, one), created_at=at) for one in codes
    )
    session.flush()
    return ["-".join(one[start : start + 4] for start in range(0, 16, 4)) for one in codes]


def looks_like_one(typed: str) -> bool:
    """Whether somebody typed a recovery code rather than a TOTP code."""
    return _FORM.fullmatch(_plain(typed)) is not None


def use(session: Session, *, person_id: UUID, typed: str, at: datetime) -> bool:
    """Use a code up; False if it is none of the person's or was used. Of two at the same instant one gets it."""
    used = session.scalars(
        update(RecoveryCode)
        .where(
            RecoveryCode.person_id == person_id,
            RecoveryCode.code_sha256 == _hashed(person_id, _plain(typed)),
            RecoveryCode.used_at.is_(None),
        )
        .values(used_at=at)
        .returning(RecoveryCode.person_id)
    ).first()
    return used is not None


def left(session: Session, *, person_id: UUID) -> int:
    """How many codes are unused."""
    wanted = select(func.count()).where(RecoveryCode.person_id == person_id, RecoveryCode.used_at.is_(None))
    return session.scalar(wanted) or 0


def remove(session: Session, *, person_id: UUID) -> None:
    """Make every code worthless."""
    session.execute(delete(RecoveryCode).where(RecoveryCode.person_id == person_id))


def _plain(typed: str) -> str:
    return re.sub(r"[\s-]", "", typed[:64]).lower()


def _hashed(person_id: UUID, plain: str) -> bytes:
    return hashlib.sha256(person_id.bytes + plain.encode()).digest()
