"""The readable view of a document, by our own stylesheet: never by one that came with the document."""

from ebelge.ubl import stylesheet
from ebelge.ubl.reading import read_tree


def html(xml: bytes) -> bytes:
    """A complete HTML page in UTF-8, without script and without anything from outside.

    :raises UnreadableDocument: see `parse`.
    """
    root = read_tree(xml, max_bytes=20 * 1024 * 1024)
    return bytes(stylesheet.compiled(root)(root))
