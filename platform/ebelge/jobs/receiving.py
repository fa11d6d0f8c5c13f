"""The receiving job: envelopes that GİB pushed are judged, delivered, and answered by a system response.

An envelope is judged outside any transaction, ended in one of its receiver's, answered in one of the operator's.
Whoever dies between leaves a message that comes back; ids are derived, files are written once: nothing is double.
"""

import hashlib
import logging
from collections.abc import Sequence
from uuid import UUID

from cryptography import x509
from sqlalchemy.orm import Session

from ebelge.archive.store import ArchiveError, ArchiveStore, Key
from ebelge.core.clock import utc_now
from ebelge.core.config import ConfigurationError, settings
from ebelge.core.db import role_session, role_trips, tenant_session, tenant_trips
from ebelge.documents.answers import received as answers
from ebelge.documents.incoming import delivery as incoming_delivery
from ebelge.documents.incoming import envelopes as incoming
from ebelge.documents.incoming import responses as incoming_responses
from ebelge.documents.incoming.checks import (
    CheckedZarf,
    Header,
    ZarfRefused,
    check_contents,
    check_frame,
    header,
    opened,
)
from ebelge.documents.incoming.envelopes import Waiting
from ebelge.documents.incoming.models import INCOMING_NAME, INCOMING_ZARF_NAME, SYSTEM_RESPONSE_NAME
from ebelge.documents.incoming.responses import KeptAnswer
from ebelge.documents.incoming.system_responses import enter
from ebelge.documents.seals.certificates import check_certificate
from ebelge.documents.travel import parcels
from ebelge.documents.travel.pace import pace_for
from ebelge.gib.system_response import system_response_document
from ebelge.jobs import stopping
from ebelge.jobs.database import patiently
from ebelge.jobs.telling_incoming import received
from ebelge.outbox import messages, relay
from ebelge.outbox.messages import Claim
from ebelge.signing.configured import seal_anchors
from ebelge.ubl.answer_reading import read_answer
from ebelge.ubl.errors import UnreadableDocument

log = logging.getLogger(__name__)


class Receiver:
    """What a receiving process keeps open: the archive."""

    def __init__(self, store: ArchiveStore) -> None:
        self._store = store

    def work(self, claims: Sequence[Claim]) -> None:
        """Judge and answer envelopes, one after the other; what there is no time for goes back, uncounted."""
        for place, claim in enumerate(claims):
            if stopping.requested.is_set():
                with role_session("relay") as session:
                    relay.give_back(session, list(claims[place:]))
                return
            try:
                self._one(claim)
            except Exception as error:
                # The others' documents must not wait for this envelope's trouble.
                log.exception("an envelope could not be worked on", extra={"zarf_id": str(claim.key)})
                _later(claim, error)

    def _one(self, claim: Claim) -> None:
        waiting = patiently(lambda: _begin(claim))
        if waiting is not None:
            if waiting.code is None:
                self._judge(waiting)
            self._answer(waiting, claim)
        else:
            patiently(lambda: _done(claim))

    def _judge(self, waiting: Waiting) -> None:
        zipped = self._store.get(waiting.holder_id, waiting.zarf_id, INCOMING_ZARF_NAME)
        if hashlib.sha256(zipped).digest() != waiting.sha256:
            raise ArchiveError(f"the zip of envelope {waiting.zarf_id} is not the one that came")
        said = Header()
        try:
            zarf = opened(zipped, zarf_id=waiting.zarf_id)
            said = header(zarf)
            check_frame(zarf)
            with role_trips("app") as session:
                tenant_id = incoming.receiver_of(session, mode=waiting.mode, header=said)
            with tenant_trips(tenant_id) as session:
                incoming.check_receiver(session, tenant_id=tenant_id, header=said, at=waiting.received_at)
            checked = check_contents(zarf, trust=trust(), at=waiting.received_at)
            _refuse_revoked(checked)
            if checked.response is not None:
                _enter_status(waiting, said, checked, tenant_id)
            elif said.zarf_type == "POSTBOXENVELOPE":
                self._keep_answers(waiting, said, checked, tenant_id)
            else:
                self._deliver(waiting, said, checked, tenant_id)
            log.info("envelope delivered", extra={"zarf_id": str(waiting.zarf_id), "documents": said.count})
        except ZarfRefused as refusal:
            told = refusal  # the name of an except clause ends with it
            patiently(lambda: _refuse(waiting, said, told))
            log.warning(
                "envelope refused",
                extra={"zarf_id": str(waiting.zarf_id), "gib_code": refusal.code, "finding": refusal.finding[:300]},
            )

    def _deliver(self, waiting: Waiting, said: Header, checked: CheckedZarf, tenant_id: UUID) -> None:
        documents = incoming_delivery.of(checked, waiting=waiting)
        with tenant_trips(tenant_id) as session:  # before files are written that nobody will speak of
            incoming_delivery.refuse_doubles(session, tenant_id=tenant_id, documents=documents, waiting=waiting)
        self._keep(tenant_id, [(one.document_id, one.document.xml) for one in documents])

        def deliver() -> None:
            with tenant_session(tenant_id) as session:
                if not incoming.lock_open(session, waiting=waiting):
                    return
                at = utc_now()
                rows = incoming_delivery.deliver(
                    session, tenant_id=tenant_id, documents=documents, waiting=waiting, header=said, at=at
                )
                for row in rows:
                    received(session, row, at=at)
                _end(session, waiting, said, tenant_id)

        patiently(deliver)

    def _keep_answers(self, waiting: Waiting, said: Header, checked: CheckedZarf, tenant_id: UUID) -> None:
        kept = incoming_responses.of(checked, waiting=waiting)
        self._keep(tenant_id, [(one.response_id, one.document.xml) for one in kept])

        def keep() -> None:
            with tenant_session(tenant_id) as session:
                if not incoming.lock_open(session, waiting=waiting):
                    return
                incoming_responses.keep(
                    session, tenant_id=tenant_id, answers=kept, waiting=waiting, header=said, at=utc_now()
                )
                for one in kept:
                    _hand_over(session, tenant_id, one, waiting)
                _end(session, waiting, said, tenant_id)

        patiently(keep)

    def _keep(self, tenant_id: UUID, files: Sequence[tuple[UUID, bytes]]) -> None:
        """Archive files under their derived ids. :raises ArchiveError: one could not be stored, or is another's."""
        items = [(Key(tenant_id, object_id, INCOMING_NAME), data) for object_id, data in files]
        for (key, data), stored in zip(items, self._store.put_many(items), strict=True):
            if isinstance(stored, ArchiveError):
                raise stored
            if stored.sha256 != hashlib.sha256(data).digest():
                raise ArchiveError(f"{key.object_id}/{key.name} holds another file")

    def _answer(self, waiting: Waiting, claim: Claim) -> None:
        """Push our system response, unless that was done before, and end the message. GİB may ask for it, too
        (`api.gib_endpoint`)."""
        with role_session("app") as session:
            answer = incoming.to_be_answered(session, waiting=waiting, lock=False)
        if answer is None:
            patiently(lambda: _done(claim))
            return
        document = system_response_document(
            about=answer.about, about_type=answer.about_type, code=answer.code, text=answer.text,
            sender=answer.sender, receiver=answer.receiver, at=answer.at,
        )  # fmt: skip
        stored = self._store.put(waiting.holder_id, waiting.zarf_id, SYSTEM_RESPONSE_NAME, document.encode())

        def post() -> None:
            with tenant_session(waiting.holder_id) as session:
                messages.done(session, [claim], at=utc_now())
                if incoming.to_be_answered(session, waiting=waiting) is None:
                    return
                zarf_id = parcels.post(
                    session, tenant_id=waiting.holder_id, cargo="system", object_id=waiting.zarf_id,
                    zarf_type="SYSTEMENVELOPE", element_type="APPLICATIONRESPONSE", sender=answer.sender,
                    receiver=answer.receiver, file_name=SYSTEM_RESPONSE_NAME, at=utc_now(),
                )  # fmt: skip
                incoming.answered_in(session, waiting=waiting, response_zarf_id=zarf_id, sha256=stored.sha256)

        patiently(post)


def trust() -> tuple[x509.Certificate, ...] | None:
    """Who must stand behind a seal. In development without authorities: nobody, a signature only has to hold.

    :raises ConfigurationError: in production nobody is named: anybody's certificate would do.
    """
    anchors = seal_anchors()
    if not anchors and settings().environment == "production":
        raise ConfigurationError(
            "EBELGE_SEAL_ANCHORS is not set: nobody vouches for seals, so no incoming signature would prove anything."
        )
    return anchors or None


def _refuse_revoked(checked: CheckedZarf) -> None:
    """A seal that was revoked when it signed proves nothing. Where nobody can say, the document comes in: what the
    chain and its dates tell was asked before.

    :raises ZarfRefused: 1176.
    """
    for document in {one.signature.certificate: one for one in checked.documents}.values():
        signed_at = document.signature.signing_time
        finding = check_certificate(document.signature.certificate, at=signed_at, now=utc_now())
        if finding.state == "revoked":
            raise ZarfRefused(1176, f"{document.facts.number}: {finding.text_en}")


def _hand_over(session: Session, tenant_id: UUID, one: KeptAnswer, waiting: Waiting) -> None:
    """Let the answer be read by whom it concerns. :raises ZarfRefused: it is not one that the law allows."""
    try:
        response = read_answer(one.document.xml)
    except UnreadableDocument as error:
        raise ZarfRefused(1150, "; ".join(finding.message_en for finding in error.findings)) from error
    verdict = answers.receive(
        session, tenant_id=tenant_id, response=response, response_id=one.response_id, at=waiting.received_at
    )
    if not verdict.taken:
        raise ZarfRefused(verdict.code, verdict.text_tr)
    incoming_responses.entered(session, tenant_id=tenant_id, response_id=one.response_id)


def _enter_status(waiting: Waiting, said: Header, checked: CheckedZarf, tenant_id: UUID) -> None:
    response = checked.response
    assert response is not None
    pace = pace_for(mode=waiting.mode, environment=settings().environment)

    def work() -> None:
        with tenant_session(tenant_id) as session:
            if not incoming.lock_open(session, waiting=waiting):
                return
            finding = enter(session, tenant_id=tenant_id, header=said, response=response, pace=pace, at=utc_now())
            _end(session, waiting, said, tenant_id, finding)

    patiently(work)


def _end(session: Session, waiting: Waiting, said: Header, tenant_id: UUID, finding: str = "") -> None:
    incoming.end(
        session, waiting=waiting, header=said, code=incoming.DONE, finding=finding, tenant_id=tenant_id, at=utc_now()
    )


def _begin(claim: Claim) -> Waiting | None:
    # That it is being worked on may be forgotten by a crash: it is begun again then.
    with role_session("app", durable=False) as session:
        return incoming.begin(session, mode=claim.payload["mode"], zarf_id=claim.key)


def _refuse(waiting: Waiting, said: Header, refusal: ZarfRefused) -> None:
    with role_session("app") as session:
        incoming.refuse(session, waiting=waiting, header=said, refusal=refusal, at=utc_now())


def _done(claim: Claim) -> None:
    with tenant_session(claim.tenant_id) as session:
        messages.done(session, [claim], at=utc_now())


def _later(claim: Claim, error: Exception) -> None:
    with tenant_session(claim.tenant_id) as session:
        messages.again(session, claim, at=utc_now(), error=f"{type(error).__name__}: {error}")
