"""The clock's duties for personal data: copies that people asked for, and erasing what is past its time."""

import logging
from datetime import datetime

from ebelge.core.clock import utc_now
from ebelge.core.db import role_session
from tenants.privacy import copying, erasing, requests

log = logging.getLogger(__name__)
ROUNDS_MAX = 200


def make_copies(at: datetime) -> int:
    """Make what was asked for; killed in the middle, the next clock makes it again. Returns how many."""
    count = 0
    while True:
        with role_session("people") as session:
            asked = requests.asked_copies(session, limit=1)
            if not asked:
                return count
            (export,) = asked
            with role_session("reader") as reading:
                data = copying.collect(reading, person_id=export.person_id)
            now = utc_now()
            requests.made(session, export=export, file=copying.zip_of(data, language=export.language, at=now), at=now)
        count += 1


def erase(at: datetime) -> int:
    """Anonymise whose time has come and erase what is past its period; returns how many rows and people."""
    with role_session("people") as session:
        due = erasing.due(session, at=at)
    count = 0
    for one in due:
        with role_session("people") as session:
            done = erasing.anonymise(session, person_id=one.person_id, at=at)
        count += done
        log.info("person anonymised", extra={"person_id": str(one.person_id), "done": done})
    for _ in range(ROUNDS_MAX):
        with role_session("people") as session:
            erased = erasing.erase_old(session, at=at)
        if not erased:
            break
        count += sum(erased.values())
        log.info("personal data erased", extra={name.replace(".", "_"): rows for name, rows in erased.items()})
    return count
