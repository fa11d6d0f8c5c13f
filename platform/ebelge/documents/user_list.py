"""GİB's lists of registered users, fetched and taken in whole."""

import tempfile
from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from ebelge.core.db import role_session
from ebelge.documents import taxpayer
from ebelge.documents.travel_models import GibListLoad
from ebelge.gib.gateway import SoapGateway
from ebelge.gib.taxpayers import ListKind, UserListUnreadable, read_user_list

# GİB lets an integrator fetch the list at most hourly (user list guide v1.0, Apr 2026).
EVERY = timedelta(hours=1)


def is_due(session: Session, *, mode: str, at: datetime) -> bool:
    """True if the list of `mode` was never taken in, or an hour ago."""
    loaded_at = session.scalar(select(GibListLoad.loaded_at).where(GibListLoad.mode == mode))
    return loaded_at is None or at - loaded_at >= EVERY


def reload(*, mode: str, gateway: SoapGateway, at: datetime) -> int:
    """Fetch the PK list of a mode and replace ours by it; returns how many aliases it has.

    :raises GatewayOutcomeUnknown: no list came. :raises UserListUnreadable: it is broken or empty. The
    old one stays.
    """
    with tempfile.TemporaryDirectory(prefix="ebelge-liste-") as folder:
        path = Path(folder) / ListKind.PK.file_name
        gateway.download_user_list(ListKind.PK, path)
        with path.open("rb") as file, role_session("app") as session:
            count = taxpayer.load_list(session, mode=mode, users=read_user_list(file), at=at)
            if not count:
                # A list of nobody would turn every e-Fatura into an e-Arşiv; the old one is kept.
                raise UserListUnreadable("GİB boş bir liste verdi", "GİB's list is empty")
            return count
