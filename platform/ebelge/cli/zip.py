"""`ebelge zip`: documents of an account as one ZIP with their hashes."""

from datetime import date, datetime
from pathlib import Path
from uuid import UUID

import click

from ebelge.archive.store import open_store
from ebelge.cli.accounts import refusals_told, tenant_of
from ebelge.core.clock import utc_now
from ebelge.core.db import tenant_session
from ebelge.documents import bundle, queries, readable
from ebelge.documents.queries import Filters
from ebelge.documents.readable import Readable
from ebelge.documents.sign import SIGNED_NAME

_DAY = click.DateTime(["%Y-%m-%d"])


@click.command("zip")
@click.argument("vkn_tckn")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--mode", type=click.Choice(["live", "test"]), default="live", show_default=True)
@click.option("--kind", help="Only of this kind.")
@click.option("--from", "day_from", type=_DAY, help="First issue date.")
@click.option("--to", "day_to", type=_DAY, help="Last issue date.")
@click.option("--form", "forms", type=click.Choice(bundle.FORMS), multiple=True, default=("xml", "html"))
@refusals_told
def command(
    vkn_tckn: str, file: Path, mode: str, kind: str | None, day_from: datetime | None, day_to: datetime | None,
    forms: tuple[str, ...],
) -> None:  # fmt: skip
    """Write documents of an account into FILE (a new ZIP), any number of them, with a manifest and SHA256SUMS."""
    tenant_id = tenant_of(vkn_tckn, mode)
    filters = Filters(kind=kind, day_from=_day(day_from), day_to=_day(day_to))
    with tenant_session(tenant_id) as session:
        ids = bundle.chosen(session, tenant_id=tenant_id, filters=filters, forms=forms, bounded=False)
    facts = {"vkn_tckn": vkn_tckn, "mode": mode}
    if file.exists():
        raise click.ClickException(f"{file} is there already; name a new file.")
    with file.open("xb") as out:
        for part in bundle.stream(
            ids, load=lambda one: _load(tenant_id, one), forms=forms, at=utc_now(), facts=facts
        ):  # fmt: skip
            out.write(part)
    click.echo(f"{file}: {len(ids)} documents")


def _load(tenant_id: UUID, document_id: UUID) -> tuple[Readable, bytes]:
    with tenant_session(tenant_id) as session:
        document = readable.read(session, tenant_id=tenant_id, document_id=document_id)
        if not document.signed:
            return document, queries.source_xml(session, tenant_id=tenant_id, document_id=document_id)
    return document, open_store().get(tenant_id, document.ettn, SIGNED_NAME)


def _day(given: datetime | None) -> date | None:
    return given.date() if given else None
