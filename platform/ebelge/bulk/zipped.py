"""A ZIP of UBL-TR files from a stranger: counted, bounded and read, every entry a document or the reason why not."""

import io
import zipfile
import zlib
from collections.abc import Iterator

from ebelge.bulk.sheet import Found, UploadRefused
from ebelge.core.findings import Finding

BYTES_MAX = 48 * 1024 * 1024
ENTRIES_MAX = 2000
ENTRY_BYTES_MAX = 5 * 1024 * 1024
UNPACKED_BYTES_MAX = 100 * 1024 * 1024
NAME_MAX = 200
# What archivers and file managers add by themselves.
_PASSED_OVER = ("__MACOSX/", ".DS_Store", "Thumbs.db", "desktop.ini")
_ENCRYPTED = 0x1


def documents(data: bytes) -> list[Found]:
    """The documents of a ZIP, in its order. :raises UploadRefused: no ZIP, broken, encrypted, empty or too large."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            entries = [one for one in archive.infolist() if not one.is_dir() and not _passed_over(one.filename)]
            _count(entries)
            found = list(_read(archive, entries))
    except UploadRefused:
        raise
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, OSError, ValueError) as error:
        raise UploadRefused("Dosya bozuk ya da eksik inmiş.", "The file is broken or cut off.") from error
    return found


def _count(entries: list[zipfile.ZipInfo]) -> None:
    if not entries:
        raise UploadRefused("ZIP içinde dosya yok.", "There is no file in the ZIP.")
    if len(entries) > ENTRIES_MAX:
        raise UploadRefused(
            f"Bir ZIP en çok {ENTRIES_MAX} belge taşır; dosyayı bölün.",
            f"A ZIP holds at most {ENTRIES_MAX} documents; split it.",
        )
    if any(one.flag_bits & _ENCRYPTED for one in entries):
        raise UploadRefused("ZIP şifreli; şifresiz gönderin.", "The ZIP is encrypted; send it without a password.")


def _read(archive: zipfile.ZipFile, entries: list[zipfile.ZipInfo]) -> Iterator[Found]:
    left = UNPACKED_BYTES_MAX
    for entry in entries:
        name = _shown(entry.filename)
        if not entry.filename.casefold().endswith(".xml"):
            yield Found(name, None, findings=(_no_xml(name),))
            continue
        with archive.open(entry) as stream:
            # What is really there counts, not what the directory says.
            content = stream.read(ENTRY_BYTES_MAX + 1)
        left -= len(content)
        if left < 0:
            size = UNPACKED_BYTES_MAX // 1024 // 1024
            raise UploadRefused(f"ZIP açılınca {size} MB sınırını aşıyor.", f"Unpacked, the ZIP exceeds {size} MB.")
        if len(content) > ENTRY_BYTES_MAX:
            yield Found(name, None, findings=(_too_large(name),))
        else:
            yield Found(name, content)


def _passed_over(name: str) -> bool:
    return name.startswith(_PASSED_OVER[0]) or name.rpartition("/")[2] in _PASSED_OVER


def _shown(name: str) -> str:
    """A file's name for people to read; never a path that is opened."""
    clean = "".join(sign if sign.isprintable() else "?" for sign in name)
    return clean if len(clean) <= NAME_MAX else "…" + clean[1 - NAME_MAX :]


def _no_xml(name: str) -> Finding:
    return Finding(
        rule="zip.no-xml",
        message_tr="Dosya .xml değil.",
        message_en="The file is no .xml.",
        mend_tr="ZIP içine yalnız UBL-TR XML dosyaları koyun.",
        mend_en="Put only UBL-TR XML files into the ZIP.",
        path=name,
    )


def _too_large(name: str) -> Finding:
    size = ENTRY_BYTES_MAX // 1024 // 1024
    return Finding(
        rule="zip.too-large",
        message_tr=f"Belge {size} MB sınırını aşıyor.",
        message_en=f"The document exceeds {size} MB.",
        mend_tr="Belgeyi bölün.",
        mend_en="Split the document.",
        path=name,
    )
