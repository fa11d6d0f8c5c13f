"""Logs: one JSON object a line, with request, tenant and document ids; secrets are struck out."""

import logging
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from types import TracebackType
from typing import Any

from pythonjsonlogger.json import JsonFormatter

from ebelge.core.redaction import redact

_bound: ContextVar[dict[str, str] | None] = ContextVar("ebelge_log_fields", default=None)


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
    # The web server's and RQ's own handlers would write past the formatter, with addresses that hold links' secrets.
    for others in ("gunicorn.error", "gunicorn.access", "rq.worker"):
        logger = logging.getLogger(others)
        logger.handlers[:], logger.propagate = [], True
    sys.excepthook = _uncaught
    threading.excepthook = lambda args: _uncaught(args.exc_type, args.exc_value or args.exc_type(), args.exc_traceback)
    for noisy in ("rq.worker", "urllib3", "alembic", "efatura_kontrol"):
        logging.getLogger(noisy).setLevel(logging.WARNING)


def _uncaught(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    """What ends a process is told like everything else, not printed as it is."""
    if issubclass(kind, KeyboardInterrupt):
        sys.__excepthook__(kind, error, trace)
        return
    logging.getLogger("ebelge").critical("uncaught", exc_info=(kind, error, trace))


@contextmanager
def bind(**fields: object) -> Iterator[None]:
    """Put these fields (request_id, tenant_id, document_id, …) on every line logged inside."""
    token = _bound.set((_bound.get() or {}) | {name: str(value) for name, value in fields.items()})
    try:
        yield
    finally:
        _bound.reset(token)
