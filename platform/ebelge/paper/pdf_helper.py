"""A process that makes PDFs of pages: fonts and packages loaded once, no address is ever fetched."""

import contextlib
import hashlib
import importlib
import json
import socket
from datetime import datetime
from typing import Any, Final

from ebelge.paper import frames, limits
from ebelge.paper.errors import Failed

MEMORY_MB: Final = 1024
CPU_S: Final = 25
FILES: Final = 64  # fonts
JOBS_MAX: Final = 200
ASKED_BYTES_MAX: Final = 48 * 1024 * 1024
VARIANT: Final = "pdf/a-3b"
# Below the sheets that a page brings along: a paper size and page numbers, where it says nothing of its own.
SHEET: Final = """
@page { size: A4; margin: 12mm; @bottom-right { content: counter(page) " / " counter(pages);
  font: 8pt "Liberation Sans", "DejaVu Sans", sans-serif; color: #5b6b75 } }
"""
FONTS: Final = "Debian, Ubuntu: apt-get install libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0 fonts-liberation"


def load() -> None:
    """Import what a helper needs, so that the next one finds it loaded. Fonts are left to each helper: Pango's threads
    would not survive a fork."""
    with contextlib.suppress(OSError):
        importlib.import_module("weasyprint.pdf")


def serve(line: socket.socket) -> None:
    """Messages (facts as JSON, page, attachment or b""), each answered by `+` and the PDF, or by `-`, reason, text."""
    try:
        press = Press()
    except Failed as failed:
        frames.receive(line, bytes_max=ASKED_BYTES_MAX)
        frames.send(line, [b"-", failed.reason.encode(), failed.text.encode()])
        return
    limits.bound(memory_mb=MEMORY_MB, files=FILES, threads=True)
    for _ in range(JOBS_MAX):
        asked = frames.receive(line, bytes_max=ASKED_BYTES_MAX)
        if not asked:
            return
        limits.more_cpu(CPU_S)
        facts, page, attachment = asked
        try:
            answer = [b"+", press.pdf(json.loads(facts), page, attachment)]
        except MemoryError:
            answer = [b"-", b"memory", b""]
        except Exception as error:  # a page by a stranger's stylesheet can break the layout in ways nobody lists
            answer = [b"-", b"message", f"{type(error).__name__}: {error}"[:500].encode()]
        frames.send(line, answer)


class Press:
    """WeasyPrint with its fonts. :raises Failed: `missing`: a library or every font is."""

    def __init__(self) -> None:
        try:
            import weasyprint
            from weasyprint.text.ffi import fontconfig
            from weasyprint.text.fonts import FontConfiguration
            from weasyprint.urls import URLFetcher
        except OSError as error:  # Pango and HarfBuzz are libraries of the system
            raise Failed("missing", FONTS) from error
        self._weasyprint = weasyprint
        configured = fontconfig.FcInitLoadConfigAndFonts()
        if fontconfig.FcConfigGetFonts(configured, fontconfig.FcSetSystem).nfont == 0:
            raise Failed("missing", FONTS)  # it only warns of a machine without one font, and then crashes
        self._fonts = FontConfiguration()
        self._sheet = weasyprint.CSS(string=SHEET, font_config=self._fonts)
        self._fetcher = _fetcher(URLFetcher)

    def pdf(self, facts: dict[str, Any], page: bytes, attachment: bytes) -> bytes:
        """The page as PDF/A-3b with its attachment."""
        html = self._weasyprint.HTML(string=page.decode(), url_fetcher=self._fetcher)
        sheets = [self._sheet, self._weasyprint.CSS(string=_later_pages(facts["title"]), font_config=self._fonts)]
        attachments = []
        if attachment:
            issued = datetime.fromisoformat(facts["issued_at"])
            attachments.append(
                self._weasyprint.Attachment(
                    string=attachment, name=facts["attachment"], description=facts["description"],
                    created=issued, modified=issued, relationship="Source",
                )
            )  # fmt: skip
        document = html.render(
            font_config=self._fonts, stylesheets=sheets, attachments=attachments, pdf_variant=VARIANT,
            pdf_identifier=hashlib.sha256(page + attachment).digest()[:16],
        )  # fmt: skip
        told = document.metadata
        told.title, told.authors, told.lang = facts["title"], [facts["author"]], "tr"
        told.created = told.modified = facts["issued_at"]
        told.generator = "Ebelge"
        data: bytes = document.write_pdf(
            finisher=_once, attachments=attachments, pdf_variant=VARIANT,
            pdf_identifier=hashlib.sha256(page + attachment).digest()[:16],
        )  # fmt: skip
        return data


def _later_pages(title: str) -> str:
    """Which document a page belongs to, on all but the first."""
    safe = "".join(sign for sign in title if sign.isalnum() or sign in " -./")
    return (
        f'@page {{ @bottom-left {{ content: "{safe}"; font: 8pt "Liberation Sans", "DejaVu Sans", sans-serif; '
        "color: #5b6b75 } } @page :first { @bottom-left { content: none } }"
    )


def _once(_document: Any, pdf: Any) -> None:
    """WeasyPrint names an attachment twice among the associated files."""
    if "AF" in pdf.catalog:
        pdf.catalog["AF"][:] = dict.fromkeys(pdf.catalog["AF"])


def _fetcher(base: Any) -> Any:
    """A fetcher of WeasyPrint's kind that reads `data:` addresses and nothing else."""
    return base(allowed_protocols=("data",), allow_redirects=False)
