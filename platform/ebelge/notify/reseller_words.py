"""The words of letters between a customer and its reseller: a wish to act for it, a change of reseller."""

from collections.abc import Callable, Mapping

from ebelge.notify.said import Facts, Words, minute, written


def _acting_asked(facts: Facts, tr: bool) -> Words:
    who, title, hours = facts["person"], facts["title"], facts["hours"]
    rows = [
        ("Kim" if tr else "Who", f"{who}, {title}"),
        ("Neden" if tr else "Why", str(facts["reason"])),
        ("Süre" if tr else "For", f"{hours} saat" if tr else f"{hours} hours"),
        ("Yetkiler" if tr else "Rights", str(facts["rights_tr" if tr else "rights_en"])),
    ]
    if tr:
        return Words(
            f"{title} hesabınızda işlem yapmak istiyor",
            f"{title} çalışanı {who}, hesabınızda sizin adınıza işlem yapmak için izninizi istiyor.",
            "İzin vermezseniz hiçbir şey değişmez. Verdiğiniz izni dilediğiniz an hesabınızdan bitirebilirsiniz; "
            "yapılan her işlem denetim kaydınızda görünür. Bu kişiyi tanımıyorsanız izin vermeyin.",
            rows,
            "İsteği görün ve yanıtlayın",
        )
    return Words(
        f"{title} asks to act in your account",
        f"{who} of {title} asks for your consent to act in your account on your behalf.",
        "Without it nothing changes. You can end a consent at any time in your account, and whatever is done appears "
        "in your audit log. If you do not know this person, do not consent.",
        rows,
        "See the request and answer it",
    )


def _change_asked(facts: Facts, tr: bool) -> Words:
    to = facts["to"] or ("bayisiz kullanım" if tr else "no reseller")
    rows = [
        ("Yeni bayi" if tr else "New reseller", str(to)),
        ("En erken" if tr else "From", written(facts["wanted_on"])),
    ]
    if tr:
        return Words(
            "Bayi değişikliği isteği",
            "Hesabınızın bayisinin değişmesi istendi. Sizin onayınız olmadan değişmez.",
            "İsteği hesabınızdaki Bayi sayfasında yanıtlayın; yanıtlamazsanız bayiniz aynı kalır.",
            rows,
            "İsteği yanıtlayın",
        )
    return Words(
        "A request to change your reseller",
        "It was asked that your account's reseller changes. Without your consent it does not.",
        "Answer it on the Reseller page of your account; without an answer your reseller stays.",
        rows,
        "Answer the request",
    )


def _change_waits(facts: Facts, tr: bool) -> Words:
    rows = [("Müşteri" if tr else "Customer", str(facts["customer"]))]
    if tr:
        return Words(
            "Bir bayi değişikliği yanıtınızı bekliyor",
            "Bir müşterinin bayisinin değişmesi istendi; sizin de yanıtınız gerekiyor.",
            "İsteği sayfasında görüp yanıtlayın. Herkes kabul etmeden hiçbir şey değişmez.",
            rows,
            "İsteği açın",
        )
    return Words(
        "A change of reseller waits for your answer",
        "It was asked that a customer changes its reseller; your answer is needed, too.",
        "See the request on its page and answer it. Nothing changes before everybody agrees.",
        rows,
        "Open the request",
    )


def _changed(facts: Facts, tr: bool) -> Words:
    to, at = facts["to"] or ("bayisiz kullanım" if tr else "no reseller"), minute(facts["at"])
    if tr:
        return Words(
            "Bayiniz değişti",
            f"Hesabınızın bayisi {at} itibarıyla değişti: {to}.",
            "Kontörünüz, belgeleriniz ve ayarlarınız olduğu gibi kaldı. Eski bayinize verdiğiniz izinler sona erdi.",
        )
    return Words(
        "Your reseller has changed",
        f"Since {at} your account's reseller is: {to}.",
        "Your kontör, documents and settings are as they were. Consents that you gave to the old reseller have ended.",
    )


KINDS: Mapping[str, Callable[[Facts, bool], Words]] = {
    "acting_asked": _acting_asked,
    "reseller_change_asked": _change_asked,
    "reseller_change_waits": _change_waits,
    "reseller_changed": _changed,
}
