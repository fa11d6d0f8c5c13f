"""`ebelge pdf`: a document as PDF/A with its signed XML inside."""

from pathlib import Path

import click

from ebelge.archive.store import open_store
from ebelge.cli.accounts import refusals_told, tenant_of
from ebelge.core.db import tenant_session
from ebelge.documents import queries, readable
from ebelge.documents.sign import SIGNED_NAME


@click.command("pdf")
@click.argument("vkn_tckn")
@click.argument("number")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path), required=False)
@click.option("--mode", type=click.Choice(["live", "test"]), default="live", show_default=True)
@refusals_told
def command(vkn_tckn: str, number: str, file: Path | None, mode: str) -> None:
    """Write the document NUMBER of an account into FILE (default: NUMBER.pdf)."""
    tenant_id = tenant_of(vkn_tckn, mode)
    with tenant_session(tenant_id) as session:
        row = queries.by_number(session, tenant_id=tenant_id, number=number.upper())
        document = readable.of(session, document=row)
        xml = b"" if document.signed else queries.source_xml(
            session, tenant_id=tenant_id, document_id=document.document_id
        )  # fmt: skip
    xml = xml or open_store().get(tenant_id, document.ettn, SIGNED_NAME)
    target = file or Path(f"{document.number}.pdf")
    data = readable.paper(document, xml)
    target.write_bytes(data)
    inside = "with the signed XML inside" if document.signed else "not signed yet"
    click.echo(f"{target}: {document.title}, {len(data) / 1000:.0f} kB, {inside}")
