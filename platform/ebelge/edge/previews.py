"""A design before it is used: tried on an example, shown with an example or with a document of one's own."""

from uuid import UUID

from flask import Response

from ebelge.core.db import tenant_session
from ebelge.core.errors import NotFound
from ebelge.documents import looks
from ebelge.edge import originals
from ebelge.paper import example, pages
from ebelge.ubl.types import DocumentKind
from tenants.company import designs
from tenants.members.reach import Reach

# What a stylesheet made is shown and does nothing: it may not run, load, send or be anything but a page in our frame.
VIEW_POLICY = (
    "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'self'"
)


def tried(stylesheet: bytes, *, kind: str, owner: UUID) -> None:
    """Nothing, if a stylesheet makes a page of an example of the kind. :raises DesignRefused: it does not."""
    pages.tried(stylesheet, example=example.document(DocumentKind(kind)), owner=owner)


def preview(
    tenant_id: UUID, design_id: UUID, *, document_id: UUID | None, stylesheet: bytes | None, reach: Reach | None
) -> bytes:
    """The page of a design's newest version, or of a stylesheet that is not stored yet. `reach` None: who asks may see
    no document, only the example.

    :raises NotFound: no such design, or no such document for who asks. :raises DesignRefused: see `tried`.
    """
    with tenant_session(tenant_id) as session:
        design = designs.get(session, tenant_id=tenant_id, design_id=design_id)
        kind = DocumentKind(design.kind)
        version = designs.current(session, tenant_id=tenant_id, design_id=design_id)
        look, kept = looks.look_of(version), designs.stylesheet(session, version=version)
    xml = example.document(kind)
    if document_id is not None:
        if reach is None:
            raise NotFound("Belge bulunamadı.", "There is no such document.")
        document, xml = originals.readable_of(tenant_id, document_id, reach=reach)
        if document.kind is not kind:
            raise NotFound("Bu tasarımın türünde belge değil.", "The document is not of this design's kind.")
    chosen = stylesheet or kept
    if chosen:
        return pages.tried(chosen, example=xml, owner=tenant_id)
    return pages.shown(xml, look).html


def answer(html: bytes, *, framed: bool = True) -> Response:
    """A page that a stylesheet made, as an answer. `framed`: our own pages may show it in a frame."""
    response = Response(html, content_type="text/html; charset=utf-8")
    policy = VIEW_POLICY if framed else VIEW_POLICY.replace("frame-ancestors 'self'", "frame-ancestors 'none'")
    response.headers["Content-Security-Policy"] = policy
    response.headers["X-Frame-Options"] = "SAMEORIGIN" if framed else "DENY"
    # browsers refuse a sandboxed page that also asks for an opener policy of its own
    response.headers["Cross-Origin-Opener-Policy"] = "unsafe-none"
    response.headers["Cache-Control"] = "private, no-store"
    return response
