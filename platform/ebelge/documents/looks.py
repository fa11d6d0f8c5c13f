"""How a document looks to readers: by the design its kind had when it was accepted."""

from sqlalchemy.orm import Session

from ebelge.documents.models import Document
from ebelge.ubl.render import Look
from tenants.company import designs


def of(session: Session, *, document: Document) -> Look | None:
    """The look of a document; None if its tenant had no design then."""
    version = designs.of_document(
        session, tenant_id=document.tenant_id, kind=document.kind, at=document.created_at
    )  # fmt: skip
    if version is None:
        return None
    return Look(
        notes=tuple(version.notes), iban=version.iban or "", bank_name=version.bank_name or "",
        logo=version.logo or b"", logo_type=version.logo_type or "image/png",
    )  # fmt: skip
