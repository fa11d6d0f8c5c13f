"""Who acts in the request in hand, as the audit log names it: a key, a person, staff for a customer, a visitor."""

from flask import Flask, g, has_request_context, request

from ebelge.edge.requests import request_id
from tenants.api_keys import Bearer
from tenants.audit.actor import AGENT_MAX, Actor, ActorKind, bound


def register(app: Flask) -> None:
    """Let what is noted during a request say who acts in it. Comes after `requests`, whose end ends it."""
    app.before_request(_bind)


def _bind() -> None:
    g.log_fields.enter_context(bound(actor))


def actor() -> Actor:
    """The request's actor, with its address, agent and request id.

    What lets people in says who they are (`known_as`); a bearer's key is known by itself; anybody else is a visitor.
    """
    known: tuple[ActorKind, str, str, str] | None = g.get("audit_actor")
    bearer: Bearer | None = g.get("bearer")
    if known is not None:
        kind, id_, name, for_whom = known
    elif bearer is not None:
        kind, id_, name, for_whom = "key", bearer.key_id, "", ""
    else:
        kind, id_, name, for_whom = "visitor", "", "", ""
    return Actor(
        kind,
        id_,
        name,
        for_whom,
        address=request.remote_addr or "",
        agent=(request.user_agent.string or "")[:AGENT_MAX],
        request_id=request_id(),
    )


def known_as(*, person_id: object, name: str, for_whom: object | None = None, of: str = "") -> None:
    """Say which person acts in this request; `for_whom`: the account for which somebody of the company `of` acts."""
    if has_request_context():
        kind: ActorKind = "person" if for_whom is None else "staff"
        shown = f"{name}, {of}" if of else name
        g.audit_actor = (kind, str(person_id), shown, "" if for_whom is None else str(for_whom))
