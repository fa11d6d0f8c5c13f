"""What the simulated GİB remembers: one SQLite file, one connection, one lock."""

import json
import sqlite3
import threading
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

SCHEMA = """
CREATE TABLE IF NOT EXISTS envelope (
    seq INTEGER PRIMARY KEY AUTOINCREMENT, instance_id TEXT NOT NULL UNIQUE, file_name TEXT NOT NULL,
    md5 TEXT NOT NULL, zip BLOB NOT NULL, received_at REAL NOT NULL, envelope_type TEXT NOT NULL DEFAULT '',
    sender TEXT NOT NULL DEFAULT '{}', receiver TEXT NOT NULL DEFAULT '{}', status INTEGER NOT NULL,
    status_at REAL NOT NULL, checked INTEGER NOT NULL DEFAULT 0, finding TEXT NOT NULL DEFAULT '',
    plan TEXT NOT NULL DEFAULT '[]', history TEXT NOT NULL DEFAULT '[]');
CREATE INDEX IF NOT EXISTS envelope_open ON envelope (seq) WHERE checked = 0 OR plan <> '[]';
CREATE TABLE IF NOT EXISTS document (
    id INTEGER PRIMARY KEY AUTOINCREMENT, instance_id TEXT NOT NULL, kind TEXT NOT NULL, number TEXT NOT NULL,
    ettn TEXT NOT NULL, supplier TEXT NOT NULL, customer TEXT NOT NULL, sha256 TEXT NOT NULL,
    state TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS document_ettn ON document (ettn);
CREATE INDEX IF NOT EXISTS document_number ON document (supplier, number);
CREATE INDEX IF NOT EXISTS document_envelope ON document (instance_id);
CREATE TABLE IF NOT EXISTS call (
    id INTEGER PRIMARY KEY AUTOINCREMENT, at REAL NOT NULL, operation TEXT NOT NULL,
    instance_id TEXT NOT NULL, outcome TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS orders (
    id INTEGER PRIMARY KEY AUTOINCREMENT, match TEXT NOT NULL, act TEXT NOT NULL, times INTEGER,
    used INTEGER NOT NULL DEFAULT 0);
CREATE TABLE IF NOT EXISTS report (
    report_id TEXT PRIMARY KEY, zip BLOB NOT NULL, received_at REAL NOT NULL, taxpayer TEXT NOT NULL DEFAULT '',
    code INTEGER, finding TEXT NOT NULL DEFAULT '');
CREATE TABLE IF NOT EXISTS report_line (
    report_id TEXT NOT NULL, taxpayer TEXT NOT NULL, kind TEXT NOT NULL, number TEXT NOT NULL,
    UNIQUE (taxpayer, kind, number));
CREATE TABLE IF NOT EXISTS report_order (
    id INTEGER PRIMARY KEY AUTOINCREMENT, operation TEXT NOT NULL, report_id TEXT NOT NULL, act TEXT NOT NULL,
    times INTEGER NOT NULL, used INTEGER NOT NULL DEFAULT 0);
CREATE TABLE IF NOT EXISTS user_list (kind TEXT PRIMARY KEY, xml BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS route (alias TEXT PRIMARY KEY, url TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS push (
    seq INTEGER PRIMARY KEY AUTOINCREMENT, instance_id TEXT NOT NULL, url TEXT NOT NULL, zip BLOB NOT NULL,
    md5 TEXT NOT NULL, file_name TEXT NOT NULL, state TEXT NOT NULL, tries INTEGER NOT NULL DEFAULT 0,
    next_at REAL NOT NULL, outcome TEXT NOT NULL DEFAULT '', answer INTEGER, answer_text TEXT NOT NULL DEFAULT '',
    wants_answer INTEGER NOT NULL DEFAULT 1);
CREATE INDEX IF NOT EXISTS push_due ON push (next_at) WHERE state IN ('waiting', 'taken');
CREATE INDEX IF NOT EXISTS push_of ON push (instance_id);
"""
# A registered document blocks its number and ETTN; refused and undelivered ones do not.
REGISTERED = ("registered", "delivered", "cancelled")


@dataclass(frozen=True, slots=True)
class DocumentFacts:
    """What GİB notes of one document in an envelope."""

    kind: str
    number: str
    ettn: str
    supplier: str
    customer: str
    sha256: str
    notes: tuple[str, ...] = ()


class Store:
    """All state of one simulator. Every method is one transaction; safe to call from any thread."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._lock = threading.RLock()
        self._db = sqlite3.connect(folder / "gib.sqlite3", check_same_thread=False)
        self._db.row_factory = sqlite3.Row
        self._db.executescript(f"PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; {SCHEMA}")

    def close(self) -> None:
        """Close the file; the state stays."""
        with self._lock:
            self._db.close()

    def rows(self, sql: str, parameters: Sequence[object] = ()) -> list[dict[str, Any]]:
        """Read rows as dictionaries."""
        with self._lock:
            return [dict(row) for row in self._db.execute(sql, parameters)]

    @contextmanager
    def alone(self) -> Iterator[None]:
        """No other thread touches the store meanwhile."""
        with self._lock:
            yield

    def write(self, sql: str, parameters: Sequence[object] = ()) -> sqlite3.Cursor:
        """One statement in a transaction of its own."""
        with self._lock, self._db:
            return self._db.execute(sql, parameters)

    def foreign_version(self) -> int:
        """A number that changes whenever another process has written into this state."""
        return int(self.rows("PRAGMA data_version")[0]["data_version"])

    def reset(self) -> None:
        """Forget envelopes, documents, calls and orders; the user lists stay."""
        with self._lock, self._db:
            for table in ("envelope", "document", "call", "orders", "report", "report_line", "report_order", "push"):
                self._db.execute(f"DELETE FROM {table}")

    def receive(self, instance_id: str, file_name: str, md5: str, data: bytes) -> bool:
        """Store an envelope with status 1000; False if its id is already there."""
        now = time.time()
        cursor = self.write(
            """INSERT INTO envelope
               (instance_id, file_name, md5, zip, received_at, status, status_at, history)
               VALUES (?, ?, ?, ?, ?, 1000, ?, '[1000]') ON CONFLICT (instance_id) DO NOTHING""",
            (instance_id, file_name, md5, data, now, now),
        )
        return cursor.rowcount == 1

    def put_list(self, kind: str, xml: bytes) -> None:
        """Serve this list of users from now on."""
        self.write(
            "INSERT INTO user_list (kind, xml) VALUES (?, ?) ON CONFLICT (kind) DO UPDATE SET xml = excluded.xml",
            (kind, xml),
        )

    def note_call(self, operation: str, instance_id: str, outcome: str) -> None:
        """Remember one call of the service and how it ended."""
        self.write(
            "INSERT INTO call (at, operation, instance_id, outcome) VALUES (?, ?, ?, ?)",
            (time.time(), operation, instance_id, outcome),
        )

    def note_header(self, instance_id: str, envelope_type: str, sender: object, receiver: object) -> None:
        """Remember who sent the envelope to whom."""
        self.write(
            "UPDATE envelope SET envelope_type = ?, sender = ?, receiver = ? WHERE instance_id = ?",
            (envelope_type, json.dumps(sender), json.dumps(receiver), instance_id),
        )

    def note_documents(self, instance_id: str, documents: Iterable[DocumentFacts], state: str) -> None:
        """Write the documents of an envelope down, once."""
        with self._lock, self._db:
            self._db.execute("DELETE FROM document WHERE instance_id = ?", (instance_id,))
            self._db.executemany(
                "INSERT INTO document (instance_id, kind, number, ettn, supplier, customer, sha256, state) "
                "VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                [(instance_id, d.kind, d.number, d.ettn, d.supplier, d.customer, d.sha256, state) for d in documents],
            )

    def is_registered(self, document: DocumentFacts) -> bool:
        """True if this ETTN, or this number of this issuer, is registered already."""
        return bool(
            self.rows(
                "SELECT 1 FROM document WHERE state IN (?, ?, ?) AND (ettn = ? OR "
                "(supplier = ? AND number = ? AND kind = ?)) LIMIT 1",
                (*REGISTERED, document.ettn, document.supplier, document.number, document.kind),
            )
        )

    def move(
        self,
        instance_id: str,
        *,
        status: int | None = None,
        documents: str | None = None,
        plan: Sequence[tuple[float, int]] | None = None,
        finding: str | None = None,
    ) -> None:
        """Move an envelope on, all at once: its status, the state its documents share, what follows when.

        A plan (statuses with their instants, seconds since the epoch) says that the checks are done.
        """
        with self._lock, self._db:
            if documents is not None:
                self._db.execute("UPDATE document SET state = ? WHERE instance_id = ?", (documents, instance_id))
            if plan is not None:
                self._db.execute(
                    "UPDATE envelope SET checked = 1, plan = ? WHERE instance_id = ?",
                    (json.dumps(plan), instance_id),
                )
            if status is not None:
                self._db.execute(
                    "UPDATE envelope SET status = ?, status_at = ?, finding = coalesce(?, finding), "
                    "history = json_insert(history, '$[#]', ?) WHERE instance_id = ?",
                    (status, time.time(), finding, status, instance_id),
                )
