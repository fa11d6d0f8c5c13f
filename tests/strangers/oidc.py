"""Somebody else's OpenID provider: discovery, keys, authorization with PKCE, tokens; it misbehaves as it is told."""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from joserfc import jwt
from joserfc.jwk import ECKey, RSAKey

CLIENT_ID, CLIENT_SECRET = "ebelge-client", "a secret between us"


@dataclass
class Provider:
    """A running provider. `user` signs in without being asked; `wrong` is laid over the claims of the next tokens."""

    url: str = ""
    user: dict[str, Any] = field(default_factory=dict)
    wrong: dict[str, Any] = field(default_factory=dict)
    algorithm: str = "RS256"
    signs_with: RSAKey | ECKey | None = None
    wrong_issuer_in_discovery: bool = False
    away: bool = False
    codes: dict[str, dict[str, str]] = field(default_factory=dict)
    keys: dict[str, RSAKey | ECKey] = field(
        default_factory=lambda: {
            "RS256": RSAKey.generate_key(2048, {"kid": "rsa-1"}),
            "ES256": ECKey.generate_key("P-256", {"kid": "ec-1"}),
        }
    )

    def behave(self, **as_told: Any) -> None:
        """From now on like this, in everything else as it should."""
        self.wrong, self.algorithm, self.signs_with = {}, "RS256", None
        self.wrong_issuer_in_discovery = self.away = False
        for name, value in as_told.items():
            setattr(self, name, value)

    def id_token(self, asked: dict[str, str]) -> str:
        now = int(time.time())
        claims = {
            "iss": self.url, "aud": CLIENT_ID, "iat": now, "exp": now + 300, "nonce": asked["nonce"], **self.user,
        }  # fmt: skip
        claims = {name: value for name, value in (claims | self.wrong).items() if value is not None}
        key = self.signs_with or self.keys.get(self.algorithm) or self.keys["RS256"]
        if self.algorithm == "none":
            parts = [{"alg": "none"}, claims]
            coded = [base64.urlsafe_b64encode(json.dumps(one).encode()).decode().rstrip("=") for one in parts]
            return ".".join([*coded, ""])
        return jwt.encode({"alg": self.algorithm, "kid": key.kid}, claims, key)


class _Desk(BaseHTTPRequestHandler):
    provider: Provider

    def log_message(self, *_: object) -> None:
        pass

    def do_GET(self) -> None:
        place, query = urlsplit(self.path), {k: v[0] for k, v in parse_qs(urlsplit(self.path).query).items()}
        provider = self.provider
        if provider.away:
            self._say(503, {})
        elif place.path == "/.well-known/openid-configuration":
            issuer = "https://another.example" if provider.wrong_issuer_in_discovery else provider.url
            urls = {f"{name}_endpoint": f"{provider.url}/{name}" for name in ("authorization", "token")}
            self._say(200, {"issuer": issuer, "jwks_uri": f"{provider.url}/keys", **urls})
        elif place.path == "/keys":
            self._say(200, {"keys": [key.as_dict(private=False) for key in provider.keys.values()]})
        elif place.path == "/authorization":
            assert query["response_type"] == "code", query
            assert query["client_id"] == CLIENT_ID, query
            assert query["code_challenge_method"] == "S256", query
            code = secrets.token_urlsafe(16)
            provider.codes[code] = query
            target = (
                f"{query['redirect_uri']}?{urlencode({'code': code, 'state': query['state'], 'iss': provider.url})}"
            )
            self.send_response(302)
            self.send_header("Location", target)
            self.send_header("Content-Length", "0")
            self.end_headers()
        else:
            self._say(404, {})

    def do_POST(self) -> None:
        form = {k: v[0] for k, v in parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode()).items()}
        asked = self.provider.codes.pop(form.get("code", ""), None)
        known = base64.b64encode(f"{CLIENT_ID}:{CLIENT_SECRET}".encode()).decode()
        if self.headers.get("Authorization") != f"Basic {known}":
            return self._say(401, {"error": "invalid_client"})
        digest = hashlib.sha256(form.get("code_verifier", "").encode()).digest()
        proof = base64.urlsafe_b64encode(digest).decode().rstrip("=")
        if asked is None or proof != asked["code_challenge"] or form["redirect_uri"] != asked["redirect_uri"]:
            return self._say(400, {"error": "invalid_grant"})
        tokens = {"access_token": secrets.token_urlsafe(16), "token_type": "Bearer", "expires_in": 300}
        return self._say(200, {**tokens, "id_token": self.provider.id_token(asked)})

    def _say(self, status: int, body: dict[str, Any]) -> None:
        text = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)


@contextmanager
def provider() -> Iterator[Provider]:
    """A provider for the time of the context."""
    made = Provider()
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Desk", (_Desk,), {"provider": made}))
    made.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield made
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
