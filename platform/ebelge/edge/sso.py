"""Single sign-on: one OpenID provider, named by the settings (EBELGE_OIDC_…). Off unless it is.

Authorization code with PKCE, state and nonce; the ID token is checked for signature (RS256 or ES256 by a key that the
provider publishes), issuer, audience, times and nonce. The provider speaks for the mail domains of the settings only.
"""

import json
import secrets
import time
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, cast
from uuid import UUID

import requests
from authlib.common.errors import AuthlibBaseError
from authlib.integrations.requests_client import OAuth2Session
from flask import request, session
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from ebelge.core.config import settings
from ebelge.core.db import role_session
from ebelge.core.errors import DomainError, NotFound
from tenants.people import identities
from tenants.people.persons import InvalidPerson, plain_email

ALGORITHMS: Final = ("RS256", "ES256")
TIMEOUT_S: Final = 5.0
LEEWAY_S: Final = 60
KEPT_S: Final = 600.0
GOOD_FOR_S: Final = 600
_BODY_MAX = 256 * 1024
_STATE = "sso"


class SsoFailed(DomainError):
    """The provider's answer proves nothing, or nobody of ours has the address. Which of them stands in the log."""

    code, http_status = "sso_failed", 401
    title_tr, title_en = "Kurumsal giriş tamamlanamadı", "Single sign-on did not work"


@dataclass(frozen=True, slots=True)
class Provider:
    """What a provider publishes of itself."""

    authorization_endpoint: str
    token_endpoint: str
    keys: KeySet
    fetched_at: float


def name() -> str:
    """What the provider is called on the sign-in page; empty where there is none."""
    return settings().oidc_name


def begin(*, wanted: str, at: datetime) -> str:
    """Where the browser goes. :raises NotFound: there is no provider. :raises SsoFailed: it is away."""
    provider = _provider()
    verifier, nonce = secrets.token_urlsafe(48), secrets.token_urlsafe(24)
    url, state = _client().create_authorization_url(
        provider.authorization_endpoint, nonce=nonce, code_verifier=verifier
    )
    session[_STATE] = {"state": state, "nonce": nonce, "verifier": verifier, "next": wanted, "at": int(at.timestamp())}
    return str(url)


def finish(*, at: datetime) -> tuple[UUID, str]:
    """Whose sign-in there this was, and where he wanted to go. :raises SsoFailed: see there."""
    began = session.pop(_STATE, None)
    state, code = request.args.get("state", ""), request.args.get("code", "")
    if not isinstance(began, dict) or not code or not secrets.compare_digest(str(began["state"]), state):
        raise SsoFailed()
    if int(at.timestamp()) - int(began["at"]) > GOOD_FOR_S:
        raise SsoFailed()
    # RFC 9207: a provider that says who it is must be the one we asked
    if request.args.get("iss", settings().oidc_issuer) != settings().oidc_issuer:
        raise SsoFailed()
    claims = _claims(code, str(began["verifier"]), str(began["nonce"]))
    return _person(claims, at), str(began["next"])


def _claims(code: str, verifier: str, nonce: str) -> dict[str, Any]:
    provider = _provider()
    try:
        with _client() as client:
            token = client.fetch_token(
                provider.token_endpoint, code=code, code_verifier=verifier, grant_type="authorization_code",
                timeout=TIMEOUT_S, allow_redirects=False,
            )  # fmt: skip
        return _checked(str(token["id_token"]), provider, nonce)
    except (AuthlibBaseError, requests.RequestException, JoseError, ValueError, KeyError, TypeError) as error:
        raise SsoFailed() from error


def _checked(id_token: str, provider: Provider, nonce: str) -> dict[str, Any]:
    config = settings()
    try:
        token = jwt.decode(id_token, provider.keys, algorithms=list(ALGORITHMS))
    except (JoseError, ValueError):
        # perhaps it signs with a new key: look once whether it is published
        token = jwt.decode(id_token, _fetch().keys, algorithms=list(ALGORITHMS))
    claims = token.claims
    jwt.JWTClaimsRegistry(
        leeway=LEEWAY_S,
        iss={"essential": True, "value": config.oidc_issuer},
        aud={"essential": True, "value": config.oidc_client_id},
        sub={"essential": True},
        exp={"essential": True},
        iat={"essential": True},
        nonce={"essential": True, "value": nonce},
    ).validate(claims)
    several = isinstance(claims["aud"], list) and len(claims["aud"]) > 1
    if claims.get("azp", config.oidc_client_id) != config.oidc_client_id or (several and "azp" not in claims):
        raise ValueError("meant for another client")
    return claims


def _person(claims: dict[str, Any], at: datetime) -> UUID:
    issuer, subject = settings().oidc_issuer, str(claims["sub"])[:255]
    with role_session("people") as db:
        person = identities.find(db, issuer=issuer, subject=subject)
        if person is None and claims.get("email_verified") is True:
            try:
                email = plain_email(str(claims.get("email", "")))
            except InvalidPerson as error:
                raise SsoFailed() from error
            if email.rpartition("@")[2] in settings().oidc_domains:
                person = identities.connect(db, issuer=issuer, subject=subject, email=email, at=at)
        if person is None or not person.active:
            raise SsoFailed()
        return person.person_id


def _client() -> OAuth2Session:
    config = settings()
    return OAuth2Session(
        config.oidc_client_id,
        config.oidc_client_secret,
        scope="openid email profile",
        redirect_uri=f"{config.public_base_url}/sign-in/sso/answer",
        code_challenge_method="S256",
        token_endpoint_auth_method="client_secret_basic",
    )


_known: dict[str, Provider] = {}


def _provider() -> Provider:
    issuer = settings().oidc_issuer
    if not issuer:
        raise NotFound()
    known = _known.get(issuer)
    if known is not None and time.monotonic() - known.fetched_at < KEPT_S:
        return known
    return _fetch()


def _fetch() -> Provider:
    issuer = settings().oidc_issuer
    try:
        about = _get(f"{issuer.rstrip('/')}/.well-known/openid-configuration")
        if about.get("issuer") != issuer:
            raise ValueError("says that it is another")
        places = [str(about[key]) for key in ("authorization_endpoint", "token_endpoint", "jwks_uri")]
        if settings().environment == "production" and not all(place.startswith("https://") for place in places):
            raise ValueError("is not reached over TLS")
        keys = KeySet.import_key_set(cast(Any, _get(places[2])))
    except (requests.RequestException, ValueError, KeyError, TypeError, JoseError) as error:
        raise SsoFailed() from error
    _known[issuer] = Provider(places[0], places[1], keys, time.monotonic())
    return _known[issuer]


def _get(url: str) -> dict[str, Any]:
    with requests.get(url, timeout=TIMEOUT_S, allow_redirects=False, stream=True) as answer:
        if answer.status_code != requests.codes.ok:
            raise ValueError(f"answers {answer.status_code}")
        body = answer.raw.read(_BODY_MAX + 1, decode_content=True)
    if len(body) > _BODY_MAX:
        raise ValueError("answers too much")
    found = json.loads(body)
    if not isinstance(found, dict):
        raise ValueError("answers no object")
    return found
