"""What can go wrong between us and GİB; the important distinction is refused against unknown."""

from ebelge.core.errors import DomainError


class ZarfError(DomainError):
    """These documents cannot share this envelope (kind, count, parties, form); nothing was sent."""

    code, http_status = "invalid_envelope", 422
    title_tr, title_en = "Zarf oluşturulamadı", "The envelope cannot be built"


class ZarfUnreadable(DomainError):
    """A zip or an envelope that came from outside breaks GİB's packaging rules.

    `status` is GİB's envelope status code for the defect (1110 … 1143, 1160).
    """

    code, http_status = "unreadable_envelope", 422
    title_tr, title_en = "Zarf okunamadı", "The envelope cannot be read"

    def __init__(self, status: int, detail_tr: str, detail_en: str) -> None:
        super().__init__(detail_tr, detail_en, status_code=status)
        self.status = status


class GibFault(DomainError):
    """GİB answered with a fault (2000 … 2007): it took the call and refused it, nothing is unknown.

    `fault_code` is 0 when GİB's SOAP fault carried no EFaturaFault.
    """

    code, http_status = "gib_fault", 502
    title_tr, title_en = "GİB çağrıyı reddetti", "GİB refused the call"

    def __init__(self, fault_code: int, message: str) -> None:
        super().__init__(f"{fault_code}: {message}", f"{fault_code}: {message}", fault_code=fault_code)
        self.fault_code = fault_code
        self.message = message


class GatewayOutcomeUnknown(DomainError):
    """No readable answer came; GİB may or may not have stored the envelope.

    Ask for the status of the same envelope before anything is sent again.
    `may_have_arrived` is False only when no connection came about, so that not one byte was sent.
    """

    code, http_status = "gib_outcome_unknown", 504
    title_tr, title_en = "GİB'in yanıtı bilinmiyor", "GİB's answer is not known"

    def __init__(self, detail_tr: str, detail_en: str, *, may_have_arrived: bool = True) -> None:
        super().__init__(detail_tr, detail_en)
        self.may_have_arrived = may_have_arrived


class GatewayTimeout(GatewayOutcomeUnknown):
    """GİB did not answer, or did not finish its answer, within the time given."""

    code = "gib_timeout"
    title_tr, title_en = "GİB zamanında yanıt vermedi", "GİB did not answer in time"


class GatewayUnreachable(GatewayOutcomeUnknown):
    """The connection was refused, could not be made, or broke before the answer was complete."""

    code = "gib_unreachable"
    title_tr, title_en = "GİB'e ulaşılamadı", "GİB cannot be reached"


class GatewayAnswerUnreadable(GatewayOutcomeUnknown):
    """Something answered, but not in the contract: HTML, HTTP 500 without a fault, garbage, too much."""

    code = "gib_answer_unreadable"
    title_tr, title_en = "GİB'in yanıtı okunamadı", "GİB's answer cannot be read"
