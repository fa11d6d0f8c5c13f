"""What a fake gateway remembers: one SQLite file of JSON objects, one connection, one lock."""

import json
import sqlite3
import threading
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

_SCHEMA = """
CREATE TABLE IF NOT EXISTS thing (
    seq INTEGER PRIMARY KEY AUTOINCREMENT, kind TEXT NOT NULL, key TEXT NOT NULL, body TEXT NOT NULL,
    UNIQUE (kind, key));
CREATE TABLE IF NOT EXISTS call (
    id INTEGER PRIMARY KEY AUTOINCREMENT, at REAL NOT NULL, name TEXT NOT NULL, body TEXT NOT NULL,
    outcome TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS counter (name TEXT PRIMARY KEY, value INTEGER NOT NULL);
"""


class Store:
    """All state of one fake. Each method is one transaction; `lock` makes several of them one step."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.lock = threading.RLock()
        self._db = sqlite3.connect(folder / "gateway.sqlite3", check_same_thread=False)
        self._db.row_factory = sqlite3.Row
        self._db.executescript(f"PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; {_SCHEMA}")

    def close(self) -> None:
        """Close the file; the state stays."""
        with self.lock:
            self._db.close()

    def get(self, kind: str, key: str) -> dict[str, Any] | None:
        """One object, or None."""
        with self.lock:
            row = self._db.execute("SELECT body FROM thing WHERE kind = ? AND key = ?", (kind, key)).fetchone()
        return None if row is None else dict(json.loads(row["body"]))

    def put(self, kind: str, key: str, body: Mapping[str, Any]) -> None:
        """Write an object, new or again."""
        with self.lock, self._db:
            self._db.execute(
                "INSERT INTO thing (kind, key, body) VALUES (?, ?, ?) ON CONFLICT (kind, key) "
                "DO UPDATE SET body = excluded.body",
                (kind, key, json.dumps(body, ensure_ascii=False)),
            )

    def delete(self, kind: str, key: str | None = None) -> int:
        """Forget one object, or all of a kind; how many there were."""
        with self.lock, self._db:
            where, values = ("kind = ?", [kind]) if key is None else ("kind = ? AND key = ?", [kind, key])
            return self._db.execute(f"DELETE FROM thing WHERE {where}", values).rowcount

    def all(self, kind: str) -> list[tuple[str, dict[str, Any]]]:
        """Every object of a kind with its key, oldest first."""
        with self.lock:
            rows = self._db.execute("SELECT key, body FROM thing WHERE kind = ? ORDER BY seq", (kind,)).fetchall()
        return [(row["key"], json.loads(row["body"])) for row in rows]

    def next_number(self, name: str, first: int = 1) -> int:
        """The next number of a sequence."""
        with self.lock, self._db:
            row = self._db.execute(
                "INSERT INTO counter (name, value) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = value + 1 "
                "RETURNING value",
                (name, first),
            ).fetchone()
        return int(row["value"])

    def note_call(self, name: str, body: Any, outcome: str) -> None:
        """Remember one call and how it ended."""
        with self.lock, self._db:
            self._db.execute(
                "INSERT INTO call (at, name, body, outcome) VALUES (?, ?, ?, ?)",
                (time.time(), name, json.dumps(body, ensure_ascii=False), outcome),
            )

    def calls(self, name: str = "") -> list[dict[str, Any]]:
        """The calls so far, or those of one name."""
        with self.lock:
            rows = self._db.execute("SELECT * FROM call WHERE ? IN ('', name) ORDER BY id", (name,)).fetchall()
        return [dict(row) | {"body": json.loads(row["body"])} for row in rows]

    def reset(self) -> None:
        """Forget everything but the numbers already given."""
        with self.lock, self._db:
            self._db.execute("DELETE FROM thing")
            self._db.execute("DELETE FROM call")
