"""The words of letters about applications and enquiries. What a stranger typed is told to our own people only."""

from collections.abc import Callable, Mapping

from ebelge.notify.said import Facts, Reader, Words, count, day


def _lead_rows(facts: Facts, tr: bool) -> list[tuple[str, str]]:
    said = [
        ("Konu", "Topic", facts["topic_tr"] if tr else facts["topic_en"]),
        ("Ad soyad", "Name", facts["name"]),
        ("Şirket", "Company", facts["company"]),
        ("VKN/TCKN", "VKN/TCKN", facts["vkn_tckn"]),
        ("Telefon", "Phone", facts["phone"]),
        ("E-posta", "E-mail", facts["email"]),
        ("Şehir", "City", facts["city"]),
        ("Aylık belge", "Documents a month", count(facts["documents"]) if facts["documents"] else ""),
        ("Kullandığı ürün", "Product in use", facts["product"]),
    ]
    return [(turkish if tr else english, value) for turkish, english, value in said if value]


def _lead_new(facts: Facts, tr: bool) -> Words:
    who = facts["company"] or facts["name"]
    if tr:
        return Words(
            f"Yeni talep: {who}",
            "Web sitesinden yeni bir talep geldi. Ayrıntıları ve mesajı talep sayfasında bulursunuz.",
            "Talebi bir sorumluya ya da bayiye atayın; ilk aramadan sonra durumunu işleyin.",
            _lead_rows(facts, tr),
            "Talebi açın",
        )
    return Words(
        f"New enquiry: {who}",
        "A new enquiry has come in from the website. Its details and message stand on the enquiry's page.",
        "Assign it to a colleague or a reseller, and note its state after the first call.",
        _lead_rows(facts, tr),
        "Open the enquiry",
    )


def _lead_assigned(facts: Facts, tr: bool) -> Words:
    who = facts["company"] or facts["name"]
    if tr:
        return Words(
            f"Size atanan talep: {who}",
            "Bir talep bayiliğinize atandı. Bilgileri yalnız bu talep için kullanın.",
            "Görüştükten sonra talebin durumunu işleyin.",
            _lead_rows(facts, tr),
            "Talebi açın",
        )
    return Words(
        f"An enquiry for you: {who}",
        "An enquiry was assigned to you as a reseller. Use its details for this enquiry only.",
        "Note its state once you have talked.",
        _lead_rows(facts, tr),
        "Open the enquiry",
    )


def _lead_received(facts: Facts, tr: bool) -> Words:
    if tr:
        return Words(
            "Talebinizi aldık",
            "Talebiniz bize ulaştı. Ekibimiz en geç bir iş günü içinde sizinle iletişime geçecek.",
            "Bu talebi siz göndermediyseniz bu e-postayı dikkate almayınız; başka e-posta göndermeyiz.",
        )
    return Words(
        "We have received your enquiry",
        "Your enquiry has reached us. Our team will be in touch within one working day.",
        "If you did not send it, please ignore this mail; we will not write again.",
    )


def _sign_up_login(facts: Facts, tr: bool) -> Words:
    if tr:
        return Words(
            "Bu e-posta adresiyle zaten giriş yapabilirsiniz",
            "Bu adresle bir kayıt formu dolduruldu. Adresin Ebelge'de kullanıcısı var; yeni bir şey açılmadı.",
            "Başka bir şirket eklemek için giriş yapıp formu yeniden açın. Parolanızı unuttuysanız giriş sayfasından "
            "yenileyin. Formu siz doldurmadıysanız bir şey yapmanız gerekmez.",
            [],
            "Giriş yapın",
        )
    return Words(
        "You can sign in with this address already",
        "Somebody filled in our sign-up form with this address. It has a login at Ebelge; nothing new was opened.",
        "To add another company, sign in and open the form again. If you forgot your password, renew it on the "
        "sign-in page. If it was not you, there is nothing to do.",
        [],
        "Sign in",
    )


def _sign_up_company(facts: Facts, tr: bool) -> Words:
    if tr:
        return Words(
            "Şirketiniz için yeni bir başvuru yapıldı",
            "Biri şirketinizin VKN ya da TCKN'siyle yeni bir hesap açmak istedi. Hesabınız olduğu için açılmadı; "
            "başvurana hesabınız hakkında bilgi verilmedi.",
            "Başvuran bir çalışma arkadaşınızsa onu hesabınızdan davet edin; değilse bize yazın.",
            [("Gün", day(facts["at"]))],
        )
    return Words(
        "Somebody applied for your company again",
        "Somebody wanted to open a new account with your company's VKN or TCKN. As you have one, none was opened; "
        "the applicant was told nothing about your account.",
        "If it is a colleague, invite him from your account; if not, write to us.",
        [("Day", day(facts["at"]))],
    )


def _sign_up_examined(facts: Facts, tr: bool) -> Words:
    if tr:
        return Words(
            "Başvurunuzu aldık",
            "Başvurunuz ekibimizce inceleniyor; en geç bir iş günü içinde sizinle iletişime geçeceğiz.",
            "Bu başvuruyu siz yapmadıysanız bu e-postayı dikkate almayınız.",
        )
    return Words(
        "We have received your application",
        "Our team is looking at your application and will be in touch within one working day.",
        "If you did not apply, please ignore this mail.",
    )


def _application_rows(facts: Facts, tr: bool) -> list[tuple[str, str]]:
    return [
        ("Unvan" if tr else "Company", facts["title"]),
        ("VKN/TCKN", facts["vkn_tckn"]),
        ("Başvuran" if tr else "Applicant", facts["name"]),
    ]


def _application_waits(facts: Facts, tr: bool) -> Words:
    if tr:
        return Words(
            f"Etkinleştirme bekleyen başvuru: {facts['title']}",
            "Yeni bir başvurunun e-posta adresi doğrulandı; canlı hesap etkinleştirmenizi bekliyor.",
            "Deneme ortamı başvuranın kullanımına açıldı.",
            _application_rows(facts, tr),
            "Başvuruyu açın",
        )
    return Words(
        f"An application waits: {facts['title']}",
        "A new applicant has confirmed the e-mail address; the live account waits for you to activate it.",
        "The applicant can use the sandbox already.",
        _application_rows(facts, tr),
        "Open the application",
    )


def _application_activated(facts: Facts, tr: bool) -> Words:
    if tr:
        return Words(
            "Hesabınız etkinleştirildi",
            "Canlı hesabınız kullanıma açıldı. Hizmetlerin her biri kendi adımlarıyla etkinleşir.",
            "Giriş yaptığınızda sıradaki adımı ve seçtiğiniz paketi göreceksiniz.",
            _application_rows(facts, tr),
            "Giriş yapın",
        )
    return Words(
        "Your account is active",
        "Your live account is open. Each service is activated by its own steps.",
        "When you sign in you will see the next step and the package you chose.",
        _application_rows(facts, tr),
        "Sign in",
    )


def _application_refused(facts: Facts, tr: bool) -> Words:
    if tr:
        return Words(
            "Başvurunuz kabul edilemedi",
            "Canlı hesap başvurunuzu kabul edemedik.",
            "Deneme ortamınız açık kalır. Bir yanlışlık olduğunu düşünüyorsanız bize yazın.",
            [*_application_rows(facts, tr), ("Neden", facts["reason"])],
        )
    return Words(
        "Your application was not accepted",
        "We could not accept your application for a live account.",
        "Your sandbox stays open. If you think this is a mistake, write to us.",
        [*_application_rows(facts, tr), ("Reason", facts["reason"])],
    )


def _application_asked(facts: Facts, tr: bool) -> Words:
    if tr:
        return Words(
            "Başvurunuz için bir bilgi gerekiyor",
            "Başvurunuzu sonuçlandırmak için aşağıdaki bilgiye ihtiyacımız var.",
            "Bilgiyi iletişim formundan gönderebilirsiniz; başvurunuz bu arada açık kalır.",
            [*_application_rows(facts, tr), ("İstenen", facts["reason"])],
            "İletişim formu",
        )
    return Words(
        "Your application needs one more thing",
        "To decide on your application we need the following.",
        "You can send it with the contact form; your application stays open meanwhile.",
        [*_application_rows(facts, tr), ("Needed", facts["reason"])],
        "Contact form",
    )


KINDS: Mapping[str, Callable[[Facts, bool], Words]] = {
    "lead_new": _lead_new,
    "lead_assigned": _lead_assigned,
    "lead_received": _lead_received,
    "sign_up_login": _sign_up_login,
    "sign_up_company": _sign_up_company,
    "sign_up_examined": _sign_up_examined,
    "application_waits": _application_waits,
    "application_activated": _application_activated,
    "application_refused": _application_refused,
    "application_asked": _application_asked,
}
READERS: Mapping[str, Reader] = {
    "lead_received": "form",
    "sign_up_login": "form",
    "sign_up_examined": "form",
}
