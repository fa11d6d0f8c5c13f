"""A number that its document gave back: entered here, taken first by the next document of its series."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from ebelge.documents.models import Document, OpenNumber, Series


def open_again(session: Session, *, document: Document, reason: str, at: datetime) -> bool:
    """Enter the document's number as open; False for a series of the ERP's, whose numbers are not ours to give.

    The caller has taken the number from the document (`number_held` False) in the same transaction.
    """
    owner = session.scalar(
        select(Series.owner).where(Series.tenant_id == document.tenant_id, Series.series_id == document.series_id)
    )
    if owner != "ours":
        return False
    opened = {
        "document_id": document.document_id,
        "reason": reason,
        "opened_at": at,
        "taken_at": None,
        "taken_by": None,
    }
    key = {
        "tenant_id": document.tenant_id,
        "series_id": document.series_id,
        # The year of the number, which is that of the issue date.
        "year": document.issue_date.year,
        "serial": document.serial,
    }
    # The number may have been open before, taken, and given back again.
    session.execute(
        insert(OpenNumber).values(**key, **opened).on_conflict_do_update(index_elements=list(key), set_=opened)
    )
    return True
