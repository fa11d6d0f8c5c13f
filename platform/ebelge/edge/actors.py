"""Who acts in the request in hand, as the audit log names it: a key, a person, staff for a customer, a visitor."""

from flask import g, request

from ebelge.edge.people import Member
from ebelge.edge.requests import request_id
from ebelge.edge.sign_in import SignedIn
from tenants.api_keys import Bearer
from tenants.audit.entries import AGENT_MAX, Actor, ActorKind


def actor() -> Actor:
    """The request's actor, with its address, agent and request id.

    Somebody from outside who acts for a customer is `staff`, with his company beside his name.
    """
    kind, id_, name, for_whom = _who()
    return Actor(
        kind,
        id_,
        name,
        for_whom,
        address=request.remote_addr or "",
        agent=(request.user_agent.string or "")[:AGENT_MAX],
        request_id=request_id(),
    )


def _who() -> tuple[ActorKind, str, str, str]:
    bearer: Bearer | None = g.get("bearer")
    if bearer is not None:
        return "key", bearer.key_id, "", ""
    member: Member | None = g.get("member")
    if member is not None and member.acting is not None:
        return "staff", str(member.person_id), f"{member.full_name}, {member.acting.by_title}", str(member.tenant_id)
    if member is not None:
        return "person", str(member.person_id), member.full_name, ""
    person: SignedIn | None = g.get("person")
    if person is not None:
        return "person", str(person.person_id), person.full_name or person.email, ""
    return "visitor", "", "", ""
