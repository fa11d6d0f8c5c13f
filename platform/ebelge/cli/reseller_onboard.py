"""`ebelge reseller onboard`: a customer of a reseller, or a sheet of them, opened by the operator."""

from pathlib import Path

import click

from ebelge.cli.accounts import refusals_told, tenant_of
from ebelge.core.clock import utc_now
from ebelge.core.db import tenant_session
from ebelge.core.workbooks import Sheet
from ebelge.jobs import customer_onboarding
from ebelge.onboarding import customer_imports, customer_sheet
from ebelge.onboarding.customer_sheet import COLUMNS
from tenants.audit import entries
from tenants.services import SERVICES

_NAME = "reseller onboard"
_FIELDS = {one.field: one for one in COLUMNS if one.field != "services"}


@click.command(help=__doc__)
@click.argument("reseller")
@click.option("--sheet", type=click.Path(exists=True, dir_okay=False, path_type=Path), help="An .xlsx of customers.")
@click.option("--template", type=click.Path(dir_okay=False, path_type=Path), help="Write an empty sheet and end.")
@click.option("--whole", is_flag=True, help="With --sheet: every row or none. Default: the good rows.")
@click.option("--check", is_flag=True, help="With --sheet: only check it.")
@click.option("--service", "services", multiple=True, type=click.Choice(list(SERVICES)), help="Wanted services.")
@click.option("--by", help="Who enters it.")
@refusals_told
def command(
    reseller: str, sheet: Path | None, template: Path | None, whole: bool, check: bool, services: tuple[str, ...],
    by: str | None, **fields: str | None,
) -> None:  # fmt: skip
    """Open accounts for RESELLER (VKN) and invite their owners."""
    tenant_id = tenant_of(reseller, "live")
    if template is not None:
        template.write_bytes(customer_sheet.template_xlsx(turkish=True))
        return
    if not by:
        raise click.UsageError("--by: who enters it?")
    actor = entries.command(_NAME, by=by)
    if sheet is None:
        given = {name: value or "" for name, value in fields.items()} | {"services": ", ".join(services)}
        (row,) = customer_sheet.rows_of(
            Sheet("onboard", [[one.name_en for one in COLUMNS], [given[one.field] or None for one in COLUMNS]])
        )
        if row.customer is None:
            raise click.ClickException(" ".join(found.message_en for found in row.findings))
        made = customer_onboarding.onboard(tenant_id, row.customer, actor=actor)
        click.echo(f"{made.tenant_id}  {made.state}")
        return
    with tenant_session(tenant_id) as session:
        kept = customer_imports.check(
            session, tenant_id=tenant_id, file_name=sheet.name, data=sheet.read_bytes(), by=by, by_id=None, at=utc_now()
        )
        import_id = kept.import_id
        for one in customer_imports.rows(session, tenant_id=tenant_id, import_id=import_id):
            said = " ".join(str(found["message_en"]) for found in one.findings)
            click.echo(f"row {one.row:4} {one.state:6} {one.cells.get('vkn_tckn', ''):11} {said}".rstrip())
    if not check:
        customer_onboarding.start(tenant_id, import_id, whole=whole, actor=actor, at=utc_now())
        click.echo(f"started: {import_id} (the workers open the accounts)")


for _field in reversed(_FIELDS.values()):
    command.params.insert(
        0, click.Option([f"--{_field.field.replace('_', '-')}", _field.field], help=_field.name_en, default=None)
    )
