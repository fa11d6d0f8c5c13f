"""The frame of pages of people who are signed in: who, in which company, where he may go, and the way out."""

from dataclasses import dataclass

from flask import Response, current_app, g, request, url_for

from billing.topups import watch
from ebelge.core.db import tenant_session
from ebelge.edge import access, csp, people
from ebelge.edge.languages import language
from ebelge.edge.people import Acting, Member
from ebelge.edge.requests import request_at
from ebelge.web import notices
from ebelge.web.filters import left, number
from ebelge.web.public import page
from ebelge.web.rail import Group, Place, commands_of, groups_of
from tenants.rights import ROLE_NAMES

PAGE = csp.policy(form=True, frame=True)
# Pages that are tabs of another place.
_HANGS = {
    "/products": "/contacts", "/templates": "/contacts", "/drafts": "/contacts",
    "/finance/refunds": "/finance/payments",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Pill:
    """Spendable kontör, above every page. Tones: "" enough, wait below the watch's threshold, bad at zero."""

    spendable: int
    tone: str
    words: str
    path: str


@dataclass(frozen=True, slots=True)
class Choice:
    """A company that the person may work in."""

    tenant_id: str
    title: str
    vkn_tckn: str
    sandbox: bool
    here: bool


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
    seats: tuple[Choice, ...]
    groups: tuple[Group, ...]
    commands: tuple[Place, ...]
    kontor: Pill | None
    search: str
    notices: tuple[tuple[str, str], ...]

    @property
    def several(self) -> bool:
        """Whether there is another company to switch to."""
        return len(self.seats) > 1

    @property
    def places(self) -> tuple[Place, ...]:
        """All places of the rail, in one row."""
        return tuple(place for group in self.groups for place in group.places)

    @property
    def here(self) -> str:
        """The place whose page, or a page below it, is the present one."""
        at = next((_HANGS[path] for path in _HANGS if f"{request.path}/".startswith(f"{path}/")), request.path)
        above = [place.path for place in self.places if f"{at}/".startswith(f"{place.path}/")]
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
    turkish, several = language() == "tr", people.several(seats)
    return Frame(
        full_name=who.full_name,
        email=who.email,
        company=member.tenant_title if member else "",
        role=ROLE_NAMES[member.role][0 if turkish else 1] if member else "",
        sandbox=member is not None and member.mode == "test",
        acting=member.acting if member else None,
        time_left=left(member.acting.until, request_at(), language()) if member and member.acting else "",
        seats=tuple(
            Choice(
                str(seat.tenant_id), seat.title, seat.vkn_tckn, seat.mode == "test",
                member is not None and seat.tenant_id == member.tenant_id,
            )
            for seat in seats
        ),
        groups=groups_of(member, turkish=turkish, several=several),
        commands=commands_of(member, turkish=turkish, several=several),
        kontor=_pill(member, turkish=turkish),
        search=_path_if_open("search_pages.index", member),
        notices=notices.of(member, turkish=turkish),
    )  # fmt: skip


def _pill(member: Member | None, *, turkish: bool) -> Pill | None:
    if member is None or "kontor:read" not in member.rights or member.tenant_kind == "operator":
        return None
    with tenant_session(member.tenant_id) as session:
        standing = watch.standing(session, tenant_id=member.tenant_id, at=request_at())
    words = (
        f"{number(standing.spendable)} kontör kullanılabilir"
        if turkish
        else f"{number(standing.spendable)} kontör to spend"
    )
    tone = "bad" if standing.spendable == 0 else "wait" if standing.spendable < standing.low_kontor else ""
    return Pill(standing.spendable, tone, words, _path_if_open("kontor_pages.show", member) or "/account")


def _path_if_open(endpoint: str, member: Member | None) -> str:
    if member is None or endpoint not in current_app.view_functions:
        return ""
    needed = access.needed_right(current_app, endpoint)
    return url_for(endpoint) if needed is None or needed in member.rights else ""
