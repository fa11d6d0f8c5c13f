"""Seals opened by this process, and whether they may sign: looked at every few seconds, never per document."""

import logging
import threading
import time
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import delete, text
from sqlalchemy.dialects.postgresql import insert

from ebelge.core.clock import utc_now
from ebelge.core.config import ConfigurationError, settings
from ebelge.core.db import role_session, tenant_session
from ebelge.core.vault import VaultError
from ebelge.documents.seals import certificates, hung
from ebelge.documents.seals import entered as seals
from ebelge.documents.seals.entered import SealOwner
from ebelge.documents.seals.models import SealTrouble
from ebelge.documents.seals.tokens import open_token
from ebelge.signing.errors import SealRefused, SealUnusable
from ebelge.signing.seals import Pkcs11Seal, Pkcs12Seal, Seal
from tenants.models import SealRow

log = logging.getLogger(__name__)
# How often a seal that still cannot sign is written down again.
TROUBLE_AGAIN = timedelta(minutes=1)
_HURRY = text(
    "UPDATE outbox_message SET due_at = now() WHERE topic = 'document.sign' AND state = 'scheduled' "
    "AND last_error LIKE :refused"
)


class OpenSeals:
    """Seals opened by this process, once each. Not for use across a fork: PKCS#11 sessions do not survive one."""

    def __init__(self, *, look_again_after: timedelta = timedelta(seconds=5)) -> None:
        """`look_again_after`: how long an owner's choice of seal is taken as unchanged."""
        self._look_again_after = look_again_after
        self._chosen: dict[SealOwner, tuple[datetime, datetime, Seal]] = {}
        self._seals: dict[UUID, Seal] = {}
        self._troubled: dict[SealOwner, datetime] = {}
        self._well: set[SealOwner] = set()
        self._lock = threading.Lock()
        self._choosing: tuple[SealOwner, float] | None = None

    def of(self, owner: SealOwner, *, at: datetime) -> Seal:
        """The owner's seal that signs now; if it cannot, the next of its valid ones. Rows are read every few seconds
        and at the instant of a planned change, keys opened once, certificates judged as `certificates` says.

        :raises SealRefused: none may sign until somebody acts. :raises SealUnusable: none can be used now.
        """
        with self._lock:
            since, until, known = self._chosen.get(owner, (at, at, None))
            if known is not None and since <= at < until:
                return known
            hung.watch(self)
            self._choosing = (owner, time.monotonic())
            try:
                seal, until = self._choose(owner, at)
            except SealUnusable as error:
                self._note(owner, error, at)
                raise
            finally:
                self._choosing = None
            self._chosen[owner] = (at, until, seal)
            if owner not in self._well:
                _well_again(owner)
                self._well.add(owner)
                self._troubled.pop(owner, None)
            return seal

    def _choose(self, owner: SealOwner, at: datetime) -> tuple[Seal, datetime]:
        with tenant_session(owner.tenant_id) as session:
            rows = seals.candidates(session, tenant_id=owner.tenant_id, at=at)
            change = seals.next_change(session, tenant_id=owner.tenant_id, at=at)
        if not rows:
            raise SealUnusable("Tanımlı mühür yok.", "No seal is entered.")
        until = min(at + self._look_again_after, change) if change else at + self._look_again_after
        first: SealUnusable | None = None
        for row in rows:
            if first is not None and row.valid_until <= at:
                break  # one that ended stands in for nobody
            try:
                return self._usable(row, at), until
            except SealUnusable as error:
                first = first or error
                log.error("seal cannot sign", extra={"seal_id": str(row.seal_id), "reason": str(error)})
        assert first is not None
        raise first

    def _usable(self, row: SealRow, at: datetime) -> Seal:
        if row.seal_id not in self._seals:
            self._seals[row.seal_id] = _open(row)
        seal = self._seals[row.seal_id]
        judge(seal, mode=row.mode, at=at)
        return seal

    def forget(self, owner: SealOwner, error: SealUnusable | None = None, *, at: datetime | None = None) -> None:
        """Open the owner's seal anew the next time: it could not sign, and an HSM that restarted ends every session."""
        with self._lock:
            _, _, unusable = self._chosen.pop(owner, (None, None, None))
            self._seals = {seal_id: seal for seal_id, seal in self._seals.items() if seal is not unusable}
            if error is not None and at is not None:
                self._note(owner, error, at)

    def at_work(self) -> list[tuple[SealOwner, float]]:
        """Whose seal is being opened or signs now, and since when (monotonic). Without the lock: who hangs holds it."""
        opening = self._choosing
        found = [] if opening is None else [opening]
        for owner, (_, _, seal) in list(self._chosen.items()):
            if isinstance(seal, Pkcs11Seal) and (since := seal.busy_since) is not None:
                found.append((owner, since))
        return found

    def tell(self, owner: SealOwner, error: SealUnusable) -> None:
        """Write down that documents of this owner's seal wait; the next time that it is chosen takes it back."""
        self._note(owner, error, utc_now())

    def _note(self, owner: SealOwner, error: SealUnusable, at: datetime) -> None:
        """Write down that documents of this owner's seal wait, at most every minute."""
        self._well.discard(owner)
        noted = self._troubled.get(owner)
        if noted is not None and at - noted < TROUBLE_AGAIN:
            return
        self._troubled[owner] = at
        row = {
            "owner_id": owner.tenant_id, "code": error.code, "text_tr": error.detail_tr, "text_en": error.detail_en,
            "since": at, "seen_at": at,
        }  # fmt: skip
        lasting = {name: value for name, value in row.items() if name != "since"}
        with role_session("app") as session:
            session.execute(
                insert(SealTrouble).values(row).on_conflict_do_update(index_elements=["owner_id"], set_=lasting)
            )


def judge(seal: Seal, *, mode: str, at: datetime, ask: bool = True) -> None:
    """Whether a seal's certificate may sign now. Sandboxes in production sign with seals of our own making.

    :raises SealRefused: it may not.
    """
    if mode == "test" and settings().environment == "production":
        return
    try:
        found = certificates.check_certificate(seal.certificate, at=at, now=at, ask=ask)
    except ConfigurationError as error:
        raise SealRefused(f"Ayarlar eksik: {error}", f"A setting is wrong: {error}") from error
    if found.state == "expired":
        return  # the signer says so, with the dates
    if not found.usable or (found.state == "unchecked" and settings().environment == "production"):
        raise SealRefused(found.text_tr, found.text_en)


def _well_again(owner: SealOwner) -> None:
    """The seal signs: nothing stands in its way any more, and whoever waited for a seal to be mended need not wait."""
    with role_session("app") as session:
        gone = delete(SealTrouble).where(SealTrouble.owner_id == owner.tenant_id).returning(SealTrouble.owner_id)
        mended = session.execute(gone).first() is not None
    if mended:
        with role_session("relay") as session:
            session.execute(_HURRY, {"refused": f"{SealRefused.code}:%"})


def _open(row: SealRow) -> Seal:
    if row.storage == "pkcs11":
        return open_token(row.token_label or "", row.key_label or "")
    seals.refuse_file(row.mode)
    try:
        context = seals.closed_for(row.tenant_id, row.seal_id)
        bare = seals.vault().open(row.closed_pkcs12 or b"", context=context)
    except VaultError as error:
        raise SealUnusable(
            "Saklanan mühür ana anahtarla açılamıyor.", f"The kept seal cannot be opened: {error}."
        ) from error
    return Pkcs12Seal.load(bare, None)
