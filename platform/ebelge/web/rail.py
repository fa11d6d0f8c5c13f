"""The places of the rail that a member's rights open."""

from dataclasses import dataclass

from flask import current_app, url_for

from ebelge.edge import access
from ebelge.edge.people import Member
from ebelge.web.links import CLIENTS, GROUPS, RAILS, Link
from ebelge.web.settings_places import PLACES


@dataclass(frozen=True, slots=True)
class Place:
    """A page that is one click away. `hint`: where it belongs, for the palette."""

    path: str
    name: str
    icon: str
    hint: str = ""


@dataclass(frozen=True, slots=True)
class Group:
    """Places that belong together, with a name for those who hear the page."""

    name: str
    places: tuple[Place, ...]


def groups_of(member: Member | None, *, turkish: bool, several: bool) -> tuple[Group, ...]:
    """The rail of a member; without a company what needs none: the companies of somebody who has several."""
    side = 0 if turkish else 1
    if member is None:
        place = _place(CLIENTS, side)
        return (Group(GROUPS[2][side], (place,)),) if several else ()
    found = []
    for group, links in enumerate(RAILS[member.tenant_kind]):
        places = tuple(_place(link, side) for link in links if _open(link, member, several))
        if places:
            found.append(Group(GROUPS[group][side], places))
    return tuple(found)


def places_of(member: Member, *, turkish: bool, several: bool) -> tuple[Place, ...]:
    """The same in one row."""
    return tuple(place for group in groups_of(member, turkish=turkish, several=several) for place in group.places)


def commands_of(member: Member | None, *, turkish: bool, several: bool) -> tuple[Place, ...]:
    """What the palette offers: the rail, settings, and the person's own pages."""
    side = 0 if turkish else 1
    own = (
        Place("/account", ("Hesabım", "My account")[side], "user", ""),
        Place("/account/companies", ("Şirketlerim", "My companies")[side], "building", ""),
        Place("/api/v1/docs", ("API kılavuzu", "API reference")[side], "code", ""),
    )
    if member is None:
        return own
    settings = tuple(
        Place(url_for(place.endpoint), place.name[side], "settings", place.hint[side])
        for place in PLACES
        if place.endpoint in current_app.view_functions
        and access.needed_right(current_app, place.endpoint) in member.rights
        and place.only_for in ("", member.tenant_kind)
    )
    return (*places_of(member, turkish=turkish, several=several), *settings, *own)


def _open(link: Link, member: Member, several: bool) -> bool:
    if link.endpoint not in current_app.view_functions or (link.for_several and not several):
        return False
    needed = access.needed_right(current_app, link.endpoint)
    return needed is None or needed in member.rights


def _place(link: Link, side: int) -> Place:
    return Place(url_for(link.endpoint), link.name[side], link.icon)
