"""The mailing job: reads what a mail must say, hands it to the SMTP server, enters how it fared."""

import logging
from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import partial
from uuid import UUID

from ebelge.archive.store import ArchiveError, ArchiveStore
from ebelge.core.clock import utc_now
from ebelge.core.config import settings
from ebelge.core.db import role_session, tenant_session
from ebelge.core.telemetry import bind
from ebelge.documents import readable
from ebelge.documents.sign import SIGNED_NAME
from ebelge.documents.travel import deliver
from ebelge.documents.travel.deliver import MailOutcome, MailTask
from ebelge.jobs import stopping
from ebelge.jobs.claims import by_tenant
from ebelge.jobs.database import patiently
from ebelge.notify import letters
from ebelge.notify.mailer import Mailer
from ebelge.outbox import messages, relay
from ebelge.outbox.messages import Claim
from ebelge.outbox.topics import TOPICS
from ebelge.paper.errors import PdfTooLarge, PdfUnavailable
from ebelge.ubl.errors import UnreadableDocument

log = logging.getLogger(__name__)
PDF_BYTES_MAX = 8 * 1024 * 1024  # mail servers refuse more together with the XML


class Postman:
    """What a mailing process keeps: the archive, and the way to the SMTP server."""

    def __init__(self, store: ArchiveStore) -> None:
        config = settings()
        self._store = store
        self._mailer = Mailer(
            config.smtp_host, config.smtp_port, timeout_s=config.smtp_timeout_s, mail_from=config.mail_from
        )

    def work(self, claims: Sequence[Claim], *, claimed_at: datetime | None = None) -> None:
        """Mail what these claims stand for; what there was no time for goes back, uncounted."""
        # A slow mail server must not hold a claim beyond its lease: somebody else would send the same mail again.
        margin = timedelta(seconds=settings().smtp_timeout_s + 10)
        deadline = (claimed_at or utc_now()) + TOPICS["document.mail"].lease - margin
        left: list[Claim] = []
        for tenant_id, theirs in by_tenant(claims).items():
            with bind(tenant_id=tenant_id):
                try:
                    left += self._tenant(tenant_id, theirs, deadline)
                except Exception:
                    log.exception("mailing for a tenant failed", extra={"claims": len(theirs)})
        self._mailer.close()
        if left:
            with role_session("relay") as session:
                relay.give_back(session, left)

    def _tenant(self, tenant_id: UUID, claims: Sequence[Claim], deadline: datetime) -> list[Claim]:
        if stopping.requested.is_set() or utc_now() > deadline:
            return list(claims)
        tasks = patiently(lambda: _begin(tenant_id, claims))
        left: list[Claim] = []
        for task in tasks:
            if stopping.requested.is_set() or utc_now() > deadline:
                left.append(task.claim)
                continue
            with bind(document_id=task.document_id):
                outcome = self._mail(tenant_id, task)
                became = patiently(partial(_enter, tenant_id, outcome))
                log.info("mail sent", extra={"outcome": became, "detail": outcome.detail[:200]})
        return left

    def _mail(self, tenant_id: UUID, task: MailTask) -> MailOutcome:
        try:
            xml = self._store.get(tenant_id, task.ettn, SIGNED_NAME)
        except ArchiveError as error:
            return MailOutcome(task, "deferred", str(error))
        letter = letters.document_letter(
            recipient=task.recipient,
            sender_title=task.sender_title,
            sender_email=task.sender_email,
            buyer_title=task.buyer_title,
            kind=task.kind,
            number=task.number,
            issue_date=task.issue_date,
            payable_kurus=task.payable_kurus,
            currency=task.currency,
            link=letters.link(settings().public_base_url, task.link_token),
            sandbox=task.sandbox,
            attachment=xml,
            pdf=_pdf(task, xml),
            mail_id=task.mail_id,
        )
        answer = self._mailer.send(letter)
        return MailOutcome(task, answer.result, answer.detail, ours=answer.ours)


def _pdf(task: MailTask, xml: bytes) -> bytes:
    """The PDF to go along. A mail is never held up by one that cannot be made: its link leads to it."""
    if task.printed is None:
        return b""
    try:
        data = readable.paper(task.printed, xml)
    except (PdfTooLarge, PdfUnavailable, UnreadableDocument) as error:
        log.warning("mail without its PDF", extra={"reason": str(error)})
        return b""
    return data if len(data) <= PDF_BYTES_MAX else b""


def _begin(tenant_id: UUID, claims: Sequence[Claim]) -> list[MailTask]:
    with tenant_session(tenant_id) as session:
        tasks, moot = deliver.begin_mails(session, tenant_id=tenant_id, claims=claims)
        messages.done(session, moot, at=utc_now())
        return tasks


def _enter(tenant_id: UUID, outcome: MailOutcome) -> str:
    with tenant_session(tenant_id) as session:
        return deliver.finish_mail(session, tenant_id=tenant_id, outcome=outcome, at=utc_now())
