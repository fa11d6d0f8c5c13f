"""The company's settings: where each of them is, for whoever may see it."""

from dataclasses import dataclass
from typing import Final

from flask import Blueprint, Response, current_app, url_for

from ebelge.core.db import tenant_session
from ebelge.edge import access
from ebelge.edge.languages import language
from ebelge.edge.people import Member, member, right
from ebelge.web.frame import account_page
from ebelge.web.links import ONLY_FOR
from tenants import accounts

blueprint = Blueprint("settings_index", __name__, url_prefix="/settings")


@dataclass(frozen=True, slots=True)
class Place:
    """A page of settings; who sees it is said by the right at its view."""

    endpoint: str
    name: tuple[str, str]
    hint: tuple[str, str]


def _place(endpoint: str, tr: str, en: str, hint_tr: str, hint_en: str) -> Place:
    return Place(endpoint, (tr, en), (hint_tr, hint_en))


PLACES: Final = (
    _place("company_pages.show", "Şirket", "Company", "Unvan, adres, iletişim", "Title, address, contact"),
    _place("branch_pages.show", "Şubeler", "Branches", "Şubeler ve adresleri", "Branches and their addresses"),
    _place("series_pages.show", "Seriler", "Series", "Numara serileri ve boşlukları", "Number series and their gaps"),
    _place(
        "service_pages.show", "Hizmetler", "Services", "Etkinleştirme ve kimde beklediği", "Activation, who must act"
    ),
    _place("design_pages.show", "Tasarımlar", "Designs", "Belgelerin görünümü", "How documents look"),
    _place("members.index", "Kullanıcılar", "People", "Yetkiler ve davetler", "Roles and invitations"),
    _place("keys.index", "API anahtarları", "API keys", "Anahtarlar ve kullanımları", "Keys and their use"),
    _place("access_by_others.index", "Adıma işlem", "Acting for us", "Verdiğiniz izinler", "Consents you gave"),
    _place("own_reseller.show", "Bayi", "Reseller", "Bayiniz ve değişiklik istekleri", "Your reseller and changes"),
    _place("audit_pages.index", "Denetim kaydı", "Audit log", "Kim, neyi, ne zaman yaptı", "Who did what, and when"),
    _place("closing.show", "Kapanış", "Closing", "Hesabı kapatma adımları", "Steps to close the account"),
)


@blueprint.get("")
@right("company:read")
def index() -> Response:
    """What the role may do here, and where."""
    me = member()
    with tenant_session(me.tenant_id) as session:
        company = accounts.get(session, tenant_id=me.tenant_id)
    return account_page("people/settings.html", company=company, places=_places(me), me=me)


def _places(me: Member) -> list[tuple[str, str, str]]:
    side = 0 if language() == "tr" else 1
    return [
        (url_for(place.endpoint), place.name[side], place.hint[side])
        for place in PLACES
        if access.needed_right(current_app, place.endpoint) in me.rights
        and ONLY_FOR.get(place.endpoint, me.tenant_kind) == me.tenant_kind
    ]
