"""How a gateway can fail: refused (nothing happened), not known (ask before repeating), not to be believed."""

from ebelge.core.errors import DomainError, InvalidRequest


class GatewayUnavailable(DomainError):
    """No usable answer came: the outcome is unknown, and money may have moved.

    `sent` is False only where the request certainly never left this machine. Whoever repeats a call that moves money
    passes `may_have_happened=True`, so that the gateway is read first.
    """

    code, http_status = "payment_gateway_unavailable", 503
    title_tr = "Ödeme kuruluşundan yanıt alınamadı; sonuç kontrol ediliyor"
    title_en = "The payment provider did not answer; the outcome is being checked"

    def __init__(self, detail_tr: str = "", detail_en: str = "", *, sent: bool = True, gateway_code: str = "") -> None:
        super().__init__(detail_tr, detail_en)
        self.sent = sent
        self.gateway_code = gateway_code


class GatewayRefused(DomainError):
    """The gateway said no; nothing was moved by this call. `gateway_code` is its own code."""

    code, http_status = "payment_refused", 402
    title_tr, title_en = "Ödeme kuruluşu işlemi kabul etmedi", "The payment provider refused"

    def __init__(
        self,
        gateway_code: str,
        text_tr: str,
        text_en: str,
        *,
        ours: bool = False,
        payer_may_retry: bool = False,
    ) -> None:
        super().__init__(text_tr, text_en, gateway_code=gateway_code)
        self.gateway_code = gateway_code
        self.text_tr, self.text_en = text_tr, text_en
        self.ours = ours
        self.payer_may_retry = payer_may_retry


class GatewayBusy(GatewayRefused):
    """The gateway's limit of calls is reached; nothing was moved, try later and more slowly."""

    code, http_status = "payment_gateway_busy", 503


class PaymentUnknown(GatewayRefused):
    """The gateway does not have it: the only answer that permits sending a payment again."""

    code, http_status = "payment_unknown_at_gateway", 404


class AuthenticationNeeded(GatewayRefused):
    """The bank wants the cardholder present: send a link, never loop. `payment_id` is the open payment."""

    code = "payment_authentication_needed"

    def __init__(self, gateway_code: str, text_tr: str, text_en: str, *, payment_id: str = "") -> None:
        super().__init__(gateway_code, text_tr, text_en, payer_may_retry=True)
        self.payment_id = payment_id


class UntrustedAnswer(DomainError):
    """An answer or a notice whose signature is missing or wrong, or that is not about what was asked.

    Nothing is credited by it; it is kept and raises an alert.
    """

    code, http_status = "payment_answer_untrusted", 502
    title_tr, title_en = "Ödeme yanıtı doğrulanamadı", "The payment answer could not be verified"


class GatewayNotConfigured(DomainError):
    """This way to pay is not set up here (no key, no webhook secret): its routes refuse to exist."""

    code, http_status = "payment_gateway_not_configured", 404
    title_tr, title_en = "Bu ödeme yöntemi tanımlı değil", "This way to pay is not configured"


class StatementUnreadable(InvalidRequest):
    """The bank statement cannot be read; nothing of it was taken."""

    code, http_status = "statement_unreadable", 422
    title_tr, title_en = "Hesap özeti okunamadı", "The bank statement cannot be read"


class StatementOfAnotherAccount(StatementUnreadable):
    """The file names the account it belongs to, and it is not the one it was given for; nothing of it was taken."""

    code = "statement_of_another_account"
    title_tr, title_en = "Hesap özeti başka bir hesaba ait", "The statement belongs to another account"
