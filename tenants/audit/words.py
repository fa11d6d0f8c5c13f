"""Entries in words: what a field, an object, an actor and a value are called, in both languages."""

import re
from collections.abc import Mapping
from datetime import date, datetime
from typing import Final

from ebelge.core.clock import ISTANBUL
from ebelge.core.money import count_text, lira_text
from tenants.rights import ROLE_NAMES

Words = Mapping[str, tuple[str, str]]
ACTORS: Final[Words] = {
    "person": ("Kişi", "Person"),
    "staff": ("Hesap adına işlem yapan", "Acting for the account"),
    "key": ("API anahtarı", "API key"),
    "system": ("Sistem", "System"),
    "command": ("İşletici", "Operator"),
    "visitor": ("Oturum açmamış", "Not signed in"),
}
OBJECTS: Final[Words] = {
    "tenant": ("Hesap", "Account"),
    "person": ("Kişi", "Person"),
    "membership": ("Kullanıcı", "Member"),
    "invitation": ("Davet", "Invitation"),
    "branch": ("Şube", "Branch"),
    "alias": ("Etiket", "Mailbox"),
    "service": ("Hizmet", "Service"),
    "design": ("Tasarım", "Design"),
    "key": ("API anahtarı", "API key"),
    "webhook": ("Web kancası", "Webhook"),
    "document": ("Belge", "Document"),
    "draft": ("Taslak", "Draft"),
    "contact": ("Kişi", "Contact"),
    "product": ("Ürün", "Product"),
    "incoming_document": ("Gelen belge", "Incoming document"),
    "archive_file": ("Dosya", "File"),
    "tag": ("Etiket", "Tag"),
    "series": ("Seri", "Series"),
    "seal": ("Mühür", "Seal"),
    "message": ("İş", "Message"),
    "grant": ("Kontör talebi", "Grant"),
    "lot": ("Kontör partisi", "Lot"),
    "bank_line": ("Banka satırı", "Bank line"),
    "refund": ("İade", "Refund"),
    "dispute": ("İtiraz", "Dispute"),
    "terms": ("Açık hesap koşulları", "Credit terms"),
    "package": ("Paket", "Package"),
    "price": ("Ücret", "Price"),
    "contract": ("Sözleşme", "Contract"),
    "transfer": ("Aktarım", "Transfer"),
    "take_back": ("Geri isteme", "Take-back"),
    "draw_right": ("Havuz hakkı", "Right to draw"),
    "topup": ("Otomatik yükleme", "Top-up"),
    "break": ("Mutabakat farkı", "Break"),
    "order": ("Sipariş", "Order"),
    "consent": ("İzin", "Consent"),
    "lead": ("Talep", "Lead"),
    "text": ("Metin", "Text"),
    "export": ("Veri kopyası", "Copy of data"),
    "request": ("Başvuru", "Request"),
    "company": ("Şirket", "Company"), "application": ("Başvuru", "Application"),
    "reseller_change": ("Bayi değişikliği", "Change of reseller"), "bulk_upload": ("Toplu yükleme", "Bulk upload"),
    "acting_consent": ("Adına işlem izni", "Consent to act"), "acting_session": ("Adına işlem", "Acting"),
    "token": ("Bağlantı", "Link"), "settings": ("Ayarlar", "Settings"), "return_invoice": ("İade faturası", "Return"),
    "report": ("e-Arşiv raporu", "e-Arşiv report"), "month_export": ("Ay sonu dosyası", "Export of a month"),
    "master_key": ("Ana anahtar", "Master key"), "import": ("İçe aktarım", "Import"),
    "customer_import": ("Müşteri listesi", "Sheet of customers"), "closing": ("Hesap kapanışı", "Closing"),
    "authorisation": ("İmzalı belge", "Signed paper"), "archive_export": ("Arşiv kopyası", "Copy of the archive"),
    "api_key": ("API anahtarı", "API key"),
}  # fmt: skip
FIELDS: Final[Words] = {
    "day": ("Gün", "Day"), "part": ("Bölüm", "Part"),
    "to": ("Alıcı adresi", "To"), "taken": ("Devralma", "Taken over"), "form": ("Biçim", "Form"),
    "month": ("Ay", "Month"),
    "way": ("Yol", "Way"), "channel": ("Yöntem", "Channel"), "on": ("Gün", "Day"),
    "not_sent": ("Gönderilmeyen", "Not sent"), "sent": ("Gönderilen", "Sent"), "file": ("Dosya", "File"),
    "sha256": ("SHA-256 özeti", "SHA-256"), "colour": ("Renk", "Colour"),
    "about": ("Konu", "About"), "active": ("Etkin", "Active"), "active_from": ("Başlangıç", "Active from"),
    "active_until": ("Bitiş", "Active until"), "alias": ("Etiket", "Mailbox"),
    "allowed_networks": ("İzinli ağlar", "Allowed networks"), "amount_kurus": ("Tutar", "Amount"),
    "answer": ("Yanıt", "Answer"), "assigned_to": ("Atanan", "Assigned to"), "attempts": ("Deneme", "Attempts"),
    "basis_points": ("Oran (on binde)", "Basis points"), "block": ("Çekim miktarı", "Block"),
    "block_when_overdue": ("Gecikmede satış durur", "Blocks when overdue"), "bonus_kontor": ("Hediye kontör", "Bonus"),
    "branch": ("Şube", "Branch"), "branch_ids": ("Şubeler", "Branches"), "by_tenant": ("İzin verilen", "Given to"),
    "bytes": ("Bayt", "Bytes"), "certificate": ("Sertifika", "Certificate"), "city": ("İl", "City"),
    "closed_again": ("Yeniden kapatılan", "Closed again"), "closed_on": ("Kapanış günü", "Closed on"),
    "code": ("Kod", "Code"), "contact": ("İletişim", "Contact"), "count": ("Adet", "Count"),
    "country": ("Ülke", "Country"), "currency": ("Para birimi", "Currency"),
    "data_class": ("Veri sınıfı", "Data class"),
    "decision": ("Karar", "Decision"), "district": ("İlçe", "District"), "documents": ("Belge", "Documents"),
    "due_at": ("Son gün", "Due"), "due_days": ("Vade (gün)", "Due in days"), "email": ("E-posta", "E-mail"),
    "emergency_kontor": ("Acil kontör", "Emergency kontör"), "ends_at": ("Bitiş", "Ends"),
    "expires_at": ("Geçerlilik sonu", "Expires"), "expiry_mode": ("Süre kuralı", "Expiry rule"),
    "factor": ("Doğrulama", "Factor"), "failures": ("Hatalı deneme", "Failures"),
    "family_name": ("Soyadı", "Family name"),
    "file_sha256": ("Dosya özeti", "File digest"), "first_name": ("Adı", "First name"),
    "freeze_when_overdue": ("Gecikmede dondurur", "Freezes when overdue"),
    "from_reseller": ("Eski bayi", "From reseller"),
    "from_tenant": ("Kimden", "From"), "full_name": ("Ad soyad", "Name"),
    "gateway_ref": ("Ödeme no", "Gateway reference"),
    "gross_kurus": ("Tutar (KDV dahil)", "Gross"), "hsm": ("HSM", "HSM"),
    "internet": ("İnternet satışı", "Internet sales"),
    "is_default": ("Varsayılan", "Default"), "kdv_percent": ("KDV %", "KDV %"), "key_ids": ("Anahtarlar", "Keys"),
    "issuer": ("Sağlayıcı", "Provider"), "what": ("Ne", "What"),
    "kind": ("Tür", "Kind"), "kontor": ("Kontör", "Kontör"), "label": ("Ad", "Label"), "language": ("Dil", "Language"),
    "last_day": ("Son gün", "Last day"), "last_serial": ("Son sıra no", "Last serial"), "left": ("Kalan", "Left"),
    "limit_kurus": ("Limit", "Limit"), "manifest_sha256": ("Liste özeti", "Manifest digest"),
    "member": ("Üye", "Member"), "mode": ("Ortam", "Mode"), "model": ("Model", "Model"),
    "monthly_cap": ("Aylık üst sınır", "Monthly cap"), "monthly_cap_kurus": ("Aylık üst sınır", "Monthly cap"),
    "name": ("Ad", "Name"), "net_price_kurus": ("Net fiyat", "Net price"), "note": ("Not", "Note"),
    "number": ("Numara", "Number"), "order": ("Sipariş", "Order"), "order_id": ("Sipariş", "Order"),
    "overlap_until": ("Birlikte geçerli", "Overlap until"), "owner": ("Numarayı veren", "Numbered by"),
    "package_code": ("Paket", "Package"), "percent": ("Oran %", "Percent"), "phone": ("Telefon", "Phone"),
    "pool": ("Havuz", "Pool"), "postal_zone": ("Posta kodu", "Postal code"), "prefix": ("Seri", "Series"),
    "quantity": ("Adet", "Quantity"), "reason": ("Gerekçe", "Reason"), "receivable_id": ("Alacak", "Receivable"),
    "reference": ("Referans", "Reference"), "replaced_by": ("Yerine geçen", "Replaced by"),
    "replaces": ("Yerine geçtiği", "Replaces"), "reseller_id": ("Bayi", "Reseller"), "rights": ("Yetkiler", "Rights"),
    "role": ("Rol", "Role"), "rows": ("Kayıt", "Rows"), "scope": ("Kapsam", "Scope"), "scopes": ("Yetkiler", "Scopes"),
    "seal_mode": ("Mühür biçimi", "Seal mode"), "sender_alias": ("Gönderici etiketi", "Sender mailbox"),
    "series_prefixes": ("Seriler", "Series"), "service": ("Hizmet", "Service"), "session_id": ("Oturum", "Session"),
    "sessions": ("Oturumlar", "Sessions"), "side": ("Taraf", "Side"), "state": ("Durum", "State"),
    "step": ("Adım", "Step"), "storage": ("Saklama", "Storage"), "street": ("Adres", "Street"),
    "subject": ("Konu", "Subject"), "tax_office": ("Vergi dairesi", "Tax office"), "text": ("Metin", "Text"),
    "threshold_kontor": ("Eşik", "Threshold"), "title": ("Unvan", "Title"), "to_reseller": ("Yeni bayi", "To reseller"),
    "to_tenant": ("Kime", "To"), "topic": ("Konu", "Topic"), "topics": ("Olaylar", "Events"),
    "totals": ("Toplamlar", "Totals"), "until": ("Bitiş", "Until"), "url": ("Adres", "Address"),
    "valid_from": ("Başlangıç", "Valid from"), "valid_until": ("Bitiş", "Valid until"),
    "validity_months": ("Geçerlilik (ay)", "Validity (months)"), "value": ("Değer", "Value"),
    "version": ("Sürüm", "Version"), "vkn_tckn": ("VKN/TCKN", "VKN/TCKN"), "website": ("Web sitesi", "Website"),
    "bank_account": ("Banka hesabı", "Bank account"), "default_scenario": ("Varsayılan senaryo", "Default scenario"),
    "hours": ("Saat", "Hours"), "logo": ("Logo", "Logo"), "mail_language": ("E-posta dili", "Mail language"),
    "notes": ("Notlar", "Notes"), "paper": ("Belge", "Paper"), "purpose": ("Amaç", "Purpose"),
    "seal_warn_days": ("Mühür uyarısı (gün)", "Seal warning (days)"), "signed_on": ("İmza günü", "Signed on"),
    "signs_from": ("İmzaya başlama", "Signs from"),
    "whole": ("Tümü", "Whole"), "withdrawn_on": ("Geri alındığı gün", "Withdrawn on"),
    "failure_limit": ("Hata sınırı", "Failure limit"), "onboarding": ("Müşteri ekler", "Onboards"),
    "passing": ("Aktarma kuralı", "Passing rule"), "refund_window_days": ("İade süresi (gün)", "Refund window (days)"),
    "resolved_by": ("Düzelten kayıt", "Resolved by"), "year": ("Yıl", "Year"),
    "mail_pdf": ("E-postada PDF", "PDF in mails"), "xslt": ("XSLT", "XSLT"),
    "_cut": ("Sığmayan alanlar", "Fields left out"),
}  # fmt: skip
STATES: Final[Words] = {
    "active": ("etkin", "active"), "accepted": ("kabul edildi", "accepted"), "applied": ("başvurdu", "applied"),
    "approved": ("onaylandı", "approved"), "asked": ("istendi", "asked"), "cancelled": ("iptal", "cancelled"),
    "checklist": ("hazırlıkta", "checklist"), "closed": ("kapalı", "closed"), "closing": ("kapanıyor", "closing"),
    "authorised": ("yetkilendirildi", "authorised"), "asked_at_gib": ("GİB'e iletildi", "asked at GİB"),
    "credited": ("yüklendi", "credited"), "done": ("tamam", "done"), "ended": ("bitti", "ended"),
    "given": ("verildi", "given"), "given_up": ("vazgeçildi", "given up"), "granted": ("verildi", "granted"),
    "ignored": ("dikkate alınmadı", "ignored"), "not_wanted": ("istenmiyor", "not wanted"), "off": ("kapalı", "off"),
    "offered": ("önerildi", "offered"), "on": ("açık", "on"), "open": ("açık", "open"), "paused": ("durdu", "paused"),
    "ready": ("hazır", "ready"), "refunded": ("iade edildi", "refunded"), "refused": ("reddedildi", "refused"),
    "resolved": ("çözüldü", "resolved"), "suspended": ("askıda", "suspended"),
    "to_refund": ("iade edilecek", "to be refunded"), "to_transfer": ("havale bekliyor", "to be transferred"),
    "waiting": ("bekliyor", "waiting"), "withdrawn": ("geri çekildi", "withdrawn"),
}  # fmt: skip
_SERVICES: Final[Words] = {
    "efatura": ("e-Fatura", "e-Fatura"), "earsiv": ("e-Arşiv Fatura", "e-Arşiv invoice"),
    "eirsaliye": ("e-İrsaliye", "e-İrsaliye"), "emm": ("e-Müstahsil Makbuzu", "e-Müstahsil receipt"),
    "esmm": ("e-Serbest Meslek Makbuzu", "e-SMM receipt"), "edefter": ("e-Defter saklama", "e-Defter keeping"),
}  # fmt: skip
_FILES: Final[Words] = {
    "other": ("diğer dosya", "other file"), "contract": ("sözleşme", "contract"), "report": ("rapor", "report"),
    "statement": ("ekstre", "statement"),
}  # fmt: skip
_COLOURS: Final[Words] = {
    "grey": ("gri", "grey"), "red": ("kırmızı", "red"), "orange": ("turuncu", "orange"), "yellow": ("sarı", "yellow"),
    "green": ("yeşil", "green"), "teal": ("camgöbeği", "teal"), "blue": ("mavi", "blue"), "purple": ("mor", "purple"),
    "pink": ("pembe", "pink"), "brown": ("kahverengi", "brown"),
}  # fmt: skip
# Values that are codes, by their field.
VALUES: Final[Mapping[str, Words]] = {
    "factor": {
        "none": ("yok", "none"), "totp": ("doğrulama uygulaması", "authenticator app"),
        "passkey": ("geçiş anahtarı", "passkey"), "recovery": ("kurtarma kodu", "recovery code"),
    },
    "mode": {"live": ("canlı", "live"), "test": ("sınama", "sandbox")},
    "answer": {"accepted": ("kabul", "accepted"), "rejected": ("ret", "rejected"), "partial": ("kısmen", "partly")},
    "purpose": {"seal": ("mühür kullanımı", "use of the seal"), "activation": ("etkinleştirme", "activation"),
        "petition": ("dilekçe", "petition"),
    },
    "language": {"tr": ("Türkçe", "Turkish"), "en": ("İngilizce", "English")},
    "mail_language": {"tr": ("Türkçe", "Turkish"), "en": ("İngilizce", "English")},
    "service": _SERVICES, "kind": {**_SERVICES, **_FILES}, "colour": _COLOURS,
}  # fmt: skip
_ROLES: Final[Words] = {str(role): names for role, names in ROLE_NAMES.items()}
_INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:\+\d\d:\d\d|Z)")
_DAY = re.compile(r"\d{4}-\d\d-\d\d")


def word(words: Words, name: str, language: str) -> str:
    """A name in words; one without words as it is."""
    tr, en = words.get(name, (name, name))
    return tr if language == "tr" else en


def field_word(name: str, language: str) -> str:
    """What a field is called."""
    return word(FIELDS, name, language)


def value_text(name: str, value: object, language: str) -> str:
    """A kept value as people read it: money in lira, times of Istanbul, lists with commas between."""
    turkish = language == "tr"
    match value:
        case None:
            return "–"
        case bool():
            return ("evet" if value else "hayır") if turkish else ("yes" if value else "no")
        case int() if name.endswith("_kurus"):
            return f"{lira_text(value)} ₺"
        case int():
            return count_text(value) if name.endswith("kontor") else str(value)
        case list():
            return ", ".join(value_text(name, one, language) for one in value) or "–"
        case dict():
            return ", ".join(f"{key}: {value_text(key, one, language)}" for key, one in value.items()) or "–"
        case str() if name == "role":
            return word(_ROLES, value, language)
        case str() if name == "state":
            return word(STATES, value, language)
        case str() if name in VALUES and value in VALUES[name]:
            return word(VALUES[name], value, language)
        case str() if _INSTANT.fullmatch(value):
            return f"{datetime.fromisoformat(value).astimezone(ISTANBUL):%d.%m.%Y %H:%M}"
        case str() if _DAY.fullmatch(value):
            return f"{date.fromisoformat(value):%d.%m.%Y}"
        case _:
            return str(value)
