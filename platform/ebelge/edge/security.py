"""Flask-Security, in an application of its own that has no routes: hashing, normalising, TOTP and its datastore.

Its pages, its JSON answers, its tokens in headers and bodies and its sessions are not there at all, rather than
switched off one by one: the application that serves requests never meets it (ADR 0083). Rights come from memberships.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, cast

from flask import Flask, current_app
from flask_security import Security, SQLAlchemyUserDatastore

from ebelge.core.config import Settings, settings
from ebelge.core.db import db, driver_url
from ebelge.core.derive import derived_keys
from tenants.people.models import Person

# Argon2id with 46 MiB and one pass: the first of OWASP's equal choices (ADR 0084).
ARGON2_MEMORY_KIB, ARGON2_ROUNDS, ARGON2_LANES = 46 * 1024, 1, 1


@contextmanager
def security() -> Iterator[Security]:
    """Flask-Security and what its functions need around them."""
    with _application().app_context():
        extension: Security = current_app.extensions["security"]
        yield extension


def _application() -> Flask:
    """One per process, and a new one where the settings changed (tests)."""
    config = settings()
    if not _made or _made[0][0] is not config:
        _made[:] = [(config, _make(config))]
    return _made[0][1]


_made: list[tuple[Settings, Flask]] = []


def _make(config: Settings) -> Flask:
    app = Flask("ebelge.people")
    app.config.update(
        SECRET_KEY=derived_keys("flask-security")[0],
        SQLALCHEMY_DATABASE_URI=driver_url(config.role_url("people")),
        SECURITY_PASSWORD_HASH="argon2",
        SECURITY_PASSWORD_SCHEMES=["argon2"],
        SECURITY_DEPRECATED_PASSWORD_SCHEMES=[],
        SECURITY_PASSWORD_SINGLE_HASH=["argon2"],
        SECURITY_PASSWORD_HASH_PASSLIB_OPTIONS={
            "argon2__type": "ID",
            "argon2__memory_cost": ARGON2_MEMORY_KIB,
            "argon2__rounds": ARGON2_ROUNDS,
            "argon2__parallelism": ARGON2_LANES,
        },
        SECURITY_PASSWORD_NORMALIZE_FORM="NFKC",
        SECURITY_JOIN_USER_ROLES=False,
    )
    db.init_app(app)
    # no roles: what a person may do stands in `tenants.members`
    datastore = SQLAlchemyUserDatastore(db, cast(Any, Person), cast(Any, None))
    Security(app, datastore, register_blueprint=False)
    return app
