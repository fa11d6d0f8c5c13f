"""Every refusal and failure as an RFC 9457 problem document (or, on pages, as a page that says the same)."""

import json
import logging
from collections.abc import Callable
from http import HTTPStatus
from typing import Any

from flask import Flask, Response, current_app, request
from psycopg import errors as pg
from sqlalchemy.exc import DBAPIError, OperationalError
from werkzeug.exceptions import HTTPException

from ebelge.core.errors import DomainError
from ebelge.core.findings import Language
from ebelge.core.transaction import TransactionTooLong
from ebelge.edge.languages import language
from ebelge.edge.requests import request_id

PROBLEM_JSON = "application/problem+json"
ERROR_PAGE = "ebelge_error_page"
ErrorPage = Callable[[dict[str, Any], Language], Response]
_log = logging.getLogger("ebelge.problems")


class InternalError(DomainError):
    """A defect of ours; what happened stands in the log under the request's id."""

    code, http_status = "internal_error", 500
    title_tr, title_en = "Beklenmeyen bir hata oluştu", "Something went wrong on our side"


class Unavailable(DomainError):
    """The database does not answer or is too busy just now; the same request may succeed in a moment."""

    code, http_status = "unavailable", 503
    title_tr, title_en = "Hizmet şu an yanıt veremiyor", "The service cannot answer just now"


# What the web framework itself refuses, in words of ours.
_HTTP: dict[int, tuple[str, str, str]] = {
    400: ("invalid_request", "İstek okunamadı", "The request cannot be read"),
    404: ("not_found", "Kayıt bulunamadı", "Not found"),
    405: ("method_not_allowed", "Bu adreste bu yöntem kullanılamaz", "This method is not allowed here"),
    408: ("request_timeout", "İstek zamanında tamamlanmadı", "The request was not completed in time"),
    413: ("request_too_large", "İstek çok büyük", "The request is too large"),
    414: ("address_too_long", "Adres çok uzun", "The address is too long"),
    415: ("unsupported_media_type", "Bu içerik türü kabul edilmiyor", "This media type is not accepted"),
    431: ("headers_too_large", "Başlıklar çok büyük", "The headers are too large"),
}


def register(app: Flask) -> None:
    """Answer every error of the application as a problem."""
    app.register_error_handler(DomainError, lambda error: answer(error.problem(language()), retry_after(error)))
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(OperationalError, _database)
    app.register_error_handler(DBAPIError, _database)
    app.register_error_handler(TransactionTooLong, _too_long)
    app.register_error_handler(Exception, _defect)


def retry_after(error: DomainError) -> dict[str, str]:
    """Retry-After of refusals that name a pause; WWW-Authenticate of those without a key."""
    headers = {}
    if "retry_after_s" in error.extra:
        headers["Retry-After"] = str(error.extra["retry_after_s"])
    if error.http_status == HTTPStatus.UNAUTHORIZED:
        headers["WWW-Authenticate"] = 'Bearer realm="ebelge"'
    return headers


def answer(problem: dict[str, Any], headers: dict[str, str] | None = None, *, bare: bool = False) -> Response:
    """The problem as problem+json under /api and where it is `bare`, else as a page; both name the request's id."""
    problem = problem | {"request_id": request_id()}
    page: ErrorPage | None = current_app.extensions.get(ERROR_PAGE)
    if page is not None and not bare and not request.path.startswith("/api/"):
        response = page(problem, language())
    else:
        body = json.dumps(problem, ensure_ascii=False).encode() + b"\n"
        response = Response(body, content_type=PROBLEM_JSON)
    response.status_code = problem["status"]
    response.headers["Content-Language"] = language()
    response.headers["Cache-Control"] = "no-store"
    response.vary.add("Accept-Language")
    for name, value in (headers or {}).items():
        response.headers[name] = value
    return response


def _http(error: HTTPException) -> Response:
    if error.code is None or error.code < HTTPStatus.BAD_REQUEST:
        return current_app.make_response(error.get_response())  # a redirect
    code, turkish, english = _HTTP.get(error.code, ("refused", "İstek kabul edilmedi", "The request was refused"))
    problem = {
        "type": f"urn:ebelge:problem:{code}",
        "title": turkish if language() == "tr" else english,
        "status": error.code,
        "code": code,
    }
    headers = {}
    allowed = getattr(error, "valid_methods", None)
    if allowed:
        headers["Allow"] = ", ".join(sorted(allowed))
    return answer(problem, headers)


def _database(error: DBAPIError) -> Response:
    busy = isinstance(error.orig, pg.LockNotAvailable | pg.DeadlockDetected | pg.QueryCanceled)
    if not (busy or isinstance(error, OperationalError)):
        return _defect(error)
    _log.warning("database", exc_info=error)
    refusal = Unavailable(
        "Hiçbir şey kaydedilmedi; birkaç saniye sonra yeniden gönderin.",
        "Nothing was stored; send again in a few seconds.",
        retry_after_s=5,
    )
    return answer(refusal.problem(language()), retry_after(refusal))


def _too_long(error: TransactionTooLong) -> Response:
    _log.warning("transaction too long", exc_info=error)
    refusal = Unavailable("Hiçbir şey kaydedilmedi.", "Nothing was stored.", retry_after_s=5)
    return answer(refusal.problem(language()), retry_after(refusal))


def _defect(error: Exception) -> Response:
    _log.error("defect", exc_info=error)
    detail = InternalError(
        "Hata kaydedildi. Bu isteğin numarasıyla (request_id) destek alabilirsiniz.",
        "The error was recorded. Support finds it by this request's id.",
    )
    return answer(detail.problem(language()))
