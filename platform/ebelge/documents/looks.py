"""How a document looks to readers: by the design its kind had when it was accepted."""

from functools import lru_cache
from uuid import UUID

from sqlalchemy.orm import Session

from ebelge.core.db import tenant_session
from ebelge.documents.models import Document
from ebelge.ubl.render import Look
from tenants.company import designs
from tenants.company.models import DesignVersion


def design_of(session: Session, *, document: Document) -> tuple[Look | None, bytes | None]:
    """The look of a document, and the stylesheet of the tenant's own if its design had one then."""
    version = designs.of_document(
        session, tenant_id=document.tenant_id, kind=document.kind, at=document.created_at
    )  # fmt: skip
    return look_of(version), designs.stylesheet(session, version=version)


def embedded(tenant_id: UUID, sha256: str | None) -> bytes | None:
    """The stylesheet of the tenant's own that goes into a document, for whoever else shows it; None: ours does.

    Read once per process: what has this hash never changes.
    """
    return _kept(tenant_id, sha256) if sha256 else None


@lru_cache(maxsize=64)
def _kept(tenant_id: UUID, sha256: str) -> bytes | None:
    with tenant_session(tenant_id) as session:
        return designs.stylesheet_with(session, tenant_id=tenant_id, sha256=bytes.fromhex(sha256))


def look_of(version: DesignVersion | None) -> Look | None:
    """What a version of a design adds to our own layout."""
    if version is None:
        return None
    return Look(
        notes=tuple(version.notes), iban=version.iban or "", bank_name=version.bank_name or "",
        logo=version.logo or b"", logo_type=version.logo_type or "image/png",
    )  # fmt: skip
