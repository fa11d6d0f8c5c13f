"""The clock's part for envelopes whose question was lost: they are asked about again."""

import logging
from datetime import datetime, timedelta

from ebelge.core.clock import utc_now
from ebelge.core.db import role_session, tenant_session
from ebelge.documents.travel import lost_questions

log = logging.getLogger(__name__)

# A message that is due is worked on within seconds; ten minutes without one, and there is none.
LOST_AFTER = timedelta(minutes=10)


def ask_again(at: datetime) -> int:
    """Give every open envelope whose next step is overdue and has no message that message; returns how many."""
    with role_session("reader") as session:
        found = lost_questions.find(session, before=at - LOST_AFTER)
    count = 0
    for one in found:
        with tenant_session(one.tenant_id) as session:
            topic = lost_questions.put_back(session, lost=one, at=utc_now())
        if topic is not None:
            count += 1
            log.warning("lost question put back", extra={"zarf_id": str(one.zarf_id), "topic": topic})
    return count
