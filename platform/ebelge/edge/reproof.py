"""Who changes what proves him proves himself once more: a browser left open is not enough to take an account over."""

from datetime import datetime, timedelta
from typing import Final

from ebelge.core.db import role_session
from ebelge.core.errors import DomainError
from ebelge.edge import passwords
from ebelge.edge.sign_in import SignedIn
from tenants.people import lockouts, persons
from tenants.people.models import PersonSession

# Who has no password (single sign-on) has signed in just now instead.
FRESH: Final = timedelta(minutes=15)


class NotProved(DomainError):
    """The password that was asked for once more is wrong, or too many tries were."""

    code, http_status = "not_proved", 403
    title_tr, title_en = "Parolanız doğru değil", "Your password is not right"
    advice_tr = "Hiçbir şey değiştirilmedi. Birkaç denemeden sonra bir süre beklemeniz gerekir."
    advice_en = "Nothing was changed. After some tries you will have to wait for a while."


class SignInAgain(DomainError):
    """There is no password to ask for, and the session is not young."""

    code, http_status = "sign_in_again", 403
    title_tr, title_en = "Yeniden giriş yapmanız gerekiyor", "Please sign in again"
    advice_tr = "Hiçbir şey değiştirilmedi. Çıkış yapıp yeniden girin, ardından 15 dakika içinde deneyin."
    advice_en = "Nothing was changed. Sign out and in again, then try within 15 minutes."


def has_password(who: SignedIn) -> bool:
    """Whether the form asks for a password."""
    with role_session("people") as session:
        return persons.get(session, person_id=who.person_id).password is not None


def check(who: SignedIn, *, password: str, at: datetime) -> None:
    """:raises NotProved, SignInAgain: he has not proved himself just now."""
    with role_session("people") as session:
        person = persons.get(session, person_id=who.person_id)
        if person.password is None:
            if at - session.get_one(PersonSession, who.session_id).created_at > FRESH:
                raise SignInAgain()
            return
        counted = lockouts.count(session, kind="account", subject=person.email, at=at)
    if not counted or not passwords.matches(person_id=who.person_id, password=password):
        raise NotProved()
    with role_session("people") as session:
        lockouts.clear(session, subjects=[("account", who.email)])
