"""Refusals of the signing area."""

from ebelge.core.errors import DomainError


class NotSignable(DomainError):
    """The bytes cannot be signed as they are: unsafe XML, no place for the signature, signed already."""

    code, http_status = "not_signable", 422
    title_tr, title_en = "Belge imzalanamıyor", "The document cannot be signed"


class SealUnusable(DomainError):
    """The seal cannot be opened or must not be used: password, key, certificate, validity, process."""

    code, http_status = "seal_unusable", 409
    title_tr, title_en = "Mali mühür kullanılamıyor", "The seal cannot be used"


class SignatureInvalid(DomainError):
    """The signature does not prove what it claims; nothing in the document may be believed."""

    code, http_status = "signature_invalid", 422
    title_tr, title_en = "İmza geçersiz", "The signature is not valid"
