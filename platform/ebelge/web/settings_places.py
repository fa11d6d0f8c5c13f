"""The pages below /settings: data, so that settings' first page and the palette show the same."""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Place:
    """A page of settings; who sees it is said by the right at its view. `only_for`: of one kind of company, where the
    right alone does not say so."""

    endpoint: str
    name: tuple[str, str]
    hint: tuple[str, str]
    only_for: str = ""


def _place(endpoint: str, tr: str, en: str, hint_tr: str, hint_en: str, only_for: str = "") -> Place:
    return Place(endpoint, (tr, en), (hint_tr, hint_en), only_for)


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
    _place("webhook_pages.index", "Web kancaları", "Webhooks", "Olayların gittiği adresler", "Where events are sent"),
    _place(
        "notification_pages.show", "Bildirimler", "Notifications", "Neyi, kime yazdığımız", "What we write, and to whom"
    ),
    _place(
        "access_by_others.index", "Adıma işlem", "Acting for us", "Verdiğiniz izinler", "Consents given", "customer"
    ),
    _place(
        "own_reseller.show",
        "Bayi",
        "Reseller",
        "Bayiniz ve değişiklik istekleri",
        "Your reseller and changes",
        "customer",
    ),
    _place(
        "pool_pages.index", "Havuz", "Pool", "Grubun havuzundan çekilebilen kontör", "Kontör of the group", "customer"
    ),
    _place("audit_pages.index", "Denetim kaydı", "Audit log", "Kim, neyi, ne zaman yaptı", "Who did what, and when"),
    _place("closing.show", "Kapanış", "Closing", "Hesabı kapatma adımları", "Steps to close the account"),
)
