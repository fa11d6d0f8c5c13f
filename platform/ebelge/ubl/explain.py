"""A broken rule of GİB in words: GİB's own Turkish, our English, and how to mend it in both."""

import re

from ebelge.core.findings import Finding
from ebelge.ubl import texts_gib, texts_invoice

_SCHEMA_ELEMENT = re.compile(r"'(?:\{[^}]*\})?([A-Za-z0-9]+)'")
_EXPECTED = re.compile(r"Expected is (?:one of )?\( (.*?) \)")


def explained(rule: str, text: str, path: str) -> Finding:
    """The finding for a rule id and the checker's text; rules without words of ours get general ones."""
    if rule.startswith("xsd-"):
        return _schema(rule, text, path)
    words = texts_gib.TEXTS.get(rule) or texts_invoice.TEXTS.get(rule)
    if words is None:
        where = f" at {path}" if path else ""
        return Finding(
            rule=rule,
            message_tr=text,
            message_en=f"GİB's rule {rule.removeprefix('sch-')} is not kept{where}. In GİB's words: {text}",
            mend_tr="Belirtilen alanı GİB'in iletisine göre düzeltin.",
            mend_en="Correct the given element as GİB's text says.",
            path=path,
        )
    message_en, mend_tr, mend_en = words
    if rule.startswith("hesap-") and ":" in text:
        message_en += _figures(text)
    return Finding(rule, text, message_en, mend_tr, mend_en, path=path)


def _figures(text: str) -> str:
    """The two figures of a wrong sum, out of the checker's text."""
    match = re.search(r"yazılan (\S+), hesaplanan (\S+)$", text)
    return f" Written {match.group(1)}, reckoned {match.group(2)}." if match else ""


def _schema(rule: str, text: str, path: str) -> Finding:
    """A schema error: libxml2's English, shortened; the Turkish says which element and what was expected."""
    short = re.sub(r"\{urn:oasis[^}]*\}|\{http[^}]*\}", "", text)
    named = _SCHEMA_ELEMENT.search(text)
    name = named.group(1) if named else ""
    expected = _EXPECTED.search(short)
    wanted = expected.group(1) if expected else ""
    message_tr = f"{name} GİB şemasına uymuyor." if name else "Belge GİB şemasına uymuyor."
    mend_tr = "Elemanın yerini, adını ve değerinin biçimini UBL-TR şemasına göre düzeltin."
    mend_en = "Correct the place, name or form of the element by the UBL-TR schema."
    if wanted:
        message_tr += f" Burada beklenen: {wanted}."
        mend_tr = f"Buraya şunlardan birini yazın: {wanted}. UBL'de elemanların sırası bağlayıcıdır."
        mend_en = f"Write one of these here: {wanted}. The order of elements is binding in UBL."
    return Finding(rule, message_tr, short.strip(), mend_tr, mend_en, path=path)
