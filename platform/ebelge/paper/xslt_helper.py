"""A process for one foreign stylesheet: compiled once, applied to many documents, without a file or a socket."""

import socket
from typing import Any, Final

from lxml import etree

from ebelge.paper import cleaning, frames, limits
from ebelge.paper.errors import Failed
from ebelge.ubl import karekod, render
from ebelge.ubl.names import ANSWER_ROOTS

MEMORY_MB: Final = 384
CPU_S: Final = 3
HTML_BYTES_MAX: Final = 8 * 1024 * 1024
ASKED_BYTES_MAX: Final = 32 * 1024 * 1024


def serve(line: socket.socket) -> None:
    """First message: the stylesheet. Then messages (document, marks), each answered by `+` and the page, or by `-`,
    a reason and a text."""
    limits.bound(memory_mb=MEMORY_MB, files=0)
    limits.more_cpu(CPU_S)
    asked = frames.receive(line, bytes_max=ASKED_BYTES_MAX)
    if not asked:
        return
    try:
        transform = _compiled(asked[0])
    except (etree.XSLTParseError, etree.XMLSyntaxError) as error:
        frames.send(line, [b"-", b"message", _said(error)])
        return
    frames.send(line, [b"+"])
    while True:
        asked = frames.receive(line, bytes_max=ASKED_BYTES_MAX)
        if not asked:
            return
        limits.more_cpu(CPU_S)
        try:
            answer = [b"+", _page(transform, *asked)]
        except (etree.XSLTApplyError, etree.XMLSyntaxError, etree.ParserError) as error:
            answer = [b"-", b"message", _said(error)]
        except MemoryError:
            answer = [b"-", b"memory", b""]
        except Failed as failed:
            answer = [b"-", failed.reason.encode(), failed.text.encode()]
        frames.send(line, answer)


def _compiled(stylesheet: bytes) -> etree.XSLT:
    control: Any = etree.XSLTAccessControl
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)
    return etree.XSLT(etree.fromstring(stylesheet, parser), access_control=control.DENY_ALL)


def _page(transform: etree.XSLT, document: bytes, marks: bytes) -> bytes:
    root = etree.fromstring(document, etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False))
    text = str(transform(root))
    if len(text) > HTML_BYTES_MAX:
        raise Failed("output")
    if not text.strip():
        raise Failed("message", "The stylesheet gave an empty page.")
    page = etree.fromstring(text.encode(), etree.HTMLParser(encoding="utf-8", remove_comments=True, remove_pis=True))
    if page is None or page.find("body") is None:
        raise Failed("message", "The stylesheet gave no HTML page.")
    cleaning.clean(page)
    if root.tag not in ANSWER_ROOTS:  # those have no code
        render.set_code(page, karekod.picture(root))
    if b"test" in marks:
        render.mark(page)
    html: bytes = etree.tostring(page, encoding="utf-8", method="html", doctype="<!DOCTYPE html>")
    if len(html) > HTML_BYTES_MAX:
        raise Failed("output")
    return html


def _said(error: Exception) -> bytes:
    return str(error)[:500].encode()
