"""The pinned client, bounded in time and size, and Stripe's errors as ours."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import requests
import stripe

from billing.payments.errors import (
    AuthenticationNeeded,
    GatewayBusy,
    GatewayRefused,
    GatewayUnavailable,
    PaymentUnknown,
)
from billing.payments.stripe_gateway.words import decline_words

API_VERSION = "2026-10-28.endive"
API_BASE_URL = "https://api.stripe.com"
ANSWER_BYTES_MAX = 4 * 1024 * 1024
CONNECT_TIMEOUT_S = 5.0
_LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})
_SILENT_TR = "Stripe yanıt vermedi; sonuç kontrol ediliyor"


@dataclass(frozen=True, slots=True)
class StripeSettings:
    """One account. Several webhook secrets: our endpoint's old and new one while they are exchanged."""

    api_key: str = field(repr=False)
    webhook_secrets: tuple[str, ...] = field(repr=False)
    base_url: str = API_BASE_URL
    timeout_s: float = 20.0
    retry_count_max: int = 2
    webhook_tolerance_s: int = 300

    def __post_init__(self) -> None:
        url = urlsplit(self.base_url)
        if not url.hostname or url.scheme not in ("https", "http"):
            raise ValueError("Stripe's base_url begins with https://")
        if url.scheme == "http" and url.hostname not in _LOOPBACK:
            raise ValueError("plain http is for loopback only")
        if not self.api_key.strip():
            raise ValueError("Stripe needs an API key")
        if not self.webhook_secrets or not all(secret.strip() for secret in self.webhook_secrets):
            raise ValueError("Stripe needs a webhook secret that is not empty")
        if self.webhook_tolerance_s <= 0:
            raise ValueError("a webhook's signature has an age")

    @property
    def is_live(self) -> bool:
        """True where the key moves real money."""
        return "_live_" in self.api_key


class BoundedSession(requests.Session):
    """Reads a whole answer within the time-out, and no more than a bound: the package bounds each wait only."""

    def __init__(self, timeout_s: float) -> None:
        super().__init__()
        self._timeout_s = timeout_s

    def request(self, *arguments: Any, **options: Any) -> requests.Response:
        """As the base class, with the body already read."""
        deadline = time.monotonic() + self._timeout_s
        response = super().request(*arguments, **(options | {"stream": True}))
        parts: list[bytes] = []
        size = 0
        try:
            while part := response.raw.read1(64 * 1024, decode_content=True):
                parts.append(part)
                size += len(part)
                if size > ANSWER_BYTES_MAX:
                    raise requests.exceptions.ContentDecodingError("the answer is too long")
                if time.monotonic() > deadline:
                    raise requests.exceptions.Timeout("the answer takes too long")
        except requests.exceptions.RequestException:
            raise
        except Exception as error:
            raise requests.exceptions.ConnectionError(f"the answer broke off: {error}") from error
        finally:
            response.close()
        response._content = b"".join(parts)  # where requests itself keeps a body that was read
        return response


def make_client(settings: StripeSettings) -> Any:
    """The package's client. Untyped on purpose: its answers become plain dictionaries at once."""
    return stripe.StripeClient(
        settings.api_key,
        stripe_version=API_VERSION,
        base_addresses={"api": settings.base_url},
        max_network_retries=settings.retry_count_max,
        http_client=stripe.RequestsClient(
            timeout=(min(CONNECT_TIMEOUT_S, settings.timeout_s), settings.timeout_s),
            session=BoundedSession(settings.timeout_s),
        ),
    )


def plain(answer: Any) -> dict[str, Any]:
    """A StripeObject (no dict since version 15) as a dictionary; Decimal fields as text."""
    value = answer.to_dict(for_json=True)
    if not isinstance(value, dict):
        raise GatewayUnavailable(_SILENT_TR, "Stripe answered no object")
    return value


def asked(call: Callable[[], Any]) -> Any:
    """Run one call of the package; its errors become ours.

    :raises GatewayUnavailable: no readable answer, or the same key is still in work: the outcome is unknown.
    """
    try:
        return call()
    except stripe.CardError as error:
        raise _declined(error) from error
    except stripe.RateLimitError as error:
        raise GatewayBusy("rate_limit", "İstek sınırı aşıldı; biraz sonra yinelenecek", "Too many requests") from error
    except stripe.IdempotencyError as error:
        if error.http_status == 409:
            raise GatewayUnavailable(_SILENT_TR, "an earlier request with this key is still in work") from error
        raise GatewayRefused(
            "idempotency_error", "Aynı anahtarla farklı istek gönderildi", "One key, two requests", ours=True
        ) from error
    except (stripe.InvalidRequestError, stripe.AuthenticationError, stripe.PermissionError) as error:
        raise _invalid(error) from error
    except (stripe.APIConnectionError, stripe.APIError) as error:
        raise GatewayUnavailable(_SILENT_TR, f"Stripe: {type(error).__name__}, HTTP {error.http_status}") from error
    except stripe.StripeError as error:
        raise GatewayUnavailable(_SILENT_TR, f"Stripe: {type(error).__name__}") from error
    except (ValueError, TypeError, AttributeError, KeyError) as error:
        # The package trips over an answer that is no text or no object.
        raise GatewayUnavailable(_SILENT_TR, f"Stripe's answer is unreadable: {type(error).__name__}") from error


def _declined(error: stripe.CardError) -> GatewayRefused:
    body = error.json_body if isinstance(error.json_body, dict) else {}
    details = body.get("error") if isinstance(body.get("error"), dict) else {}
    details = details if isinstance(details, dict) else {}
    code = str(error.code or "card_declined")
    if code == "card_declined" and details.get("decline_code"):
        code = str(details["decline_code"])
    tr, en = decline_words(code)
    intent = details.get("payment_intent")
    if code == "authentication_required":
        payment_id = str(intent.get("id") or "") if isinstance(intent, dict) else ""
        return AuthenticationNeeded(code, tr, en, payment_id=payment_id)
    return GatewayRefused(code, tr, en, payer_may_retry=True)


def _invalid(error: stripe.StripeError) -> GatewayRefused:
    code = str(error.code or type(error).__name__)
    if code == "resource_missing":
        return PaymentUnknown(code, "Kayıt Stripe'ta bulunamadı", "Stripe does not have it")
    tr, en = decline_words(code)
    return GatewayRefused(code, tr, en, ours=True)
