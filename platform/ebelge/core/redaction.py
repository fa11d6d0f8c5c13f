"""What is struck out of everything that is written down about the system's work: logs, reasons of failed jobs.

The last of several walls: nothing of this should be logged at all. By form (keys, tokens in links, cards), by the name
that stands before it (password=…), and by value: what the environment of this process keeps secret.
"""

import os
import re
from collections.abc import Mapping
from functools import cache
from urllib.parse import unquote, urlsplit

STRUCK = "***"
# Pages behind a link that is itself the secret; a test holds this against the routes.
LINKS = r"b|payments/result|payments/confirm|[a-z-]*(?:invitations?|confirm|reset|verify|links?|consents?)"
_NAMES = (
    r"authorization|set-cookie|cookie|[a-z_-]*passw(?:or)?d[a-z_-]*|parola|sifre|şifre|[a-z_]*pin|[a-z_-]*secret[a-z_]*"
    r"|[a-z_-]*token[a-z_]*|api[_-]?key|master[_-]?key|recovery[_-]?codes?|card[_-]?number|pan|cvc|cvv|csrf[a-z_-]*"
    r"|x-iyz-rnd"
)
# Lines are redacted as JSON, too: a quote may be escaped, and a name may follow the n of an escaped line's end.
_QUOTE = r"[\\\"']*"
_START = r"(?:(?<![\w-])|(?<=\\n)|(?<=\\r)|(?<=\\t))"
_IS = rf"{_QUOTE}\s*[:=]\s*{_QUOTE}"
_FORMS = re.compile(
    rf"""
      (eb_(?:live|test)_[0-9a-zA-Z]+_)[0-9A-Za-z_\-]+                  # our API keys
    | ([a-z][a-z0-9+.\-]*://[^:/@\s"']*:)[^@\s"']+(?=@)                # passwords of URLs
    | ({_START}(?:(?:set-)?cookie|\w+-signature){_IS})[^\n\\"']+         # whole headers
    | ({_START}(?:{_NAMES})(?:{_IS}|[\\"']+\s*,\s*{_QUOTE})(?:\(?b?['"])?(?:bearer\s+|basic\s+)?)[^\s\\"',;&}}\])]+
    | ({_START}(?:code|kod|otp|totp)(?:{_IS}|[\\"']+\s*,\s*{_QUOTE})(?:\(?b?['"])?)\d{{6}}(?!\d)
    | ({_START}bearer\s+)[\w\-.~+/=]{{8,}}
    | ((?<!\w)(?:whsec|sk_live|sk_test|rk_live|rk_test)_)[\w+/=\-]+    # gateways' and webhooks' secrets
    | (/(?:{LINKS})/)[A-Za-z0-9_\-]{{20,}}                             # links that are secrets
    | ()(?<![A-Za-z0-9+/])[A-Za-z0-9+/]{{43}}=(?![A-Za-z0-9+/=])       # 32 bytes as base64: a master key
    """,
    re.IGNORECASE | re.VERBOSE,
)
# What stands in everything that `_FORMS` finds, in small letters: hardly any line of ours has one of them, and to look
# for plain words costs a twentieth of looking for the forms. A new form needs its word here; a test makes it so.
_HINTS = (
    *("eb_", "://", "cookie", "-signature", "authorization", "passw", "parola", "sifre", "pin", "secret", "token"),
    *("api_key", "api-key", "apikey", "master", "recovery", "card", "pan", "cvc", "cvv", "csrf", "x-iyz-rnd"),
    *("code", "kod", "otp", "bearer", "whsec_", "sk_live_", "sk_test_", "rk_live_", "rk_test_"),
    *("/b/", "/payments/", "invitation", "confirm", "reset", "verify", "link", "consent"),
)
_KEY = re.compile("[A-Za-z0-9+/]{43}=")
_CARD = re.compile(r"(?<![\w.])[2-6](?:[ -]?\d){12,18}(?![\w])")
_SECRET_VARIABLE = re.compile(r"KEY|SECRET|PASSWORD|TOKEN|PINS?$|DATABASE_URL|REDIS_URL")
_seen: tuple[dict[bytes, bytes], tuple[str, ...]] | None = None
_SHORTEST = 8  # a shorter value (a PIN) stands in too many harmless words; it is struck out by its name


def redact(text: str) -> str:
    """`text` without secrets."""
    for value in _secrets():
        if value in text:
            text = text.replace(value, STRUCK)
    if _may_hold_forms(text):
        text = _FORMS.sub(lambda found: next((part for part in found.groups() if part is not None), "") + STRUCK, text)
    return _CARD.sub(lambda found: STRUCK if _luhn(found[0]) else found[0], text)


def _may_hold_forms(text: str) -> bool:
    """False only if none of `_FORMS` can be found: without letters beyond ASCII, whose cases meet in odd ways."""
    small = text.lower()
    return (
        not text.isascii() or any(hint in small for hint in _HINTS) or ("=" in text and _KEY.search(text) is not None)
    )


def _secrets() -> tuple[str, ...]:
    """The secret values of the environment; looked for anew when that has changed, for this runs with every line."""
    global _seen
    now = os.environ._data  # type: ignore[attr-defined]  # decoded, all of it would cost more than the rest
    if _seen is None or _seen[0] != now:
        _seen = dict(now), _own(tuple(sorted(_kept(os.environ).items())))
    return _seen[1]


def _kept(environ: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in environ.items() if _SECRET_VARIABLE.search(name) and _is_ours(name)}


def _is_ours(name: str) -> bool:
    return name.startswith(("EBELGE_", "DATABASE_URL", "REDIS_URL"))


@cache
def _own(variables: tuple[tuple[str, str], ...]) -> tuple[str, ...]:
    """The secret values of the environment, and what they are made of, the longest first."""
    found: set[str] = set()
    for _, value in variables:
        found.update(part.strip() for part in re.split(r"[,\s]", value) if "://" not in part)
        if "://" in value:
            password = urlsplit(value).password or ""
            found.update({password, unquote(password)})
    return tuple(sorted((value for value in found if len(value) >= _SHORTEST), key=len, reverse=True))


def _luhn(text: str) -> bool:
    digits = [int(sign) for sign in reversed(text) if sign.isdigit()]
    doubled = (sum(divmod(2 * digit, 10)) for digit in digits[1::2])
    return (sum(digits[0::2]) + sum(doubled)) % 10 == 0
