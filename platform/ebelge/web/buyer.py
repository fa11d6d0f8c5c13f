"""The buyer's page: one document behind a link that cannot be guessed. No sign-in, no script, nothing else to see."""

import re
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from flask import Blueprint, Response

from ebelge.archive.store import open_store
from ebelge.core.db import role_session, tenant_session
from ebelge.core.errors import NotFound
from ebelge.core.money import lira_text
from ebelge.documents import queries, readable
from ebelge.documents.models import Document
from ebelge.documents.readable import Readable
from ebelge.documents.sign import SIGNED_NAME
from ebelge.documents.submit import LINK_KIND
from ebelge.edge import csp
from ebelge.edge.languages import language
from ebelge.ubl.types import DocumentKind
from ebelge.web.public import page
from ebelge.web.trade_words import kind_name
from tenants import accounts, locator
from tenants.members.reach import WHOLE

blueprint = Blueprint("buyer", __name__, url_prefix="/b")
# The readable view is made by our own stylesheet; the frame around it is sandboxed all the same.
VIEW_POLICY = (
    "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'self'"
)
PAGE_POLICY = csp.policy(frame=True)
_TOKEN = re.compile(r"[A-Za-z0-9_-]{20,64}")
_SHOWN = frozenset({"signed", "sent", "unknown", "delivered", "undelivered"})


@dataclass(frozen=True)
class Shown:
    """What the page says of a document."""

    tenant_id: UUID
    document_id: UUID
    ettn: UUID
    kind: DocumentKind
    number: str
    issue_date: date
    seller: str
    buyer: str
    amount: str
    signed: bool
    valid: bool
    sandbox: bool
    readable: Readable


@blueprint.get("/<token>")
def document_page(token: str) -> Response:
    """The document's page."""
    shown = _find(token)
    kind = kind_name(shown.kind, 0 if language() == "tr" else 1)
    return _private(page("buyer.html", policy=PAGE_POLICY, shown=shown, kind=kind, token=token))


@blueprint.get("/<token>/view")
def view(token: str) -> Response:
    """The readable view, for the sandboxed frame and for printing."""
    shown = _find(token)
    response = _private(
        Response(readable.page(shown.readable, _xml(shown)).html, content_type="text/html; charset=utf-8")
    )
    response.headers["Content-Security-Policy"] = VIEW_POLICY
    response.headers["X-Frame-Options"] = "SAMEORIGIN"
    # browsers refuse a sandboxed page that also asks for an opener policy of its own
    response.headers["Cross-Origin-Opener-Policy"] = "unsafe-none"
    return response


@blueprint.get("/<token>/document.pdf")
def pdf(token: str) -> Response:
    """The document as PDF, the signed XML inside."""
    shown = _find(token)
    if not (shown.signed and shown.valid):
        raise NotFound("Bu belgenin PDF'i yok.", "There is no PDF of this document.")
    response = _private(Response(readable.paper(shown.readable, _xml(shown)), content_type="application/pdf"))
    response.headers["Content-Disposition"] = f'attachment; filename="{shown.number}.pdf"'
    return response


@blueprint.get("/<token>/signed.xml")
def signed_xml(token: str) -> Response:
    """The signed document itself: the original in law."""
    shown = _find(token)
    if not shown.signed:
        raise NotFound("Belge henüz imzalanmadı.", "The document is not signed yet.")
    response = _private(Response(_xml(shown), content_type="application/xml"))
    response.headers["Content-Disposition"] = f'attachment; filename="{shown.number}.xml"'
    return response


def _find(token: str) -> Shown:
    if not _TOKEN.fullmatch(token):
        raise _gone()
    with role_session("app") as session:
        found = locator.locate(session, kind=LINK_KIND, key=token)
    if found is None:
        raise _gone()
    with tenant_session(found.tenant_id) as session:
        document = session.get(Document, (found.tenant_id, found.object_id))
        if document is None or document.link_token != token:
            raise _gone()
        tenant = accounts.get(session, tenant_id=found.tenant_id)
        return Shown(
            tenant_id=found.tenant_id,
            document_id=document.document_id,
            ettn=document.ettn,
            kind=DocumentKind(document.kind),
            number=document.number,
            issue_date=document.issue_date,
            seller=tenant.title,
            buyer=document.buyer_title,
            amount="" if document.kind == "eirsaliye" else f"{lira_text(document.payable_kurus)} {_sign(document)}",
            signed=document.signed_sha256 is not None,
            valid=document.state in _SHOWN or document.state == "accepted",
            sandbox=tenant.mode == "test",
            readable=readable.of(session, document=document),
        )


def _sign(document: Document) -> str:
    return "₺" if document.currency == "TRY" else document.currency


def _xml(shown: Shown) -> bytes:
    if shown.signed:
        return open_store().get(shown.tenant_id, shown.ettn, SIGNED_NAME)
    with tenant_session(shown.tenant_id) as session:
        # whoever holds the link has no company here whose reach could narrow what it opens
        return queries.source_xml(session, tenant_id=shown.tenant_id, document_id=shown.document_id, reach=WHOLE)


def _gone() -> NotFound:
    return NotFound(
        "Bu bağlantıda belge yok. Bağlantıyı belgeyi gönderenden isteyin.",
        "This link shows no document. Ask whoever sent it to you.",
    )


def _private(response: Response) -> Response:
    response.headers["Cache-Control"] = "private, no-store"
    response.headers["X-Robots-Tag"] = "noindex, nofollow"
    return response
