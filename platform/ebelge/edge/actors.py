"""Who acts in the request in hand, as the audit log names it: a key, a person, staff for a customer, a visitor."""

from flask import g, has_request_context, request

from ebelge.edge.requests import request_id
from tenants.api_keys import Bearer
from tenants.audit.entries import AGENT_MAX, Actor, ActorKind


def actor() -> Actor:
    """The request's actor, with its address and agent.

    What signs people in says who they are (`known_as`); a bearer's key is known by itself; anybody else is a visitor.
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


def known_as(*, person_id: object, name: str, for_whom: object | None = None) -> None:
    """Say which person acts in this request; `for_whom`: the account for which somebody from elsewhere acts."""
    if has_request_context():
        kind: ActorKind = "person" if for_whom is None else "staff"
        g.audit_actor = (kind, str(person_id), name, "" if for_whom is None else str(for_whom))
