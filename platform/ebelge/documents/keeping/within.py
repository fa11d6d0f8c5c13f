"""What a narrowed member finds in the archive: what his series have numbered, and what came to his branches' mailboxes.

An entry of the archive says in one column by what it is reached: the id of its series, or, where it came in, an id that
follows from its mailbox. Which mailboxes belong to which branch is asked when somebody searches, so it may change. What
came to the whole company's mailboxes, earlier documents and files are for those who see everything.
"""

import hashlib
from typing import Final
from uuid import UUID

from sqlalchemy.orm import Session

from ebelge.documents import reached
from ebelge.documents.incoming import queries
from tenants.members.reach import Reach

# The same as `mailbox_id`, of an incoming document `d`.
MAILBOX_SQL: Final = "CAST(md5('mailbox ' || d.receiver_alias) AS uuid)"


def mailbox_id(alias: str) -> UUID:
    """The id by which what came to a mailbox is reached."""
    return UUID(hashlib.md5(f"mailbox {alias}".encode(), usedforsecurity=False).hexdigest())


def ids(session: Session, *, tenant_id: UUID, reach: Reach) -> frozenset[UUID] | None:
    """By which ids `reach` reaches entries of the archive; None: everything."""
    series = reached.series_ids(session, tenant_id=tenant_id, reach=reach)
    if series is None:
        return None
    return series | {mailbox_id(alias) for alias in queries.mailboxes(session, tenant_id=tenant_id, reach=reach)}
