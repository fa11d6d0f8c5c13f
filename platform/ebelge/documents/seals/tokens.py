"""Tokens of the HSM: opened with the PIN of the settings, and never twice with a PIN that a token refused.

Tokens lock after a few wrong PINs, and there are as many workers as cores. So each login is written down before it is
tried and after it: one process at a time, and a refused PIN is refused for all of them, also after a restart, until
the settings hold another one or a person says `ebelge seals pin` (ADR 0126).
"""

import hmac
import time
from collections.abc import Callable
from datetime import datetime, timedelta
from hashlib import sha256

from sqlalchemy import or_
from sqlalchemy.dialects.postgresql import insert

from ebelge.core.clock import utc_now
from ebelge.core.config import settings
from ebelge.core.db import role_session
from ebelge.core.vault import Vault
from ebelge.documents.seals.models import TokenLogin
from ebelge.signing.errors import SealRefused, SealUnusable
from ebelge.signing.seals import Pkcs11Seal

# A login takes milliseconds; who holds one so long has died or hangs in its HSM.
TRYING_MAX = timedelta(seconds=60)
_WAIT_S, _POLL_S = 10.0, 0.05
_KEY_ID_BYTES = 8


class KnownLogins:
    """The gate before every login: the table `token_login`."""

    def __init__(self, clock: Callable[[], datetime] = utc_now) -> None:
        self._clock = clock

    def ask(self, token_label: str, pin: str, *, doubtful: bool) -> None:
        """Take the token's turn; `doubtful`: the token says that its last login failed.

        :raises SealRefused: this PIN was refused before. :raises SealUnusable: another process has the turn.
        """
        until = time.monotonic() + _WAIT_S
        while not self._taken(token_label, pin, doubtful=doubtful):
            if time.monotonic() > until:
                raise SealUnusable(
                    f"HSM'deki {token_label} bölümünü başka bir süreç açıyor.",
                    f"Another process is logging in to the HSM's token {token_label}.",
                )
            time.sleep(_POLL_S)

    def tell(self, token_label: str, pin: str, *, refused: str = "") -> None:
        """How the login ended: `refused` names the token's reason when it did not take the PIN."""
        state = "refused" if refused else "free"
        with role_session("app") as session:
            row = session.get(TokenLogin, token_label)
            if row is not None:
                row.state, row.reason, row.pin_mark = state, refused, _mark(token_label, pin)

    def _taken(self, token_label: str, pin: str, *, doubtful: bool) -> bool:
        at = self._clock()
        with role_session("app") as session:
            known = session.get(TokenLogin, token_label, with_for_update=True)
            if known is not None and known.state == "refused" and _same(known.pin_mark, token_label, pin):
                raise refused_before(token_label, known.tried_at)
            lost = known is not None and known.state == "trying" and known.tried_at < at - TRYING_MAX
            if known is not None and lost and doubtful and _same(known.pin_mark, token_label, pin):
                # whoever tried it died before it could say so; the token says that it failed
                known.state, known.reason = "refused", "PinIncorrect"
                refusal = refused_before(token_label, known.tried_at)
            else:
                refusal = None
                row = {
                    "token_label": token_label, "state": "trying", "pin_mark": _mark(token_label, pin),
                    "tried_at": at, "reason": "",
                }  # fmt: skip
                free = or_(TokenLogin.state != "trying", TokenLogin.tried_at < at - TRYING_MAX)
                statement = insert(TokenLogin).values(row).on_conflict_do_update(
                    index_elements=["token_label"], set_=row, where=free
                )  # fmt: skip
                taken = session.execute(statement.returning(TokenLogin.token_label)).first() is not None
        if refusal is not None:
            raise refusal
        return taken


def refused_before(token_label: str, at: datetime) -> SealRefused:
    """The refusal of a PIN that the token did not take."""
    day = f"{at:%d.%m.%Y %H:%M} UTC"
    return SealRefused(
        f"HSM'deki {token_label} bölümü PIN'i reddetti ({day}); kilitlenmesin diye aynı PIN yeniden denenmiyor. "
        f"Doğrusunu ayarlara yazın ya da `ebelge seals pin {token_label}` ile bildirin.",
        f"The HSM's token {token_label} refused its PIN (PinIncorrect, {day}); it is not tried again, since tokens "
        f"lock. Put the right one into the settings, or say `ebelge seals pin {token_label}`.",
    )


def forgive(token_label: str) -> bool:
    """A person says that the PIN in the settings is right now; True if there was a refused one."""
    with role_session("app") as session:
        row = session.get(TokenLogin, token_label)
        if row is None or row.state != "refused":
            return False
        session.delete(row)
        return True


def open_token(token_label: str, key_label: str) -> Pkcs11Seal:
    """The seal `key_label` in the HSM's token, with the PIN of the settings.

    :raises SealRefused: its PIN was refused. :raises SealUnusable: anything else that stands in the way.
    """
    config = settings()
    if not config.operator_seal_module:
        raise SealUnusable(
            "HSM tanımlı değil (EBELGE_SEAL_PKCS11_MODULE).", "No HSM is configured (EBELGE_SEAL_PKCS11_MODULE)."
        )
    pin = config.seal_pin(token_label)
    if pin is None:
        raise SealUnusable(
            f"HSM'deki {token_label} bölümünün PIN'i tanımlı değil (EBELGE_SEAL_PINS).",
            f"The PIN of the HSM's token {token_label} is not configured (EBELGE_SEAL_PINS).",
        )
    return Pkcs11Seal.open(config.operator_seal_module, token_label, pin, key_label, gate=KnownLogins())


def _mark(token_label: str, pin: str) -> bytes:
    key = Vault.from_text(settings().master_key).master_keys[0]
    return _key_id(key) + _hash(key, token_label, pin)


def _same(mark: bytes, token_label: str, pin: str) -> bool:
    """True if `mark` is of this PIN; or cannot be told, since the master key that made it is gone."""
    keys = {_key_id(key): key for key in Vault.from_text(settings().master_key).master_keys}
    key = keys.get(mark[:_KEY_ID_BYTES])
    return key is None or hmac.compare_digest(mark[_KEY_ID_BYTES:], _hash(key, token_label, pin))


def _hash(key: bytes, token_label: str, pin: str) -> bytes:
    return hmac.new(key, f"ebelge pin {token_label}\0{pin}".encode(), sha256).digest()


def _key_id(key: bytes) -> bytes:
    return sha256(b"ebelge pin" + key).digest()[:_KEY_ID_BYTES]
