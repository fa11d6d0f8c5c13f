"""`ebelge bulk`: a ZIP of XML or a workbook through the API: checked, priced, sent if told so, and the result kept."""

import base64
import secrets
import time
from http import HTTPStatus
from pathlib import Path
from typing import Any

import click
import requests
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

POLL_S = 0.5
BUSY = ("checking", "sending")
SHOWN_MAX = 50
PIPED_WIDTH = 160


@click.command(help=__doc__)
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--url", envvar=["EBELGE_URL", "EBELGE_PUBLIC_URL"], default="http://127.0.0.1:8000", show_default=True)
@click.option("--key", envvar="EBELGE_KEY", required=True, help="API key (environment EBELGE_KEY).")
@click.option(
    "--form",
    type=click.Choice(["invoices", "despatches", "producer_receipts"]),
    default="invoices",
    show_default=True,
    help="What the rows of a workbook are.",
)
@click.option("--send", "sending", is_flag=True, help="Send the good documents. Default: only check.")
@click.option("--whole", is_flag=True, help="With --send: all documents or none.")
@click.option("--result", type=click.Path(dir_okay=False, path_type=Path), help="Write the result here (.xlsx, .csv).")
@click.option("--wait", "wait_s", default=600.0, show_default=True, help="Seconds to follow it.")
@click.option("--lang", type=click.Choice(["tr", "en"]), default="tr", show_default=True)
def command(
    file: Path, url: str, key: str, form: str, sending: bool, whole: bool, result: Path | None, wait_s: float, lang: str
) -> None:  # fmt: skip
    """Exit 1 if any document is wrong or was not sent."""
    console = Console()
    if not console.is_terminal:
        console = Console(width=PIPED_WIDTH)
    until = time.monotonic() + wait_s
    with requests.Session() as http:
        http.headers.update({"Authorization": f"Bearer {key}", "Accept-Language": lang})
        base = f"{url.rstrip('/')}/api/v1/bulk-uploads"
        body = {"file_name": file.name, "file_base64": base64.b64encode(file.read_bytes()).decode(), "form": form}
        try:
            upload = _said(http.post(base, json=body, headers=_once(), timeout=120))
            address = f"{base}/{upload['upload_id']}"
            upload = _follow(console, http, address, upload, until)
            if upload["same_as"]:
                console.print(f"[yellow]sent before:[/] upload {upload['same_as']}")
            if sending and upload["state"] in ("checked", "paused"):
                upload = _said(http.post(f"{address}/send", json={"whole": whole}, headers=_once(), timeout=60))
                upload = _follow(console, http, address, upload, until)
            _tell(console, http, address, upload)
            if result is not None:
                kind = "csv" if result.suffix.casefold() == ".csv" else "xlsx"
                answer = http.get(f"{address}/result", params={"form": kind}, timeout=120)
                result.write_bytes(answer.content)
                console.print(f"result: {escape(str(result))}")
        except requests.ConnectionError as error:
            raise click.ClickException(f"{url} does not answer. Is Ebelge running there?") from error
    counts = upload["counts"]
    wrong = counts["bad"] + counts["failed"] + (counts["good"] if sending else 0)
    if wrong or upload["state"] in ("mapping", *BUSY):
        raise SystemExit(1)


def _once() -> dict[str, str]:
    return {"Idempotency-Key": f"cli-{secrets.token_hex(16)}"}


def _said(answer: requests.Response) -> dict[str, Any]:
    try:
        body: dict[str, Any] = answer.json()
    except requests.JSONDecodeError:
        body = {"title": f"HTTP {answer.status_code}"}
    if answer.status_code >= HTTPStatus.BAD_REQUEST:
        raise click.ClickException(". ".join(str(body[part]) for part in ("title", "detail") if body.get(part)))
    return body


def _follow(
    console: Console, http: requests.Session, address: str, upload: dict[str, Any], until: float
) -> dict[str, Any]:
    columns = (TextColumn("{task.description:<10}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=not console.is_terminal) as progress:
        task = progress.add_task(upload["state"], total=sum(upload["counts"].values()))
        while upload["state"] in BUSY and time.monotonic() < until:
            time.sleep(POLL_S)
            upload = _said(http.get(address, timeout=30))
            counts = upload["counts"]
            waiting = counts["waiting"] if upload["state"] == "checking" else counts["good"]
            progress.update(task, completed=sum(counts.values()) - waiting)
    return upload


def _tell(console: Console, http: requests.Session, address: str, upload: dict[str, Any]) -> None:
    counts = ", ".join(f"{name} {count}" for name, count in upload["counts"].items() if count)
    console.print(
        f"{escape(upload['file_name'])}: [bold]{upload['state']}[/], {counts}; {upload['kontor']} kontör to send"
    )
    if upload["missing"]:
        console.print(f"columns to map: {', '.join(upload['missing'])}; headings: {', '.join(upload['headings'])}")
    if upload["problem"]:
        console.print(f"[red]{escape(str(upload['problem'].get('detail') or upload['problem'].get('title')))}[/]")
    for state in ("bad", "failed"):
        page = _said(http.get(f"{address}/items", params={"state": state, "limit": SHOWN_MAX}, timeout=60))
        for item in page["items"]:
            console.print(f"[red]{state}[/] {escape(item['place'])}")
            for found in item["findings"][:5]:
                console.print(f"  {found['rule']}: {found['message']} {found['mend']}".rstrip(), markup=False)
