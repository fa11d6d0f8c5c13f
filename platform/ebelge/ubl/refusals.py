"""Findings of our own rules that are raised where no XML rule can speak."""

from ebelge.core.findings import Finding
from ebelge.ubl.types import DocumentKind


def discount_too_large(path: str) -> Finding:
    """A discount exceeds the amount it stands on."""
    return Finding(
        rule="EB-DISCOUNT",
        message_tr="İndirim, uygulandığı tutardan büyük.",
        message_en="A discount is larger than the amount it stands on.",
        mend_tr="İndirim tutarını ya da yüzdesini düşürün.",
        mend_en="Lower the discount's amount or percentage.",
        path=path,
    )


def kind_and_draft_differ() -> Finding:
    """The draft is of another kind than the document asked for."""
    return Finding(
        rule="EB-KIND",
        message_tr="Taslak, istenen belge türünde değil.",
        message_en="The draft is of another kind than the document that is asked for.",
        mend_tr="kind alanını ve alanları istenen türe göre yazın.",
        mend_en="Write `kind` and the fields of the kind you want.",
        path="kind",
    )


def root_and_kind_differ(root: str, kind: DocumentKind, line: int | None) -> Finding:
    """The XML is of another kind than the document asked for."""
    return Finding(
        rule="EB-KIND",
        message_tr=f"Kök eleman {root}, istenen belge türü {kind.heading}.",
        message_en=f"The root element is {root}, the document asked for is {kind.heading}.",
        mend_tr="Belgeyi kendi türüyle gönderin.",
        mend_en="Send the document under its own kind.",
        line=line,
        path=f"/{root}",
    )


def not_signed(line: int | None) -> Finding:
    """A document that should go to GİB carries no signature where GİB looks for it."""
    return Finding(
        rule="EB-UNSIGNED",
        message_tr="Belgede XAdES imzası yok.",
        message_en="The document carries no XAdES signature.",
        mend_tr="Belgeyi mali mühürle imzalayın; imza ext:UBLExtensions içinde durur.",
        mend_en="Sign the document with the seal; the signature stands in ext:UBLExtensions.",
        line=line,
        path="",
    )


def unreadable(rule: str, tr: str, en: str, mend_tr: str = "", mend_en: str = "", line: int | None = None) -> Finding:
    """Why bytes cannot be read as a document."""
    return Finding(rule, tr, en, mend_tr, mend_en, line=line)
