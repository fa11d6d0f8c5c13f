"""Searches kept under a name: one's own, or everybody's in the account."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import and_, delete, func, or_, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from ebelge.archive.models import SavedSearch
from ebelge.archive.search import Filters, as_texts
from ebelge.core.errors import Conflict, InvalidRequest, NotFound
from ebelge.core.folding import fold
from ebelge.core.ids import new_id

OF_OWNER_MAX: Final = 50
NAME_MAX: Final = 60
EVERYBODY: Final = ""
ARCHIVE: Final = "archive"


class TooManySearches(Conflict):
    """As many searches are kept as may be."""

    code = "too_many_searches"
    title_tr, title_en = "Kayıtlı arama sayısı sınırda", "There are as many saved searches as there may be"


def listed(session: Session, *, tenant_id: UUID, owner: str, place: str = ARCHIVE) -> Sequence[SavedSearch]:
    """The searches of a list, of one (`person:…`, `key:…`) and those of everybody, by name."""
    return session.scalars(
        select(SavedSearch)
        .where(
            SavedSearch.tenant_id == tenant_id,
            or_(SavedSearch.owner == owner, SavedSearch.owner == EVERYBODY),
            SavedSearch.place == place,
        )
        .order_by(SavedSearch.folded, SavedSearch.search_id)
    ).all()


def keep(
    session: Session, *, tenant_id: UUID, owner: str, by: str, name: str, filters: Filters | Mapping[str, str],
    at: datetime, place: str = ARCHIVE,
) -> SavedSearch:  # fmt: skip
    """Keep filters under a name; a search of that name, owner and place becomes this one.

    `filters`: the archive's, or of a list of documents what stands in its address.
    :raises InvalidRequest: no name, or nothing to look for. :raises TooManySearches: see there.
    """
    name, texts = " ".join(name.split()), dict(as_texts(filters) if isinstance(filters, Filters) else filters)
    if not fold(name) or len(name) > NAME_MAX or not name.isprintable() or not texts:
        raise InvalidRequest(
            f"Ad 1-{NAME_MAX} karakter olmalı ve en az bir süzgeç seçilmeli.",
            f"A name has 1 to {NAME_MAX} characters, and there must be a filter.",
        )
    mine = SavedSearch.tenant_id == tenant_id, SavedSearch.owner == owner
    this = SavedSearch.folded == fold(name), SavedSearch.place == place
    others = session.scalar(select(func.count()).select_from(SavedSearch).where(*mine, ~and_(*this)))
    if (others or 0) >= OF_OWNER_MAX:
        raise TooManySearches(f"En çok {OF_OWNER_MAX} arama saklanır.", f"At most {OF_OWNER_MAX} are kept.")
    values = {
        "tenant_id": tenant_id, "search_id": new_id(), "owner": owner, "name": name, "folded": fold(name),
        "filters": texts, "created_by": by, "created_at": at, "place": place,
    }  # fmt: skip
    session.execute(
        insert(SavedSearch)
        .values(values)
        .on_conflict_do_update(
            index_elements=["tenant_id", "owner", "place", "folded"],
            set_={"name": name, "filters": texts, "created_by": by, "created_at": at},
        )
    )
    found = select(SavedSearch).where(*mine, *this)
    return session.scalars(found.execution_options(populate_existing=True)).one()


def remove(session: Session, *, tenant_id: UUID, search_id: UUID, owner: str, only_own: bool = False) -> None:
    """Forget a search, one's own or (unless `only_own`) everybody's. :raises NotFound: there is none such."""
    gone = session.execute(
        delete(SavedSearch)
        .where(
            SavedSearch.tenant_id == tenant_id,
            SavedSearch.search_id == search_id,
            SavedSearch.owner.in_([owner] if only_own else [owner, EVERYBODY]),
        )
        .returning(SavedSearch.search_id)
    ).first()
    if gone is None:
        raise NotFound("Böyle bir kayıtlı arama yok.", "There is no such saved search.")
