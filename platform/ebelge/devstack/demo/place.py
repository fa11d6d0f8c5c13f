"""Where the demo plays: a running development instance, found by its environment and the file of its seed world."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from ebelge.devstack import seed
from ebelge.devstack.demo.client import Client
from ebelge.devstack.demo.outside import Gib, Mails
from ebelge.devstack.errors import StackError

SELLERS = ("akin", "bora")
POOL, RESELLER = "akin-holding", "ceren"


@dataclass(frozen=True)
class Place:
    """Clients of the sellers, and those outside."""

    base_url: str
    clients: dict[str, Client]
    pool: Client
    gib: Gib
    mails: Mails
    reseller_vkn: str
    authority: Path  # the certificate that signatures must lead to


def place(env: Mapping[str, str]) -> Place:
    """The instance that an environment describes. :raises StackError: there is none, or no seed world."""
    missing = [
        name
        for name in ("EBELGE_VAR", "EBELGE_PUBLIC_URL", "EBELGE_GIB_LIVE_URL", "EBELGE_MAIL_PAGE_URL")
        if not env.get(name)
    ]
    if missing:
        raise StackError(
            f"No development instance is described here ({missing[0]} is not set). `make demo` finds or starts one; "
            'beside a running `make run`: eval "$(python -m ebelge.devstack env)".'
        )
    var, base_url = Path(env["EBELGE_VAR"]), env["EBELGE_PUBLIC_URL"]
    try:
        accounts = json.loads((var / seed.FILE).read_text(encoding="utf-8"))["accounts"]
        clients = {
            name: Client(base_url, accounts[name]["key"], title=accounts[name]["title"], vkn=accounts[name]["vkn_tckn"])
            for name in (*SELLERS, POOL)
        }
        pool = clients.pop(POOL)
    except (OSError, ValueError, KeyError) as error:
        raise StackError(
            f"{var / seed.FILE} has no keys of the seed world: start the instance with `make run`."
        ) from error
    return Place(
        base_url,
        clients,
        pool,
        Gib(env["EBELGE_GIB_LIVE_URL"]),
        Mails(env["EBELGE_MAIL_PAGE_URL"]),
        accounts[RESELLER]["vkn_tckn"],
        var / "development-ca.crt",
    )
