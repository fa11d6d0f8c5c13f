"""The `ebelge` command: finds its subcommands by name and imports one only when it is run."""

import importlib
import sys
from typing import Any

import click

from ebelge.cli import noted_as
from ebelge.core.config import ConfigurationError
from tenants.audit.actor import bound

# name -> what it does; the module is ebelge.cli.<name>, with _ for -
COMMANDS: dict[str, str] = {
    "tenants": "Accounts: find, show, open, change, suspend, resume, close.",
    "activation": "Services on their way: what is missing, who must act, what GİB answered.",
    "series": "Number series and their open numbers.",
    "bulk": "A ZIP of XML or a workbook: checked, priced, sent, told row by row.",
    "send": "Send documents (XML or JSON drafts) and follow them to their final state.",
    "incoming": "What came in: list, show, its XML; envelopes as GİB pushed them; mailboxes of branches.",
    "types": "Profiles and types of documents: what each needs, and an example.",
    "report": "e-Arşiv reports: list, show, build or send one on by hand.",
    "pdf": "A document as PDF/A with its signed XML inside.",
    "taxes": "Tax rows of documents that were accepted before there were any.",
    "zip": "Documents of an account as one ZIP: XML, page, PDF, and their hashes.",
    "verify": "Re-derive wallets, lots and charges from the journal and compare.",
    "reconcile": "Compare payments, bank, charges, wallets and revenue; breaks for what differs.",
    "breaks": "The queue of breaks: list, show, take, explain, resolve.",
    "statement": "A tenant's kontör in a month, every line explained.",
    "rollforward": "A tenant's kontör in a month: opening, every term, closing.",
    "revenue": "What a month earned, what is deferred, what expired, to the kuruş.",
    "jobs": "Look at messages that wait or failed, and try them again.",
    "people": "Those who sign in: list, create, keep out, reset factors.",
    "members": "Who works in an account: list, add, invite, change, remove.",
    "keys": "Make, list and revoke API keys.",
    "seals": "Enter, plan, list and retire seals that lie in the HSM.",
    "stamps": "The archive's time stamps: list, verify, make, renew.",
    "master-key": "Which master key closes what; close everything with a new one.",
    "catalogue": "Packages on sale and what charges cost.",
    "gateways": "Payment gateways: what is set up, what waits, their own lists of a day.",
    "bank": "Bank statements: import them, say who paid what.",
    "grant": "Kontör given without a sale, and emergency kontör.",
    "terms": "Contracts for buying on open account.",
    "refund": "Unused kontör back for money: quote, request, confirm, transfer.",
    "dispute": "Chargebacks: opened, won, lost.",
    "reseller": "Contracts of resellers, kontör passed on and taken back.",
    "commission": "Commission of resellers: the month's statement, and what was paid.",
    "pool": "Pools: rights to draw, recall, what members used.",
    "applications": "Who applied for an account: activate, refuse, ask for more.",
    "useraccount": "Services opened and closed at GİB by files that customers counter-sign.",
    "userlist": "GİB's registered users: take a list in, how old it is, what it says of a taxpayer.",
    "leads": "Enquiries from the website: move them on, give them to a reseller.",
    "texts": "Texts that people accept: list them, publish new versions.",
    "audit": "The audit log: list, export, verify.",
    "privacy": "Personal data: requests, copies, holds, erasing, record of processing.",
    "db": "Migrations and roles of the database.",
    "relay": "Run the relay: hands messages of the outbox to the workers.",
    "worker": "Run a worker of one or more queues.",
    "schedule": "Run the clock: sweepers and nightly work.",
    "demo": "Send real documents of every kind and prove what became of them.",
    "import": "Bring accounts in from a former integrator: check first, control totals, then write.",
    "answer": "An incoming document: how it stands, and its answer.",
    "mistake": "A document that is wrong: what can be done now, and what was done outside.",
    "closing": "An account on its way out: its checklist, confirmed and finished.",
    "archive": "The archive: search, put files in, tag, check, index anew, hand out whole.",
    "backup": "Copy database and archive into a folder.",
    "restore": "Bring a backup back into an empty place.",
}
# A command whose name cannot be a module's.
MODULES = {"import": "imports"}


class Commands(click.Group):
    """A group whose commands live in modules that are imported on demand."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The names, in the order of the table."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command of that name. A module that is missing or broken fails by itself, with its reason."""
        name = f"ebelge.cli.{MODULES.get(cmd_name, cmd_name.replace('-', '_'))}"
        if cmd_name not in COMMANDS:
            return None
        try:
            module = importlib.import_module(name)
        except ModuleNotFoundError as error:
            if error.name != name:
                raise
            raise click.ClickException(f"`ebelge {cmd_name}` is not part of this installation.") from error
        command: click.Command = module.command
        return command

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command; what a person can mend is told in a line, a defect keeps its trace."""
        try:
            return super().invoke(ctx)
        except (click.ClickException, click.Abort, click.exceptions.Exit, ConfigurationError):
            raise
        except Exception as error:
            told = importlib.import_module("ebelge.cli.troubles").sentence(error)  # the help imports no driver
            if told is None:
                raise
            raise click.ClickException(told) from error

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The table itself: no module is imported for the help."""
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))


@click.command(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="ebelge")
@click.pass_context
def cli(context: click.Context) -> None:
    """Ebelge: e-documents checked, charged, signed and delivered."""
    context.with_resource(bound(noted_as.actor))


def main() -> None:
    """Entry point. What a person can mend is told in a sentence; defects keep their trace."""
    try:
        cli()
    except ConfigurationError as error:
        click.echo(f"Error: {error}", err=True)
        sys.exit(2)


if __name__ == "__main__":
    main()
