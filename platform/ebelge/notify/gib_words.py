"""The words of letters about what GİB did to an account."""

from collections.abc import Callable, Mapping

from ebelge.notify.said import Facts, Words, count, minute


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


def _buyer_registered(facts: Facts, tr: bool) -> Words:
    number, buyer, signed = str(facts["number"]), str(facts["buyer"]), facts["signed"]
    rows = [("Belge" if tr else "Document", number), ("Alıcı" if tr else "Buyer", buyer)]
    if tr:
        return Words(
            f"{number}: alıcı e-Fatura kullanıcısı",
            f"{number} numaralı e-Arşiv belgeniz imzalandığında {buyer} e-Fatura kullanıcısıydı; GİB listesi o sırada "
            "yenilenemiyordu."
            if signed
            else f"{number} numaralı e-Arşiv belgeniz imzalanmadı: yeni GİB listesine göre {buyer} e-Fatura "
            "kullanıcısı.",
            "e-Arşiv'i iptal edin ve belgeyi e-Fatura olarak yeniden gönderin."
            if signed
            else f"{count(facts['kontor'])} kontör hesabınıza döndü, numara boşa çıktı. Belgeyi yeniden gönderin; "
            "e-Fatura olarak gider.",
            rows,
        )
    return Words(
        f"{number}: the buyer is an e-Fatura user",
        f"When your e-Arşiv document {number} was signed {buyer} was an e-Fatura user; GİB's list could not be "
        "renewed then."
        if signed
        else f"Your e-Arşiv document {number} was not signed: by GİB's new list {buyer} is an e-Fatura user.",
        "Cancel the e-Arşiv invoice and send the document anew as an e-Fatura."
        if signed
        else f"{count(facts['kontor'])} kontör have come back, the number is open again. Send the document anew: it "
        "goes as an e-Fatura.",
        rows,
    )


def _mode(facts: Facts, tr: bool) -> str:
    live = facts["mode"] == "live"
    if tr:
        return "canlı" if live else "sınama"
    return "live" if live else "sandbox"


def _user_list_old(facts: Facts, tr: bool) -> Words:
    documents, unlooked, last = count(facts["documents"]), count(facts["unlooked"]), minute(facts["sign_at"])
    loaded = minute(facts["loaded_at"])
    rows = [("Liste" if tr else "List", f"{_mode(facts, tr)}, {loaded}")]
    rows += [("Bekleyen belge" if tr else "Documents waiting", documents)]
    rows += [("Bakılmadan imzalanan" if tr else "Signed without a look", unlooked)]
    if tr:
        return Words(
            "GİB kullanıcı listesi yenilenemiyor, belgeler bekliyor",
            f"Liste {loaded} tarihinden beri yenilenemedi. {documents} e-Arşiv belgesi yeni listeyi bekliyor; "
            f"bekleyenler {last} itibarıyla eski listeye göre imzalanır.",
            "Listeyi elle de yükleyebilirsiniz: ebelge userlist load.",
            rows,
        )
    return Words(
        "GİB's user list cannot be renewed, documents wait",
        f"The list has not been renewed since {loaded}. {documents} e-Arşiv documents wait for a new one; from {last} "
        "on they are signed by the old one.",
        "A list can be loaded by hand, too: ebelge userlist load.",
        rows,
    )


KINDS: Mapping[str, Callable[[Facts, bool], Words]] = {
    "closed_by_gib": _closed_by_gib,
    "buyer_registered": _buyer_registered,
    "user_list_old": _user_list_old,
}
