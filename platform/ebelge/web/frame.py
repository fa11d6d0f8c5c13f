"""The frame of pages of people who are signed in: who, in which company, where he may go, and the way out."""

from dataclasses import dataclass

from flask import Response, current_app, g, url_for

from ebelge.edge import access, csp, people
from ebelge.edge.languages import language
from ebelge.edge.people import Acting, Member
from ebelge.web import notices
from ebelge.web.links import LINKS, ONLY_FOR
from ebelge.web.public import page
from tenants.rights import ROLE_NAMES

PAGE = csp.policy(form=True, frame=True)


@dataclass(frozen=True, slots=True)
class Frame:
    """What the frame shows. Without a company: only who is signed in."""

    full_name: str
    email: str
    company: str
    role: str
    sandbox: bool
    acting: Acting | None
    several: bool
    links: tuple[tuple[str, str], ...]
    notices: tuple[tuple[str, str], ...]


def account_page(template: str, *, policy: str = PAGE, status: int = 200, **values: object) -> Response:
    """A page inside the frame, in the person's language; never cached, never indexed."""
    response = page(template, policy=policy, status=status, frame=_frame(), **values)
    response.headers["Cache-Control"] = "private, no-store"
    response.headers["X-Robots-Tag"] = "noindex, nofollow"
    return response


def _frame() -> Frame:
    who = people.person()
    seats = people.my_seats(who)
    member: Member | None = g.get("member") or people.member_of(who, seats)
    turkish = language() == "tr"
    return Frame(
        full_name=who.full_name,
        email=who.email,
        company=member.tenant_title if member else "",
        role=ROLE_NAMES[member.role][0 if turkish else 1] if member else "",
        sandbox=member is not None and member.mode == "test",
        acting=member.acting if member else None,
        several=len(seats) > 1,
        links=_links(member, turkish),
        notices=notices.of(member, turkish=turkish),
    )


def _links(member: Member | None, turkish: bool) -> tuple[tuple[str, str], ...]:
    """The pages that the person's rights open, by their own marks."""
    if member is None:
        return ()
    return tuple(
        (url_for(endpoint), name_tr if turkish else name_en)
        for endpoint, name_tr, name_en in LINKS
        if endpoint in current_app.view_functions and access.needed_right(current_app, endpoint) in member.rights
        if ONLY_FOR.get(endpoint, member.tenant_kind) == member.tenant_kind
    )
