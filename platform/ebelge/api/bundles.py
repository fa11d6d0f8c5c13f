"""Many documents at once, as files."""

from datetime import date
from typing import Annotated
from uuid import UUID

from apiflask import APIBlueprint
from flask import Response
from pydantic import Field

from ebelge.api.account import NoQuery
from ebelge.api.described import described
from ebelge.api.lookups import Kind, State
from ebelge.api.reading import query
from ebelge.core.errors import InvalidRequest
from ebelge.documents.queries import Filters
from ebelge.edge import bundles
from ebelge.edge.access import bearer, needs, reach

blueprint = APIBlueprint("bundles", __name__, tag="Documents")
_FORMS = "^(xml|html|pdf)(,(xml|html|pdf)){0,2}$"
_IDS_MAX = 100  # an address has no room for more
_ID = "[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}"


class ZipQuery(NoQuery):
    """Which documents, in which forms. `documents` alone, or filters as in the list."""

    forms: Annotated[str, Field(pattern=_FORMS, description="Of xml, html, pdf, with commas between")] = "xml,html"
    documents: (
        Annotated[str, Field(pattern=f"^{_ID}(,{_ID}){{0,{_IDS_MAX - 1}}}$", description="Ids, with commas between")]
        | None
    ) = None
    kind: Kind | None = None
    state: State | None = None
    buyer: Annotated[str, Field(pattern="^[0-9]{10,11}$", description="VKN or TCKN of the buyer")] | None = None
    month: (
        Annotated[
            str,
            Field(
                pattern="^20[0-9]{2}-(0[1-9]|1[0-2])$",
                description="Issue dates of a month, instead of day_from and day_to: 2026-11",
            ),
        ]
        | None
    ) = None
    day_from: Annotated[date, Field(description="First issue date")] | None = None
    day_to: Annotated[date, Field(description="Last issue date")] | None = None


@blueprint.get("/documents/zip")
@described(None, query=ZipQuery, media_types=("application/zip",), refusals=(404, 422))
@needs("documents:read")
def get_zip() -> Response:
    """Documents as a ZIP

    XML (the signed one where there is one), readable page and PDF of each, with `manifest.json` and `SHA256SUMS`
    (`sha256sum -c`). At most 1,000 documents, with PDFs 100: more is refused with `too_many_documents`. A document that
    cannot be printed stands in the manifest with its reason.
    """
    asked = query(ZipQuery)
    if asked.month and (asked.day_from or asked.day_to):
        raise InvalidRequest("Ya month ya da day_from ve day_to verin.", "Give month, or day_from and day_to.")
    days = bundles.month_days(asked.month) if asked.month else (asked.day_from, asked.day_to)
    filters = Filters(
        kind=asked.kind, state=asked.state, buyer_vkn_tckn=asked.buyer, day_from=days[0], day_to=days[1]
    )  # fmt: skip
    ids = [UUID(one) for one in (asked.documents or "").split(",") if one]
    return bundles.answer(
        bearer().tenant_id, filters=filters, forms=asked.forms.split(","), ids=ids, reach=reach()
    )  # fmt: skip
