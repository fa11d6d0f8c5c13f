"""An upload from the file to its start: taken, mapped, looked at, started, dropped. Nothing is sent before a start."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import delete, insert
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.orm import Session

from ebelge.bulk import mapping as mappings
from ebelge.bulk import sheet, zipped
from ebelge.bulk.columns import Form
from ebelge.bulk.models import BulkItem, BulkMapping, BulkUpload
from ebelge.bulk.queries import get, progress
from ebelge.bulk.sheet import Found, UploadRefused
from ebelge.core.errors import Conflict
from ebelge.core.ids import new_id
from ebelge.core.workbooks import Sheet, old_or_sealed
from ebelge.outbox import messages
from tenants.audit.deeds import deed
from tenants.members.reach import WHOLE, Reach

TOPIC: Final = "bulk.work"
NAME_MAX: Final = 200
# All or nothing is one transaction, which ends within 30 s; a document takes about 2 ms of it.
WHOLE_MAX: Final = 1000
_INSERTED_AT_ONCE: Final = 200
_NEITHER: Final = (
    "Dosya .xlsx ya da .zip değil. CSV'yi Excel'de açıp .xlsx olarak kaydedin, tek XML'i ZIP içine koyun.",
    "The file is neither .xlsx nor .zip. Save a CSV as .xlsx in Excel, put a lone XML into a ZIP.",
)
_ZIP, _XLSX_PART = b"PK\x03\x04", b"[Content_Types].xml"


class BulkRefused(Conflict):
    """The upload cannot be started, mapped or dropped as it stands; nothing was changed."""

    code = "bulk_not_possible"
    title_tr, title_en = "Bu yükleme için yapılamaz", "Not possible for this upload"


@dataclass(frozen=True, slots=True, kw_only=True)
class Sender:
    """Who uploads or starts: as documents name him (`key:…`, `person:…`), his name, and what he reaches."""

    by: str
    name: str
    reach: Reach = WHOLE


def take(
    session: Session, *, tenant_id: UUID, file_name: str, data: bytes, form: Form | None, sender: Sender, at: datetime
) -> BulkUpload:
    """Keep a file and its documents, to be checked by the queue; no document is sent by this.

    `form`: what the rows of a workbook are; None for a ZIP of XML. A workbook whose columns are not all known waits to
    be mapped. :raises UploadRefused: it cannot be read, or holds nothing.
    """
    if not data.startswith(_ZIP):
        raise UploadRefused(*(old_or_sealed(data) or _NEITHER))
    is_book = _XLSX_PART in data[: 64 * 1024] or _XLSX_PART in data[-64 * 1024 :]
    upload = BulkUpload(
        tenant_id=tenant_id,
        upload_id=new_id(),
        form=(form or "invoices") if is_book else "zip",
        file_name=file_name[:NAME_MAX],
        sha256=hashlib.sha256(data).digest(),
        file=None,
        headings=[],
        mapping={},
        state="checking",
        branch_ids=sorted(str(one) for one in sender.reach.branch_ids),
        series_prefixes=sorted(sender.reach.series_prefixes),
        created_by=sender.by,
        created_name=sender.name,
        created_at=at,
    )
    if is_book:
        _take_book(session, upload, data)
        session.add(upload)
        session.flush()
        if upload.state == "checking":
            _enter(session, upload, _documents_of(upload, sheet.open_sheet(data)), at)
    else:
        found = zipped.documents(data)
        session.add(upload)
        session.flush()
        _enter(session, upload, found, at)
    return upload


def _take_book(session: Session, upload: BulkUpload, data: bytes) -> None:
    if len(data) > sheet.BYTES_MAX:
        size = sheet.BYTES_MAX // 1024 // 1024
        raise UploadRefused(f"Excel dosyası en çok {size} MB olabilir.", f"A workbook may have at most {size} MB.")
    form = form_of(upload)
    header = mappings.header_of(sheet.open_sheet(data), form)
    if header is None:
        raise UploadRefused("Dosyada başlık satırı bulunamadı.", "No row of headings was found.")
    upload.file, upload.headings = data, header[1]
    known = session.get(BulkMapping, (upload.tenant_id, form, mappings.digest(upload.headings)))
    upload.mapping = dict(known.fields) if known is not None else mappings.suggest(form, upload.headings)
    if mappings.missing(form, upload.mapping):
        upload.state = "mapping"


def map_columns(
    session: Session, *, tenant_id: UUID, upload_id: UUID, fields: Mapping[str, str], at: datetime
) -> BulkUpload:
    """Say which heading means what, and check anew; remembered for the next file with the same headings.

    :raises BulkRefused: no workbook, or it was started. :raises InvalidRequest: a field or heading that is none, or
    a needed field without a heading.
    """
    upload = get(session, tenant_id=tenant_id, upload_id=upload_id)
    if upload.file is None or upload.state not in ("mapping", "checking", "checked"):
        raise BulkRefused(
            "Sütunlar yalnız başlatılmamış bir Excel yüklemesinde eşlenir.",
            "Columns are mapped in a workbook that has not been started.",
        )
    form = form_of(upload)
    kept = mappings.checked(form, upload.headings, fields)
    lacking = mappings.missing(form, kept)
    if lacking:
        raise BulkRefused(
            f"Şu alanların sütunu seçilmedi: {', '.join(one.name_tr for one in lacking)}.",
            f"These fields have no column: {', '.join(one.name_en for one in lacking)}.",
        )
    upload.mapping, upload.state, upload.problem = kept, "checking", None
    session.execute(
        upsert(BulkMapping)
        .values(
            tenant_id=tenant_id, form=form, headings_sha256=mappings.digest(upload.headings), fields=kept, used_at=at
        )
        .on_conflict_do_update(
            index_elements=["tenant_id", "form", "headings_sha256"], set_={"fields": kept, "used_at": at}
        )
    )
    session.execute(delete(BulkItem).where(BulkItem.tenant_id == tenant_id, BulkItem.upload_id == upload_id))
    _enter(session, upload, _documents_of(upload, sheet.open_sheet(upload.file)), at)
    return upload


def start(
    session: Session, *, tenant_id: UUID, upload_id: UUID, whole: bool, sender: Sender, at: datetime
) -> BulkUpload:
    """Let the good documents be sent; `whole`: only if there is no bad one, and then all or none.

    Repeating it is fine; what stands still because kontör ran out goes on.
    :raises BulkRefused: not checked yet, nothing to send, bad ones where all was chosen, or too many for it.
    """
    upload = get(session, tenant_id=tenant_id, upload_id=upload_id)
    if upload.state in ("sending", "done"):
        return upload
    if upload.state not in ("checked", "paused"):
        raise BulkRefused("Yükleme henüz gönderilecek durumda değil.", "The upload is not ready to be sent.")
    count = progress(session, tenant_id=tenant_id, upload_id=upload_id)
    if not count.good:
        raise BulkRefused("Gönderilecek doğru belge yok.", "There is no good document to send.")
    if whole and (count.bad or count.failed):
        raise BulkRefused(
            "Hatalı belgeler var: düzeltip yeniden yükleyin ya da yalnız doğru olanları gönderin.",
            "Some documents are wrong: mend and upload again, or send the good ones only.",
        )
    if whole and count.good > WHOLE_MAX:
        raise BulkRefused(
            f"Ya hep ya hiç en çok {WHOLE_MAX} belge gönderilir; dosyayı bölün ya da sırayla gönderin.",
            f"At most {WHOLE_MAX} documents are sent all or none; split the file, or send one after another.",
        )
    upload.state, upload.whole, upload.problem = "sending", whole, None
    upload.started_by, upload.started_at = sender.by, at
    upload.branch_ids = sorted(str(one) for one in sender.reach.branch_ids)
    upload.series_prefixes = sorted(sender.reach.series_prefixes)
    messages.put(session, tenant_id=tenant_id, topic=TOPIC, key=upload_id, at=at)
    deed(
        session, tenant_id=tenant_id, action="bulk.started", object_kind="bulk_upload", object_id=upload_id,
        after={"file": upload.file_name, "documents": count.good, "kontor": count.kontor, "whole": whole}, at=at,
    )  # fmt: skip
    session.flush()
    return upload


def drop(session: Session, *, tenant_id: UUID, upload_id: UUID, at: datetime) -> BulkUpload:
    """End an upload: what was not sent is not sent. Documents that were sent stay. :raises BulkRefused: it is over."""
    upload = get(session, tenant_id=tenant_id, upload_id=upload_id)
    if upload.state == "done":
        raise BulkRefused("Yükleme bitmiş; gönderilmiş belgeler geri alınmaz.", "The upload is done.")
    if upload.state != "dropped":
        count = progress(session, tenant_id=tenant_id, upload_id=upload_id)
        upload.state, upload.ended_at = "dropped", at
        deed(
            session, tenant_id=tenant_id, action="bulk.dropped", object_kind="bulk_upload", object_id=upload_id,
            after={"file": upload.file_name, "sent": count.sent, "not_sent": count.total - count.sent}, at=at,
        )  # fmt: skip
        session.flush()
    return upload


def form_of(upload: BulkUpload) -> Form:
    """What the rows of a workbook are."""
    return upload.form  # type: ignore[return-value]  # kept by the table's CHECK; asked of workbooks only


def _documents_of(upload: BulkUpload, opened: Sheet) -> list[Found]:
    found = sheet.documents(opened, form=form_of(upload), mapping=upload.mapping)
    if not found:
        raise UploadRefused("Başlığın altında dolu satır yok.", "There is no filled row below the headings.")
    return found


def _enter(session: Session, upload: BulkUpload, found: Sequence[Found], at: datetime) -> None:
    rows: list[dict[str, Any]] = [
        {
            "tenant_id": upload.tenant_id,
            "upload_id": upload.upload_id,
            "item": number,
            "place": one.place,
            "rows": list(one.rows),
            "content": one.content,
            "receiver_alias": one.receiver_alias,
            "state": "bad" if one.content is None else "waiting",
            "findings": [asdict(finding) for finding in one.findings],
            "buyer": one.buyer,
        }
        for number, one in enumerate(found, start=1)
    ]
    for begin in range(0, len(rows), _INSERTED_AT_ONCE):
        session.execute(insert(BulkItem), rows[begin : begin + _INSERTED_AT_ONCE])
    messages.put(session, tenant_id=upload.tenant_id, topic=TOPIC, key=upload.upload_id, at=at)
    session.flush()
