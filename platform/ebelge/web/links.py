"""The pages that the frame leads to, in this order. Who sees a link is said by the right at its view, not here.

Pages below /settings stand in `settings_index.PLACES`.
"""

from typing import Final

# endpoint, Turkish, English
LINKS: Final[tuple[tuple[str, str, str], ...]] = (
    ("portal_documents.index", "Belgeler", "Documents"),
    ("portal_incoming.index", "Gelen belgeler", "Incoming"),
    ("bulk_pages.index", "Toplu gönderim", "Bulk upload"),
    ("report_pages.index", "e-Arşiv raporları", "e-Arşiv reports"),
    ("archive_pages.index", "Arşiv", "Archive"),
    ("reseller_customers.index", "Müşteriler", "Customers"),
    ("reseller_changes.index", "Bayi değişiklikleri", "Changes of reseller"),
    ("reseller_terms.show", "Sözleşme ve fiyatlar", "Contract and prices"),
    ("operator_changes.operator_index", "Bayi değişiklikleri", "Changes of reseller"),
    ("members.index", "Kullanıcılar", "People"),
    ("audit_pages.index", "Denetim kaydı", "Audit log"),
    ("audit_pages.everywhere", "Tüm kayıtlar", "All logs"),
    ("closing.index", "Kapanan hesaplar", "Closing accounts"),
    ("applications.of_reseller", "Başvurular", "Applications"),
    ("leads.of_reseller", "Talepler", "Leads"),
    ("applications.index", "Başvurular", "Applications"),
    ("leads.index", "Talepler", "Leads"),
    ("privacy_pages.operator", "Kişisel veriler", "Personal data"),
    ("operator_tenants.index", "Hesaplar", "Accounts"),
    ("acting.support", "Müşteri adına işlem", "Acting for customers"),
    ("settings_index.index", "Ayarlar", "Settings"),
)

# Pages of one kind of company only, where the right alone does not say so: endpoint -> its kind.
ONLY_FOR: Final[dict[str, str]] = {
    "access_by_others.index": "customer",
    "own_reseller.show": "customer",
    "acting.support": "operator",
}
