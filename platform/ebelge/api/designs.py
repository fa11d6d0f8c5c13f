"""Document designs: what readers see beside the document itself."""

import base64
import binascii
from datetime import datetime
from http import HTTPStatus
from typing import Annotated
from uuid import UUID

from apiflask import APIBlueprint
from flask import Response
from pydantic import Field
from sqlalchemy.orm import Session

from ebelge.api.account import NoQuery
from ebelge.api.answers import Answer, Instant
from ebelge.api.company_answers import Body, Kind
from ebelge.api.described import described
from ebelge.api.reading import json_body, query, validated
from ebelge.core.db import tenant_session
from ebelge.core.errors import InvalidRequest
from ebelge.edge import previews
from ebelge.edge.access import bearer, needs, reach
from ebelge.edge.actors import actor
from ebelge.edge.idempotency import json_response, perform, render
from ebelge.edge.requests import request_at
from tenants.company import designs
from tenants.company.designs import Look
from tenants.company.models import Design, DesignVersion

blueprint = APIBlueprint("designs", __name__, tag="Company")
_LOGO_TEXT_MAX = 360_000  # base64 of the largest picture
_XSLT_TEXT_MAX = 1_400_000  # and of the largest stylesheet


class DesignBody(Body):
    """A new design."""

    kind: Kind
    name: Annotated[str, Field(max_length=80)]


class LookBody(Body):
    """What a further version of a design says."""

    notes: Annotated[list[Annotated[str, Field(max_length=500)]], Field(max_length=10)] = Field(default_factory=list)
    iban: Annotated[str, Field(max_length=42)] | None = None
    bank_name: Annotated[str, Field(max_length=100)] | None = None
    logo_base64: Annotated[str, Field(max_length=_LOGO_TEXT_MAX)] | None = Field(
        default=None, description="PNG or JPEG, at most 256 KB and 2,000 pixels a side"
    )
    keep_logo: bool = Field(default=False, description="Without a new logo: keep the one of the version before")
    xslt_base64: Annotated[str, Field(max_length=_XSLT_TEXT_MAX)] | None = Field(
        default=None,
        description="A stylesheet (XSLT 1.0) of your own instead of our layout, at most 1 MB: one file, no document(), "
        "no import, no extensions. It is tried on an example; an element with the id qrcode gets the QR code",
    )
    xslt_name: Annotated[str, Field(max_length=80)] | None = Field(default=None, description="The file's name")
    keep_xslt: bool = Field(
        default=False, description="Without a new stylesheet: keep the one of the version before; else our layout"
    )


class PreviewBody(Body):
    """What to show."""

    xslt_base64: Annotated[str, Field(max_length=_XSLT_TEXT_MAX)] | None = Field(
        default=None, description="A stylesheet that is not stored yet; absent: the design's newest version"
    )
    document_id: UUID | None = Field(default=None, description="One of your documents; absent: an invented example")


class DesignAnswer(Answer):
    """A design with its newest version (0: none yet)."""

    design_id: UUID
    kind: str
    name: str
    is_default: bool = Field(description="Documents of the kind accepted from now on show it")
    version: int
    notes: list[str]
    iban: str | None = None
    bank_name: str | None = None
    has_logo: bool
    xslt_name: str | None = Field(default=None, description="The stylesheet of your own; null: our layout")
    xslt_sha256: str | None = None
    changed_at: Instant | None = None


class DesignList(Answer):
    """The account's designs."""

    items: list[DesignAnswer]


@blueprint.get("/designs")
@described(DesignList, query=NoQuery)
@needs("company:read")
def list_designs() -> Response:
    """Designs"""
    query(NoQuery)
    with tenant_session(bearer().tenant_id) as session:
        found = designs.listed(session, tenant_id=bearer().tenant_id)
        newest = designs.versions(session, tenant_id=bearer().tenant_id)
        default = designs.defaults(session, tenant_id=bearer().tenant_id, at=request_at())
        items = [_answer(row, newest.get(row.design_id), default=row.design_id in default) for row in found]
        return json_response(render(DesignList(items=items)))


@blueprint.post("/designs")
@described(DesignAnswer, status=HTTPStatus.CREATED, body=DesignBody, idempotent=True, refusals=(409, 422))
@needs("company:write", suspended_too=True)
def create() -> Response:
    """Add a design

    The first one of its kind is the default.
    """
    body = validated(DesignBody, json_body())

    def work(session: Session, at: datetime) -> DesignAnswer:
        row = designs.create(
            session, tenant_id=bearer().tenant_id, kind=body.kind, name=body.name, actor=actor(), at=at
        )  # fmt: skip
        return _shown(session, row, at)

    return perform(work, status=HTTPStatus.CREATED)


@blueprint.post("/designs/<uuid:design_id>/versions")
@described(DesignAnswer, status=HTTPStatus.CREATED, body=LookBody, idempotent=True, refusals=(404, 409, 422))
@needs("company:write", suspended_too=True)
def revise(design_id: UUID) -> Response:
    """Change a design

    A further version. The readable view of a document shows the version that stood when the document was accepted.
    A stylesheet is tried first: what reaches beyond its file, takes too long or makes no page is refused with
    `design_refused` and its line.
    """
    with tenant_session(bearer().tenant_id) as session:
        kind = designs.get(session, tenant_id=bearer().tenant_id, design_id=design_id).kind
    body = validated(LookBody, json_body())
    xslt = _decoded(body.xslt_base64, "xslt_base64")
    if xslt:
        previews.tried(xslt, kind=kind, owner=bearer().tenant_id)

    def work(session: Session, at: datetime) -> DesignAnswer:
        row = designs.get(session, tenant_id=bearer().tenant_id, design_id=design_id)
        look = Look(
            notes=tuple(body.notes), iban=body.iban, bank_name=body.bank_name,
            logo=_decoded(body.logo_base64, "logo_base64"), xslt=xslt, xslt_name=body.xslt_name,
        )  # fmt: skip
        designs.revise(
            session, tenant_id=bearer().tenant_id, design_id=design_id, look=look, keep_logo=body.keep_logo,
            keep_xslt=body.keep_xslt, actor=actor(), at=at,
        )  # fmt: skip
        return _shown(session, row, at)

    return perform(work, status=HTTPStatus.CREATED)


@blueprint.post("/designs/<uuid:design_id>/preview")
@described(None, body=PreviewBody, media_types=("text/html",), refusals=(404, 422))
@needs("company:write", suspended_too=True)
def preview(design_id: UUID) -> Response:
    """See a design

    The page that a stylesheet (given here, or the design's newest version) makes of an invented example or of one of
    your documents. Nothing is stored.
    """
    tenant_id = bearer().tenant_id
    with tenant_session(tenant_id) as session:
        designs.get(session, tenant_id=tenant_id, design_id=design_id)
    body = validated(PreviewBody, json_body())
    html = previews.preview(
        tenant_id, design_id, document_id=body.document_id, stylesheet=_decoded(body.xslt_base64, "xslt_base64"),
        reach=reach() if "documents:read" in bearer().scopes else None,
    )  # fmt: skip
    return previews.answer(html, framed=False)


@blueprint.post("/designs/<uuid:design_id>/default")
@described(DesignAnswer, query=NoQuery, idempotent=True, refusals=(404,))
@needs("company:write", suspended_too=True)
def make_default(design_id: UUID) -> Response:
    """Make a design the default of its kind

    For documents accepted from now on.
    """

    def work(session: Session, at: datetime) -> DesignAnswer:
        row = designs.make_default(
            session, tenant_id=bearer().tenant_id, design_id=design_id, actor=actor(), at=at
        )  # fmt: skip
        return _shown(session, row, at)

    return perform(work)


def _decoded(text: str | None, name: str) -> bytes | None:
    if not text:
        return None
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise InvalidRequest(f"Geçersiz base64: {name}", f"Invalid base64: {name}") from error


def _shown(session: Session, row: Design, at: datetime) -> DesignAnswer:
    version = designs.current(session, tenant_id=row.tenant_id, design_id=row.design_id)
    default = designs.chosen(session, tenant_id=row.tenant_id, kind=row.kind, at=at) == row.design_id
    return _answer(row, version, default=default)


def _answer(row: Design, version: DesignVersion | None, *, default: bool) -> DesignAnswer:
    return DesignAnswer(
        design_id=row.design_id, kind=row.kind, name=row.name, is_default=default,
        version=version.version if version else 0, notes=list(version.notes) if version else [],
        iban=version.iban if version else None, bank_name=version.bank_name if version else None,
        xslt_name=version.xslt_name if version else None,
        xslt_sha256=version.xslt_sha256.hex() if version and version.xslt_sha256 else None,
        has_logo=bool(version and version.logo), changed_at=version.created_at if version else None,
    )  # fmt: skip
