"""The words of letters to people about their own sign-in. A link stands in the letter only, never in a row."""

from collections.abc import Callable, Mapping
from typing import Final

from ebelge.notify.said import Facts, Language, Words, minute

_IGNORE = (
    "Bunu siz istemediyseniz bu e-postayı silin; hiçbir şey değişmez.",
    "If you did not ask for this, delete this mail; nothing changes.",
)
_NOT_ME = (
    "Bunu siz yapmadıysanız hemen giriş sayfasından yeni parola alın ve desteğe yazın.",
    "If this was not you, get a new password from the sign-in page at once and write to support.",
)


def words(kind: str, language: Language, facts: Facts) -> Words:
    """What a letter of a kind says. :raises KeyError: no such kind, or a fact is missing."""
    return KINDS[kind](facts, language == "tr")


def _confirm(facts: Facts, tr: bool) -> Words:
    if tr:
        return Words(
            "E-posta adresinizi onaylayın",
            "Ebelge'ye bu adresle giriş yapmak için adresin size ait olduğunu onaylayın. Bağlantı 3 gün geçerlidir.",
            _IGNORE[0],
            button="Adresi onaylayın",
        )
    return Words(
        "Confirm your e-mail address",
        "Confirm that this address is yours, to sign in to Ebelge with it. The link is good for 3 days.",
        _IGNORE[1],
        button="Confirm the address",
    )


def _reset(facts: Facts, tr: bool) -> Words:
    if tr:
        return Words(
            "Yeni parola belirleyin",
            "Ebelge hesabınız için yeni parola istendi. Bağlantı 1 saat ve bir kez geçerlidir.",
            _IGNORE[0],
            button="Yeni parola belirleyin",
        )
    return Words(
        "Set a new password",
        "A new password was asked for your Ebelge account. The link is good for 1 hour, and once.",
        _IGNORE[1],
        button="Set a new password",
    )


def _email(facts: Facts, tr: bool) -> Words:
    if tr:
        return Words(
            "Yeni e-posta adresinizi onaylayın",
            "Bir Ebelge hesabına yeni adres olarak bu adres yazıldı. Onaylarsanız giriş bu adresle yapılır. "
            "Bağlantı 1 gün geçerlidir.",
            _IGNORE[0],
            button="Yeni adresi onaylayın",
        )
    return Words(
        "Confirm your new e-mail address",
        "This address was given as the new one of an Ebelge account. Once confirmed, it is the one to sign in with. "
        "The link is good for 1 day.",
        _IGNORE[1],
        button="Confirm the new address",
    )


def _email_taken(facts: Facts, tr: bool) -> Words:
    if tr:
        return Words(
            "Bu adresle zaten bir hesabınız var",
            "Bir Ebelge hesabına yeni adres olarak bu adres yazıldı. Adresin kendi hesabı olduğu için hiçbir şey "
            "değişmedi.",
            "İki hesabınızı birleştirmek isterseniz desteğe yazın.",
        )
    return Words(
        "You have an account with this address already",
        "Somebody wanted to give an Ebelge account this address. It has an account of its own, so nothing was changed.",
        "If both accounts are yours, write to support.",
    )


def _changed(tr_what: str, en_what: str, tr_says: str, en_says: str) -> Callable[[Facts, bool], Words]:
    def say(facts: Facts, tr: bool) -> Words:
        row = [("Saat" if tr else "Time", minute(str(facts["at"])))]
        return Words(tr_what, tr_says, _NOT_ME[0], row) if tr else Words(en_what, en_says, _NOT_ME[1], row)

    return say


KINDS: Final[Mapping[str, Callable[[Facts, bool], Words]]] = {
    "confirm": _confirm,
    "reset": _reset,
    "email": _email,
    "email_taken": _email_taken,
    "password_changed": _changed(
        "Parolanız değişti", "Your password was changed",
        "Ebelge hesabınızın parolası değişti; diğer oturumlarınız kapatıldı.",
        "The password of your Ebelge account was changed; your other sessions were ended.",
    ),
    "email_changed": _changed(
        "E-posta adresiniz değişti", "Your e-mail address was changed",
        "Ebelge hesabınızın e-posta adresi değişti. Bu adresle artık giriş yapılamaz.",
        "The e-mail address of your Ebelge account was changed. This one does not sign in any more.",
    ),
    "factor_changed": _changed(
        "İkinci doğrulamanız değişti", "Your second factor was changed",
        "Ebelge hesabınızın ikinci doğrulaması değişti: bir uygulama, geçiş anahtarı ya da kurtarma kodları.",
        "The second factor of your Ebelge account was changed: an app, a passkey or recovery codes.",
    ),
}  # fmt: skip
