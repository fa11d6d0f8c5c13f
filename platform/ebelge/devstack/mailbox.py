"""A mail server that keeps every message instead of sending it on: SMTP in, .eml files and a small page out.

For development and tests. It speaks real SMTP over a socket and can be told, per recipient, to refuse (550),
to put off (451) or to drop the connection. `python -m ebelge.devstack.mailbox --dir var/mail --port 0`.
"""

from __future__ import annotations

import argparse
import asyncio
import email
import email.policy
import html
import json
import re
import signal
import threading
from collections import Counter
from dataclasses import dataclass
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, Literal
from urllib.parse import unquote

from aiosmtpd.smtp import SMTP, Envelope, Session

from ebelge.devstack import folders

Answer = Literal["accept", "refuse", "defer", "drop"]
_REPLIES: dict[str, str] = {
    "refuse": "550 5.1.1 No such mailbox here",
    "defer": "451 4.7.1 Try again later",
}
_SIZE_MAX_BYTES = 26_214_400


@dataclass
class Rule:
    """What happens to mail for one recipient, the next `times` times (None: always)."""

    recipient: str
    answer: Answer
    times: int | None = None


class Mailbox:
    """The kept messages (`<number>.eml`) and the rules; used by the SMTP and the HTTP side at once."""

    def __init__(self, folder: Path) -> None:
        self.folder = folders.private(folder)
        self._lock = threading.Lock()
        self._rules: dict[str, Rule] = {}
        self.attempts: Counter[str] = Counter()
        self._next = max((int(path.stem) for path in folder.glob("*.eml") if path.stem.isdigit()), default=0) + 1

    def set_rule(self, rule: Rule) -> None:
        """Answer mail for `rule.recipient` so from now on."""
        with self._lock:
            self._rules[rule.recipient.casefold()] = rule

    def clear_rules(self) -> None:
        """Accept everything again."""
        with self._lock:
            self._rules.clear()

    def answer_for(self, recipient: str) -> Answer:
        """The answer due now; counts the attempt and uses the rule up by one."""
        key = recipient.casefold()
        with self._lock:
            self.attempts[key] += 1
            rule = self._rules.get(key)
            if rule is None:
                return "accept"
            if rule.times is not None:
                rule.times -= 1
                if rule.times <= 0:
                    del self._rules[key]
            return rule.answer

    def keep(self, content: bytes, *, sender: str, recipients: list[str]) -> int:
        """Store the message durably, with the envelope in two headers of ours; its number."""
        head = f"X-Envelope-From: {sender}\r\nX-Envelope-To: {', '.join(recipients)}\r\n".encode()
        with self._lock:
            number, self._next = self._next, self._next + 1
        temporary = self.folder / f"{number}.new"
        temporary.write_bytes(head + content)
        temporary.replace(self.folder / f"{number}.eml")
        return number

    def listing(self) -> list[dict[str, Any]]:
        """All messages, oldest first: number, from, to, subject, names of attachments."""
        rows = []
        for path in sorted(self.folder.glob("*.eml"), key=lambda p: int(p.stem)):
            message = email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
            rows.append(
                {
                    "number": int(path.stem),
                    "from": message["X-Envelope-From"],
                    "to": [part.strip() for part in str(message["X-Envelope-To"]).split(",")],
                    "subject": str(message["Subject"] or ""),
                    "attachments": [part.get_filename() for part in message.iter_attachments()],
                }
            )
        return rows


class _Handler:
    """The SMTP side, as aiosmtpd calls it."""

    def __init__(self, mailbox: Mailbox) -> None:
        self._mailbox = mailbox

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        answer = self._mailbox.answer_for(address)
        if answer == "drop":
            if isinstance(server.transport, asyncio.WriteTransport):
                server.transport.abort()
            return "421 4.3.2 Closing"
        if answer in _REPLIES:
            return _REPLIES[answer]
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        content = envelope.original_content or b""
        number = self._mailbox.keep(content, sender=envelope.mail_from or "", recipients=envelope.rcpt_tos)
        return f"250 2.0.0 Kept as {number}"


def page_handler(mailbox: Mailbox) -> type[BaseHTTPRequestHandler]:
    """The HTTP side: GET / and /messages, GET /messages/N, GET /messages/N/html, PUT and DELETE /rules."""

    class Page(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, format: str, *args: Any) -> None:
            """Silent: the SMTP side is what matters."""

        def _answer(self, status: HTTPStatus, body: bytes, kind: str) -> None:
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def _json(self, value: object, status: HTTPStatus = HTTPStatus.OK) -> None:
            self._answer(status, json.dumps(value, ensure_ascii=False).encode(), "application/json")

        def do_GET(self) -> None:
            if self.path == "/":
                self._answer(HTTPStatus.OK, _overview(mailbox).encode(), "text/html; charset=utf-8")
            elif self.path == "/messages":
                self._json(mailbox.listing())
            elif self.path.startswith("/attempts/"):
                self._json(mailbox.attempts[unquote(self.path.removeprefix("/attempts/")).casefold()])
            elif found := re.fullmatch(r"/messages/(\d+)(/html)?", self.path):
                path = mailbox.folder / f"{found.group(1)}.eml"
                if not path.exists():
                    self._json({"error": "no such message"}, HTTPStatus.NOT_FOUND)
                elif found.group(2):
                    self._answer(HTTPStatus.OK, _readable(path), "text/html; charset=utf-8")
                else:
                    self._answer(HTTPStatus.OK, path.read_bytes(), "text/plain; charset=utf-8")
            else:
                self._json({"error": "not found"}, HTTPStatus.NOT_FOUND)

        def do_PUT(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            try:
                fields = json.loads(body)
                if self.path != "/rules" or fields["answer"] not in ("accept", "refuse", "defer", "drop"):
                    raise KeyError("answer")
                mailbox.set_rule(Rule(str(fields["recipient"]), fields["answer"], fields.get("times")))
            except (ValueError, KeyError, TypeError):
                self._json({"error": "expected {recipient, answer, times?}"}, HTTPStatus.BAD_REQUEST)
                return
            self._json({"ok": True})

        def do_DELETE(self) -> None:
            mailbox.clear_rules()
            self._json({"ok": True})

    return Page


def _overview(mailbox: Mailbox) -> str:
    rows = "".join(
        f"<tr><td><a href='/messages/{row['number']}'>{row['number']}</a></td>"
        f"<td>{html.escape(', '.join(row['to']))}</td>"
        f"<td><a href='/messages/{row['number']}/html'>{html.escape(row['subject'])}</a></td>"
        f"<td>{html.escape(', '.join(filter(None, row['attachments'])))}</td></tr>"
        for row in reversed(mailbox.listing())
    )
    head = "<tr><th>no.</th><th>to</th><th>subject</th><th>attachments</th></tr>"
    return f"<!doctype html><meta charset=utf-8><title>Mail</title><table border=1>{head}{rows}</table>"


def _readable(path: Path) -> bytes:
    message = email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
    body = message.get_body(("html", "plain"))
    text = str(body.get_content()) if body is not None else ""
    if body is not None and body.get_content_type() == "text/plain":
        text = f"<!doctype html><meta charset=utf-8><pre>{html.escape(text)}</pre>"
    return text.encode()


async def serve(mailbox: Mailbox, *, smtp_port: int, http_port: int, announce: Path | None) -> None:
    """Serve both sides on loopback until SIGTERM or SIGINT; write the bound ports to `announce`."""
    loop = asyncio.get_running_loop()
    stop = asyncio.Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(name, stop.set)
    smtp = await loop.create_server(
        lambda: SMTP(_Handler(mailbox), data_size_limit=_SIZE_MAX_BYTES, enable_SMTPUTF8=True, hostname="localhost"),
        "127.0.0.1",
        smtp_port,
    )
    pages = ThreadingHTTPServer(("127.0.0.1", http_port), page_handler(mailbox))
    threading.Thread(target=pages.serve_forever, daemon=True).start()
    ports = {"smtp": smtp.sockets[0].getsockname()[1], "http": pages.server_address[1]}
    if announce is not None:
        folders.write(announce, json.dumps(ports))
    print(json.dumps(ports), flush=True)
    await stop.wait()
    smtp.close()
    pages.shutdown()


def main() -> None:
    """Command line of the mail sink."""
    parser = argparse.ArgumentParser(prog="python -m ebelge.devstack.mailbox", description=__doc__)
    parser.add_argument("--dir", type=Path, required=True, help="folder for the .eml files")
    parser.add_argument("--port", type=int, default=0, help="SMTP port; 0 takes a free one")
    parser.add_argument("--http-port", type=int, default=0, help="port of the page; 0 takes a free one")
    parser.add_argument("--announce", type=Path, help="file that gets the bound ports as JSON")
    given = parser.parse_args()
    mailbox = Mailbox(given.dir)
    asyncio.run(serve(mailbox, smtp_port=given.port, http_port=given.http_port, announce=given.announce))


if __name__ == "__main__":
    main()
