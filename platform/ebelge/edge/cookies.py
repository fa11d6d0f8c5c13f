"""How the cookies of ours are set: for us alone, out of scripts' reach, over TLS where we are reached by it.

The prefix `__Host-` has the browser itself refuse such a cookie from a neighbouring host or over plain http; it asks
for Secure, the path / and no domain, so it is there only where the public address is https.
"""

from typing import Any


def session_cookie(public_base_url: str, *, name: str = "ebelge") -> dict[str, Any]:
    """Flask's settings of the session's cookie."""
    https = public_base_url.startswith("https://")
    return {
        "SESSION_COOKIE_NAME": f"__Host-{name}" if https else name,
        "SESSION_COOKIE_SECURE": https,
        "SESSION_COOKIE_HTTPONLY": True,
        "SESSION_COOKIE_SAMESITE": "Lax",
        "SESSION_COOKIE_PATH": "/",
        "SESSION_COOKIE_DOMAIN": None,
        "SESSION_REFRESH_EACH_REQUEST": False,
    }
