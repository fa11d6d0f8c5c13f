"""Refusals of this area."""

from ebelge.core.errors import DomainError


class InvalidDocument(DomainError):
    """The document breaks a rule; `findings` say which, where and how to mend it."""

    code, http_status = "invalid_document", 422
    title_tr, title_en = "Belge kurallara uymuyor", "The document breaks a rule"
    advice_tr = "Hiçbir şey kaydedilmedi, numara ve kontör harcanmadı; bulguları giderip yeniden gönderin."
    advice_en = "Nothing was stored, no number and no kontör is spent; mend the findings and send it again."


class UnreadableDocument(InvalidDocument):
    """The bytes are not a document that we can read: not XML, hostile, too big, of another kind, without id."""

    title_tr, title_en = "Belge okunamadı", "The document cannot be read"


class InvalidDraft(InvalidDocument):
    """The JSON is not a draft: a field is missing, unknown or of the wrong form. `path` is the JSON path."""

    title_tr, title_en = "Gönderilen taslak geçersiz", "The draft is invalid"
