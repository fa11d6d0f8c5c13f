"""Which pages there are, and where they stand: from the URL map, with ids of whoever looks."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from uuid import UUID

from flask import Flask
from werkzeug.exceptions import HTTPException

from tenants.rights import ROLES
from tests.browser.people import PERSONAS, VISITOR
from tests.browser.stack import Stack
from tests.walks.ids import ids_of
from tests.walks.routes import Route, routes

# What answers machines, or with a file whatever is asked.
NO_PAGES = frozenset({
    "health.healthz", "health.readyz", "static", "gib_endpoint.live_wsdl", "gib_endpoint.test_wsdl",
    "payment_webhooks.stripe_return", "sso.begin", "sso.answer",
})  # fmt: skip
# Places of addresses that are no ids of a row's own column.
NAMED: Mapping[str, tuple[str, ...]] = {
    "kind": ("contract",), "form": ("efatura",), "version": ("yok",),
}  # fmt: skip
TRIES = 4


@dataclass(frozen=True, slots=True)
class Asked:
    """A page and who opens it: the addresses to try, the likeliest first."""

    persona: str
    route: Route
    addresses: tuple[str, ...]


def asked(app: Flask, instance: Stack) -> Iterator[Asked]:
    """Every page of every persona that may open it."""
    for persona, (_, company, role) in PERSONAS.items():
        ids = _ids(instance, company)
        for route in _pages(app):
            if route.own or route.right in ROLES[role]:  # type: ignore[index]  # names of roles
                yield Asked(persona, route, _addresses(route, ids))
    for route in _pages(app, public=True):
        yield Asked(VISITOR, route, _addresses(route, {}))


def _pages(app: Flask, *, public: bool = False) -> Iterator[Route]:
    for route in routes(app, public=public):
        if route.method == "GET" and route.scope is None and route.endpoint not in NO_PAGES:
            yield route


def _ids(instance: Stack, company: str) -> dict[str, list[str]]:
    """Own ids first, then those of the accounts that a reseller or the operator looks after."""
    accounts = instance.world.accounts
    found: dict[str, list[str]] = {}
    others = [name for name, account in accounts.items() if account.kind == "customer" and name != company]
    for name in (company, *others) if company in ("ebelge", "ceren") else (company,):
        tenant = accounts[name].tenant_id
        for column, values in ids_of(UUID(tenant)).items():
            found.setdefault(column, []).extend(sorted(values, reverse=True)[:TRIES])
        if name != company:
            found.setdefault("tenant_id", []).append(tenant)
            found.setdefault("customer_id", []).append(tenant)
    return found


def _addresses(route: Route, ids: Mapping[str, list[str]]) -> tuple[str, ...]:
    if not route.places:
        return (route.address(),)
    values = {place: NAMED.get(place) or tuple(ids.get(place, ())) for place in route.places}
    most = max(len(one) for one in values.values())
    found = (
        route.address({place: one[min(turn, len(one) - 1)] for place, one in values.items() if one})
        for turn in range(max(1, min(TRIES, most)))
    )
    return tuple(dict.fromkeys(found))


class Links:
    """Where pages and mails lead, by who sees them: places of addresses that are no ids of a row's own column."""

    def __init__(self, app: Flask) -> None:
        self._places = app.url_map.bind("localhost")
        self._found: dict[tuple[str, str], dict[str, None]] = {}

    def note(self, persona: str, paths: Iterable[str]) -> None:
        """Keep the paths that lead to pages of ours."""
        for path in paths:
            try:
                endpoint, _ = self._places.match(path, method="GET")
            except HTTPException:  # no page, or one that only takes forms
                continue
            self._found.setdefault((persona, endpoint), {})[path] = None

    def of(self, persona: str, endpoint: str) -> list[str]:
        """The first paths that led the persona to a page."""
        return list(self._found.get((persona, endpoint), {}))[:TRIES]


# Pages that show nothing to somebody who just comes by, and why.
UNSEEN: Mapping[str, str] = {
    "home.home": "leads on to the first page of whoever asks",
    "sign_in.factor": "between the password and the code only",
    "portal_documents.make_zip": "asks which documents",
}
