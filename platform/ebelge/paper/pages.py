"""The page of a document: by our own stylesheet here, by a foreign one in a process of its own, else by ours again."""

import hashlib
import logging
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from lxml import etree

from ebelge.paper import stylesheet_check, xslt_helper
from ebelge.paper.errors import DesignRefused, Failed
from ebelge.paper.helpers import helpers
from ebelge.ubl import embedded, render
from ebelge.ubl.errors import UnreadableDocument
from ebelge.ubl.names import ALL_ROOTS
from ebelge.ubl.reading import read_tree
from ebelge.ubl.render import Look

WALL_S: Final = 12.0  # the processor time is bounded to 3 s; a busy machine needs longer for them
_log = logging.getLogger("ebelge.paper")


@dataclass(frozen=True, slots=True)
class Page:
    """A page, and why it is by our stylesheet though another was asked for ("": it is not)."""

    html: bytes
    fell_back: str = ""


def shown(
    xml: bytes, look: Look | None = None, *, stylesheet: bytes | None = None, owner: UUID | None = None,
    test: bool = False,
) -> Page:  # fmt: skip
    """A document of the tenant's own. `stylesheet`: the tenant's own design; `owner`: the tenant.

    :raises UnreadableDocument: see `ubl.parse`.
    """
    if not stylesheet:
        return Page(render.html(xml, look, test=test))
    try:
        return Page(applied(xml, stylesheet=stylesheet, owner=owner, test=test))
    except (DesignRefused, Failed) as error:
        reason = error.reason if isinstance(error, Failed) else "refused"
        _log.warning("design not used", extra={"tenant_id": str(owner), "reason": reason, "said": str(error)})
        return Page(render.html(xml, look, test=test), reason)


def as_sent(xml: bytes, *, owner: UUID, test: bool = False) -> Page:
    """A document as its sender wants it shown: by the stylesheet inside it, or by ours where that one does not run.

    :raises UnreadableDocument: see `ubl.parse`.
    """
    return shown(xml, stylesheet=embedded.stylesheet(xml), owner=owner, test=test)


def applied(xml: bytes, *, stylesheet: bytes, owner: UUID | None, test: bool = False) -> bytes:
    """The clean page that a foreign stylesheet makes of a document.

    :raises DesignRefused: it is not one that we run. :raises Failed: it took too long or too much, or broke off.
    """
    document = etree.tostring(read_tree(xml, max_bytes=render.BYTES_MAX, roots=ALL_ROOTS))
    # One tenant's documents never meet another tenant's in one helper, whatever stylesheet they share.
    key = f"{owner}:{hashlib.sha256(stylesheet).hexdigest()}"
    if key not in _CHECKED:
        stylesheet_check.check(stylesheet)
        if len(_CHECKED) > _CHECKED_MAX:
            _CHECKED.clear()
        _CHECKED.add(key)
    marks = b"test" if test else b""
    return helpers().apply(
        key, stylesheet, [document, marks], wall_s=WALL_S, bytes_max=xslt_helper.HTML_BYTES_MAX + 1024
    )  # fmt: skip


def tried(stylesheet: bytes, *, example: bytes, owner: UUID) -> bytes:
    """The page that a design makes of an example: the check before a design is stored.

    :raises DesignRefused: it is not one that we run, or it does not make a page in time; with the reason.
    """
    try:
        return applied(example, stylesheet=stylesheet, owner=owner)
    except UnreadableDocument:
        raise
    except Failed as failed:
        turkish, english = _WORDS.get(failed.reason, _WORDS["message"])
        said = f" ({failed.text})" if failed.text and failed.reason == "message" else ""
        raise DesignRefused(f"{turkish}{said}", f"{english}{said}", reason=failed.reason) from failed


_CHECKED: set[str] = set()
_CHECKED_MAX = 1000
_WORDS = {
    "time": ("Tasarım, örnek belgeyi zamanında bitiremedi.", "The design did not finish the example in time."),
    "memory": ("Tasarım izin verilenden çok bellek istedi.", "The design wanted more memory than it may have."),
    "output": ("Tasarım 8 MB'tan büyük bir sayfa üretti.", "The design made a page of more than 8 MB."),
    "message": ("Tasarım örnek belgede çalışmadı.", "The design did not run on the example."),
    "missing": ("Tasarım şu an denenemiyor; biraz sonra yeniden yükleyin.", "The design cannot be tried just now."),
}
