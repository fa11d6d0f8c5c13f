"""Files as strangers send them."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping, Sequence
from typing import Any

from ebelge.core.sheets import xlsx_bytes

ROW: dict[str, Any] = {
    "Belge referansı": "S-1", "Alıcı VKN/TCKN": "11111111111", "Alıcı adı": "Ceren", "Alıcı soyadı": "Işık",
    "Alıcı ilçesi": "Nilüfer", "Alıcı ili": "Bursa", "Mal/hizmet": "Çelik boru", "Miktar": 2, "Birim": "adet",
    "Birim fiyat": "1.234,56", "KDV %": 20,
}  # fmt: skip


def book(*rows: Mapping[str, Any], above: Sequence[str] = ()) -> bytes:
    """A workbook whose headings are those of the first row."""
    head = list(rows[0])
    body = [[row.get(name) for name in head] for row in rows]
    return xlsx_bytes([*([text] for text in above), head, *body], title="Satışlar")


def zipped(files: Mapping[str, bytes]) -> bytes:
    """A ZIP of files."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return out.getvalue()
