"""`ebelge archive`: an account's archive searched, filled, tagged, checked, indexed anew, handed out whole."""

import sys
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from uuid import UUID

import click
from rich.console import Console

from ebelge.archive import files, search, tags
from ebelge.archive.models import FILE_KINDS, IntegrityCheck
from ebelge.archive.store import open_store
from ebelge.cli.accounts import refusals_told, tenant_of
from ebelge.cli.bars import Bars
from ebelge.cli.staff import by
from ebelge.core.clock import utc_now
from ebelge.core.db import tenant_session
from ebelge.core.money import lira_text
from ebelge.documents.keeping import integrity
from ebelge.documents.keeping import sources as archive_sources
from ebelge.edge import archive_files
from ebelge.onboarding.handing_out import hand_out
from ebelge.onboarding.manifest import check
from tenants.audit import entries

_FILE = click.Path(dir_okay=False, path_type=Path)
_THERE = click.Path(exists=True, dir_okay=False, path_type=Path)
_MODE = click.option("--mode", type=click.Choice(["live", "test"]), default="live", show_default=True)


@click.group(help=__doc__)
def command() -> None:
    """The group."""


@command.command("search")
@click.argument("vkn_tckn")
@click.argument("words", nargs=-1)
@click.option("--source", type=click.Choice(["outgoing", "incoming", "old", "file"]))
@click.option("--kind", help="efatura, earsiv, …; of a file: contract, report, edefter, …")
@click.option("--from", "day_from", type=click.DateTime(["%Y-%m-%d"]), help="First issue date.")
@click.option("--to", "day_to", type=click.DateTime(["%Y-%m-%d"]), help="Last issue date.")
@click.option("--other", help="VKN or TCKN of the other party.")
@click.option("--number", help="The whole number.")
@click.option("--tag", "tag_names", multiple=True, help="Name of a tag; several must all be there.")
@click.option("--limit", type=click.IntRange(1, search.PAGE_MAX), default=50, show_default=True)
@_MODE
@refusals_told
def _search(
    vkn_tckn: str, words: tuple[str, ...], source: str | None, kind: str | None, day_from: datetime | None,
    day_to: datetime | None, other: str | None, number: str | None, tag_names: tuple[str, ...], limit: int, mode: str,
) -> None:  # fmt: skip
    """Find entries of VKN_TCKN's archive, newest first; WORDS each begin a word of what is found."""
    tenant_id = tenant_of(vkn_tckn, mode)
    with tenant_session(tenant_id) as session:
        asked = search.Filters(
            source=source, kind=kind, day_from=day_from.date() if day_from else None,
            day_to=day_to.date() if day_to else None, vkn_tckn=other, number=number,
            tag_ids=tuple(_tag(tenant_id, one) for one in tag_names), text=" ".join(words),
        )  # fmt: skip
        page = search.search(session, tenant_id=tenant_id, filters=asked, limit=limit)
    for one in page.entries:
        amount = "" if one.amount_kurus is None else f"{lira_text(one.amount_kurus)} {one.currency}"
        click.echo(
            f"{one.entry_id}  {one.day:%d.%m.%Y}  {one.source:8}  {one.kind:9}  {one.number:16}  {amount:>18}  "
            f"{one.title}"
        )
    click.echo(f"{len(page.entries)} entries{', and older ones' if page.next_after else ''}.", err=True)


@command.command("put")
@click.argument("vkn_tckn")
@click.argument("file", type=_THERE)
@click.option("--kind", type=click.Choice(FILE_KINDS), default="other", show_default=True)
@click.option("--note", default="", help="What it is, for people; it is found by it.")
@by
@_MODE
@refusals_told
def _put(vkn_tckn: str, file: Path, kind: str, note: str, by: str, mode: str) -> None:
    """Put FILE into the archive; the same file again is the same entry. An e-Defter file is checked by its rules."""
    with file.open("rb") as stream:
        row = archive_files.take(
            open_store(), tenant_id=tenant_of(vkn_tckn, mode), name=file.name, chunks=files.pieces(stream), kind=kind,
            note=note, actor=entries.command("archive", by=by), at=utc_now(),
        )  # fmt: skip
    click.echo(f"{row.file_id}  {row.name}  {row.media_type}  {row.size_bytes} bytes, kept until {row.kept_until}")


@command.command("tag")
@click.argument("vkn_tckn")
@click.argument("name")
@click.argument("entry_ids", nargs=-1, type=click.UUID)
@click.option("--colour", default="grey", show_default=True, help="Of a tag that is new.")
@click.option("--take", is_flag=True, help="Take the tag off instead.")
@by
@_MODE
@refusals_told
def _hang(
    vkn_tckn: str, name: str, entry_ids: tuple[UUID, ...], colour: str, take: bool, by: str, mode: str
) -> None:  # fmt: skip
    """Hang the tag NAME on entries; a tag that is not there yet is made."""
    tenant_id, at = tenant_of(vkn_tckn, mode), utc_now()
    with tenant_session(tenant_id) as session:
        known = {one.name: one.tag_id for one in tags.listed(session, tenant_id=tenant_id)}
        if name not in known:
            actor = entries.command("archive", by=by)
            made = tags.create(session, tenant_id=tenant_id, name=name, colour=colour, actor=actor, at=at)
            known[name] = made.tag_id
        found = search.within(session, tenant_id=tenant_id, entry_ids=entry_ids, series_ids=None)
        if lost := set(entry_ids) - set(found):
            raise click.ClickException(f"Not in the archive: {', '.join(map(str, sorted(lost)))}. Nothing was changed.")
        these = [known[name]]
        tags.hang(
            session, tenant_id=tenant_id, entry_ids=found, add=[] if take else these, take=these if take else [], at=at
        )
    click.echo(f"{len(found)} entries.")


@command.command("reindex")
@click.argument("vkn_tckn")
@_MODE
@refusals_told
def _reindex(vkn_tckn: str, mode: str) -> None:
    """Write the index of VKN_TCKN's archive anew from its documents and files."""
    tenant_id = tenant_of(vkn_tckn, mode)
    with Bars(Console(highlight=False)) as bars:
        with tenant_session(tenant_id) as session:
            bars.stage("entries", archive_sources.how_many(session, tenant_id=tenant_id))
        count = archive_sources.reindex(open_store(), tenant_id=tenant_id, at=utc_now(), progress=bars.advance)
    click.echo(f"{count} entries were written.")


@command.command("export")
@click.argument("vkn_tckn")
@click.argument("file", type=_FILE)
@_MODE
@by
@refusals_told
def _export(vkn_tckn: str, file: Path, mode: str, by: str) -> None:
    """Write every document of an account, its files, its kontör journal and the manifest into FILE (a new ZIP).

    Ends with 1 if the archive lacks a document that the books know; FILE is written all the same, and names them.
    """
    tenant_id, at = tenant_of(vkn_tckn, mode), utc_now()
    console = Console(highlight=False)
    if file.exists():
        raise click.ClickException(f"{file} is there already; name a new file.")
    try:
        with Bars(console) as bars:
            done = hand_out(
                file,
                tenant_id=tenant_id,
                archive=open_store(),
                actor=entries.command("archive", by=by),
                at=at,
                steps=bars,
            )
    except OSError as error:
        raise click.ClickException(f"{file} cannot be written: {error.strerror}. Nothing was entered.") from error
    click.echo(f"{file}: {done.files} files, {done.size_bytes / 1e6:.1f} MB; manifest {done.manifest_sha256.hex()}")
    for name in done.missing:
        click.echo(f"  MISSING or changed in the archive: {name}", err=True)
    if done.missing:
        raise SystemExit(1)


@command.command("check")
@click.argument("file", type=_THERE, required=False)
@click.option("--account", help="Instead of FILE: VKN or TCKN whose archive is read, every file of it.")
@_MODE
@refusals_told
def _check(file: Path | None, account: str | None, mode: str) -> None:
    """Compare every file of an exported ZIP with its manifest (needs no database), or of an account's archive with its
    rows. Ends with 1 on a difference."""
    if (file is None) == (account is None):
        raise click.UsageError("Name a FILE or an --account.")
    with Bars(Console(highlight=False)) as bars:
        if account is not None:
            wrong = list(_checked(tenant_of(account, mode), bars))
            told = ""
        elif file is not None:
            found = check(file, steps=bars)
            wrong, told = (
                list(found.wrong),
                f"{file}: {found.files} files as the manifest {found.manifest_sha256} says.",
            )
    for one in wrong:
        click.echo(f"  {one}", err=True)
    if wrong:
        sys.exit(1)
    click.echo(told or "Every file is as its row says.")


def _checked(tenant_id: UUID, bars: Bars) -> Iterator[str]:
    with tenant_session(tenant_id) as session:
        bars.stage("files", integrity.count(session, tenant_id=tenant_id))
    done: IntegrityCheck = integrity.check(
        open_store(), tenant_id=tenant_id, now=utc_now, whole=True, progress=bars.advance
    )
    if not done.broken:
        return
    with tenant_session(tenant_id) as session:
        for one in integrity.standing(session, tenant_id=tenant_id).broken:
            yield f"{one.object_id}/{one.name} ({one.label or '-'}): {integrity.WORDS[one.what][1]}"


def _tag(tenant_id: UUID, name: str) -> UUID:
    with tenant_session(tenant_id) as session:
        for one in tags.listed(session, tenant_id=tenant_id):
            if one.name == name:
                return one.tag_id
    raise click.ClickException(f"There is no tag called {name}.")
