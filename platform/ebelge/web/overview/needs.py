"""What waits for a person, each with its button: deadlines first, then what went wrong, then what runs out."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from flask import url_for
from sqlalchemy import select
from sqlalchemy.orm import Session

from billing.expiry.forecast import Forecast
from billing.topups.watch import Standing
from ebelge.core.clock import ISTANBUL, istanbul_date
from ebelge.documents import month
from ebelge.documents.incoming import queries as incoming
from ebelge.documents.incoming.models import IncomingDocument
from ebelge.documents.month import TROUBLES_MAX
from ebelge.documents.reports import queries as reports
from ebelge.documents.reports.dates import Rhythm
from ebelge.documents.reports.models import Report
from ebelge.documents.seals import entered as seals
from ebelge.edge.access import reach
from ebelge.edge.people import Member
from ebelge.onboarding.checklist import Item
from ebelge.web.filters import day, left, number
from tenants.company import settings
from tenants.texts import acceptances

TROUBLE_SINCE: Final = timedelta(days=30)
REPORTS_SINCE: Final = timedelta(days=7)
SOON_EMPTY: Final = timedelta(days=7)
ANSWERS_SHOWN: Final = 3
# state of a document -> what is said of it, and of its button
TROUBLES: Final[dict[str, tuple[tuple[str, str], tuple[str, str]]]] = {
    "undelivered": (("teslim edilemedi", "could not be delivered"), ("Karar verin", "Decide")),
    "refused": (("GİB'den döndü", "refused by GİB"), ("Düzeltin", "Correct")),
    "failed": (("imzalanamadı", "could not be signed"), ("Bakın", "Look")),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Need:
    """One thing that waits: what it is, why, its page and the words of its button. Tones: bad, wait, calm."""

    tone: str
    icon_name: str
    words: str
    detail: str
    path: str
    button: str


@dataclass(frozen=True, slots=True)
class Seen:
    """Who looks, when, and in which language (0 Turkish, 1 English)."""

    who: Member
    at: datetime
    side: int

    def pick(self, tr: str, en: str) -> str:
        """The words in the reader's language."""
        return (tr, en)[self.side]


def of(
    session: Session, seen: Seen, *, told: Forecast | None, standing: Standing | None, waits: list[tuple[str, Item]]
) -> list[Need]:
    """Everything that waits for this member, the most urgent first. `waits`: what activation waits for."""
    found = [
        *_answers(session, seen), *_reports(session, seen), *_troubles(session, seen), *_seals(session, seen),
        *_activation(seen, waits), *_kontor(seen, told, standing), *_texts(session, seen),
    ]  # fmt: skip
    return sorted(found, key=lambda need: ("bad", "wait", "calm").index(need.tone))


def _answers(session: Session, seen: Seen) -> Iterator[Need]:
    """Invoices and despatch advices that came in and must be answered, the nearest deadline first."""
    wanted = incoming.page_statement(seen.who.tenant_id, incoming.Filters(open_at=seen.at), None, reach())
    due = session.scalars(wanted.order_by(None).order_by(IncomingDocument.answerable_until).limit(TROUBLES_MAX)).all()
    for one in due[:ANSWERS_SHOWN]:
        until = one.answerable_until or seen.at
        yield Need(
            "bad" if until - seen.at < timedelta(days=2) else "wait",
            "clock",
            seen.pick(f"{one.number} yanıtınızı bekliyor", f"{one.number} waits for your answer"),
            f"{one.sender_title} · "
            + seen.pick(f"{left(until, seen.at, 'tr')} kaldı", f"{left(until, seen.at, 'en')} left"),
            url_for("portal_incoming.one", document_id=one.document_id),
            seen.pick("Yanıtlayın", "Answer"),
        )
    if len(due) > ANSWERS_SHOWN:
        rest = _count(len(due) - ANSWERS_SHOWN)
        yield Need(
            "wait", "inbox", seen.pick(f"{rest} belge daha yanıt bekliyor", f"{rest} more wait for an answer"), "",
            url_for("portal_incoming.index", needs=1), seen.pick("Listeyi açın", "Open the list"),
        )  # fmt: skip


def _reports(session: Session, seen: Seen) -> Iterator[Need]:
    """e-Arşiv reports that GİB did not take, or days that should have been reported by now."""
    tenant_id, today = seen.who.tenant_id, istanbul_date(seen.at)
    path, button = url_for("report_pages.index"), seen.pick("Raporlara bakın", "See reports")
    for late, count in reports.waiting(session, tenant_id=tenant_id):
        due = Rhythm().due_at(late)
        if late >= today or seen.at < next(Rhythm().alarms_of(late))[1]:
            continue
        words = seen.pick(
            f"{day(late)} gününün e-Arşiv raporu bekliyor", f"The e-Arşiv report of {day(late)} is still to come"
        )
        detail = seen.pick(f"{count} belge", f"{count} documents") + (
            " · " + seen.pick("süresi geçti", "past its time") if due <= seen.at
            else " · " + left(due, seen.at, ("tr", "en")[seen.side])
        )  # fmt: skip
        yield Need("bad", "report", words, detail, path, button)
    recent = session.scalars(
        select(Report).where(Report.tenant_id == tenant_id, Report.day >= today - REPORTS_SINCE)
    ).all()
    replaced = {one.replaces_id for one in recent}
    failed = [one for one in recent if one.state == "failed" and one.report_id not in replaced]
    if failed:
        days = ", ".join(sorted({day(one.day) for one in failed}))
        yield Need(
            "bad", "report", seen.pick("GİB e-Arşiv raporunu kabul etmedi", "GİB did not take an e-Arşiv report"), days,
            path, button,
        )  # fmt: skip


def _troubles(session: Session, seen: Seen) -> Iterator[Need]:
    """Documents of the last 30 days that went wrong and were not corrected."""
    since = seen.at - TROUBLE_SINCE
    for one in month.troubles(
        session, tenant_id=seen.who.tenant_id, states=TROUBLES, since=since, reach=reach()
    ):  # fmt: skip
        words, button = TROUBLES[one.state]
        named = ", ".join(f"{number_} ({buyer})" for _, number_, buyer in one.newest)
        path = (
            url_for("portal_documents.one", document_id=one.newest[0][0])
            if one.documents == 1
            else url_for("portal_documents.index", state=one.state)
        )
        yield Need(
            "bad", "alert-triangle",
            seen.pick(f"{_count(one.documents)} belge {words[0]}", f"{_documents(one.documents)} {words[1]}"),
            named, path, button[seen.side],
        )  # fmt: skip


def _seals(session: Session, seen: Seen) -> Iterator[Need]:
    """The company's own seals that end soon, or cannot sign."""
    if "company:read" not in seen.who.rights:
        return
    path, button = url_for("service_pages.show"), seen.pick("Mühürlere bakın", "See seals")
    trouble = seals.trouble_of(session, owner_id=seen.who.tenant_id)
    if trouble is not None:
        yield Need(
            "bad", "certificate", seen.pick("Mührünüz imzalayamıyor", "Your seal cannot sign"),
            seen.pick(trouble.text_tr, trouble.text_en), path, button,
        )  # fmt: skip
    own = [row for row in seals.rows(session, tenant_id=seen.who.tenant_id) if row.active]
    last = max((row.valid_until for row in own), default=None)
    if last is None or last <= seen.at - timedelta(days=90):
        return
    warn = timedelta(days=settings.current(session, tenant_id=seen.who.tenant_id).seal_warn_days)
    if last - seen.at <= warn:
        ended = last <= seen.at
        words = seen.pick("Mührünüzün süresi doldu", "Your seal has ended") if ended else seen.pick(
            "Mührünüzün süresi doluyor", "Your seal ends soon"
        )  # fmt: skip
        yield Need(
            "bad" if ended else "wait", "certificate", words,
            f"{last.astimezone(ISTANBUL):%d.%m.%Y} · {left(last, seen.at, ('tr', 'en')[seen.side])}", path, button,
        )  # fmt: skip


def _activation(seen: Seen, waits: list[tuple[str, Item]]) -> Iterator[Need]:
    """Services whose activation waits for the company itself."""
    if "company:read" not in seen.who.rights:
        return
    yours = [(name, item) for name, item in waits if item.who == "you"]
    if yours:
        names = sorted({name for name, _ in yours})
        first = yours[0][1]
        yield Need(
            "wait", "settings", seen.pick(f"Etkinleştirme sizi bekliyor: {', '.join(names)}",
                                          f"Activation waits for you: {', '.join(names)}"),
            seen.pick(first.text_tr, first.text_en), url_for("service_pages.show"),
            seen.pick("Tamamlayın", "Complete"),
        )  # fmt: skip


def _kontor(seen: Seen, told: Forecast | None, standing: Standing | None) -> Iterator[Need]:
    """A balance that is low, empty, or will be within a week."""
    if told is None or standing is None or seen.who.tenant_state == "applied":  # who cannot buy is not told to
        return
    soon = told.empty_because == "used" and told.empty_at - seen.at < SOON_EMPTY
    if not (standing.spendable == 0 or standing.spendable < standing.low_kontor or soon):
        return
    may = "kontor:buy" in seen.who.rights
    words = seen.pick("Kontör bitti, belge gönderilemez", "No kontör left: nothing can be sent")
    if standing.spendable:
        words = number(standing.spendable) + seen.pick(" kontör kaldı", " kontör left")
    yield Need(
        "wait" if standing.spendable else "bad", "coins", words,
        "" if may else seen.pick("Yetkili ya da muhasebeci alır", "An owner or accountant buys"),
        url_for("kontor_buying.show") if may else url_for("kontor_pages.show"),
        seen.pick("Kontör alın", "Buy kontör") if may else seen.pick("Bakiyeye bakın", "See the balance"),
    )  # fmt: skip


def _texts(session: Session, seen: Seen) -> Iterator[Need]:
    if seen.who.acting is None and acceptances.outstanding(
        session, tenant_id=seen.who.tenant_id, person_id=seen.who.person_id, at=seen.at
    ):
        yield Need(
            "wait", "file-text", seen.pick("Onay bekleyen metinler var", "Texts wait to be accepted"),
            seen.pick("Onaylanmadan gönderim ve satın alma yapılamaz", "Sending and buying wait for them"),
            "/account/texts", seen.pick("Okuyup onaylayın", "Read and accept"),
        )  # fmt: skip


def _documents(count: int) -> str:
    """How many documents, in English."""
    return "1 document" if count == 1 else f"{_count(count)} documents"


def _count(count: int) -> str:
    return f"{count}+" if count >= TROUBLES_MAX else str(count)
