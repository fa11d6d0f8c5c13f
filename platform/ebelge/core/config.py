"""Settings: read once from the environment, checked, never changed afterwards."""

import hashlib
import hmac
import json
import os
import re
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import time
from functools import cache
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from typing import Any, Literal
from urllib.parse import quote, unquote, urlsplit, urlunsplit

from ebelge.core import archive_settings
from ebelge.core.archive_settings import ArchiveSettings

Role = Literal["owner", "app", "directory", "ledger", "audit", "relay", "reader", "finance", "reseller", "people"]
LOGIN_ROLES: tuple[Role, ...] = ("owner", "app", "relay", "reader", "finance", "reseller", "people")

Network = IPv4Network | IPv6Network
LOOPBACK_NAMES = frozenset({"127.0.0.1", "localhost", "::1"})
_HOST_NAME = re.compile(r"[a-z0-9._-]{1,253}|[0-9a-f:]*:[0-9a-f:]*:[0-9a-f:.]*")  # a name, or an IPv6 address


class ConfigurationError(Exception):
    """A setting is missing or wrong; the message names it and says what to do."""


@dataclass(frozen=True)
class Settings:
    """What the process was told; secrets never appear in its repr."""

    database_url: str = field(repr=False)
    redis_url: str = field(repr=False)
    master_key: str = field(repr=False)
    archive_dir: Path
    archive: ArchiveSettings = field(default_factory=ArchiveSettings)
    environment: Literal["production", "development"] = "production"
    public_base_url: str = "http://127.0.0.1:8000"
    # Names we answer to (EBELGE_HOSTS, and the public address's), proxies of ours before us (EBELGE_TRUSTED_PROXIES)
    hosts: frozenset[str] = LOOPBACK_NAMES
    trusted_proxies: int = 0
    gib_live_url: str = ""
    gib_test_url: str = ""
    # Networks from which GİB pushes envelopes to us (EBELGE_GIB_NETWORKS); nobody else reaches that service.
    gib_networks: tuple[Network, ...] = ()
    # GİB's e-Arşiv service (…/earsiv); without it reports wait. e-SMM: GİB's own form, or UBL (ADR 0113).
    earsiv_live_url: str = ""
    earsiv_test_url: str = ""
    esmm_form: Literal["earsivveri", "ubl"] = "earsivveri"
    # Istanbul times of the day after the issue day: the report is made, is due, and is asked for aloud.
    report_at: time = time(0, 15)
    report_deadline: time = time(23, 59)
    report_alarms: tuple[time, ...] = (time(12), time(18))
    smtp_host: str = "127.0.0.1"
    smtp_port: int = 25
    smtp_timeout_s: float = 20.0
    mail_from: str = "Ebelge <belge@ebelge.example>"
    gib_timeout_s: float = 30.0
    # The name of GİB's temporary list (UserTempList) beside its user lists; empty: it is taken in by hand.
    gib_closures_file: str = ""
    # Documents that share an envelope when several wait for one mailbox: 1 to 100 (EBELGE_ZARF_DOCUMENTS_MAX).
    zarf_documents_max: int = 100
    # How long an e-Arşiv document waits for a fresh user list before it is signed by an old one (EBELGE_LIST_WAIT_MIN).
    list_wait_min: int = 240
    second_person_kurus: int = 50_000_00  # a bank line above it is credited by two persons (EBELGE_SECOND_PERSON_KURUS)
    second_person_kontor: int = 100  # given without a sale, above it by two persons (EBELGE_SECOND_PERSON_KONTOR)
    operator_seal_module: str = ""
    operator_seal_token: str = ""
    operator_seal_pin: str = field(default="", repr=False)
    seal_pins: Mapping[str, str] = field(default_factory=dict, repr=False)
    # A change of reseller: so long may the old one answer, then the operator decides (EBELGE_RESELLER_ANSWER_DAYS).
    reseller_answer_days: int = 15
    # Refunds of unused kontör end so many days after crediting; None: they end with the kontör.
    refund_window_days: int | None = None
    # Ports of customers' systems that are called; loopback over http only in development.
    webhook_ports: tuple[int, ...] = (443, 8443)
    webhook_loopback: bool = False
    assembler: Literal["own", "signxml"] = "own"
    # Single sign-on by an outer OpenID provider; without an issuer there is none.
    oidc_issuer: str = ""
    oidc_client_id: str = ""
    oidc_client_secret: str = field(default="", repr=False)
    oidc_name: str = ""
    oidc_domains: frozenset[str] = frozenset()
    role_urls: Mapping[Role, str] = field(default_factory=dict, repr=False)

    def role_url(self, role: Role) -> str:
        """Database URL of a login role: given as DATABASE_URL_<ROLE>, or derived from the owner's."""
        if role in self.role_urls:
            return self.role_urls[role]
        if role == "owner":
            return self.database_url
        parts = urlsplit(self.database_url)
        host = (parts.hostname or "127.0.0.1") + (f":{parts.port}" if parts.port else "")
        user = f"{role_name(role)}:{quote(role_password(self.database_url, role), safe='')}"
        return urlunsplit((parts.scheme, f"{user}@{host}", parts.path, parts.query, ""))

    def seal_pin(self, token_label: str) -> str | None:
        """PIN of a token: its own, or the operator's if the token is the operator's. Tokens lock: none is tried out."""
        if token_label in self.seal_pins:
            return self.seal_pins[token_label]
        return self.operator_seal_pin or None if token_label == self.operator_seal_token else None


def role_name(role: Role) -> str:
    """Name of a role in the database cluster."""
    return f"ebelge_{role}"


def role_password(owner_url: str, role: Role) -> str:
    """Password of a derived role: a keyed hash of the owner's, so no further secret must be kept."""
    secret = unquote(urlsplit(owner_url).password or "")
    return hmac.new(secret.encode(), f"ebelge role {role}".encode(), hashlib.sha256).hexdigest()


def load_settings(environ: Mapping[str, str] | None = None) -> Settings:
    """Settings from the environment. :raises ConfigurationError: naming the variable and the remedy."""
    env = os.environ if environ is None else environ

    def need(name: str, hint: str) -> str:
        value = env.get(name, "").strip()
        if not value:
            raise ConfigurationError(f"{name} is not set: {hint}. `make run` sets it for a local instance.")
        return value

    def number(name: str, default: float) -> float:
        text = env.get(name, "")
        try:
            return float(text) if text else default
        except ValueError as error:
            raise ConfigurationError(f"{name} must be a number, not {text!r}") from error

    def whole(name: str, default: int) -> int:
        text = env.get(name, "")
        if text and not (text.isascii() and text.isdecimal()):
            raise ConfigurationError(f"{name} must be a whole number, 0 or more, not {text!r}")
        return int(text) if text else default

    kind = env.get("EBELGE_ENVIRONMENT", "production")
    if kind not in ("production", "development"):
        raise ConfigurationError(f"EBELGE_ENVIRONMENT must be production or development, not {kind!r}")
    assembler = env.get("EBELGE_XADES_ASSEMBLER", "own")
    if assembler not in ("own", "signxml"):
        raise ConfigurationError(f"EBELGE_XADES_ASSEMBLER must be own or signxml, not {assembler!r}")
    live_url, test_url = env.get("EBELGE_GIB_LIVE_URL", "").rstrip("/"), env.get("EBELGE_GIB_TEST_URL", "").rstrip("/")
    if kind == "production" and live_url and live_url == test_url:
        raise ConfigurationError(
            "EBELGE_GIB_TEST_URL is the same as EBELGE_GIB_LIVE_URL: test documents would become real ones. "
            "Name GİB's test gateway, or leave it out: sandboxes then wait."
        )
    public_base_url = env.get("EBELGE_PUBLIC_URL", "http://127.0.0.1:8000").rstrip("/")
    given = {
        role: env[f"DATABASE_URL_{role.upper()}"] for role in LOGIN_ROLES if env.get(f"DATABASE_URL_{role.upper()}")
    }
    return Settings(
        database_url=need("DATABASE_URL", "the URL of the database's owner role, postgresql://…"),
        redis_url=need("REDIS_URL", "redis://host:port/0"),
        master_key=need("EBELGE_MASTER_KEY", "base64 of 32 random bytes"),
        **_archive(env),
        environment="development" if kind == "development" else "production",
        public_base_url=public_base_url,
        hosts=_hosts(env.get("EBELGE_HOSTS", ""), public_base_url, environment=kind),
        trusted_proxies=whole("EBELGE_TRUSTED_PROXIES", 0),
        gib_live_url=live_url,
        gib_test_url=test_url,
        gib_networks=_networks(env.get("EBELGE_GIB_NETWORKS", ""), environment=kind),
        earsiv_live_url=env.get("EBELGE_EARSIV_LIVE_URL", "").rstrip("/"),
        earsiv_test_url=env.get("EBELGE_EARSIV_TEST_URL", "").rstrip("/"),
        **_reporting(env),
        gib_timeout_s=number("EBELGE_GIB_TIMEOUT_S", 30.0),
        gib_closures_file=env.get("EBELGE_GIB_CLOSURES_FILE", ""),
        zarf_documents_max=max(1, min(100, whole("EBELGE_ZARF_DOCUMENTS_MAX", 100))),
        smtp_host=env.get("EBELGE_SMTP_HOST", "127.0.0.1"),
        smtp_port=int(number("EBELGE_SMTP_PORT", 25)),
        smtp_timeout_s=number("EBELGE_SMTP_TIMEOUT_S", 20.0),
        mail_from=env.get("EBELGE_MAIL_FROM", "Ebelge <belge@ebelge.example>"),
        list_wait_min=whole("EBELGE_LIST_WAIT_MIN", 240),
        second_person_kurus=whole("EBELGE_SECOND_PERSON_KURUS", 50_000_00),
        second_person_kontor=whole("EBELGE_SECOND_PERSON_KONTOR", 100),
        reseller_answer_days=whole("EBELGE_RESELLER_ANSWER_DAYS", 15),
        operator_seal_module=env.get("EBELGE_SEAL_PKCS11_MODULE", ""),
        operator_seal_token=env.get("EBELGE_SEAL_TOKEN", ""),
        operator_seal_pin=env.get("EBELGE_SEAL_PIN", ""),
        seal_pins=_pins(env.get("EBELGE_SEAL_PINS", "")),
        refund_window_days=whole("EBELGE_REFUND_WINDOW_DAYS", 0) or None,
        webhook_ports=_ports(env.get("EBELGE_WEBHOOK_PORTS", "")),
        webhook_loopback=_loopback(env.get("EBELGE_WEBHOOK_LOOPBACK", ""), environment=kind),
        assembler="signxml" if assembler == "signxml" else "own",
        **_oidc(env, environment=kind),
        role_urls=given,
    )


def _archive(env: Mapping[str, str]) -> dict[str, Any]:
    try:
        folder, archive = archive_settings.read(env)
    except ValueError as error:
        raise ConfigurationError(str(error)) from error
    return {"archive_dir": folder, "archive": archive}


def _hosts(text: str, public_base_url: str, *, environment: str) -> frozenset[str]:
    public = urlsplit(public_base_url).hostname
    if not public:
        raise ConfigurationError(f"EBELGE_PUBLIC_URL must be like https://ebelge.example, not {public_base_url!r}")
    names = {part.strip().strip("[]").casefold() for part in text.split(",") if part.strip()}
    if not all(_HOST_NAME.fullmatch(name) for name in names):
        raise ConfigurationError(f"EBELGE_HOSTS must be host names without ports, with commas between, not {text!r}")
    return frozenset({public, *names}) | (LOOPBACK_NAMES if environment == "development" else frozenset())


def _networks(text: str, *, environment: str) -> tuple[Network, ...]:
    parts = [part.strip() for part in text.split(",") if part.strip()]
    if not parts and environment == "development":
        parts = ["127.0.0.0/8", "::1/128"]
    try:
        return tuple(ip_network(part) for part in parts)
    except ValueError as error:
        raise ConfigurationError(
            f"EBELGE_GIB_NETWORKS must be networks like 192.0.2.0/24 with commas between, not {text!r}"
        ) from error


def _reporting(env: Mapping[str, str]) -> dict[str, Any]:
    form = env.get("EBELGE_ESMM_FORM", "earsivveri")
    if form not in ("earsivveri", "ubl"):
        raise ConfigurationError(f"EBELGE_ESMM_FORM must be earsivveri or ubl, not {form!r}")

    def times(name: str, default: str) -> tuple[time, ...]:
        text = env.get(name, "") or default
        try:
            return tuple(time.fromisoformat(part.strip()) for part in text.split(",") if part.strip())
        except ValueError as error:
            raise ConfigurationError(f"{name} must be Istanbul times like 12:00,18:00, not {text!r}") from error

    made, due = times("EBELGE_EARSIV_REPORT_AT", "00:15"), times("EBELGE_EARSIV_REPORT_DEADLINE", "23:59")
    if len(made) != 1 or len(due) != 1 or made >= due:
        raise ConfigurationError("EBELGE_EARSIV_REPORT_AT must be one time, before EBELGE_EARSIV_REPORT_DEADLINE.")
    alarms = times("EBELGE_EARSIV_REPORT_ALARMS", "12:00,18:00")
    return {"esmm_form": form, "report_at": made[0], "report_deadline": due[0], "report_alarms": alarms}


def _oidc(env: Mapping[str, str], *, environment: str) -> dict[str, Any]:
    issuer = env.get("EBELGE_OIDC_ISSUER", "").strip()
    if not issuer:
        return {}
    client_id, secret = env.get("EBELGE_OIDC_CLIENT_ID", ""), env.get("EBELGE_OIDC_CLIENT_SECRET", "")
    if not client_id or not secret:
        raise ConfigurationError("EBELGE_OIDC_ISSUER needs EBELGE_OIDC_CLIENT_ID and EBELGE_OIDC_CLIENT_SECRET, too.")
    if environment == "production" and not issuer.startswith("https://"):
        raise ConfigurationError(f"EBELGE_OIDC_ISSUER must begin with https://, not {issuer!r}")
    domains = {part.strip().casefold() for part in env.get("EBELGE_OIDC_DOMAINS", "").split(",") if part.strip()}
    if not domains:
        raise ConfigurationError(
            "EBELGE_OIDC_DOMAINS must name the mail domains that the provider speaks for, with commas between: "
            "for any other address its word would open an account that is not its."
        )
    return {
        "oidc_issuer": issuer,
        "oidc_client_id": client_id,
        "oidc_client_secret": secret,
        "oidc_name": env.get("EBELGE_OIDC_NAME", "").strip() or urlsplit(issuer).hostname or issuer,
        "oidc_domains": frozenset(domains),
    }


def _ports(text: str) -> tuple[int, ...]:
    parts = [part.strip() for part in text.split(",") if part.strip()]
    if not all(part.isascii() and part.isdecimal() and 0 < int(part) < 65536 for part in parts):
        raise ConfigurationError(f"EBELGE_WEBHOOK_PORTS must be port numbers with commas between, not {text!r}")
    return tuple(int(part) for part in parts) or (443, 8443)


def _loopback(text: str, *, environment: str) -> bool:
    if text not in ("", "0", "1"):
        raise ConfigurationError(f"EBELGE_WEBHOOK_LOOPBACK must be 0 or 1, not {text!r}")
    if text == "1" and environment == "production":
        raise ConfigurationError("EBELGE_WEBHOOK_LOOPBACK=1 is for development: customers would reach our own machine")
    return text == "1"


def _pins(text: str) -> Mapping[str, str]:
    pins = None
    with suppress(json.JSONDecodeError):
        pins = json.loads(text or "{}")
    if not isinstance(pins, dict) or not all(isinstance(pin, str) and pin for pin in pins.values()):
        # neither the text nor the parser's words: they would show a PIN
        raise ConfigurationError('EBELGE_SEAL_PINS must be a JSON object of token labels and PINs, {"label": "pin"}')
    return pins


@cache
def settings() -> Settings:
    """The process's settings, read at the first call (`settings.cache_clear()` in tests)."""
    return load_settings()
