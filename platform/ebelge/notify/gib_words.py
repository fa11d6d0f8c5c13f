"""The words of letters about what GİB did to an account."""

from collections.abc import Callable, Mapping

from ebelge.notify.said import Facts, Words


def _closed_by_gib(facts: Facts, tr: bool) -> Words:
    day = ".".join(reversed(str(facts["day"]).split("-")))
    rows = [("VKN/TCKN", str(facts["vkn"])), ("Gün" if tr else "Day", day)]
    if facts["reason"]:
        rows.append(("GİB'in kaydı" if tr else "GİB's record", str(facts["reason"])))
    if tr:
        return Words(
            "GİB e-belge hesabınızı kapattı",
            f"Gelir İdaresi Başkanlığı, e-belge hesaplarınızın {day} itibarıyla kapandığını bildirdi.",
            "O günden sonrası için belge düzenlenemez ve alınamaz. O güne kadarki e-Arşiv raporlarınız kapanıştan "
            "sonra 24 saat içinde gönderilir; arşiviniz açık kalır. Kayıt yanlışsa vergi dairenize başvurun: hesap "
            "yeniden "
            "açılınca etiketleriniz kendiliğinden geri gelir.",
            rows,
        )
    return Words(
        "GİB has closed your e-document account",
        f"The revenue administration has said that your e-document accounts are closed as of {day}.",
        "From that day on no documents can be issued or received. e-Arşiv reports up to that day are sent within 24 "
        "hours of the closure; your archive stays open. If this is wrong, ask your tax office: when the account is "
        "opened again your aliases come back by themselves.",
        rows,
    )


KINDS: Mapping[str, Callable[[Facts, bool], Words]] = {"closed_by_gib": _closed_by_gib}
