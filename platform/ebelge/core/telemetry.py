"""Logs: one JSON object a line, with request, tenant and document ids; secrets are struck out."""

import logging
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from pythonjsonlogger.json import JsonFormatter

_bound: ContextVar[dict[str, str] | None] = ContextVar("ebelge_log_fields", default=None)
_SECRETS = re.compile(
    r"(eb_(?:live|test)_[0-9a-zA-Z]+_)[0-9A-Za-z_\-]+"
    r"|((?:postgres(?:ql)?(?:\+psycopg)?|redis|smtp)://[^:/@\s]*:)[^@\s]+(?=@)"
    r"|((?:authorization|password|pin|secret)[\"']?\s*[:=]\s*[\"']?(?:bearer\s+)?)[^\s\"',}]+",
    re.IGNORECASE,
)


def redact(message: str) -> str:
    """`message` without API secrets, passwords of URLs and named secrets."""
    return _SECRETS.sub(lambda found: (found[1] or found[2] or found[3] or "") + "***", message)


class _Redacted(JsonFormatter):
    def add_fields(self, log_record: dict[str, Any], record: logging.LogRecord, message_dict: dict[str, Any]) -> None:
        super().add_fields(log_record, record, message_dict)
        log_record["level"] = record.levelname.lower()
        log_record["logger"] = record.name
        log_record.update(_bound.get() or {})

    def format(self, record: logging.LogRecord) -> str:
        return redact(super().format(record))


def configure_logging(process: str, *, level: int = logging.INFO) -> None:
    """Send every log line to standard error as JSON, marked with the process's name."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_Redacted("%(message)s", timestamp=True, static_fields={"process": process}))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    for noisy in ("rq.worker", "urllib3", "alembic", "efatura_kontrol"):
        logging.getLogger(noisy).setLevel(logging.WARNING)


@contextmanager
def bind(**fields: object) -> Iterator[None]:
    """Put these fields (request_id, tenant_id, document_id, …) on every line logged inside."""
    token = _bound.set((_bound.get() or {}) | {name: str(value) for name, value in fields.items()})
    try:
        yield
    finally:
        _bound.reset(token)
