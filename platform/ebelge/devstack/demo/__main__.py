"""`python -m ebelge.devstack.demo`: what `ebelge demo` and `make demo` run."""

from __future__ import annotations

import os
import subprocess
import sys
import time

import requests
from rich.rule import Rule

from ebelge.core.clock import istanbul_date, utc_now
from ebelge.devstack import programs
from ebelge.devstack.demo import purchase, report
from ebelge.devstack.demo.client import Refused
from ebelge.devstack.demo.place import place
from ebelge.devstack.demo.story import play
from ebelge.devstack.errors import StackError


def main() -> int:
    """Play the story and report; 0 only if every check held and `ebelge verify` agrees."""
    began = time.monotonic()
    screen = report.console()
    try:
        here = place(os.environ)
        screen.print(f"Ebelge demo on {here.base_url}")
        teller = report.Screen(screen)
        try:
            before = purchase.open_breaks()
            story = play(here, teller, day=istanbul_date(utc_now()))
        finally:
            teller.close()
    except StackError as error:
        print(f"Ebelge: {error}", file=sys.stderr)
        return 2
    except Refused as error:
        print(f"Ebelge refused what the demo sent: {error}\n{_remedy(error)}", file=sys.stderr)
        return 1
    except requests.RequestException as error:
        print(f"The instance went away: {error}", file=sys.stderr)
        return 1
    screen.print(Rule("documents", style="dim"))
    report.documents(story, screen)
    screen.print(Rule("kontör", style="dim"))
    report.kontor(story, here, screen)
    screen.print(Rule("checks", style="dim"))
    report.checks(story, screen)
    screen.print(Rule("ebelge verify", style="dim"))
    books = subprocess.run([*programs.EBELGE, "verify"], check=False).returncode
    screen.print(Rule("finance", style="dim"))
    finance = purchase.books(here, istanbul_date(utc_now()), before=before)
    good = story.holds and books == 0 and not finance
    screen.print(Rule(style="dim"))
    took = f"{len(story.documents)} documents in {time.monotonic() - began:.0f} s"
    if good:
        screen.print(f"[bold green]All is right.[/] {took}; every signature was verified by others, the books hold.")
    else:
        failed = sum(not check.holds for check in story.checks)
        also = "".join(f", {one}" for one in ([f"`ebelge verify` ended with {books}"] if books else []) + finance)
        screen.print(f"[bold red]Not all is right:[/] {failed} of {len(story.checks)} checks failed{also}. {took}.")
    return 0 if good else 1


def _remedy(error: Refused) -> str:
    if error.problem.get("code") == "insufficient_kontor":
        return "The seed world's kontör is used up: start afresh in another folder (EBELGE_VAR=…) or remove var/."
    return "\n".join(f"  {found['rule']}: {found['message']}" for found in error.problem.get("findings", []))


if __name__ == "__main__":
    sys.exit(main())
