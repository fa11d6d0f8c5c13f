"""Trees that different readers would read differently: a document inside another, two signatures, split values."""

from lxml import etree

from ebelge.ubl.errors import UnreadableDocument
from ebelge.ubl.names import ALL_ROOTS, DS, line_of
from ebelge.ubl.refusals import unreadable

_SIGNATURE = f"{{{DS}}}Signature"


def check_inside(root: etree._Element) -> None:
    """No document inside the document, and not two signatures: which of them would be the one that counts?

    :raises UnreadableDocument: EB-NESTED, EB-SIGNATURES.
    """
    signed = False
    for element in root.iterdescendants(*ALL_ROOTS, _SIGNATURE):
        if element.tag != _SIGNATURE:
            raise _refused(
                "EB-NESTED",
                "Belgenin içinde başka bir belge var.",
                "There is a document inside the document.",
                "Her belgeyi ayrı gönderin; uzantılara (ext:UBLExtensions) belge koymayın.",
                "Send each document by itself; put no document into ext:UBLExtensions.",
            )
        if signed:
            raise _refused(
                "EB-SIGNATURES",
                "Belgede birden çok ds:Signature var.",
                "There is more than one ds:Signature in the document.",
                "Belgeyi imzasız ya da tek imza ile gönderin.",
                "Send the document unsigned, or with one signature.",
                line_of(element),
            )
        signed = True


def check_split(root: etree._Element) -> None:
    """No comment inside a value, no instruction anywhere: of `12<!-- -->34` some readers see only the first half.

    :raises UnreadableDocument: EB-COMMENT, EB-INSTRUCTION.
    """
    for node in root.iter(etree.Comment, etree.ProcessingInstruction):
        parent = node.getparent()
        if parent is None:
            continue  # beside the root: the prolog was looked at before
        if not isinstance(node, etree._Comment):
            raise _refused(
                "EB-INSTRUCTION",
                "Belge işleme talimatı (<?…?>) içeriyor.",
                "The document has a processing instruction (<?…?>).",
                "İşleme talimatını kaldırın; görünüm için XSLT belgeye gömülür.",
                "Remove the processing instruction; the stylesheet is embedded in the document.",
                line_of(parent),
            )
        holds_elements = next(parent.iterchildren("*"), None) is not None
        text = (parent.text or "") + "".join(sibling.tail or "" for sibling in parent)
        if not holds_elements and text.strip():
            raise _refused(
                "EB-COMMENT",
                "Bir değerin içinde açıklama (<!-- -->) var.",
                "There is a comment inside a value.",
                "Açıklamayı değerin dışına alın ya da kaldırın.",
                "Move the comment out of the value, or remove it.",
                line_of(parent),
            )


def _refused(rule: str, tr: str, en: str, mend_tr: str, mend_en: str, line: int | None = None) -> UnreadableDocument:
    return UnreadableDocument(findings=[unreadable(rule, tr, en, mend_tr, mend_en, line)])
