"""Which role may do what, as one table: a role is held in one tenant, and a tenant's kind says which roles it has.

Staff of the operator and of resellers are members of the operator's and the reseller's own tenant. A membership may be
narrowed to branches or series; that narrows whose documents are reached, never what may be done.
"""

from collections.abc import Mapping
from typing import Final, Literal

Role = Literal[
    "owner",
    "accountant",
    "sender",
    "viewer",
    "reseller_admin",
    "reseller_staff",
    "operator_admin",
    "finance",
    "support",
]

# right -> what it lets a person do, in both languages (shown where roles are given).
RIGHTS: Final[Mapping[str, tuple[str, str]]] = {
    "documents:read": ("Belgeleri görür ve indirir", "Sees and downloads documents"),
    "documents:send": ("Belge gönderir, düzeltir, geri çeker", "Sends, corrects and withdraws documents"),
    "archive:write": ("Arşive dosya koyar, kayıtları etiketler", "Puts files into the archive and tags entries"),
    "kontor:read": ("Bakiyeyi ve hareketleri görür", "Sees the balance and its entries"),
    "kontor:buy": ("Kontör satın alır, iade ister", "Buys kontör and asks for refunds"),
    "company:read": ("Şirket bilgilerini görür", "Sees the company's data"),
    "company:write": ("Şirket, şube, seri, hizmet ayarlarını yapar", "Sets up company, branches, series and services"),
    "people:read": ("Kullanıcıları görür", "Sees the people"),
    "people:manage": ("Kullanıcı davet eder, yetki verir, çıkarır", "Invites people, gives and takes roles"),
    "keys:manage": ("API anahtarlarını ve web kancalarını yönetir", "Manages API keys and webhooks"),
    "consent:give": ("Şirket adına onay verir", "Consents for the company"),
    "audit:read": ("Denetim kaydını görür", "Sees the audit log"),
    "customers:read": ("Müşterilerini görür", "Sees the reseller's customers"),
    "customers:onboard": ("Müşteri ekler", "Onboards customers"),
    "customers:pass": ("Müşteriye kontör aktarır", "Passes kontör to customers"),
    "customers:act": ("İzinle müşteri adına işlem yapar", "Acts for a customer who consents"),
    "leads:work": ("Kendisine atanan talepleri takip eder", "Works on leads assigned to the reseller"),
    "leads:all": ("Tüm talepleri görür ve atar", "Sees and assigns every lead"),
    "commission:read": ("Komisyonu görür", "Sees commission"),
    "tenants:read": ("Tüm hesapları görür", "Sees every account"),
    "tenants:manage": (
        "Hesap açar, askıya alır, hizmet etkinleştirir",
        "Opens and suspends accounts, activates services",
    ),
    "finance:work": ("Mutabakat, tahsilat ve iadeleri yürütür", "Reconciles, matches payments, makes refunds"),
    "jobs:work": ("Kuyrukları ve hataları yönetir", "Manages queues and dead letters"),
    "audit:all": ("Tüm denetim kayıtlarını görür", "Sees every audit log"),
}

_VIEWER: Final = frozenset({"documents:read", "kontor:read", "company:read"})
_SENDER: Final = _VIEWER | {"documents:send", "archive:write"}
_ACCOUNTANT: Final = _SENDER | {"kontor:buy", "people:read", "audit:read"}
_OWNER: Final = _ACCOUNTANT | {"company:write", "people:manage", "keys:manage", "consent:give"}
_RESELLER_STAFF: Final = frozenset(
    {"kontor:read", "company:read", "customers:read", "customers:onboard", "customers:act", "leads:work"}
)
_SUPPORT: Final = frozenset({"company:read", "tenants:read", "customers:act", "leads:all", "jobs:work", "audit:read"})

ROLES: Final[Mapping[Role, frozenset[str]]] = {
    "owner": _OWNER,
    "accountant": _ACCOUNTANT,
    "sender": _SENDER,
    "viewer": _VIEWER,
    "reseller_admin": _OWNER - {"documents:read", "documents:send", "archive:write"}
    | _RESELLER_STAFF
    | {"customers:pass", "commission:read"},
    "reseller_staff": _RESELLER_STAFF,
    "operator_admin": _OWNER | _SUPPORT | {"tenants:manage", "audit:all"},
    "finance": frozenset({"kontor:read", "company:read", "tenants:read", "finance:work", "audit:read"}),
    "support": _SUPPORT,
}
ROLE_NAMES: Final[Mapping[Role, tuple[str, str]]] = {
    "owner": ("Yetkili", "Owner"),
    "accountant": ("Muhasebeci", "Accountant"),
    "sender": ("Gönderici", "Sender"),
    "viewer": ("İzleyici", "Viewer"),
    "reseller_admin": ("Bayi yöneticisi", "Reseller admin"),
    "reseller_staff": ("Bayi çalışanı", "Reseller staff"),
    "operator_admin": ("İşletici yöneticisi", "Operator admin"),
    "finance": ("Finans", "Finance"),
    "support": ("Destek", "Support"),
}
# A tenant's kind -> the roles that may be held in it, the one who opens it first.
ROLES_OF_KIND: Final[Mapping[str, tuple[Role, ...]]] = {
    "customer": ("owner", "accountant", "sender", "viewer"),
    "pool": ("owner", "accountant", "viewer"),
    "reseller": ("reseller_admin", "reseller_staff"),
    "operator": ("operator_admin", "finance", "support"),
}
# Roles that may be narrowed to branches or series; all others reach everything of their tenant.
NARROWABLE: Final[tuple[Role, ...]] = ("accountant", "sender", "viewer")
# Whoever holds one of these signs in with a second factor, or not at all.
NEEDS_SECOND_FACTOR: Final[frozenset[Role]] = frozenset({"operator_admin", "finance", "support"})
# What somebody who acts for a customer may never do there, whatever the consent says.
NEVER_BY_OTHERS: Final = frozenset({"people:manage", "keys:manage", "consent:give", "kontor:buy"})
# A sandbox has the people, the consents and the purse of its account: none of that is managed in the sandbox itself.
NOT_IN_SANDBOX: Final = frozenset({"people:read", "people:manage", "consent:give", "kontor:buy"})
