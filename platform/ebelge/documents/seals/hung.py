"""Seals that do not answer: an HSM that hangs holds its caller for ever, so somebody else looks at the clock.

One thread for all `OpenSeals` of a process. It only reads what they are at, and tells of it by the way that every seal
that cannot sign is told of: `seal_trouble`, hence `/readyz`, the operator's pages and letters.
"""

import logging
import os
import threading
import time
import weakref
from collections.abc import Sequence
from typing import Final, Protocol

from ebelge.documents.seals.entered import SealOwner
from ebelge.signing.errors import SealUnusable

log = logging.getLogger(__name__)
# A signature takes an HSM milliseconds, a login or a question about a certificate seconds.
HUNG_AFTER_S: Final = 45.0
LOOK_EVERY_S = 5.0
_nobody_stops_it = threading.Event()


class Watched(Protocol):
    """What is looked at: `OpenSeals`."""

    def at_work(self) -> Sequence[tuple[SealOwner, float]]:
        """Whose seal is being opened or used now, and since when (monotonic); takes no lock."""

    def tell(self, owner: SealOwner, error: SealUnusable) -> None:
        """Write down that the owner's documents wait."""


_watched: "weakref.WeakSet[Watched]" = weakref.WeakSet()
_watching_pid = 0


def watch(seals: Watched) -> None:
    """Look at these from now on, as long as they live. To be called by the process that uses them, after any fork."""
    global _watching_pid  # one thread per process
    _watched.add(seals)
    if _watching_pid != os.getpid():
        _watching_pid = os.getpid()
        threading.Thread(target=_look_on, name="hung-seals", daemon=True).start()


def look() -> None:
    """Tell of every seal that has been at work for too long."""
    for seals in list(_watched):
        for owner, since in seals.at_work():
            waited_s = time.monotonic() - since
            if waited_s >= HUNG_AFTER_S:
                log.error("a seal does not answer", extra={"owner_id": str(owner.tenant_id), "waited_s": waited_s})
                seals.tell(owner, not_answering(waited_s))


def not_answering(waited_s: float) -> SealUnusable:
    """The trouble of a seal that has not answered for so long."""
    return SealUnusable(
        f"Mühür (HSM) {waited_s:.0f} saniyedir yanıt vermiyor.",
        f"The seal (HSM) has not answered for {waited_s:.0f} seconds.",
    )


def _look_on() -> None:
    while not _nobody_stops_it.wait(LOOK_EVERY_S):
        try:
            look()
        except Exception:
            log.exception("seals at work could not be looked at")
