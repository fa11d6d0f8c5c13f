"""`ebelge demo`: real documents of every kind through a running development instance, and the proof."""

import os
import subprocess
import sys

import click


@click.command()
def command() -> None:
    """Send real documents of every kind and prove what became of them.

    Against the development instance that the environment describes; `make demo` finds one or starts one.
    Exit 0 only if all is right.
    """
    # A process of its own: the demo belongs to the development stack, which the commands do not import.
    done = subprocess.run([sys.executable, "-m", "ebelge.devstack.demo"], env=os.environ, check=False)
    raise SystemExit(done.returncode)
