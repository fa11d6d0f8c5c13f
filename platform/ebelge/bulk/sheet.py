"""Rows of a sheet become drafts: rows of one reference are one document, and what is wrong is told at its cell."""

import json
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final

from ebelge.bulk.cells import FINAL_CONSUMER
from ebelge.bulk.columns import COLUMNS, FORM_NAMES, KINDS, REFERENCE, BulkColumn, Form
from ebelge.bulk.mapping import columns, header_of
from ebelge.core.errors import DomainError
from ebelge.core.findings import Finding
from ebelge.core.sheet_rows import Row, read_rows, texts
from ebelge.core.sheets import xlsx_bytes
from ebelge.core.workbooks import Sheet, TooManyRows, WorkbookUnreadable, read_workbook

ROWS_MAX = 5000
BYTES_MAX = 10 * 1024 * 1024
_TCKN_LENGTH = 11


class UploadRefused(DomainError):
    """The file is nothing that we read, or too much of it; nothing of it was kept."""

    code, http_status = "upload_refused", 422
    title_tr, title_en = "Dosya alınmadı", "The file was not taken"
    advice_tr = "Hiçbir şey kaydedilmedi. Şablonu indirip doldurun ya da UBL-TR XML dosyalarını ZIP yapın."
    advice_en = "Nothing was stored. Fill in the template, or put UBL-TR XML files into a ZIP."


@dataclass(frozen=True, slots=True)
class Found:
    """A document as it was found in a file: its content, or what is wrong with it."""

    place: str
    content: bytes | None
    rows: tuple[int, ...] = ()
    findings: tuple[Finding, ...] = ()
    receiver_alias: str | None = None
    buyer: str = ""


@dataclass
class _Group:
    reference: str
    numbers: list[int] = field(default_factory=list)
    rows: list[Row] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)


def open_sheet(data: bytes) -> Sheet:
    """The first sheet of a workbook that has rows. :raises UploadRefused: no workbook, hostile, empty or too long."""
    try:
        sheets = read_workbook(data, rows_max=ROWS_MAX + 20, inert=True)
    except TooManyRows as error:
        raise UploadRefused(
            f"Bir sayfada en çok {ROWS_MAX} satır olabilir; dosyayı bölün.",
            f"A sheet may have at most {ROWS_MAX} rows; split the file.",
        ) from error
    except WorkbookUnreadable as error:
        raise UploadRefused(
            f"Dosya bir Excel çalışma kitabı (.xlsx) olarak okunamadı: {error.tr}.",
            f"The file cannot be read as an Excel workbook, .xlsx: {error}.",
        ) from error
    found = next((sheet for sheet in sheets if sheet.rows), None)
    if found is None:
        raise UploadRefused("Dosyada satır yok.", "There is no row in the file.")
    return found


def documents(sheet: Sheet, *, form: Form, mapping: Mapping[str, str]) -> list[Found]:
    """The documents of a sheet whose columns are mapped, in the order of their first rows."""
    at = header_of(sheet, form)
    if at is None:
        return []
    # What stands above the headings is no row; the numbers must stay those that the spreadsheet shows.
    body = Sheet(sheet.title, [[] for _ in range(at[0])] + sheet.rows[at[0] :])
    used = columns(form, mapping)
    rows, findings = read_rows(body, used)
    by_number, wrong = {row.number: row for row in rows}, defaultdict(list)
    for one in findings:
        wrong[one.line].append(one)
    groups: dict[str, _Group] = {}
    for number, cells in texts(body, used):
        reference = cells.get(REFERENCE, "").strip()
        group = groups.setdefault(reference or f"#{number}", _Group(reference))
        group.numbers.append(number)
        group.findings += wrong[number]
        if number in by_number:
            group.rows.append(by_number[number])
    return [_document(sheet.title, form, mapping, group) for group in groups.values()]


def _document(title: str, form: Form, mapping: Mapping[str, str], group: _Group) -> Found:
    place = (f"{group.reference} · " if group.reference else "") + f"{title} {_spans(group.numbers)}"
    rows = tuple(group.numbers)
    if not group.findings:
        group.findings += _differing(title, form, mapping, group)
    if group.findings:
        return Found(place, None, rows, tuple(group.findings[:50]))
    draft, alias = _draft(form, group.rows)
    content = json.dumps(draft, ensure_ascii=False).encode()
    party = draft.get("buyer") or draft.get("farmer") or {}
    name = party.get("name") or f"{party.get('first_name', '')} {party.get('family_name', '')}".strip()
    return Found(place, content, rows, receiver_alias=alias, buyer=name)


def _differing(title: str, form: Form, mapping: Mapping[str, str], group: _Group) -> Iterator[Finding]:
    """What is of the document must not differ between its rows."""
    for column in COLUMNS[form]:
        if column.line or column.field == REFERENCE or column.field not in mapping:
            continue
        given = [(row.number, row.fields[column.field]) for row in group.rows if row.fields[column.field] is not None]
        for number, value in given[1:]:
            if value != given[0][1]:
                heading = mapping[column.field]
                yield Finding(
                    rule="sheet.differs",
                    message_tr=f"{title}, satır {number}: {heading}, aynı belgenin {given[0][0]}. satırından farklı.",
                    message_en=f"{title}, row {number}: {heading} differs from row {given[0][0]} of the same document.",
                    mend_tr="Aynı belgenin satırlarında aynı değeri yazın ya da başka referans verin.",
                    mend_en="Write the same in all rows of a document, or give it another reference.",
                    line=number,
                    path=f"{title}!{heading}",
                )
                break


def _draft(form: Form, rows: Sequence[Row]) -> tuple[dict[str, Any], str | None]:
    draft: dict[str, Any] = {} if (kind := KINDS[form]) is None else {"kind": kind.value}
    alias: str | None = None
    for column in COLUMNS[form]:
        if column.line:
            continue
        value = next((row.fields[column.field] for row in rows if row.fields.get(column.field) is not None), None)
        if column.field == "receiver_alias":
            alias = value
        elif value is not None and column.target:
            _put(draft, column.target, value)
    for party in ("buyer", "farmer"):
        if party in draft:
            _name_person(draft[party])
    draft["lines"] = [_line(form, row) for row in rows]
    return draft, alias


def _line(form: Form, row: Row) -> dict[str, Any]:
    given = ((column, row.fields.get(column.field)) for column in COLUMNS[form] if column.line)
    return {
        column.target: [{"percent": value}] if column.target == "discounts" else value
        for column, value in given
        if value is not None
    }


_LISTS = ("despatches", "returned_invoices", "drivers")


def _put(draft: dict[str, Any], target: str, value: Any) -> None:
    head, _, rest = target.partition(".")
    if head == "deductions":
        if value != "0":
            draft.setdefault(head, []).append({"code": rest, "percent": value})
    elif head in _LISTS:
        draft.setdefault(head, [{}])[0][rest] = value
    elif head in ("notes", "trailer_plates"):
        draft[head] = [value]
    elif rest == "vkn_tckn":
        draft.setdefault(head, {})["tckn" if len(value) == _TCKN_LENGTH else "vkn"] = value
    elif rest:
        draft.setdefault(head, {})[rest] = value
    else:
        draft[head] = value


def _name_person(party: dict[str, Any]) -> None:
    """A natural person whose whole name stands in the title's column is given first and family name."""
    if "tckn" not in party or "family_name" in party:
        return
    words = (party.get("first_name") or party.get("name") or "").split()
    if not words and party["tckn"] == FINAL_CONSUMER:
        words = ["NİHAİ", "TÜKETİCİ"]
    if len(words) > 1:
        party.pop("name", None)
        party["first_name"], party["family_name"] = " ".join(words[:-1]), words[-1]


def _spans(numbers: Sequence[int]) -> str:
    """12-14, 20: rows as people write them."""
    spans: list[list[int]] = []
    for number in numbers:
        if spans and spans[-1][1] == number - 1:
            spans[-1][1] = number
        else:
            spans.append([number, number])
    shown = [f"{first}" if first == last else f"{first}-{last}" for first, last in spans]
    return ", ".join(shown[:5]) + (", …" if len(shown) > 5 else "")


# Instead of a mend that names fields of the JSON: what a sheet has no column for, and what is about several cells.
_ELSEWHERE: Final = (
    "Tabloda bunun sütunu yok: belgeyi formda hazırlayın ya da XML olarak yükleyin.",
    "A sheet has no column for it: write the document in the form, or send it as XML.",
)
_FORM: Final = ("Değerin biçimi uygun değil.", "The value has not the form that is expected.")
_CELLS: Final = ("Belgenin hücrelerini tamamlayın ya da düzeltin.", "Complete or correct the document's cells.")


def at_cell(found: Finding, *, form: Form, mapping: Mapping[str, str], rows: Sequence[int]) -> Finding:
    """A finding about a draft, told at the row and under the heading where its value stands.

    It names its column: who reads a sheet's result sees no fields. A column that the sheet has not is asked for.
    """
    column, line = _column_of(form, found.path)
    number = rows[min(line, len(rows) - 1)] if rows else None
    there = "" if column is None else mapping.get(column.field, "")
    heads = (there, there) if there or column is None else (column.column.name_tr, column.column.name_en)
    of_json = found.rule.startswith("JSON-")
    says = _FORM if found.rule == "JSON-FORM" else (found.message_tr, found.message_en)
    mend = (found.mend_tr, found.mend_en)
    if column is not None and not there and found.severity == "error":
        mend = (
            f"Dosyada bunun sütunu yok: '{heads[0]}' sütununu ekleyip yeniden yükleyin.",
            f"The file has no column for it: add '{heads[1]}' and upload it again.",
        )
    elif column is not None and (of_json or found.for_programs):
        mend = (f"Hücreyi düzeltin: {heads[0]}.", f"Correct the cell: {heads[1]}.")
    elif of_json or found.for_programs:
        mend = _CELLS if _has_columns(form, found.path) else _ELSEWHERE
    return replace(
        found, line=number, path=heads[0] or found.path, mend_tr=mend[0], mend_en=mend[1],
        message_tr=_named(heads[0], says[0]), message_en=_named(heads[1], says[1]),
    )  # fmt: skip


def _named(heading: str, says: str) -> str:
    return says if not heading or heading in says else f"{heading}: {says}"


def _has_columns(form: Form, path: str) -> bool:
    """Whether a sheet has columns for what stands at a path: for an object in it, or for the document as a whole."""
    start = re.sub(r"\[\d*\]", "", path).removeprefix("lines.")
    return not start or any(column.target.startswith(start) or column.field == start for column in COLUMNS[form])


def _column_of(form: Form, path: str) -> tuple[BulkColumn | None, int]:
    line = 0
    parts = path.replace("[", ".").replace("]", "").split(".")
    of_line = parts[0] == "lines"
    if of_line and len(parts) > 1 and parts[1].isdecimal():
        line, parts = int(parts[1]), parts[2:]
    parts = [{"vkn": "vkn_tckn", "tckn": "vkn_tckn"}.get(part, part) for part in parts if not part.isdecimal()]
    for length in range(len(parts), 0, -1):
        target = ".".join(parts[:length])
        for column in COLUMNS[form]:
            if column.line == of_line and column.target and target == column.target:
                return column, line
    return None, line


def template_xlsx(form: Form, *, turkish: bool) -> bytes:
    """An empty sheet with an example row; what must be filled in bears a star."""
    side = 0 if turkish else 1
    head = [
        (one.column.name_tr if turkish else one.column.name_en) + (" *" if one.column.required else "")
        for one in COLUMNS[form]
    ]
    return xlsx_bytes([head], title=FORM_NAMES[form][side][:31])
