"""What the simulated GİBs know: who is registered, and which mailboxes lie with us (each pushes to its service)."""

from typing import Final

from ebelge.core.config import settings
from ebelge.devstack.companies import AKIN_LTD, BORA_AS, OPERATOR, registered_users
from ebelge.gib.simulator.control import put_user_list
from ebelge.gib.simulator.push import put_routes
from ebelge.gib.simulator.store import Store
from ebelge.gib.taxpayers import ListKind, write_user_list
from ebelge.onboarding.accounts import SANDBOX_MAIL_DOMAIN

SERVICES: Final = {"gib": "/gib/EFatura", "gib-test": "/gib/test/EFatura"}


def tell(store: Store, simulator: str) -> None:
    """Write the user lists and the routes into a simulator's state, whether it runs or not."""
    for kind, role in ((ListKind.PK, "PK"), (ListKind.GB, "GB")):
        put_user_list(store, kind, write_user_list(registered_users(role)))
    put_routes(store, *routes(simulator))


def routes(simulator: str) -> tuple[str, list[str]]:
    """The address of our service for a simulator, and the aliases that lie there."""
    url = settings().public_base_url + SERVICES[simulator]
    companies = (OPERATOR, AKIN_LTD, BORA_AS)
    if simulator == "gib":
        return url, [alias for one in companies for alias in (one.receiver_alias, one.sender_alias)]
    boxes = [f"urn:mail:default{role}@{one.party.vkn_tckn}" for one in companies for role in ("pk", "gb")]
    return url, [f"{box}.{SANDBOX_MAIL_DOMAIN}" for box in boxes]
