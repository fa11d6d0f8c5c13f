"""Who the audit log names for what a command does: the command, and its `--by`, EBELGE_STAFF or the machine's user."""

import getpass
import os

import click

from tenants.audit.actor import Actor

STAFF = "EBELGE_STAFF"
# These do what the clock and the messages ask for, nobody's decision.
SERVICES = frozenset({"schedule", "worker", "relay", "demo"})


def actor() -> Actor | None:
    """The command in hand; None for the services, whose duties and tasks speak for themselves."""
    context = click.get_current_context(silent=True)
    path = [] if context is None else context.command_path.split(" ")[1:]
    if context is None or not path or path[0] in SERVICES:
        return None
    return Actor("command", " ".join(["ebelge", *path]), name=str(context.params.get("by") or person()))


def person() -> str:
    """Who sits here, where `--by` does not say it: EBELGE_STAFF, else the machine's user."""
    said = os.environ.get(STAFF, "").strip()
    if said:
        return said
    try:
        return getpass.getuser()
    except (OSError, KeyError):  # a container without a name for its user
        return f"uid {os.getuid()}"
