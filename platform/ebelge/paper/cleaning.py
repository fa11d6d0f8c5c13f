"""A page that a stranger's stylesheet made -> a page that shows and does nothing else.

Elements and attributes are kept by a list of what shows; scripts, forms, frames, links to elsewhere and everything
that loads something are gone, also where the page is opened from a disk, without our headers.
"""

import re
from typing import Final

from lxml import etree

POLICY: Final = "default-src 'none'; style-src 'unsafe-inline'; img-src data:"
_SHOWS = (
    {"html", "head", "title", "style", "body", "main", "header", "footer", "section", "article", "aside", "div", "span"}
    | {"p", "br", "hr", "h1", "h2", "h3", "h4", "h5", "h6", "b", "strong", "i", "em", "u", "s", "small", "big", "sub"}
    | {"sup", "font", "center", "pre", "code", "tt", "blockquote", "address", "ul", "ol", "li", "dl", "dt", "dd"}
    | {"table", "caption", "colgroup", "col", "thead", "tbody", "tfoot", "tr", "td", "th", "img", "a", "abbr", "label"}
    | {"fieldset", "legend", "nobr", "wbr"}
)
# What is inside goes with it; of any other element that does not show, the words stay.
_GONE = (
    {"script", "noscript", "iframe", "frame", "frameset", "object", "embed", "applet", "form", "input", "button"}
    | {"select", "textarea", "option", "meta", "link", "base", "template", "svg", "math", "audio", "video", "source"}
    | {"track", "canvas", "param", "portal", "dialog"}
)
_KEPT = (
    {"class", "id", "style", "title", "lang", "dir", "align", "valign", "width", "height", "bgcolor", "color", "face"}
    | {"size", "border", "bordercolor", "cellpadding", "cellspacing", "rules", "frame", "colspan", "rowspan", "span"}
    | {"nowrap", "noshade", "type", "start", "value", "alt", "src", "name", "clear", "char", "charoff"}
    | {"data-n"}  # what our own designs write before a cell where lines stand below each other
)
_PICTURE = re.compile(r"data:image/(png|jpe?g|gif|webp|bmp|svg\+xml)[;,]", re.IGNORECASE)
_LOADS = re.compile(r"url\s*\(|@import|expression\s*\(|-moz-binding|behavior\s*:|image-set\s*\(", re.IGNORECASE)
_ADDRESS = re.compile(r"url\(\s*(?:\"([^\"]*)\"|'([^']*)'|([^)\s]*))\s*\)", re.IGNORECASE)
_ESCAPE = re.compile(r"\\([0-9a-fA-F]{1,6}\s?|.)", re.DOTALL)


def clean(page: etree._Element) -> None:
    """Take out of an HTML tree, in place, everything that does more than show."""
    for element in list(page.iter()):
        if element.getparent() is None and element is not page:
            continue  # went with one of its ancestors
        if not isinstance(element.tag, str) or element.tag in _GONE:
            _drop(element, words=False)
        elif element.tag not in _SHOWS:
            _drop(element, words=True)
        else:
            _attributes(element)
            if element.tag == "style":
                element.text = styles(element.text or "")
    head = page.find("head")
    if head is None:
        head = etree.Element("head")
        page.insert(0, head)
    policy = etree.Element("meta", {"http-equiv": "Content-Security-Policy", "content": POLICY})
    head.insert(0, policy)
    head.insert(0, etree.Element("meta", charset="utf-8"))


def styles(text: str) -> str:
    """CSS without anything that loads; pictures that stand in it stay."""
    if not _LOADS.search(text) and "\\" not in text:
        return text
    # An escape can spell a word that loads: with one, the whole is read without escapes.
    text = _ESCAPE.sub(_unescaped, text)
    text = re.sub(r"/\*.*?\*/", " ", text, flags=re.DOTALL)
    text = re.sub(r"@import[^;]*(;|$)", "", text, flags=re.IGNORECASE)
    text = _ADDRESS.sub(lambda found: found.group() if _PICTURE.match(_first(found)) else "none", text)
    rest = _ADDRESS.sub("", text)
    return text if not _LOADS.search(rest) else ""


def _attributes(element: etree._Element) -> None:
    for name, value in [(str(name), str(value)) for name, value in element.items()]:
        if name not in _KEPT or (name == "src" and not (element.tag == "img" and _PICTURE.match(value.strip()))):
            del element.attrib[name]
        elif name == "style":
            element.set(name, styles(value))


def _drop(element: etree._Element, *, words: bool) -> None:
    """Take an element out; what follows it stays, and with `words` what stands in it, too."""
    parent = element.getparent()
    if parent is None:
        return
    place = parent.index(element)
    kept = list(element) if words else []
    before = (element.text or "") if words else ""
    tail = element.tail or ""
    parent.remove(element)
    parent[place:place] = kept
    _append(parent, place, before)
    _append(parent, place + len(kept), tail)


def _append(parent: etree._Element, place: int, text: str) -> None:
    if place == 0:
        parent.text = (parent.text or "") + text
    else:
        before = parent[place - 1]
        before.tail = (before.tail or "") + text


def _unescaped(found: re.Match[str]) -> str:
    digits = found.group(1).strip()
    try:
        sign = chr(int(digits, 16)) if re.fullmatch(r"[0-9a-fA-F]{1,6}", digits) else found.group(1)
    except (ValueError, OverflowError):
        return ""
    return sign if sign.isprintable() and sign not in "<>" else ""


def _first(found: re.Match[str]) -> str:
    return next((part for part in found.groups() if part), "")
