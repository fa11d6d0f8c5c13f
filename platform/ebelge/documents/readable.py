"""What shows one of a tenant's own documents, as a page or on paper: read once, shown without a transaction."""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy.orm import Session

from ebelge.documents import looks, queries
from ebelge.documents.models import Document
from ebelge.paper import pages, pdf
from ebelge.paper.pages import Page
from ebelge.ubl.render import Look
from ebelge.ubl.types import DocumentKind
from tenants import accounts
from tenants.members.reach import WHOLE, Reach


@dataclass(frozen=True, slots=True, kw_only=True)
class Readable:
    """A document as readers see it: by the design that its kind had when it was accepted."""

    tenant_id: UUID
    document_id: UUID
    ettn: UUID
    kind: DocumentKind
    number: str
    state: str
    issue_date: date
    accepted_at: datetime
    seller: str
    buyer: str
    signed: bool
    sandbox: bool
    look: Look | None
    stylesheet: bytes | None

    @property
    def title(self) -> str:
        """`e-Arşiv Fatura AKN2026000000001`."""
        return f"{self.kind.heading} {self.number}"


def read(session: Session, *, tenant_id: UUID, document_id: UUID, reach: Reach = WHOLE) -> Readable:
    """The document. :raises NotFound: this tenant has none with that id, or it is out of reach."""
    return of(session, document=queries.get(session, tenant_id=tenant_id, document_id=document_id, reach=reach))


def of(session: Session, *, document: Document) -> Readable:
    """The same of a row."""
    tenant = accounts.get(session, tenant_id=document.tenant_id)
    look, stylesheet = looks.design_of(session, document=document)
    return Readable(
        tenant_id=document.tenant_id, document_id=document.document_id, ettn=document.ettn,
        kind=DocumentKind(document.kind), number=document.number, state=document.state,
        issue_date=document.issue_date, accepted_at=document.created_at, seller=tenant.title,
        buyer=document.buyer_title, signed=document.signed_sha256 is not None, sandbox=tenant.mode == "test",
        look=look, stylesheet=stylesheet,
    )  # fmt: skip


def page(readable: Readable, xml: bytes) -> Page:
    """Its page, never inside a transaction: a design of the tenant's own may take seconds."""
    return pages.shown(
        xml, readable.look, stylesheet=readable.stylesheet, owner=readable.tenant_id, test=readable.sandbox
    )  # fmt: skip


def paper(readable: Readable, xml: bytes, *, html: bytes | None = None) -> bytes:
    """Its PDF, the signed XML inside; `html`: the page, where it is at hand.

    :raises PdfTooLarge, PdfUnavailable: see `ebelge.paper.pdf`.
    """
    facts = pdf.Facts(
        title=readable.title, author=readable.seller, issued_at=readable.accepted_at,
        xml=xml if readable.signed else b"", xml_name=f"{readable.number}.xml",
    )  # fmt: skip
    return pdf.made(html or page(readable, xml).html, facts)
