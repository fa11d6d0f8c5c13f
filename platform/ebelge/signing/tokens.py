"""A logged-in session with a token of an HSM: one per token and process, as PKCS#11's login is.

Lost sessions (token removed, HSM restarted, module finalised by somebody else) are forgotten; the next seal that is
opened logs in again. A PIN that a token refused is not tried again by the process, whatever the gate says.
"""

import hashlib
import os
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any, ClassVar, Protocol

import pkcs11

from ebelge.signing.errors import SealUnusable

_PIN_REFUSED = (pkcs11.PinIncorrect, pkcs11.PinInvalid, pkcs11.PinLenRange, pkcs11.PinLocked, pkcs11.PinExpired)


class LoginGate(Protocol):
    """Who is asked before a token is logged in to, and told what came of it; knows what other processes met."""

    def ask(self, token_label: str, pin: str, *, doubtful: bool) -> None:
        """`doubtful`: the token says that a login failed. :raises SealUnusable: do not try."""

    def tell(self, token_label: str, pin: str, *, refused: str = "") -> None:
        """The login is over; `refused`: why the token did not take the PIN."""


class Token:
    """An open session and its lock: a session does one thing at a time."""

    _open: ClassVar[dict[tuple[str, str, bytes], "Token"]] = {}
    _opening: ClassVar[threading.Lock] = threading.Lock()
    # PINs that a token refused: another try by a patient worker would lock the token for good.
    _refused: ClassVar[set[tuple[str, str, bytes]]] = set()

    def __init__(self, session: Any) -> None:
        self.session = session
        self.lock = threading.Lock()
        self.process_id = os.getpid()
        self.busy_since: float | None = None
        # A forgotten session's handle may be given out again: whoever still holds it must not use it.
        self.alive = True

    @classmethod
    def open(cls, module: str, token_label: str, pin: str, gate: LoginGate | None = None) -> "Token":
        """The process's session with a token, logged in if it is not.

        :raises SealUnusable: no such module or token, PIN refused now or before, opened before a fork.
        """
        key = (module, token_label, hashlib.sha256(pin.encode()).digest())
        with cls._opening:
            if any(token.process_id != os.getpid() for token in cls._open.values()):
                raise token_refusal("opened before a fork")
            if key in cls._open:
                return cls._open[key]
            if gate is None and key in cls._refused:
                raise token_refusal(f"{token_label}: PinIncorrect; not tried again until the process starts anew")
            try:
                found = cls._find(module, token_label)
                if gate is not None:
                    gate.ask(token_label, pin, doubtful=_doubtful(found))
                session = cls._log_in(found, token_label, pin, gate)
            except (pkcs11.PKCS11Error, RuntimeError) as error:
                if isinstance(error, _PIN_REFUSED):
                    cls._refused.add(key)
                raise token_refusal(f"{token_label}: {type(error).__name__}") from error
            cls._open[key] = cls(session)
            return cls._open[key]

    @classmethod
    def _find(cls, module: str, token_label: str) -> Any:
        library = pkcs11.lib(module)
        try:
            return library.get_token(token_label=token_label)
        except (pkcs11.NoSuchToken, pkcs11.MultipleTokensReturned):
            if cls._open:
                raise  # others of this process work with the module as it is
        except pkcs11.PKCS11Error:  # finalised behind our back: every session is gone
            for token in cls._open.values():
                token.alive = False
            cls._open.clear()
        # a token that was put back, a module that somebody finalised
        with suppress(pkcs11.PKCS11Error):
            library.finalize()
        library.initialize()
        return library.get_token(token_label=token_label)

    @classmethod
    def _log_in(cls, found: Any, token_label: str, pin: str, gate: LoginGate | None) -> Any:
        refused = ""
        try:
            return found.open(user_pin=pin)
        except _PIN_REFUSED as error:
            refused = type(error).__name__
            raise
        finally:
            if gate is not None:
                gate.tell(token_label, pin, refused=refused)

    @contextmanager
    def turn(self) -> Iterator[None]:
        """The session for one call; `busy_since` (monotonic) says meanwhile how long it has been out."""
        with self.lock:
            self.busy_since = time.monotonic()
            try:
                yield
            finally:
                self.busy_since = None

    def forget(self) -> None:
        """Let the next seal that is opened log in again; what is left of this session is closed."""
        with self._opening:
            if not self.alive:
                return
            self.alive = False
            for key in [key for key, token in self._open.items() if token is self]:
                del self._open[key]
        with suppress(pkcs11.PKCS11Error):
            self.session.close()


def _doubtful(found: Any) -> bool:
    """True when the token says that its last login failed, or that the next wrong one locks it."""
    flags = pkcs11.TokenFlag
    return bool(found.flags & (flags.USER_PIN_COUNT_LOW | flags.USER_PIN_FINAL_TRY))


def token_refusal(reason: str) -> SealUnusable:
    """The refusal of a seal whose token cannot be used."""
    return SealUnusable(f"HSM'deki mühür kullanılamıyor ({reason}).", f"The seal in the HSM cannot be used ({reason}).")
