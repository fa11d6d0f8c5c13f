"""The words of letters to a tenant's own people, by kind and language. Facts are integers and ISO instants."""

from collections.abc import Callable, Mapping
from dataclasses import replace

from ebelge.notify import (
    answer_words,
    application_words,
    gib_words,
    member_words,
    places,
    refund_words,
    report_words,
    reseller_words,
    seal_words,
)
from ebelge.notify.said import Facts, Language, Reader, Words, count, day, last_day, lira, minute


def words(kind: str, language: Language, facts: Facts) -> Words:
    """What a letter of a kind says. :raises KeyError: no such kind, or a fact is missing."""
    said = _KINDS[kind](facts, language == "tr")
    return said if said.button else replace(said, button=places.button(kind, turkish=language == "tr"))


def reader(kind: str) -> Reader:
    """Whom letters of a kind are for."""
    return _READERS.get(kind, "account")


def _kontor_low(facts: Facts, tr: bool) -> Words:
    left, low = count(facts["spendable"]), count(facts["low_kontor"])
    if tr:
        return Words(
            f"Kontörünüz azaldı: {left} kaldı",
            f"Kullanılabilir kontörünüz belirlediğiniz {low} eşiğinin altına indi.",
            "Kontör biterse yeni belge gönderilemez; gelen belgeleriniz ve arşiviniz açık kalır.",
            [("Kullanılabilir", f"{left} kontör"), ("Eşik", f"{low} kontör")],
        )
    return Words(
        f"Kontör is low: {left} left",
        f"Your spendable kontör has fallen below the threshold of {low} that you set.",
        "Without kontör no new document can be sent; incoming documents and your archive stay open.",
        [("Spendable", f"{left} kontör"), ("Threshold", f"{low} kontör")],
    )


def _lots_expiring(facts: Facts, tr: bool) -> Words:
    lots = [(last_day(lot["expires_at"]), count(lot["kontor"])) for lot in facts["lots"]]
    total, days = count(facts["kontor"]), facts["days"]
    if tr:
        when = "bugün gece yarısı" if days == 1 else f"{days} gün içinde"
        return Words(
            f"{total} kontörün süresi {when} doluyor",
            f"Hesabınızdaki {total} kontörün süresi {when} dolacak. Kullanılmayan kontör süresi dolunca silinir.",
            "Önce süresi en yakın kontörler kullanılır; sizin bir şey seçmeniz gerekmez.",
            [(f"Son gün {last}", f"{kontor} kontör") for last, kontor in lots],
        )
    when = "tonight at midnight" if days == 1 else f"within {days} days"
    return Words(
        f"{total} kontör expire {when}",
        f"{total} kontör in your account expire {when}. What is not used by then is lost.",
        "Kontör that expire first are used first; there is nothing for you to choose.",
        [(f"Last day {last}", f"{kontor} kontör") for last, kontor in lots],
    )


def _topup_done(facts: Facts, tr: bool) -> Words:
    amount, kontor = lira(facts["gross_kurus"]), count(facts["kontor"] + facts["bonus_kontor"])
    reference = str(facts["reference"])
    if tr:
        return Words(
            f"Otomatik yükleme: {kontor} kontör",
            f"Bakiyeniz eşiğin altına indiği için kayıtlı kartınızla {kontor} kontör alındı.",
            "Faturanız ayrıca gönderilir. Otomatik yüklemeyi dilediğiniz an kapatabilirsiniz.",
            [("Tutar (KDV dahil)", amount), ("Sipariş", reference)],
        )
    return Words(
        f"Automatic top-up: {kontor} kontör",
        f"Your balance was below the threshold: {kontor} kontör were bought with your saved card.",
        "The invoice follows by itself. You can switch automatic top-up off at any time.",
        [("Amount (KDV included)", amount), ("Order", reference)],
    )


def _topup_failed(facts: Facts, tr: bool) -> Words:
    amount, reason = lira(facts["gross_kurus"]), str(facts["text_tr" if tr else "text_en"])
    again = facts.get("next_try_at")
    rows = [("Tutar" if tr else "Amount", amount), ("Neden" if tr else "Reason", reason)]
    if again:
        rows.append(("Yeniden denenir" if tr else "Tried again", minute(again)))
    if tr:
        return Words(
            "Otomatik yükleme yapılamadı",
            "Kontör almak için kayıtlı kartınızdan ödeme alınamadı; bir tutar çekilmedi.",
            "Kartınızı değiştirebilir ya da kontörü havale ile alabilirsiniz.",
            rows,
        )
    return Words(
        "Automatic top-up failed",
        "Your saved card could not be charged for kontör; nothing was taken.",
        "You can change the card, or buy kontör by bank transfer.",
        rows,
    )


def _topup_confirm(facts: Facts, tr: bool) -> Words:
    amount, until = lira(facts["gross_kurus"]), minute(facts["until"])
    if tr:
        return Words(
            "Bankanız onayınızı istiyor",
            "Otomatik kontör yüklemesi için bankanız kart sahibinin onayını istedi; bir tutar çekilmedi.",
            f"Bağlantı {until} tarihine kadar geçerlidir. Bu arada kartınızdan yeniden ödeme alınmaz.",
            [("Tutar (KDV dahil)", amount), ("Sipariş", str(facts["reference"]))],
            "Ödemeyi onaylayın",
        )
    return Words(
        "Your bank wants you to confirm",
        "For the automatic top-up your bank asks the card's owner to confirm the payment; nothing was taken.",
        f"The link is valid until {until}. Meanwhile your card is not charged again.",
        [("Amount (KDV included)", amount), ("Order", str(facts["reference"]))],
        "Confirm the payment",
    )


_WHY: Mapping[str, tuple[str, str]] = {
    "failures": ("Kart art arda kabul edilmedi", "The card was refused several times"),
    "dispute": ("Bir ödemeniz için bankanıza itiraz edildi", "A payment of yours was disputed at your bank"),
    "expired_card": ("Kartın süresi dolmuş", "The card has expired"),
    "10054": ("Kartın süresi dolmuş", "The card has expired"),
    "card_gone": ("Kayıtlı kart kaldırılmış", "The saved card was removed"),
    "not_found": ("Kayıtlı kart kaldırılmış", "The saved card was removed"),
    "package_off_sale": ("Paket artık satışta değil", "The package is no longer on sale"),
    "unknown_package": ("Paket artık satışta değil", "The package is no longer on sale"),
    "cannot_buy": ("Hesap etkin değil", "The account is not active"),
}


def _topup_suspended(facts: Facts, tr: bool) -> Words:
    why = _WHY.get(facts["why"], ("Kart kullanılamıyor", "The card cannot be used"))[0 if tr else 1]
    if tr:
        return Words(
            "Otomatik yükleme durduruldu",
            "Otomatik kontör yüklemesi durduruldu; siz yeniden başlatana kadar kartınızdan ödeme alınmaz.",
            "Nedeni giderdikten sonra otomatik yüklemeyi yeniden başlatabilirsiniz.",
            [("Neden", why)],
        )
    return Words(
        "Automatic top-up is suspended",
        "Automatic top-up has stopped; your card is not charged until you start it again.",
        "Once the reason is settled you can start automatic top-up again.",
        [("Reason", why)],
    )


def _topup_capped(facts: Facts, tr: bool) -> Words:
    cap, spent, until = lira(facts["cap_kurus"]), lira(facts["spent_kurus"]), day(facts["until"])
    if tr:
        return Words(
            "Otomatik yükleme bu ayın sınırına geldi",
            "Bakiyeniz eşiğin altında, ancak bir paket daha aylık sınırınızı aşar; kartınızdan ödeme alınmadı.",
            f"{until} günü yeniden denenir. Sınırı yükseltebilir ya da kontörü kendiniz alabilirsiniz.",
            [("Aylık sınır", cap), ("Bu ay alınan", spent)],
        )
    return Words(
        "Automatic top-up has reached this month's cap",
        "Your balance is below the threshold, but another package would exceed your monthly cap; nothing was taken.",
        f"It is tried again on {until}. You can raise the cap, or buy kontör yourself.",
        [("Monthly cap", cap), ("Bought this month", spent)],
    )


def _refund_waits(facts: Facts, tr: bool) -> Words:
    amount, reference = lira(facts["gross_kurus"]), str(facts["reference"])
    signs = facts.get("way") == "gider_pusulasi"
    if tr:
        paper = "imzalı gider pusulanız" if signs else "iade faturanız"
        return Words(
            "İadeniz için belgenizi bekliyoruz",
            f"{amount} tutarındaki iadenizin ödenmesi için {paper} gerekiyor.",
            "Belgeniz gelince tutar, ödemenin yapıldığı yola iade edilir. Bu süre içinde kontörünüz dondurulmuştur.",
            [("Sipariş", reference), ("İade tutarı", amount), ("Kontör", count(facts["kontor"]))],
        )
    paper = "gider pusulası, signed" if signs else "iade faturası (return invoice)"
    return Words(
        "Your refund waits for your document",
        f"To pay your refund of {amount} we need your {paper}.",
        "Once it has come the money goes back the way it came. Until then the kontör are frozen.",
        [("Order", reference), ("Refund", amount), ("Kontör", count(facts["kontor"]))],
    )


def _receivable_due(facts: Facts, tr: bool) -> Words:
    amount, due = lira(facts["gross_kurus"]), day(facts["due_at"])
    if tr:
        state = "vadesi geçti" if facts["overdue"] else "vadesi yaklaşıyor"
        return Words(
            f"Ödemenizin {state}: {amount}",
            f"{amount} tutarındaki borcunuzun {state}.",
            "Ödediyseniz bu e-postayı dikkate almayınız; havaleler bir iş günü içinde işlenir.",
            [("Tutar", amount), ("Vade", due)],
        )
    state = "is overdue" if facts["overdue"] else "is due soon"
    return Words(
        f"Your payment {state}: {amount}",
        f"What you owe us, {amount}, {state}.",
        "If you have paid, please ignore this mail; transfers are entered within a working day.",
        [("Amount", amount), ("Due", due)],
    )


def _webhook_paused(facts: Facts, tr: bool) -> Words:
    url = str(facts["url"])
    if tr:
        return Words(
            "Web kancası adresiniz durduruldu",
            "Sisteminiz olay bildirimlerimizi uzun süredir almıyor; bu adrese bildirim durduruldu.",
            "Adresi onardıktan sonra yeniden etkinleştirebilir, kaçan olayları yeniden gönderebilirsiniz.",
            [("Adres", url), ("Son sorun", str(facts["answer"]) or "-")],
        )
    return Words(
        "Your webhook endpoint is paused",
        "Your system has not taken our events for a long time; nothing more is sent to this address.",
        "Once it works again, make it active and have missed events sent again.",
        [("Address", url), ("Last trouble", str(facts["answer"]) or "-")],
    )


_KINDS: Mapping[str, Callable[[Facts, bool], Words]] = {
    "kontor_low": _kontor_low,
    "lots_expiring": _lots_expiring,
    "topup_done": _topup_done,
    "topup_failed": _topup_failed,
    "topup_confirm": _topup_confirm,
    "topup_suspended": _topup_suspended,
    "topup_capped": _topup_capped,
    "refund_waits": _refund_waits,
    "receivable_due": _receivable_due,
    "webhook_paused": _webhook_paused,
    **answer_words.KINDS,
    **application_words.KINDS,
    **gib_words.KINDS,
    **member_words.KINDS,
    **refund_words.KINDS,
    **report_words.KINDS,
    **reseller_words.KINDS,
    **seal_words.KINDS,
}
_READERS: Mapping[str, Reader] = {**application_words.READERS, **member_words.READERS}
KINDS = tuple(_KINDS)
