"""`ebelge send`: documents from files through the API, followed to their final state."""

import hashlib
import secrets
import time
from dataclasses import dataclass, field
from http import HTTPStatus
from pathlib import Path
from typing import Any

import click
import requests
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

FINAL = frozenset({"delivered", "undelivered", "refused", "given_up", "withdrawn", "failed", "cancelled"})
GOOD = frozenset({"accepted", "signed", "sent", "unknown", "delivered"})
POLL_S = 0.5
PIPED_WIDTH = 160  # nothing is cut off in a file or a pipe
TYPES = {".xml": "application/xml", ".json": "application/json"}


@dataclass
class Sent:
    """A file and what became of it."""

    file: Path
    document: dict[str, Any] = field(default_factory=dict)
    problem: dict[str, Any] = field(default_factory=dict)

    @property
    def state(self) -> str:
        """The document's state, or the code of its refusal."""
        return str(self.problem.get("code") or self.document.get("state") or "-")


@click.command(help=__doc__)
@click.argument("files", nargs=-1, required=True, type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--url", envvar=["EBELGE_URL", "EBELGE_PUBLIC_URL"], default="http://127.0.0.1:8000", show_default=True)
@click.option("--key", envvar="EBELGE_KEY", required=True, help="API key (environment EBELGE_KEY).")
@click.option("--kind", type=click.Choice(["auto", "efatura", "earsiv", "eirsaliye", "emm", "esmm"]), default="auto")
@click.option("--series", help="Three letters of the series; the kind's default if absent.")
@click.option("--check", "check_only", is_flag=True, help="Only check: nothing is stored, numbered or charged.")
@click.option("--again", is_flag=True, help="Send files anew that were sent before with the same content.")
@click.option("--wait", "wait_s", default=60.0, show_default=True, help="Seconds to follow the documents; 0: not.")
@click.option("--lang", type=click.Choice(["tr", "en"]), default="tr", show_default=True)
def command(
    files: tuple[Path, ...],
    url: str,
    key: str,
    kind: str,
    series: str | None,
    check_only: bool,
    again: bool,
    wait_s: float,
    lang: str,
) -> None:
    """Exit 1 if any file was refused or could not be delivered."""
    console = Console()
    if not console.is_terminal:
        console = Console(width=PIPED_WIDTH)
    with requests.Session() as http:
        http.headers.update({"Authorization": f"Bearer {key}", "Accept-Language": lang})
        wishes = {"kind": kind} | ({"series": series} if series else {})
        address = f"{url.rstrip('/')}/api/v1/documents"
        try:
            with _progress(console) as progress:
                task = progress.add_task("checking" if check_only else "sending", total=len(files))
                sent = []
                for file in files:
                    sent.append(_send(http, address, file, wishes, check_only=check_only, again=again))
                    progress.advance(task)
                if not check_only and wait_s > 0:
                    _follow(http, url, sent, progress, until=time.monotonic() + wait_s)
        except requests.ConnectionError as error:
            raise click.ClickException(f"{url} does not answer. Is Ebelge running there?") from error
    console.print(_table(sent, check_only=check_only))
    for one in sent:
        _explain(console, one)
    under_way = sum(one.document.get("state", "") not in FINAL for one in sent if one.document)
    if under_way and not check_only:
        console.print(f"{under_way} not final yet, and safe: the command without --again follows what was sent.")
    if any(one.problem or (one.document.get("state", "accepted") not in GOOD) for one in sent):
        raise SystemExit(1)


def _progress(console: Console) -> Progress:
    columns = (TextColumn("{task.description:<10}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    return Progress(*columns, console=console, transient=not console.is_terminal)


def _send(
    http: requests.Session, address: str, file: Path, wishes: dict[str, str], *, check_only: bool, again: bool
) -> Sent:
    media_type = TYPES.get(file.suffix.casefold())
    if media_type is None:
        raise click.ClickException(f"{file}: only .xml and .json files can be sent.")
    content = file.read_bytes()
    # the same content under the same wishes is one document, however often the command is repeated
    digest = hashlib.sha256(repr(sorted(wishes.items())).encode() + content).hexdigest()
    headers = {"Content-Type": media_type, "Idempotency-Key": f"cli-{secrets.token_hex(16) if again else digest}"}
    target = f"{address}/check" if check_only else address
    answer = http.post(target, params=wishes, data=content, headers=headers, timeout=120)
    return _read(Sent(file), answer)


def _read(sent: Sent, answer: requests.Response) -> Sent:
    try:
        body = answer.json()
    except requests.JSONDecodeError:
        body = {"code": f"http_{answer.status_code}", "title": answer.reason}
    if answer.status_code < HTTPStatus.BAD_REQUEST:
        sent.document = body
    else:
        sent.problem = body
    return sent


def _follow(http: requests.Session, url: str, sent: list[Sent], progress: Progress, *, until: float) -> None:
    open_ones = [one for one in sent if one.document]
    task = progress.add_task("following", total=len(open_ones))
    while open_ones and time.monotonic() < until:
        for one in list(open_ones):
            answer = http.get(url.rstrip("/") + one.document["links"]["self"], timeout=30)
            if answer.status_code == HTTPStatus.OK:
                one.document = answer.json()
            if one.document["state"] in FINAL:
                open_ones.remove(one)
                progress.advance(task)
        if open_ones:
            time.sleep(POLL_S)


def _table(sent: list[Sent], *, check_only: bool) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("file", overflow="ellipsis", no_wrap=True, max_width=40)
    table.add_column("kind", no_wrap=True)
    table.add_column("series" if check_only else "number", no_wrap=True, min_width=3 if check_only else 16)
    table.add_column("ETTN", no_wrap=True)
    table.add_column("state", no_wrap=True, min_width=11)
    for name in ("kontör", "payable"):
        table.add_column(name, justify="right", no_wrap=True)
    for one in sent:
        document = one.document
        good = not one.problem and document.get("state", "delivered") in GOOD
        state = "ok" if check_only and document else one.state
        table.add_row(
            one.file.name,
            document.get("kind", ""),
            document.get("number") or document.get("series") or "",
            document.get("ettn", ""),
            f"[{'green' if good else 'red'}]{state}[/]",
            str(document.get("kontor", "")),
            _money(document.get("payable")),
        )
    return table


def _money(payable: dict[str, Any] | None) -> str:
    if not payable:
        return ""
    whole, rest = divmod(payable["amount_kurus"], 100)
    return f"{whole:,}".replace(",", ".") + f",{rest:02d} {payable['currency']}"


def _explain(console: Console, sent: Sent) -> None:
    if not sent.problem:
        return
    said = (sent.problem.get("title"), sent.problem.get("detail"))
    console.print(f"\n[bold]{escape(sent.file.name)}[/]: {escape('. '.join(part for part in said if part))}")
    for finding in sent.problem.get("findings", []):
        place = f"line {finding['line']}" if finding.get("line") else finding.get("path", "")
        console.print(f"  {finding['rule']} {place}: {finding['message']}", markup=False)
        if finding.get("mend"):
            console.print(f"    {finding['mend']}", markup=False)
