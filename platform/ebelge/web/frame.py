"""The frame of pages of people who are signed in: who, in which company, where he may go, and the way out."""

from dataclasses import dataclass
from datetime import timedelta

from flask import Response, current_app, g, request, url_for

from ebelge.edge import access, csp, people
from ebelge.edge.languages import language
from ebelge.edge.people import Acting, Member
from ebelge.edge.requests import request_at
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
    time_left: str
    several: bool
    links: tuple[tuple[str, str], ...]
    notices: tuple[tuple[str, str], ...]

    @property
    def here(self) -> str:
        """The link whose page, or a page below it, is the present one."""
        above = [path for path, _ in self.links if f"{request.path}/".startswith(f"{path}/")]
        return max(above, key=len, default="")


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
        time_left=_left(member.acting.until - request_at(), turkish) if member and member.acting else "",
        several=len(seats) > 1,
        links=_links(member, turkish),
        notices=notices.of(member, turkish=turkish),
    )


def _left(left: timedelta, turkish: bool) -> str:
    """How long somebody may still act, in the two largest units."""
    minutes = max(0, int(left.total_seconds() // 60))
    days, hours, minutes = minutes // 1440, minutes // 60 % 24, minutes % 60
    units = ((days, "gün", "d"), (hours, "sa", "h"), (minutes, "dk", "min"))
    named = [f"{number} {tr if turkish else en}" for number, tr, en in units if number]
    return " ".join(named[:2]) or ("1 dakikadan az" if turkish else "less than a minute")


def _links(member: Member | None, turkish: bool) -> tuple[tuple[str, str], ...]:
    """The pages that the person's rights open, by their own marks."""
    if member is None:
        return ()
    return tuple(
        (url_for(endpoint), name_tr if turkish else name_en)
        for endpoint, name_tr, name_en in LINKS
        if access.needed_right(current_app, endpoint) in member.rights
        if ONLY_FOR.get(endpoint, member.tenant_kind) == member.tenant_kind
    )
