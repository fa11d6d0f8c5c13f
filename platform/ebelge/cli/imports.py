"""`ebelge import`: accounts, series, kontör, people, address books and old documents from a former integrator."""

from collections.abc import Sequence
from pathlib import Path
from uuid import UUID

import click
from rich.console import Console
from rich.table import Table
from sqlalchemy.orm import Session

from ebelge.archive.store import open_store
from ebelge.cli.accounts import operator_id
from ebelge.cli.bars import Bars
from ebelge.cli.staff import by
from ebelge.core.clock import utc_now
from ebelge.core.db import role_session, tenant_session
from ebelge.core.errors import DomainError
from ebelge.core.findings import Finding
from ebelge.core.sheet_rows import template
from ebelge.core.sheets import xlsx_sheets
from ebelge.jobs import bell, inviting
from ebelge.onboarding.imports import plan as plans
from ebelge.onboarding.imports.perform import carry_out
from ebelge.onboarding.imports.records import CONTROL, SHEETS, PersonRecord
from ebelge.onboarding.imports.totals import NAMES, Totals, show
from tenants.audit import entries

FINDINGS_SHOWN = 50
_BOOK = click.argument("workbook", type=click.Path(exists=True, dir_okay=False, path_type=Path))
_ZIP = click.option(
    "--documents", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="A ZIP with old documents (XML)."
)


@click.group(help=__doc__)
def command() -> None:
    """The group."""


@command.command("template")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--language", type=click.Choice(["tr", "en"]), default="tr", show_default=True)
def _template(file: Path, language: str) -> None:
    """Write an empty workbook into FILE. Headings with a star are needed; control totals go on the last sheet."""
    turkish = language == "tr"
    at = 0 if turkish else 1
    sheets = [(titles[at], [template(columns, turkish=turkish)]) for titles, columns, _ in SHEETS.values()]
    file.write_bytes(xlsx_sheets([*sheets, (CONTROL[at], [[names[at], None] for names in NAMES.values()])]))
    click.echo(f"{file}: fill it in, state the control totals, then: ebelge import check {file}")


@command.command("check")
@_BOOK
@_ZIP
def _check(workbook: Path, documents: Path | None) -> None:
    """Read WORKBOOK and the ZIP, check everything, write nothing. Ends with 1 while anything is wrong."""
    plan = _plan(workbook, documents)
    _print_totals(plan.totals(), plan.book.stated)
    if plan.findings:
        _print_findings(plan.findings)
        raise SystemExit(1)
    click.echo("Everything agrees; nothing was written. To bring it in: ebelge import run …")


@command.command("run")
@_BOOK
@_ZIP
@by
def _run(workbook: Path, documents: Path | None, by: str) -> None:
    """Bring everything in. Whatever is wrong refuses all of it; an interrupted run goes on where it was."""
    console = Console(highlight=False)
    plan = _plan(workbook, documents)
    operator = operator_id()
    actor = entries.command("import", by=by)

    def invite(session: Session, tenant_id: UUID, one: PersonRecord) -> None:
        inviting.invite(
            session, tenant_id=tenant_id, email=one.email, role=one.role, full_name=one.full_name, actor=actor,
            at=utc_now(),
        )  # fmt: skip

    try:
        with Bars(console) as bars:
            found = carry_out(
                plan,
                operator_id=operator,
                archive=open_store(),
                by=by,
                now=utc_now,
                steps=bars,
                invite=invite,
            )
    except DomainError as error:
        _print_findings(error.findings)
        raise click.ClickException(f"{error}. {error.advice_en}".strip()) from error
    with tenant_session(operator) as session:
        entries.note(
            session,
            tenant_id=operator,
            actor=actor,
            action="import.done",
            object_kind="import",
            object_id=plan.import_id,
            after={"kind": "workbook", "file_sha256": plan.files_sha256.hex(), "totals": found.plain()},
            at=utc_now(),
        )
    bell.ring()
    _print_totals(found, plan.book.stated)
    click.echo("Counted again in the database: everything agrees.")


def _plan(workbook: Path, documents: Path | None) -> plans.Plan:
    with role_session("reader") as session:
        try:
            return plans.make(session, workbook=workbook.read_bytes(), documents=documents, at=utc_now())
        except DomainError as error:
            raise click.ClickException(f"{error} {error.advice_en}".strip()) from error


def _print_totals(found: Totals, stated: dict[str, int]) -> None:
    table = Table("", "stated", "found", box=None)
    for field, there in found.plain().items():
        said = stated.get(field)
        if said is not None or there:
            table.add_row(NAMES[field][1], "-" if said is None else show(field, said), show(field, there))
    Console(highlight=False).print(table)


def _print_findings(findings: Sequence[Finding]) -> None:
    for one in findings[:FINDINGS_SHOWN]:
        click.echo(f"  {one.message_en}" + (f" {one.mend_en}" if one.mend_en else ""), err=True)
    if len(findings) > FINDINGS_SHOWN:
        click.echo(f"  … and {len(findings) - FINDINGS_SHOWN} more.", err=True)
