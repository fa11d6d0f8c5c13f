"""The record of processing: every class of personal data, as one table.

The page, the command, the schedule and the copy for a person are made from it, so they cannot disagree.

Law: KVKK (6698) articles 5, 7, 11, 13 and 16; the keeping of books: VUK 253, TTK 82 (ten years). A changed period is a
new row with its day, the old one stays to be read.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

Text = tuple[str, str]  # Turkish, English
FIRST: Final = date(2026, 11, 30)
TEN_YEARS: Final = timedelta(days=3653)


@dataclass(frozen=True, slots=True, kw_only=True)
class DataClass:
    """Whose data, which, what for, on what ground, how long, and what becomes of them. `tables`: where they lie.

    `kept` counts from the event that `begins` names; None: as long as the account lasts.
    """

    title: Text
    subjects: Text
    data: Text
    purpose: Text
    basis: Text
    begins: Text
    kept: timedelta | None
    after: Text
    recipients: Text = ("-", "-")
    tables: tuple[str, ...]
    valid_from: date = FIRST


_CONTRACT: Final[Text] = ("Sözleşmenin kurulması ve ifası (m. 5/2-c)", "Contract (art. 5/2-c)")
_LAW: Final[Text] = (
    "Kanunlarda öngörülme, hukuki yükümlülük (m. 5/2-a, ç): VUK 253, TTK 82",
    "Required by law (art. 5/2-a, ç): VUK 253, TTK 82",
)
_SAFETY: Final[Text] = (
    "Hakkın korunması, meşru menfaat (m. 5/2-e, f): hesap ve ağ güvenliği",
    "Protection of a right, legitimate interest (art. 5/2-e, f): security of accounts",
)
_USERS: Final[Text] = ("Kullanıcılar", "Users")

CLASSES: Final[Mapping[str, DataClass]] = {
    "people": DataClass(
        title=("Kullanıcı hesabı", "User account"), subjects=_USERS,
        data=("Ad soyad, e-posta, dil, parola özeti", "Name, e-mail, language, password hash"),
        purpose=("Giriş ve yetkilendirme", "Signing in and rights"), basis=_CONTRACT,
        begins=("Son üyeliğin bitişi ya da son giriş", "End of the last membership, or the last sign-in"),
        kept=timedelta(days=30),
        after=("Ad ve e-posta silinir, hesap adsızlaşır", "Name and e-mail are erased, the account is anonymous"),
        tables=("person", "membership"),
    ),
    "factors": DataClass(
        title=("Giriş doğrulamaları", "Factors"), subjects=_USERS,
        data=(
            "TOTP sırrı, geçiş anahtarları, kurtarma kodlarının özeti",
            "TOTP secret, passkeys, recovery codes' hashes"),
        purpose=("İki adımlı doğrulama", "Second factor"), basis=_SAFETY,
        begins=("Hesapla birlikte", "With the account"), kept=None, after=("Silinir", "Deleted"),
        tables=("recovery_code", "passkey", "person_identity", "one_time_secret", "sign_in_failure"),
    ),
    "sessions": DataClass(
        title=("Oturumlar", "Sessions"), subjects=_USERS,
        data=("IP adresi, tarayıcı, giriş zamanı", "IP address, browser, time of signing in"),
        purpose=("Hesap güvenliği", "Security of the account"), basis=_SAFETY,
        begins=("Son görülme", "Last seen"), kept=timedelta(days=90), after=("Silinir", "Deleted"),
        tables=("person_session",),
    ),
    "invitations": DataClass(
        title=("Kabul edilmeyen davetler", "Invitations not accepted"), subjects=("Davet edilenler", "Those invited"),
        data=("E-posta", "E-mail"), purpose=("Kullanıcı ekleme", "Adding users"), basis=_CONTRACT,
        begins=("Davetin bitişi", "End of the invitation"), kept=timedelta(days=90),
        after=("E-posta silinir", "The e-mail is erased"), tables=("invitation",),
    ),
    "audit": DataClass(
        title=("Denetim kaydı", "Audit log"), subjects=("Kullanıcılar, personel", "Users, staff"),
        data=("Kimlik numarası, ad, işlem, önce ve sonra", "Id, name, deed, before and after"),
        purpose=("Hesap verebilirlik, ihlallerin tespiti", "Accountability, finding abuse"), basis=_SAFETY,
        begins=("İşlem", "The deed"), kept=TEN_YEARS,
        after=(
            "Ad, kişi anonim olunca silinir; zincir ve işlem kalır",
            "The name goes with the person; chain and deed stay"),
        recipients=("Hesabın kendi yetkilileri", "The account's own people"),
        tables=("audit_entry", "audit_detail", "audit_seal", "audit_unsealed"),
    ),
    "audit.addresses": DataClass(
        title=("Denetim kaydındaki adresler", "Addresses in the audit log"),
        subjects=("Kullanıcılar, personel", "Users, staff"),
        data=("IP adresi, tarayıcı", "IP address, browser"), purpose=("İhlallerin tespiti", "Finding abuse"),
        basis=_SAFETY,
        begins=("İşlem", "The deed"), kept=timedelta(days=731), after=("Silinir", "Erased"), tables=("audit_detail",),
    ),
    "documents": DataClass(
        title=("Belgeler", "Documents"), subjects=("Alıcılar, satıcılar", "Buyers, sellers"),
        data=("VKN/TCKN, ad, adres, e-posta, mal ve tutar", "VKN/TCKN, name, address, e-mail, goods and amounts"),
        purpose=("e-Belge düzenleme, iletme, saklama", "Issuing, delivering and keeping e-documents"), basis=_LAW,
        begins=("Belge tarihini izleyen yılın başı", "Beginning of the year after the document's"), kept=TEN_YEARS,
        after=("Arşivle birlikte silinir", "Deleted with the archive"),
        recipients=("Gelir İdaresi Başkanlığı, alıcı", "The revenue administration, the buyer"),
        tables=("gib_closure", "user_envelope",
                "document", "document_xml", "document_event", "document_tax", "month_export", "mail_delivery",
                "report_line", "zarf", "zarf_document",
                "parcel", "gib_alias", "incoming_zarf", "incoming_document", "incoming_event", "incoming_answer",
                "answer", "received_answer", "mistake_record", "despatch_invoice", "report", "report_remark"),
    ),
    "contacts": DataClass(
        title=("Adres defteri", "Address book"), subjects=("Alıcılar", "Buyers"),
        data=("VKN/TCKN, ad, adres, telefon, e-posta", "VKN/TCKN, name, address, telephone, e-mail"),
        purpose=("Belge düzenlemeyi kolaylaştırmak", "Easier issuing"), basis=_CONTRACT,
        begins=("Hesabın kapanışı", "Closing of the account"), kept=TEN_YEARS,
        after=("Silinir", "Deleted"), tables=("contact",),
    ),
    "drafts": DataClass(
        title=("Taslaklar", "Drafts"), subjects=("Alıcılar, kullanıcılar", "Buyers, users"),
        data=("Yazılan belge: VKN/TCKN, ad, adres, mal", "What is written: VKN/TCKN, name, address, goods"),
        purpose=("Belge hazırlama", "Preparing documents"), basis=_CONTRACT,
        begins=("Son kayıt; silinen ya da gönderilende 30 gün", "Last saved; 30 days where deleted or sent"),
        kept=timedelta(days=180),
        after=("Silinir; şablonlar hesapla kalır", "Deleted; templates stay with the account"),
        tables=("draft",),
    ),
    "company": DataClass(
        title=("Hesap ve şirket bilgileri", "Account and company"),
        subjects=("Gerçek kişi mükellefler, temsilciler", "Natural persons, representatives"),
        data=("VKN/TCKN, ad, adres, telefon, e-posta", "VKN/TCKN, name, address, telephone, e-mail"),
        purpose=("Hizmetin verilmesi", "The service"), basis=_CONTRACT,
        begins=("Hesabın kapanışı", "Closing of the account"),
        kept=TEN_YEARS, after=("Silinir", "Deleted"),
        recipients=("Gelir İdaresi Başkanlığı, hesabın bayisi", "The revenue administration, the account's reseller"),
        tables=("tenant", "branch", "seal", "authorisation", "own_alias", "design_version"),
    ),
    "ledger": DataClass(
        title=("Kontör, sipariş ve ödemeler", "Kontör, orders and payments"), subjects=("Müşteriler", "Customers"),
        data=("Sipariş, ödeme, banka satırı (ad, IBAN), iade", "Orders, payments, bank lines (name, IBAN), refunds"),
        purpose=("Satış, muhasebe", "Sales, books"), basis=_LAW,
        begins=("İşlemi izleyen yılın başı", "Beginning of the year after it"), kept=TEN_YEARS,
        after=("Silinir", "Deleted"),
        recipients=("Banka, ödeme kuruluşları, mali müşavir", "Banks, payment companies, accountants"),
        tables=(
            "kontor_order",
            "payment_attempt", "payment", "order_event", "saved_card", "refund", "dispute", "bank_line",
                "bank_allocation", "journal", "charge", "lot", "due"),
    ),
    "texts": DataClass(
        title=("Kabul edilen metinler", "Accepted texts"), subjects=_USERS,
        data=("Kim, hangi sürüm, ne zaman, IP adresi", "Who, which version, when, IP address"),
        purpose=("Onayın ispatı", "Proof of consent"), basis=_SAFETY,
        begins=("Sözleşmenin bitişi", "End of the contract"), kept=TEN_YEARS, after=("Silinir", "Deleted"),
        tables=("text_acceptance",),
    ),
    "acting": DataClass(
        title=("Hesap adına işlem izinleri", "Consents to act for an account"),
        subjects=("Bayi ve işletici personeli", "Staff of resellers and operator"),
        data=("Ad, gerekçe, süre", "Name, reason, period"), purpose=("Destek", "Support"), basis=_CONTRACT,
        begins=("Kişinin anonimleşmesi", "The person's anonymisation"), kept=timedelta(0),
        after=("Ad silinir", "The name is erased"),
        tables=("acting_consent", "acting_link", "acting_session"),
    ),
    "applications": DataClass(
        title=("Sonuçlanmayan başvurular", "Applications that came to nothing"), subjects=("Başvuranlar", "Applicants"),
        data=("Ad, e-posta, telefon, IP adresi", "Name, e-mail, telephone, IP address"),
        purpose=("Hesap açılışı", "Opening an account"),
        basis=_CONTRACT, begins=("Başvurunun sonu", "End of the application"), kept=timedelta(days=180),
        after=("Kişisel alanlar silinir", "Personal fields are erased"), tables=("application",),
    ),
    "leads": DataClass(
        title=("Talepler", "Leads"),
        subjects=("Ürün isteyenler, bize yazanlar", "Those who ask for the product or write to us"),
        data=("Ad, telefon, e-posta, şirket, mesaj", "Name, telephone, e-mail, company, message"),
        purpose=("Talebin yanıtlanması", "Answering"),
        basis=("Meşru menfaat (m. 5/2-f); arama izni açık rıza", "Legitimate interest (art. 5/2-f); calls by consent"),
        begins=("Son işlem", "Last step"), kept=timedelta(days=365),
        after=("Kişisel alanlar silinir", "Personal fields are erased"),
        recipients=("Talebin verildiği bayi", "The reseller it was given to"), tables=("lead", "lead_event"),
    ),
    "letters": DataClass(
        title=("Bildirim e-postaları", "Letters"), subjects=_USERS, data=("E-posta, konu", "E-mail, subject"),
        purpose=("Hesapla ilgili bildirim", "News of the account"), basis=_CONTRACT,
        begins=("Kişinin anonimleşmesi", "The person's anonymisation"), kept=timedelta(0),
        after=("Alıcı silinir", "The recipient is erased"), tables=("letter",),
    ),
    "requests": DataClass(
        title=("KVKK başvuruları", "Requests about data"), subjects=("Başvuranlar", "Those who ask"),
        data=("İletişim, talep, yanıt; verilerin kopyası 7 gün", "Contact, request, answer; the copy for 7 days"),
        purpose=("Yasal yanıt yükümlülüğü (m. 13)", "The duty to answer (art. 13)"), basis=_LAW,
        begins=("Yanıt", "The answer"), kept=timedelta(days=1095), after=("İletişim silinir", "The contact is erased"),
        tables=("privacy_request", "privacy_export", "privacy_hold"),
    ),
}  # fmt: skip
# The answer to a request is due after so many days (art. 13), a copy can be fetched for so long.
ANSWER_WITHIN: Final = timedelta(days=30)
COPY_KEPT: Final = timedelta(days=7)


def kept(name: str) -> timedelta:
    """How long a class is kept. :raises ValueError: as long as the account lasts."""
    period = CLASSES[name].kept
    if period is None:
        raise ValueError(f"{name} has no period of its own")
    return period


def period_text(period: timedelta | None, language: str) -> str:
    """A period in words."""
    turkish = language == "tr"
    if period is None:
        return "hesap sürdükçe" if turkish else "while the account lasts"
    days = period.days
    if days >= 3650:
        return "10 yıl" if turkish else "10 years"
    if days >= 365:
        years = round(days / 365.25)
        return f"{years} yıl" if turkish else f"{years} year{'s' if years > 1 else ''}"
    if days == 0:
        return "hemen" if turkish else "at once"
    return f"{days} gün" if turkish else f"{days} days"
