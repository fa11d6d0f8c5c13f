"""Seals that a worker opens: judged when they are opened and again later, never per document; rotated without a gap."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta
from time import monotonic
from uuid import UUID

import pytest
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, pkcs12
from sqlalchemy import text

from ebelge.core.clock import utc_now
from ebelge.core.db import role_session, tenant_session
from ebelge.documents.seals import entered as seals
from ebelge.documents.seals import hung
from ebelge.documents.seals.entered import SealOwner
from ebelge.documents.seals.open_seals import OpenSeals
from ebelge.jobs import seal_care
from ebelge.signing.errors import SealRefused, SealUnusable
from ebelge.signing.seals import Pkcs12Seal
from ebelge.ubl.examples import AKIN
from tests.documents.accounts import open_tenant
from tests.strangers.ca import Ca

LATER = timedelta(minutes=31)


@dataclass
class Akin:
    """Akın Ltd. and what it signs with."""

    tenant_id: UUID
    authority: Ca

    @property
    def owner(self) -> SealOwner:
        return SealOwner(self.tenant_id)

    def enter(self, seal: Pkcs12Seal | None = None, *, signs_from: datetime | None = None, **other) -> Pkcs12Seal:
        """A seal of the issuer's, entered for Akın."""
        made = seal or self.authority.seal(**other)
        file = pkcs12.serialize_key_and_certificates(
            b"x", made._key, made.certificate, None, BestAvailableEncryption(b"x")
        )
        with tenant_session(self.tenant_id) as session:
            seals.add_pkcs12(
                session, tenant_id=self.tenant_id, mode="live", data=file, password="x", signs_from=signs_from
            )
        return made

    def rows(self) -> list[tuple[bytes, bool]]:
        with tenant_session(self.tenant_id) as session:
            return [(row.certificate_der, row.active) for row in seals.rows(session, tenant_id=self.tenant_id)]


@pytest.fixture
def akin(fresh_settings, trusted: Ca) -> Akin:
    return Akin(open_tenant(AKIN, {}, kontor=0, at=utc_now()), trusted)


@pytest.fixture
def trouble(akin: Akin) -> Callable[[], list[tuple[str, str]]]:
    """What is written down of seals that cannot sign."""

    def read() -> list[tuple[str, str]]:
        with role_session("app") as session:
            return [tuple(row) for row in session.execute(text("SELECT code, text_tr FROM seal_trouble"))]

    return read


def test_a_hundred_documents_cost_one_question(akin: Akin) -> None:
    akin.enter(crl=False)
    opened, at = OpenSeals(), utc_now()
    for n in range(100):
        assert opened.of(akin.owner, at=at + timedelta(seconds=n))
    assert akin.authority.asked("ocsp") == 1


def test_a_seal_that_is_revoked_meanwhile_signs_no_more_and_says_so(akin: Akin, trouble) -> None:
    seal = akin.enter(crl=False)
    opened, at = OpenSeals(), utc_now()
    assert opened.of(akin.owner, at=at)
    akin.authority.say(revoked=[seal.certificate])
    assert opened.of(akin.owner, at=at + timedelta(minutes=20)), "the answer still holds"
    with pytest.raises(SealRefused, match="key_compromise"):
        opened.of(akin.owner, at=at + LATER)
    ((code, said),) = trouble()
    assert (code, "iptal" in said) == ("seal_refused", True)
    with pytest.raises(SealRefused):
        OpenSeals().of(akin.owner, at=at + LATER)

    akin.enter(crl=False)  # a person acts

    assert opened.of(akin.owner, at=at + LATER + timedelta(seconds=1)).certificate != seal.certificate
    assert trouble() == []


def test_a_seal_that_cannot_be_opened_for_long_is_told_of_by_another_thread(
    akin: Akin, trouble, monkeypatch: pytest.MonkeyPatch
) -> None:
    akin.enter(crl=False)
    monkeypatch.setattr(hung, "HUNG_AFTER_S", 0.1)
    opened, said = OpenSeals(), []
    with ThreadPoolExecutor(1) as worker:
        with role_session("owner") as session:
            session.execute(text("LOCK TABLE seal IN ACCESS EXCLUSIVE MODE"))  # as a login that does not come back
            found = worker.submit(opened.of, akin.owner, at=utc_now())
            until = monotonic() + 30
            while not said and monotonic() < until:
                hung.look()
                said = trouble()
        assert found.result(timeout=30)
    ((code, words),) = said
    assert (code, "yanıt vermiyor" in words, trouble()) == (SealUnusable.code, True, [])


def test_where_one_seal_may_not_sign_another_valid_one_stands_in(akin: Akin) -> None:
    reserve, first = akin.enter(days=100, crl=False), akin.enter(days=700, crl=False)
    akin.authority.say(revoked=[first.certificate])
    assert OpenSeals().of(akin.owner, at=utc_now()).certificate_der == reserve.certificate_der


def test_a_responder_that_is_away_stops_nobody_within_the_grace(akin: Akin) -> None:
    akin.enter(crl=False)
    opened, at = OpenSeals(), utc_now()
    assert opened.of(akin.owner, at=at)
    akin.authority.order("ocsp", times=None, transport="drop")
    assert opened.of(akin.owner, at=at + timedelta(hours=20))
    with pytest.raises(SealRefused, match="cannot be learned"):
        opened.of(akin.owner, at=at + timedelta(hours=27))


def test_the_clock_asks_ahead_so_that_no_signer_has_to(akin: Akin) -> None:
    akin.enter(crl=False)
    at = utc_now()
    assert seal_care.ask_ahead(at) == 0
    assert akin.authority.asked("ocsp") == 1
    assert OpenSeals().of(akin.owner, at=at)
    assert akin.authority.asked("ocsp") == 1


def test_the_next_seal_takes_over_at_its_instant_and_the_old_one_retires(akin: Akin) -> None:
    at = utc_now()
    change = at + timedelta(minutes=20)
    old, new = akin.enter(days=10, crl=False), akin.enter(signs_from=change, crl=False)
    opened = OpenSeals()

    def signing(instant: datetime) -> bytes:
        return opened.of(akin.owner, at=instant).certificate_der

    assert signing(change - timedelta(seconds=1)) == old.certificate_der
    assert signing(change) == new.certificate_der, "at the instant, not five seconds later"
    assert seal_care.retire_overtaken(change + timedelta(minutes=59)) == 0
    assert seal_care.retire_overtaken(change + timedelta(minutes=61)) == 1
    assert seal_care.retire_overtaken(change + timedelta(minutes=62)) == 0
    assert akin.rows() == [(old.certificate_der, False), (new.certificate_der, True)]
    with tenant_session(akin.tenant_id) as session:
        noted = session.execute(text("SELECT count(*) FROM audit_entry WHERE action = 'seal.retired'")).scalar()
    assert noted == 1


def test_a_planned_seal_that_fails_leaves_the_old_one_signing(akin: Akin) -> None:
    at = utc_now()
    old, new = akin.enter(crl=False), akin.enter(signs_from=at - timedelta(minutes=5), crl=False)
    akin.authority.say(revoked=[new.certificate])
    assert OpenSeals().of(akin.owner, at=at).certificate_der == old.certificate_der


def test_a_seal_is_not_planned_for_a_time_at_which_it_is_not_valid(akin: Akin) -> None:
    with pytest.raises(SealUnusable, match="not valid then"):
        akin.enter(days=10, signs_from=utc_now() + timedelta(days=11))


def test_letters_go_out_sixty_thirty_and_seven_days_before_the_end_once_each(akin: Akin) -> None:
    akin.enter(days=100, crl=False)
    at = utc_now()

    def letters() -> list[int]:
        with tenant_session(akin.tenant_id) as session:
            rows = session.execute(text("SELECT facts->>'days' FROM letter WHERE kind = 'seal_ending' ORDER BY 1"))
            return sorted(int(days) for (days,) in rows)

    for day in range(102):
        seal_care.tell_of_endings(at + timedelta(days=day, hours=1))
    assert letters() == [6, 29, 59]

    akin.enter(days=900, crl=False)
    assert seal_care.tell_of_endings(at + timedelta(days=99)) == 0, "an heir is entered"


def test_the_operator_is_told_once_of_a_seal_that_cannot_sign(akin: Akin, trouble) -> None:
    seal = akin.enter(crl=False)
    akin.authority.say(revoked=[seal.certificate])
    at, opened = utc_now(), OpenSeals()
    for minutes in (0, 5, 11):
        with pytest.raises(SealRefused):
            opened.of(akin.owner, at=at + timedelta(minutes=minutes))
    assert len(trouble()) == 1
    seal_care.tell_of_trouble(at + timedelta(minutes=9))
    for minutes in (11, 12, 13):
        seal_care.tell_of_trouble(at + timedelta(minutes=minutes))
    with role_session("reader") as session:
        told = session.execute(text("SELECT count(*) FROM letter WHERE kind = 'seal_trouble'")).scalar()
    assert told == 1
