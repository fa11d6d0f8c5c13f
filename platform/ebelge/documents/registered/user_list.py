"""GİB's lists of registered users, fetched and taken in whole: who receives (PK), who sends (GB)."""

import hashlib
import tempfile
from datetime import datetime, timedelta
from pathlib import Path
from typing import Literal

from sqlalchemy import select, text, update
from sqlalchemy.orm import Session

from ebelge.core.db import role_session
from ebelge.documents.registered.list_load import Taken, take_in
from ebelge.documents.registered.models import GibListLoad
from ebelge.gib.gateway import SoapGateway
from ebelge.gib.list_lines import list_lines
from ebelge.gib.taxpayers import ListKind, UserListUnreadable

# GİB lets an integrator fetch the list at most hourly (user list guide v1.0, Apr 2026).
EVERY = timedelta(hours=1)
Role = Literal["PK", "GB"]
KINDS: dict[Role, ListKind] = {"PK": ListKind.PK, "GB": ListKind.GB}
_HASH_CHUNK = 1024 * 1024


def is_due(session: Session, *, mode: str, at: datetime, role: Role = "PK") -> bool:
    """True if the list of `mode` was never taken in, or an hour ago."""
    loaded_at = session.scalar(select(GibListLoad.loaded_at).where(GibListLoad.mode == mode, GibListLoad.role == role))
    return loaded_at is None or at - loaded_at >= EVERY


def reload(*, mode: str, gateway: SoapGateway, at: datetime, role: Role = "PK") -> int:
    """Fetch a list of a mode and make ours equal to it; returns how many lines were taken in, 0 for an unchanged one.

    :raises GatewayOutcomeUnknown: no list came. :raises UserListUnreadable: it is broken, empty or shrunken: noted
    beside the list, which stays as it was.
    """
    kind = KINDS[role]
    with tempfile.TemporaryDirectory(prefix="ebelge-liste-") as folder:
        path = Path(folder) / kind.file_name
        with role_session("app") as session:
            known = session.get(GibListLoad, (mode, role))
            etag = known.etag if known is not None else ""
        fetched = gateway.download_user_list(kind, path, etag=etag)
        if fetched is None:  # GİB says that it has not changed
            _unchanged(mode, role, at)
            return 0
        return load_file(path, mode=mode, role=role, at=at, etag=fetched.etag).lines


def load_file(path: Path, *, mode: str, role: Role, at: datetime, etag: str = "", any_size: bool = False) -> Taken:
    """Make the list of a mode and role equal to a file (GİB's zip, or its XML), in a transaction of its own.

    The same bytes as last time are not read again: then nothing was taken in. `any_size`: as for `take_in`.
    :raises UserListUnreadable: broken, empty or shrunken: noted beside the list, which stays as it was.
    """
    digest = _sha256(path)
    with role_session("app") as session:
        known = session.get(GibListLoad, (mode, role))
        same = known is not None and known.sha256 == digest
    if same:
        _unchanged(mode, role, at)
        return Taken(0, 0, 0, 0)
    try:
        with path.open("rb") as file, role_session("app") as session:
            taken = take_in(
                session, mode=mode, role=role, lines=list_lines(file), sha256=digest, etag=etag, at=at,
                any_size=any_size,
            )  # fmt: skip
            if not taken.lines:
                # A list of nobody would turn every e-Fatura into an e-Arşiv; the old one is kept.
                raise UserListUnreadable("GİB boş bir liste verdi", "GİB's list is empty")
            return taken
    except UserListUnreadable as error:
        _refused(mode, role, str(error), at)
        raise


def _unchanged(mode: str, role: Role, at: datetime) -> None:
    with role_session("app") as session:
        session.execute(
            update(GibListLoad)
            .where(GibListLoad.mode == mode, GibListLoad.role == role)
            .values(loaded_at=at, opened=0, changed=0, closed=0, refused_at=None, refused="")
        )


def _refused(mode: str, role: Role, reason: str, at: datetime) -> None:
    """Write down why a list was refused, beside the one that stays (where there is one)."""
    with role_session("app") as session:
        session.execute(
            update(GibListLoad)
            .where(GibListLoad.mode == mode, GibListLoad.role == role)
            .values(refused_at=at, refused=reason)
        )


def _sha256(path: Path) -> bytes:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(_HASH_CHUNK):
            digest.update(chunk)
    return digest.digest()


def states(session: Session) -> list[GibListLoad]:
    """How each list was taken in last."""
    return list(session.scalars(select(GibListLoad).order_by(GibListLoad.mode, GibListLoad.role)))


def periods(session: Session, *, mode: str, vkn_tckn: str) -> list[dict[str, object]]:
    """Everything that the lists say, and said, of one taxpayer, oldest period first."""
    rows = session.execute(
        text(
            "SELECT role, document_type, alias, title, account_type, created_at, deleted_at FROM gib_alias "
            "WHERE mode = :mode AND vkn_tckn = :vkn ORDER BY document_type, role, alias, created_at"
        ),
        {"mode": mode, "vkn": vkn_tckn},
    )
    return [dict(row._mapping) for row in rows]
