"""Delivery: which way a signed document goes on, and the way by mail. The way to GİB: `send` and `status`."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from ebelge.core.ids import new_id
from ebelge.documents import events, readable
from ebelge.documents.models import Document, DocumentEvent
from ebelge.documents.readable import Readable
from ebelge.documents.rows import insert_rows
from ebelge.documents.states import State
from ebelge.documents.travel.models import MailDelivery, ReportLine
from ebelge.outbox import messages
from ebelge.outbox.messages import Claim
from ebelge.outbox.topics import TOPICS
from tenants.company import settings
from tenants.models import Tenant

# Documents that never go to GİB by themselves but as a line of the e-Arşiv report (TRADE.md 6).
REPORTED = frozenset({"earsiv", "emm", "esmm"})


@dataclass(frozen=True, slots=True)
class JustSigned:
    """What delivery has to know of a document that was signed a moment ago."""

    document_id: UUID
    kind: str
    channel: str
    issue_date: date
    buyer_email: str


@dataclass(frozen=True, slots=True)
class MailTask:
    """A mail to send: to whom, and what its text says."""

    claim: Claim
    mail_id: UUID
    document_id: UUID
    ettn: UUID
    recipient: str
    kind: str
    number: str
    issue_date: date
    payable_kurus: int
    currency: str
    sender_title: str
    sender_email: str
    buyer_title: str
    link_token: str
    sandbox: bool
    # What a PDF is made of; None: the sender wants none in the mail (the link leads to one anyway).
    printed: Readable | None = None


@dataclass(frozen=True, slots=True)
class MailOutcome:
    """How a mail fared: taken by the receiving server, refused for good (5xx), or put off (4xx, no connection).

    `detail` is the server's own answer. `ours`: the trouble lies on our side, so it counts no attempt.
    """

    task: MailTask
    result: str
    detail: str
    ours: bool = False


def start(session: Session, *, tenant_id: UUID, documents: Sequence[JustSigned], at: datetime) -> None:
    """Send each document on its way, in the transaction that signed it."""
    by_channel: dict[str, list[JustSigned]] = {"gib": [], "mail": [], "paper": []}
    for document in documents:
        by_channel[document.channel].append(document)
    reported = [document for document in documents if document.kind in REPORTED]
    insert_rows(
        session,
        ReportLine,
        [
            {
                "tenant_id": tenant_id,
                "document_id": document.document_id,
                "issue_date": document.issue_date,
                "state": "pending",
                "created_at": at,
                "report_id": None,
                "late": False,
            }
            for document in reported
        ],
    )
    insert_rows(
        session,
        MailDelivery,
        [
            {
                "tenant_id": tenant_id,
                "mail_id": new_id(),
                "document_id": document.document_id,
                "recipient": document.buyer_email,
                "state": "queued",
                "detail": "",
                "created_at": at,
                "ended_at": None,
            }
            for document in by_channel["mail"]
        ],
    )
    insert_rows(session, DocumentEvent, [_paper_event(tenant_id, one, at) for one in by_channel["paper"]])
    for channel, topic in (("gib", "document.send"), ("mail", "document.mail")):
        keys = [document.document_id for document in by_channel[channel]]
        messages.put_many(session, tenant_id=tenant_id, topic=topic, keys=keys, at=at)


def begin_mails(session: Session, *, tenant_id: UUID, claims: Sequence[Claim]) -> tuple[list[MailTask], list[Claim]]:
    """The mails that these claims of one tenant stand for, and the claims that have nothing to do any more."""
    by_document = {claim.key: claim for claim in claims}
    rows = session.execute(
        select(Document, MailDelivery, Tenant)
        .join(
            MailDelivery,
            (MailDelivery.tenant_id == Document.tenant_id) & (MailDelivery.document_id == Document.document_id),
        )
        .join(Tenant, Tenant.tenant_id == Document.tenant_id)
        .where(
            Document.tenant_id == tenant_id,
            Document.document_id.in_(list(by_document)),
            MailDelivery.state == "queued",
        )
        .order_by(MailDelivery.mail_id)
    ).all()
    with_pdf = bool(rows) and settings.current(session, tenant_id=tenant_id).mail_pdf
    tasks: dict[UUID, MailTask] = {}
    for document, mail, tenant in rows:
        tasks[document.document_id] = MailTask(
            claim=by_document[document.document_id],
            mail_id=mail.mail_id,
            document_id=document.document_id,
            ettn=document.ettn,
            recipient=mail.recipient,
            kind=document.kind,
            number=document.number,
            issue_date=document.issue_date,
            payable_kurus=document.payable_kurus,
            currency=document.currency,
            sender_title=tenant.title,
            sender_email=tenant.email or "",
            buyer_title=document.buyer_title,
            link_token=document.link_token,
            sandbox=tenant.mode == "test",
            printed=readable.of(session, document=document) if with_pdf else None,
        )
    moot = [claim for key, claim in by_document.items() if key not in tasks]
    return list(tasks.values()), moot


def finish_mail(session: Session, *, tenant_id: UUID, outcome: MailOutcome, at: datetime) -> str:
    """Enter how a mail fared; returns what became of it: taken, refused, again or moot.

    A mail put off is tried again; after the last attempt it counts as refused. Kontör is kept (TRADE.md 4).
    """
    task = outcome.task
    result = outcome.result
    topic = TOPICS[task.claim.topic]
    if result == "deferred" and (outcome.ours or task.claim.attempt < topic.attempts_max):
        due_at = at + topic.longest_retry / 10 if outcome.ours else None
        state = messages.again(session, task.claim, at=at, due_at=due_at, error=outcome.detail)
        return "moot" if state == "lost" else "again"
    if not messages.done(session, [task.claim], at=at):
        return "moot"
    document = session.get(Document, (tenant_id, task.document_id), with_for_update=True)
    mail = session.get(MailDelivery, (tenant_id, task.mail_id), with_for_update=True)
    if document is None or mail is None or mail.state != "queued":
        return "moot"
    taken = result == "taken"
    mail.state, mail.detail, mail.ended_at = ("taken" if taken else "refused"), outcome.detail, at
    to = State.DELIVERED if taken else State.UNDELIVERED
    words = {
        State.DELIVERED: (
            f"E-posta alıcının sunucusuna teslim edildi: {task.recipient}",
            f"The mail was taken by the recipient's server: {task.recipient}",
        ),
        State.UNDELIVERED: (
            f"E-posta teslim edilemedi: {task.recipient}. Sunucunun yanıtı: {outcome.detail}",
            f"The mail could not be delivered: {task.recipient}. The server's answer: {outcome.detail}",
        ),
    }
    text_tr, text_en = words[to]
    if document.state in (State.SIGNED, State.UNDELIVERED) and document.state != to:
        events.move(
            session, document=document, to=to, kind="mail", text_tr=text_tr, text_en=text_en,
            data={"mail_id": str(task.mail_id)}, at=at,
        )  # fmt: skip
    else:
        events.record(
            session, document=document, kind="mail", text_tr=text_tr, text_en=text_en,
            data={"mail_id": str(task.mail_id)}, at=at,
        )  # fmt: skip
    return mail.state


def _paper_event(tenant_id: UUID, document: JustSigned, at: datetime) -> dict[str, object]:
    return {
        "tenant_id": tenant_id,
        "document_id": document.document_id,
        "event_id": new_id(),
        "at": at,
        "kind": State.DELIVERED.value,
        "state": State.DELIVERED.value,
        "code": "",
        "text_tr": "E-posta adresi yok: belge KAGIT. Yazdırılabilir, bağlantısı kopyalanabilir.",
        "text_en": "No e-mail address: the document goes on paper. It can be printed, its link can be copied.",
        "kontor": 0,
        "data": "{}",
    }
