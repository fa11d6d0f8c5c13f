"""Chosen documents as one ZIP: XML, page and PDF of each, a manifest and their hashes, written while it is read."""

import hashlib
import io
import json
import re
import zipfile
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy.orm import Session

from ebelge.core.errors import DomainError
from ebelge.documents import lists, queries, readable
from ebelge.documents.looking import Wanted
from ebelge.documents.models import Document
from ebelge.documents.queries import Filters
from ebelge.documents.readable import Readable
from ebelge.paper.errors import PdfTooLarge, PdfUnavailable
from tenants.members.reach import WHOLE, Reach

FORMS: Final = ("xml", "html", "pdf")
DOCUMENTS_MAX: Final = 1000
PRINTED_MAX: Final = 100  # half a second each; a request ends within two minutes
BYTES_MAX: Final = 1024**3
SUMS: Final = "SHA256SUMS"
MANIFEST: Final = "manifest.json"
_UNSAFE = re.compile(r"[^A-Za-z0-9._-]")
Load = Callable[[UUID], tuple[Readable, bytes]]


class TooManyDocuments(DomainError):
    """More documents than one ZIP takes."""

    code, http_status = "too_many_documents", 422
    title_tr, title_en = "Tek ZIP için çok belge", "Too many documents for one ZIP"
    advice_tr = "Tarih aralığını ya da türü daraltın; PDF'siz indirmede sınır daha yüksektir."
    advice_en = "Narrow the days or the kind; without PDFs the limit is higher."


def chosen(
    session: Session, *, tenant_id: UUID, filters: Filters, forms: Sequence[str], ids: Sequence[UUID] = (),
    reach: Reach = WHOLE, bounded: bool = True,
) -> list[UUID]:  # fmt: skip
    """The ids of the documents that a ZIP will hold, newest first: those named, else those the filters let through.

    :raises TooManyDocuments: more than one request takes. :raises NotFound: one that is named is not there.
    """
    limit = _limit(forms)
    if ids:
        found = [
            queries.get(session, tenant_id=tenant_id, document_id=one, reach=reach).document_id
            for one in dict.fromkeys(ids)
        ]
    else:
        statement = queries.page_statement(tenant_id, filters, None, reach)
        asked = statement.with_only_columns(Document.document_id)
        found = list(session.scalars(asked.limit(limit + 1) if bounded else asked))
    return _bounded(found, limit) if bounded else found


def listed(
    session: Session, *, tenant_id: UUID, wanted: Wanted, forms: Sequence[str], at: datetime, reach: Reach = WHOLE
) -> list[UUID]:  # fmt: skip
    """The ids of the documents that the filters of the list let through, in its order.

    :raises TooManyDocuments: more than one request takes. :raises InvalidRequest: a filter that cannot be.
    """
    limit = _limit(forms)
    return _bounded(lists.ids(session, tenant_id=tenant_id, wanted=wanted, at=at, most=limit + 1, reach=reach), limit)


def _limit(forms: Sequence[str]) -> int:
    return PRINTED_MAX if "pdf" in forms else DOCUMENTS_MAX


def _bounded(found: list[UUID], limit: int) -> list[UUID]:
    if len(found) > limit:
        raise TooManyDocuments(f"En çok {limit} belge.", f"At most {limit} documents.", limit=limit)
    return found


def stream(
    ids: Sequence[UUID], *, load: Load, forms: Sequence[str], at: datetime, facts: dict[str, Any],
    folder: Callable[[UUID], str] = lambda _: "",
) -> Iterator[bytes]:  # fmt: skip
    """The ZIP in parts. `load` reads one document, in a transaction that ends before it is shown.

    `folder`: where a document lies, with its slash. What cannot be printed stands in the manifest with its reason; what
    no longer fits is named there, too.
    """
    sink = _Sink()
    listed: list[dict[str, Any]] = []
    left: list[str] = []
    sums: list[str] = []
    size = 0
    names: set[str] = set()
    with zipfile.ZipFile(sink, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as archive:
        for document_id in ids:
            if size > BYTES_MAX:
                left.append(str(document_id))
                continue
            document, xml = load(document_id)
            entry, files = _files(document, xml, forms)
            base = _base(document, names, folder(document_id))
            for suffix, data in files:
                name, digest = f"{base}.{suffix}", hashlib.sha256(data).hexdigest()
                _put(archive, name, data, document)
                entry["files"].append({"name": name, "bytes": len(data), "sha256": digest})
                sums.append(f"{digest}  {name}\n")
                size += len(data)
                yield sink.taken()
            listed.append(entry)
        manifest = facts | {"made_at": at.isoformat(), "documents": listed, "left_out": left}
        text = json.dumps(manifest, ensure_ascii=False, indent=1).encode()
        sums.append(f"{hashlib.sha256(text).hexdigest()}  {MANIFEST}\n")
        archive.writestr(MANIFEST, text)
        archive.writestr(SUMS, "".join(sums))
    yield sink.taken()


def _files(document: Readable, xml: bytes, forms: Sequence[str]) -> tuple[dict[str, Any], list[tuple[str, bytes]]]:
    entry: dict[str, Any] = {
        "document_id": str(document.document_id), "number": document.number, "ettn": str(document.ettn),
        "kind": document.kind.value, "state": document.state, "issue_date": document.issue_date.isoformat(),
        "buyer": document.buyer, "signed": document.signed, "files": [],
    }  # fmt: skip
    files = [("xml", xml)] if "xml" in forms else []
    html = readable.page(document, xml).html if {"html", "pdf"} & set(forms) else b""
    if "html" in forms:
        files.append(("html", html))
    if "pdf" in forms:
        try:
            files.append(("pdf", readable.paper(document, xml, html=html)))
        except (PdfTooLarge, PdfUnavailable) as refusal:
            entry["pdf_missing"] = refusal.code
    return entry, files


def _base(document: Readable, names: set[str], folder: str) -> str:
    """A name that is nobody else's and safe everywhere; a number may stand on several documents after a correction."""
    base = f"{folder}{document.kind.value}/{_UNSAFE.sub('_', document.number)}"
    if base in names:
        base = f"{base}-{document.ettn}"
    names.add(base)
    return base


def _put(archive: zipfile.ZipFile, name: str, data: bytes, document: Readable) -> None:
    info = zipfile.ZipInfo(
        name, (document.issue_date.year, document.issue_date.month, document.issue_date.day, 0, 0, 0)
    )
    info.compress_type = zipfile.ZIP_STORED if name.endswith(".pdf") else zipfile.ZIP_DEFLATED
    info.external_attr = 0o644 << 16
    archive.writestr(info, data)


class _Sink(io.RawIOBase):
    """Where the ZIP is written to and taken from; it cannot go back."""

    def __init__(self) -> None:
        super().__init__()
        self._parts: list[bytes] = []

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        self._parts.append(bytes(data))
        return len(data)

    def taken(self) -> bytes:
        """What was written since the last time."""
        parts, self._parts = b"".join(self._parts), []
        return parts
