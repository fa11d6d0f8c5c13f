"""`ebelge privacy`: requests about personal data, copies, holds, erasing on schedule, the record of processing."""

import json
from datetime import datetime, timedelta
from pathlib import Path
from uuid import UUID

import click
from sqlalchemy.orm import Session

from ebelge.cli import staff
from ebelge.cli.accounts import refusals_told
from ebelge.core.clock import ISTANBUL, istanbul_midnight, utc_now
from ebelge.core.db import role_session
from ebelge.jobs import privacy as duties
from tenants.audit.deeds import deed, house
from tenants.people import persons
from tenants.privacy import copying, erasing, requests
from tenants.privacy.models import KINDS
from tenants.privacy.register import CLASSES, period_text

_LANGUAGE = click.option("--language", type=click.Choice(["tr", "en"]), default="tr", show_default=True)


@click.group(help=__doc__)
def command() -> None:
    """The group."""


@command.command("requests")
def _requests() -> None:
    """Show open requests, the one that is due first first."""
    at = utc_now()
    with role_session("people") as session:
        found = [
            (row.request_id, row.kind, row.due_at, row.person_id, row.contact) for row in requests.waiting(session)
        ]
    for request_id, kind, due_at, person_id, contact in found:
        left = (due_at - at).days
        click.echo(f"{request_id}  {kind:11} due {due_at.astimezone(ISTANBUL):%d.%m.%Y} ({left} days left)")
        click.echo(f"    {person_id or contact}")
    if not found:
        click.echo("No request waits.")


@command.command("record-request")
@click.option("--kind", type=click.Choice(KINDS), required=True)
@click.option("--email", help="Address of somebody who has a login.")
@click.option("--contact", default="", help="Who asks, if he has none: name and address.")
@click.option("--note", default="", help="What he asks.")
@staff.by
@refusals_told
def _record_request(kind: str, email: str | None, contact: str, note: str, by: str) -> None:
    """Note a request that came by letter, mail or telephone; its answer is due in 30 days."""
    with role_session("people") as session:
        person_id = _person(email) if email else None
        row = requests.record(session, kind=kind, person_id=person_id, contact=contact, note=note, at=utc_now())
        _note(session, "privacy.request_noted", ("request", row.request_id), {"kind": kind, "due_at": row.due_at})
        click.echo(f"{row.request_id}  due {row.due_at.astimezone(ISTANBUL):%d.%m.%Y}")


@command.command("answer")
@click.argument("request", type=click.UUID)
@click.option("--refused", is_flag=True, help="It was refused; the note says why.")
@click.option("--note", required=True, help="What was answered.")
@staff.by
@refusals_told
def _answer(request: UUID, refused: bool, note: str, by: str) -> None:
    """Close a request."""
    with role_session("people") as session:
        row = requests.answer(
            session, request_id=request, state="refused" if refused else "done", note=note, by=by, at=utc_now()
        )
        about = ("request", row.request_id)
        _note(session, "privacy.request_answered", about, {"kind": row.kind, "state": row.state})
        click.echo(f"{row.request_id} is {row.state}.")


@command.command("export")
@click.argument("email")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@_LANGUAGE
@staff.by
@refusals_told
def _export(email: str, file: Path, language: str, by: str) -> None:
    """Write a copy of everything kept about a person to FILE (ZIP), for an answer on paper."""
    person_id = _person(email)
    with role_session("reader") as session:
        data = copying.collect(session, person_id=person_id)
    count = sum(len(rows) for rows in data.values())
    with role_session("people") as session:
        _note(session, "privacy.copy_made", ("person", person_id), {"rows": count})
    file.touch(mode=0o600)
    file.write_bytes(copying.zip_of(data, language=language, at=utc_now()))
    click.echo(f"{count} rows about {person_id} in {file}.")


@command.command("anonymise")
@click.option("--dry-run", is_flag=True, help="Only show who is due.")
@refusals_told
def _anonymise(dry_run: bool) -> None:
    """Anonymise people whose time has come and erase what is past its period; the clock does so four times a day."""
    at = utc_now()
    with role_session("people") as session:
        due = erasing.due(session, at=at)
    for one in due:
        click.echo(f"{one.person_id}  nothing keeps it since {one.since.astimezone(ISTANBUL):%d.%m.%Y}")
    if dry_run:
        click.echo(f"{len(due)} people are due. Nothing was changed.")
        return
    click.echo(f"{duties.erase(at)} people and rows erased.")


@command.command("hold")
@click.argument("email")
@click.option("--reason", required=True, help="Why the data must stay.")
@click.option("--until", type=click.DateTime(["%Y-%m-%d"]), help="Last day. Without it the hold ends now.")
@staff.by
@refusals_told
def _hold(email: str, reason: str, until: datetime | None, by: str) -> None:
    """Keep a person's data until a day (a dispute, an inquiry), or end such a hold."""
    person_id, at = _person(email), utc_now()
    with role_session("people") as session:
        if until is None:
            ended = erasing.release(session, person_id=person_id)
            if ended:
                _note(session, "privacy.released", ("person", person_id), {})
            click.echo("The hold is ended." if ended else "There was no hold.")
            return
        end = istanbul_midnight(until.date() + timedelta(days=1))
        erasing.hold(session, person_id=person_id, reason=reason, until=end, by=by, at=at)
        _note(session, "privacy.held", ("person", person_id), {"reason": reason, "until": end})
    click.echo(f"{person_id} is kept through {until:%d.%m.%Y}.")


@command.command("record")
@_LANGUAGE
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
def _record(language: str, as_json: bool) -> None:
    """Print the record of processing: every class of data, its ground, its period, what becomes of it."""
    at = 0 if language == "tr" else 1
    rows = [
        {
            "class": code, "title": one.title[at], "subjects": one.subjects[at], "data": one.data[at],
            "purpose": one.purpose[at], "ground": one.basis[at], "period": period_text(one.kept, language),
            "from": one.begins[at], "then": one.after[at], "recipients": one.recipients[at],
            "tables": ", ".join(one.tables), "since": one.valid_from.isoformat(),
        }
        for code, one in CLASSES.items()
    ]  # fmt: skip
    if as_json:
        click.echo(json.dumps(rows, ensure_ascii=False, indent=1))
        return
    for row in rows:
        click.echo(f"\n{row['class']}: {row['title']}")
        for name, value in row.items():
            if name not in ("class", "title"):
                click.echo(f"    {name:10} {value}")


def _note(session: Session, action: str, about: tuple[str, object], after: dict[str, object]) -> None:
    with role_session("reader") as reading:
        operator = house(reading)
    deed(
        session, tenant_id=operator, action=action, object_kind=about[0], object_id=about[1], after=after, at=utc_now()
    )


def _person(email: str) -> UUID:
    with role_session("people") as session:
        found = persons.by_email(session, email=persons.plain_email(email))
        if found is None:
            raise click.ClickException("Nobody has this address.")
        return found.person_id
