"""The clock's part for GİB's lists: fetched at most hourly, taken in, a refused one told; closed tenants warned."""

import logging
import tempfile
from datetime import datetime
from pathlib import Path

from ebelge.core.clock import utc_now
from ebelge.core.config import settings
from ebelge.core.db import role_session, tenant_session
from ebelge.documents.registered import closures, user_list
from ebelge.documents.registered.user_list import KINDS
from ebelge.gib.closures import read_closures
from ebelge.gib.errors import GatewayOutcomeUnknown
from ebelge.gib.gateway import SoapGateway
from ebelge.gib.taxpayers import UserListUnreadable
from ebelge.notify import post
from tenants.models import Tenant

log = logging.getLogger(__name__)

# When each list was fetched last by this process: a fetch that failed counts, since GİB's limit is on fetching.
fetched: dict[tuple[str, str], datetime] = {}


def fetch(at: datetime) -> int:
    """Fetch GİB's user lists, each mode's and role's at most hourly; returns how many lines were taken in."""
    config = settings()
    count = 0
    for mode, url in (("live", config.gib_live_url), ("test", config.gib_test_url)):
        if not url:
            continue
        for role in KINDS:
            if at - fetched.get((mode, role), at - user_list.EVERY) < user_list.EVERY:
                continue
            with role_session("app") as session:
                due = user_list.is_due(session, mode=mode, role=role, at=at)
            if due:
                fetched[mode, role] = at
                count += _fetch(mode, role, url)
        if config.gib_closures_file:
            count += _fetch_closures(mode, url, config.gib_closures_file, at)
    return count + warn(at)


def _fetch(mode: str, role: user_list.Role, url: str) -> int:
    said = {"mode": mode, "role": role}
    try:
        with SoapGateway(url, settings().gib_timeout_s) as gateway:
            lines = user_list.reload(mode=mode, role=role, gateway=gateway, at=utc_now())
    except (GatewayOutcomeUnknown, UserListUnreadable) as error:
        log.error("GİB user list not taken in", extra=said | {"reason": str(error)})
        return 0
    log.info("GİB user list taken in", extra=said | {"aliases": lines})
    return lines


def _fetch_closures(mode: str, url: str, file_name: str, at: datetime) -> int:
    if at - fetched.get((mode, "TEMP"), at - user_list.EVERY) < user_list.EVERY:
        return 0
    fetched[mode, "TEMP"] = at
    try:
        with (
            tempfile.TemporaryDirectory(prefix="ebelge-liste-") as folder,
            SoapGateway(url, settings().gib_timeout_s) as gateway,
        ):
            path = Path(folder) / "closures"
            gateway.download(file_name, path)
            return load_closures(path, mode=mode, at=at)
    except (GatewayOutcomeUnknown, UserListUnreadable) as error:
        log.error("GİB's temporary user list not taken in", extra={"mode": mode, "reason": str(error)})
        return 0


def load_closures(path: Path, *, mode: str, at: datetime) -> int:
    """Take GİB's temporary list in from a file; returns how many closures it names."""
    found = read_closures(path)
    with role_session("app") as session:
        return closures.take_in(session, mode=mode, closures=found, at=at)


def warn(at: datetime) -> int:
    """Write to every tenant of ours whose account GİB closed, once; returns how many."""
    with role_session("reader") as session:
        waiting = closures.untold(session)
    for one in waiting:
        with tenant_session(one.tenant_id) as session:
            mode = session.get_one(Tenant, one.tenant_id).mode
            facts = {"vkn": one.vkn_tckn, "day": one.closure_date.isoformat(), "reason": one.reason}
            occasion = f"closed by gib {one.closure_date}"
            post.write(session, tenant_id=one.tenant_id, kind="closed_by_gib", occasion=occasion, facts=facts, at=at)
            closures.told(session, mode=mode, vkn_tckn=one.vkn_tckn, closure_date=one.closure_date, at=at)
        log.warning("GİB closed an account of ours", extra={"tenant_id": str(one.tenant_id), "reason": one.reason})
    return len(waiting)
