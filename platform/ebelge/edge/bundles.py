"""Chosen documents of an account as one ZIP, sent while it is written."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from flask import Response

from ebelge.core.clock import istanbul_date
from ebelge.core.db import tenant_session
from ebelge.documents import bundle
from ebelge.documents.looking import Wanted
from ebelge.documents.queries import Filters
from ebelge.edge import originals
from ebelge.edge.requests import request_at
from tenants import accounts
from tenants.members.reach import Reach


def month_days(month: str) -> tuple[date, date]:
    """First and last day of `2026-11`. :raises ValueError: it is no month."""
    first = date.fromisoformat(f"{month}-01")
    return first, (first + timedelta(days=32)).replace(day=1) - timedelta(days=1)


def answer(
    tenant_id: UUID, *, filters: Filters | Wanted, forms: Sequence[str], ids: Sequence[UUID] = (), reach: Reach
) -> Response:
    """The ZIP of those named, else of those that the filters (of the API, or of the list) let through.

    :raises TooManyDocuments, NotFound, InvalidRequest: see `documents.bundle`; nothing is sent then.
    """
    at = request_at()
    with tenant_session(tenant_id) as session:
        tenant = accounts.get(session, tenant_id=tenant_id)
        facts: dict[str, Any] = {"vkn_tckn": tenant.vkn_tckn, "title": tenant.title, "mode": tenant.mode}
        if isinstance(filters, Wanted) and not ids:
            chosen = bundle.listed(session, tenant_id=tenant_id, wanted=filters, forms=forms, at=at, reach=reach)
        else:
            plain = Filters() if isinstance(filters, Wanted) else filters
            chosen = bundle.chosen(session, tenant_id=tenant_id, filters=plain, forms=forms, ids=ids, reach=reach)
    parts = bundle.stream(
        chosen, load=lambda one: originals.readable_of(tenant_id, one, reach=reach), forms=forms, at=at, facts=facts
    )  # fmt: skip
    response = Response(parts, content_type="application/zip")
    name = f"belgeler-{facts['vkn_tckn']}-{istanbul_date(at).isoformat()}.zip"
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    response.headers["Cache-Control"] = "private, no-store"
    return response
