"""Every action of the audit log: name -> words and fields. Add yours in your area's file of `tenants/audit/areas`.

A name is `noun.deed_done`, ASCII. A name that has been written stays in this table for ever: old entries must read.
"""

from typing import Final

from tenants.audit.areas import (
    archive,
    company,
    documents,
    drafting,
    keys,
    leaving,
    members,
    people,
    privacy,
    resellers,
    signup,
    trade,
)
from tenants.audit.areas.action import Action, Actions

AREAS: Final[dict[str, tuple[tuple[str, str], Actions]]] = {
    "people": (("Kişiler ve oturumlar", "People and sign-in"), people.ACTIONS),
    "members": (("Kullanıcılar ve yetkiler", "Members and roles"), members.ACTIONS),
    "company": (("Şirket ayarları", "Company settings"), company.ACTIONS),
    "signup": (("Başvuru ve onaylar", "Sign-up and consents"), signup.ACTIONS),
    "resellers": (("Bayiler", "Resellers"), resellers.ACTIONS),
    "keys": (("Anahtarlar ve web kancaları", "Keys and webhooks"), keys.ACTIONS),
    "documents": (("Belgeler", "Documents"), documents.ACTIONS),
    "drafting": (("Kişiler, ürünler, taslaklar", "Contacts, products, drafts"), drafting.ACTIONS),
    "trade": (("Kontör ve ödemeler", "Kontör and payments"), trade.ACTIONS),
    "privacy": (("Kişisel veriler", "Personal data"), privacy.ACTIONS),
    "archive": (("Arşiv", "Archive"), archive.ACTIONS),
    "leaving": (("Aktarım ve kapanış", "Import and closing"), leaving.ACTIONS),
}
ACTIONS: Final[dict[str, Action]] = {name: one for _, actions in AREAS.values() for name, one in actions.items()}
