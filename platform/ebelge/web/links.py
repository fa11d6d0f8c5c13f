"""The rail of each kind of company: which pages, in which order. Who sees one is said by the right at its view.

A line whose page does not exist yet shows nothing. Pages below /settings stand in `settings_places.PLACES`.
"""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Link:
    """A page of the rail. `for_several`: only for people with several companies."""

    endpoint: str
    icon: str
    name: tuple[str, str]
    for_several: bool = False


def _link(endpoint: str, icon_name: str, tr: str, en: str, *, for_several: bool = False) -> Link:
    return Link(endpoint, icon_name, (tr, en), for_several)


_SETTINGS = _link("settings_index.index", "settings", "Ayarlar", "Settings")
_KONTOR = _link("kontor_pages.show", "coins", "Kontör", "Kontör")
CLIENTS: Final = _link("client_pages.index", "briefcase", "Müşterilerim", "My clients", for_several=True)
# The groups of every rail, for those who hear the page.
GROUPS: Final = (("Günlük işler", "Daily work"), ("Kayıtlar", "Records"), ("Yönetim", "Administration"))
# kind of company -> its groups of links, in the order of GROUPS
RAILS: Final[dict[str, tuple[tuple[Link, ...], ...]]] = {
    "customer": (
        (
            _link("overview.show", "layout-dashboard", "Genel bakış", "Overview"),
            _link("portal_documents.index", "send", "Giden", "Outgoing"),
            _link("portal_incoming.index", "inbox", "Gelen", "Incoming"),
            _link("invoice_form.new", "file-plus", "Yeni belge", "New document"),
            _link("bulk_pages.index", "upload", "Toplu yükleme", "Bulk upload"),
        ),
        (
            _link("contact_pages.index", "address-book", "Kişiler", "Contacts"),
            _KONTOR,
            _link("report_pages.index", "report", "e-Arşiv raporları", "e-Arşiv reports"),
            _link("month_end.index", "calendar-check", "Ay sonu", "Month end"),
            _link("archive_pages.index", "archive", "Arşiv", "Archive"),
        ),
        (
            CLIENTS,
            _SETTINGS,
        ),
    ),
    "pool": (
        (
            _link("pool_pages.index", "users-group", "Üyeler", "Members"),
            _KONTOR,
        ),
        (),
        (CLIENTS, _SETTINGS),
    ),
    "reseller": (
        (
            _link("reseller_customers.index", "building-store", "Müşteriler", "Customers"),
            _KONTOR,
            _link("commission_pages.index", "receipt", "Komisyon", "Commission"),
            _link("leads.of_reseller", "messages", "Talepler", "Leads"),
        ),
        (
            _link("applications.of_reseller", "clipboard-list", "Başvurular", "Applications"),
            _link("reseller_changes.index", "arrows-exchange", "Bayi değişiklikleri", "Changes of reseller"),
            _link("reseller_terms.show", "file-certificate", "Sözleşme ve fiyatlar", "Contract and prices"),
        ),
        (CLIENTS, _SETTINGS),
    ),
    "operator": (
        (
            _link("finance_pages.index", "scale", "Mutabakat", "Reconciliation"),
            _link("finance_payments.index", "credit-card", "Tahsilat", "Payments"),
            _link("finance_bank.index", "building-bank", "Banka", "Bank"),
            _link("finance_revenue.index", "chart-line", "Gelir", "Revenue"),
            _link("finance_exports.index", "file-export", "Dışa aktar", "Exports"),
            _link("operator_tenants.index", "building", "Kiracılar", "Tenants"),
            _link("operator_resellers.index", "building-store", "Bayiler", "Resellers"),
            _link("operator_queues.index", "stack-2", "Kuyruklar", "Queues"),
            _link("operator_gib.index", "plug-connected", "GİB", "GİB"),
        ),
        (
            _link("operator_prices.index", "tag", "Fiyatlar", "Prices"),
            _link("applications.index", "clipboard-list", "Başvurular", "Applications"),
            _link("leads.index", "messages", "Talepler", "Leads"),
            _link("operator_certificates.index", "certificate", "Sertifikalar", "Certificates"),
            _link("operator_changes.operator_index", "arrows-exchange", "Bayi değişiklikleri", "Changes of reseller"),
            _link("closing.index", "door-exit", "Kapanan hesaplar", "Closing accounts"),
            _link("privacy_pages.operator", "shield-lock", "Kişisel veriler", "Personal data"),
        ),
        (
            _link("acting.support", "user-share", "Müşteri adına işlem", "Acting for customers"),
            _link("audit_pages.everywhere", "list-search", "Denetim", "Audit"),
            _SETTINGS,
        ),
    ),
}
