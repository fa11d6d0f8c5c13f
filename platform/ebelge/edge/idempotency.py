"""One POST, one effect: the same Idempotency-Key and body get the same answer again (DESIGN.md 9).

The row is written in the transaction that does the work, so a refusal leaves none and a crash leaves neither.
"""

import hashlib
import re
from collections.abc import Callable
from datetime import datetime
from http import HTTPStatus
from uuid import UUID

from flask import Response, request
from psycopg.errors import LockNotAvailable
from pydantic import BaseModel
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from ebelge.core.clock import utc_now
from ebelge.core.db import tenant_session
from ebelge.core.errors import Conflict, InvalidRequest
from ebelge.edge import limits
from ebelge.edge.access import bearer

HEADER, REPLAYED = "Idempotency-Key", "Idempotency-Replayed"
WAIT_S = 5
_KEY = re.compile(r"[\x21-\x7e]{1,255}")
Work = Callable[[Session, datetime], BaseModel]


class KeyReused(Conflict):
    """The Idempotency-Key was used for another request."""

    code = "idempotency_key_reused"
    title_tr, title_en = "Idempotency-Key başka bir istekte kullanılmış", "The Idempotency-Key was used before"


class InProgress(Conflict):
    """The first request with this key has not ended yet."""

    code = "request_in_progress"
    title_tr, title_en = "Aynı istek hâlâ işleniyor", "The same request is still being worked on"


def replay() -> Response | None:
    """The kept answer if this request was answered before; None if it is new or has no key.

    For views that work before their transaction: a repeated request is answered without that work.
    """
    given = _given()
    if given is None:
        return None
    with tenant_session(bearer().tenant_id) as session:
        return _kept(session, *given)


def perform(work: Work, *, status: HTTPStatus = HTTPStatus.OK) -> Response:
    """Do `work` in one transaction of the caller's tenant, render its answer inside, and keep it under the key.

    :raises KeyReused: the key stands for another request. :raises InProgress: the first one takes longer than 5 s.
    """
    who, given = bearer(), _given()
    with tenant_session(who.tenant_id) as session:
        at = utc_now()
        if given is not None:
            _claim(session, who.tenant_id, *given, at=at)
            kept = _kept(session, *given)
            if kept is not None:
                return kept
            at = utc_now()  # waiting for the first request may have taken seconds
        body = render(work(session, at))
        if given is not None:
            _keep(session, given[0], status=status.value, body=body)
    return json_response(body, status)


def perform_calling(
    begin: Callable[[Session, datetime], UUID],
    call: Callable[[UUID], None],
    finish: Callable[[Session, datetime, UUID], BaseModel],
    *,
    status: HTTPStatus = HTTPStatus.OK,
) -> Response:
    """For a POST that calls somebody else: `begin` writes down what is meant and returns its id, committed with the
    key; `call` runs outside any transaction; `finish` renders what came of it.

    A repetition with the same key begins nothing: it calls again for what was begun, or gets the kept answer. An error
    of `call` keeps no answer, so `call` must bear repetition.
    :raises KeyReused: the key stands for another request. :raises InProgress: the first one is still beginning.
    """
    who, given = bearer(), _given()
    with tenant_session(who.tenant_id) as session:
        at = utc_now()
        begun = None
        if given is not None:
            _claim(session, who.tenant_id, *given, at=at)
            kept = _kept(session, *given)
            if kept is not None:
                return kept
            begun = _begun(session, given[0])
            at = utc_now()
        if begun is None:
            begun = begin(session, at)
            if given is not None:
                _keep(session, given[0], status=None, body=begun.bytes)
    call(begun)
    with tenant_session(who.tenant_id) as session:
        body = render(finish(session, utc_now(), begun))
        if given is not None:
            _keep(session, given[0], status=status.value, body=body)
    return json_response(body, status)


def render(answer: BaseModel) -> bytes:
    """An answer as the bytes that are sent and kept."""
    return answer.model_dump_json().encode() + b"\n"


def json_response(body: bytes, status: int = HTTPStatus.OK) -> Response:
    """A JSON answer that no cache keeps."""
    response = Response(body, status=status, content_type="application/json")
    response.headers["Cache-Control"] = "no-store"
    return response


def _given() -> tuple[str, bytes] | None:
    key = request.headers.get(HEADER)
    if key is None:
        return None
    if not _KEY.fullmatch(key):
        raise InvalidRequest(
            f"{HEADER} 1-255 görünür ASCII karakter olmalı.", f"{HEADER} must be 1-255 visible ASCII characters."
        )
    digest = hashlib.sha256(f"{request.method} {request.full_path}\n{request.mimetype}\n".encode())
    digest.update(limits.body())
    return key, digest.digest()


def _names(key: str) -> dict[str, str]:
    return {"principal": f"key:{bearer().key_id}", "key": key}


def _claim(session: Session, tenant_id: UUID, key: str, digest: bytes, *, at: datetime) -> None:
    """Insert the row. A request in flight with the same key is waited for: its row is not committed yet."""
    session.execute(text(f"SET LOCAL lock_timeout = '{WAIT_S}s'"))
    try:
        session.execute(
            text(
                "INSERT INTO idempotency (tenant_id, principal, key, request_sha256, created_at) "
                "VALUES (:tenant_id, :principal, :key, :digest, :at) ON CONFLICT DO NOTHING"
            ),
            {"tenant_id": tenant_id, "digest": digest, "at": at, **_names(key)},
        )
    except DBAPIError as error:
        if not isinstance(error.orig, LockNotAvailable):
            raise
        raise InProgress(
            "Sonucu birkaç saniye sonra aynı anahtarla sorun.",
            "Ask for its result with the same key in a few seconds.",
            retry_after_s=WAIT_S,
        ) from error
    session.execute(text("SET LOCAL lock_timeout TO DEFAULT"))


def _keep(session: Session, key: str, *, status: int | None, body: bytes) -> None:
    """Put an answer under a claimed key; without a status it is the id of what was begun."""
    session.execute(
        text(
            "UPDATE idempotency SET status = :status, body = :body "
            "WHERE tenant_id = :tenant_id AND principal = :principal AND key = :key AND status IS NULL"
        ),
        {"status": status, "body": body, "tenant_id": bearer().tenant_id, **_names(key)},
    )


def _begun(session: Session, key: str) -> UUID | None:
    """What an earlier request with this key began and did not finish."""
    body = session.execute(
        text(
            "SELECT body FROM idempotency WHERE tenant_id = :tenant_id AND principal = :principal AND key = :key "
            "AND status IS NULL"
        ),
        {"tenant_id": bearer().tenant_id, **_names(key)},
    ).scalar_one_or_none()
    return None if body is None else UUID(bytes=bytes(body))


def _kept(session: Session, key: str, digest: bytes) -> Response | None:
    row = session.execute(
        text(
            "SELECT request_sha256, status, body FROM idempotency "
            "WHERE tenant_id = :tenant_id AND principal = :principal AND key = :key"
        ),
        {"tenant_id": bearer().tenant_id, **_names(key)},
    ).first()
    if row is None:
        return None
    if bytes(row.request_sha256) != digest:
        raise KeyReused(
            "Aynı anahtarla başka bir istek gönderilmiş; yeni istek için yeni bir anahtar kullanın.",
            "Another request was sent with this key; use a new key for a new request.",
        )
    if row.status is None:
        return None  # our own row, just claimed
    response = json_response(bytes(row.body), row.status)
    response.headers[REPLAYED] = "true"
    return response
