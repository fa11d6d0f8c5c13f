"""`ebelge types`: profiles and types of documents, what each needs, and an example draft of each."""

import json

import click

from ebelge.core.findings import Language
from ebelge.ubl import type_examples
from ebelge.ubl.type_guide import FieldGuide, guide
from ebelge.ubl.type_table import PROFILES


@click.command(help=__doc__)
@click.argument("profile", required=False)
@click.argument("type_code", required=False)
@click.option("--example", is_flag=True, help="Print only the example, as JSON for `ebelge send`.")
@click.option("--language", type=click.Choice(["tr", "en"]), default="tr", show_default=True)
def command(profile: str | None, type_code: str | None, example: bool, language: str) -> None:
    """Without arguments the list; with a profile its types; with both what the type needs."""
    reader: Language = "en" if language == "en" else "tr"
    if profile is not None and profile not in PROFILES:
        raise click.UsageError(f"No such profile: {profile}. There are: {', '.join(PROFILES)}.")
    if profile is None or type_code is None:
        for name, code in type_examples.all_types():
            if profile in (None, name):
                found = guide(name, code, reader)
                click.echo(f"{name:20} {code:16} {found.profile_title} / {found.type_title}")
        return
    if type_code not in PROFILES[profile].types:
        raise click.UsageError(f"{profile} takes no {type_code}, but: {', '.join(PROFILES[profile].types)}.")
    if not example:
        found = guide(profile, type_code, reader)
        click.echo(f"{found.profile} / {found.type_code}: {found.profile_title} / {found.type_title}")
        for title, fields in (("needs", found.needs), ("may have", found.may_have)):
            for one in fields:
                click.echo(_line(title, one))
    click.echo(json.dumps(type_examples.example(profile, type_code), ensure_ascii=False, indent=2))


def _line(title: str, one: FieldGuide) -> str:
    condition = f" [{one.only_if}]" if one.only_if else ""
    return f"  {title:8} {one.path:46} {one.where}{condition}: {one.how}"
