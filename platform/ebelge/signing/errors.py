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


class SealRefused(SealUnusable):
    """The seal must not sign until a person acts: revoked, not trusted, its PIN refused. Documents wait meanwhile."""

    code = "seal_refused"
    title_tr, title_en = "Mali mühürle imzalanamaz", "The seal must not sign"


class SignatureInvalid(DomainError):
    """The signature does not prove what it claims; nothing in the document may be believed."""

    code, http_status = "signature_invalid", 422
    title_tr, title_en = "İmza geçersiz", "The signature is not valid"


class NoTimeStamp(DomainError):
    """There is no time stamp; the classes below say why."""

    code, http_status = "no_time_stamp", 503
    title_tr, title_en = "Zaman damgası yok", "There is no time stamp"


class TimeStampUnknown(NoTimeStamp):
    """The authority did not answer, or not in its protocol: asking again later may help, and harms nothing."""

    code = "time_stamp_unknown"
    title_tr, title_en = "Zaman damgası alınamadı", "The time-stamping authority did not answer"


class TimeStampRefused(NoTimeStamp):
    """The authority refused: contract, credit, policy or algorithm. Somebody must look."""

    code, http_status = "time_stamp_refused", 502
    title_tr, title_en = "Zaman damgası verilmedi", "The time stamp was refused"


class TimeStampInvalid(NoTimeStamp):
    """A time stamp that proves nothing: another's, of other data, of an authority that is not trusted."""

    code, http_status = "time_stamp_invalid", 422
    title_tr, title_en = "Zaman damgası geçersiz", "The time stamp is not valid"
