"""A document's XML for whoever may read it: the signed one out of the archive, or the source as it was accepted."""

from uuid import UUID

from ebelge.archive.store import open_store
from ebelge.core.db import tenant_session
from ebelge.core.errors import Conflict
from ebelge.documents import queries, readable
from ebelge.documents.readable import Readable
from ebelge.documents.sign import SIGNED_NAME
from tenants.members.reach import Reach


class NotSigned(Conflict):
    """There is no signed XML yet, or there never will be one."""

    code = "not_signed"
    title_tr, title_en = "Belge imzalanmadı", "The document is not signed"


def readable_of(tenant_id: UUID, document_id: UUID, *, reach: Reach) -> tuple[Readable, bytes]:
    """A document and its XML (the signed one where there is one), to be shown. :raises NotFound: see `xml_of`."""
    with tenant_session(tenant_id) as session:
        document = readable.read(session, tenant_id=tenant_id, document_id=document_id, reach=reach)
        if not document.signed:
            return document, queries.source_xml(session, tenant_id=tenant_id, document_id=document_id, reach=reach)
    return document, open_store().get(tenant_id, document.ettn, SIGNED_NAME)


def xml_of(tenant_id: UUID, document_id: UUID, *, reach: Reach, signed: bool | None) -> tuple[str, bytes]:
    """Number and XML of a document; `signed` None: the signed one where there is one.

    :raises NotFound: this tenant has no such document, or it is out of reach. :raises NotSigned: see there.
    """
    with tenant_session(tenant_id) as session:
        row = queries.get(session, tenant_id=tenant_id, document_id=document_id, reach=reach)
        number, ettn, has_signature = row.number, row.ettn, row.signed_sha256 is not None
        if signed is False or (signed is None and not has_signature):
            return number, queries.source_xml(session, tenant_id=tenant_id, document_id=document_id, reach=reach)
    if not has_signature:
        raise NotSigned(
            "İmzalanınca buradan indirilir; imzasız hâli: ?form=source.",
            "It is here when it is signed; the unsigned one: ?form=source.",
            state=row.state,
        )
    return number, open_store().get(tenant_id, ettn, SIGNED_NAME)
