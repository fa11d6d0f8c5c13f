"""The checklist of a closing: what each step wants, what the books say of it, and whose turn it is."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Literal
from uuid import UUID

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from ebelge.core.clock import istanbul_midnight
from ebelge.core.money import count_text
from ebelge.onboarding.closing_models import Closing, ClosingStep

Who = Literal["you", "us", "gib"]


@dataclass(frozen=True, slots=True)
class Kind:
    """A step: its words, who must act, and whether a person may confirm it (a paper proves it)."""

    title_tr: str
    title_en: str
    who: Who
    by_hand: bool


KINDS: Final[Mapping[str, Kind]] = {
    "sending_ends": Kind(
        "Son gün geçti, yeni belge kesilmiyor", "The last day is over, nothing new is sent", "you", False
    ),
    "documents_final": Kind(
        "Her belge sonuçlandı", "Every document has reached its end", "us", False
    ),
    "answers_given": Kind(
        "Bekleyen yanıtlar verildi ya da devredildi", "Open answers are given or handed over", "you", True
    ),
    "report_accepted": Kind(
        "Son e-Arşiv raporu kabul edildi", "The last e-Arşiv report is accepted", "us", True
    ),
    "gib_cancelled": Kind(
        "GİB'deki kullanıcı ve etiketler kapatıldı", "User and aliases are cancelled at GİB", "gib", True
    ),
    "kontor_settled": Kind(
        "Kalan kontör iade edildi ya da vazgeçildi", "Kontör left are refunded or given up", "you", True
    ),
    "archive_delivered": Kind(
        "Arşiv bildirimiyle birlikte teslim edildi", "The archive is handed out with its manifest", "us", False
    ),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Step:
    """How a step stands. `left` is how much keeps it open (documents, kontör), where that is counted."""

    step: str
    title_tr: str
    title_en: str
    who: Who
    by_hand: bool
    done: bool
    left: int
    said_tr: str
    said_en: str


def by_hand(step: str) -> bool:
    """True if a person may confirm it."""
    return step in KINDS and KINDS[step].by_hand


def steps(session: Session, *, closing: Closing, at: datetime) -> list[Step]:
    """Every step in its order. What a person confirmed is done, whatever the books say; the rest they answer."""
    confirmed = {
        one.step: one
        for one in session.scalars(
            select(ClosingStep).where(
                ClosingStep.tenant_id == closing.tenant_id, ClosingStep.closing_id == closing.closing_id
            )
        )
    }
    found = []
    for name, kind in KINDS.items():
        done, left, tr, en = _ASKED[name](session, closing, at)
        paper = confirmed.get(name)
        if paper is not None:
            proof = f", {paper.paper}" if paper.paper else ""
            done, tr, en = True, f"{paper.done_on:%d.%m.%Y}{proof}", f"{paper.done_on.isoformat()}{proof}"
        found.append(Step(name, kind.title_tr, kind.title_en, kind.who, kind.by_hand, done, left, tr, en))
    return found


Answer = tuple[bool, int, str, str]


def _sending_ends(_: Session, closing: Closing, at: datetime) -> Answer:
    over = at >= istanbul_midnight(closing.last_day + timedelta(days=1))
    return over, 0, f"son gün {closing.last_day:%d.%m.%Y}", f"last day {closing.last_day.isoformat()}"


def _documents_final(session: Session, closing: Closing, _: datetime) -> Answer:
    left = _number(session, _MOVING, closing.tenant_id)
    return left == 0, left, f"{left} belge yolda", f"{left} documents under way"


def _answers_given(session: Session, closing: Closing, at: datetime) -> Answer:
    found = session.execute(text(_ANSWERS), {"tenant_id": closing.tenant_id, "at": at}).scalar_one()
    return found == 0, found, f"yanıt bekleyen {found} gelen belge", f"{found} incoming documents wait for an answer"


def _report_accepted(session: Session, closing: Closing, _: datetime) -> Answer:
    left = _number(session, _UNREPORTED, closing.tenant_id)
    return left == 0, left, f"raporlanmamış {left} kayıt", f"{left} entries not reported"


def _gib_cancelled(session: Session, closing: Closing, _: datetime) -> Answer:
    left = _number(session, _AT_GIB, closing.tenant_id)
    return left == 0, left, f"GİB'de açık {left} hizmet", f"{left} services open at GİB"


def _kontor_settled(session: Session, closing: Closing, _: datetime) -> Answer:
    left = _number(session, _KONTOR, closing.tenant_id)
    return left == 0, left, f"{count_text(left)} kontör duruyor", f"{count_text(left)} kontör left"


def _archive_delivered(session: Session, closing: Closing, _: datetime) -> Answer:
    there = _number(session, _DOCUMENTS, closing.tenant_id)
    handed = session.execute(
        _EXPORT, {"tenant_id": closing.tenant_id, "since": istanbul_midnight(closing.last_day + timedelta(days=1))}
    ).first()
    if there == 0:
        return True, 0, "arşivde belge yok", "there is nothing in the archive"
    if handed is None:
        return False, there, f"{there} belge teslim edilecek", f"{there} documents to be handed out"
    return (
        True,
        0,
        f"bildirim {bytes(handed.manifest_sha256).hex()[:16]}",
        f"manifest {bytes(handed.manifest_sha256).hex()[:16]}",
    )


_ASKED: Final[Mapping[str, Callable[[Session, Closing, datetime], Answer]]] = {
    "sending_ends": _sending_ends,
    "documents_final": _documents_final,
    "answers_given": _answers_given,
    "report_accepted": _report_accepted,
    "gib_cancelled": _gib_cancelled,
    "kontor_settled": _kontor_settled,
    "archive_delivered": _archive_delivered,
}
_MOVING = (
    "SELECT count(*) FROM document WHERE tenant_id = :tenant_id AND state IN ('accepted', 'signed', 'sent', 'unknown')"
)
# Those that may still be answered, and answers that have not arrived yet.
_ANSWERS = (
    "SELECT (SELECT count(*) FROM incoming_document WHERE tenant_id = :tenant_id AND answer = 'none' "
    "AND answerable_until > :at) + (SELECT count(*) FROM answer WHERE tenant_id = :tenant_id "
    "AND state IN ('prepared', 'signed'))"
)
# What GİB has not accepted yet: documents, cancellations and objections.
_UNREPORTED = (
    "SELECT (SELECT count(*) FROM report_line WHERE tenant_id = :tenant_id AND state IN ('pending', 'stuck')) "
    "+ (SELECT count(*) FROM report_remark WHERE tenant_id = :tenant_id AND state = 'pending')"
)
# Only what was asked for at GİB has to be cancelled there; e-Müstahsil and e-Arşiv go with e-Fatura's user.
_AT_GIB = (
    "SELECT count(*) FROM service WHERE tenant_id = :tenant_id AND service IN ('efatura', 'eirsaliye') "
    "AND state IN ('asked_at_gib', 'active', 'closing')"
)
_KONTOR = "SELECT available + held + frozen FROM wallet WHERE tenant_id = :tenant_id"
_DOCUMENTS = (
    "SELECT (SELECT count(*) FROM document WHERE tenant_id = :tenant_id) + "
    "(SELECT count(*) FROM old_document WHERE tenant_id = :tenant_id)"
)
_EXPORT = text(
    "SELECT manifest_sha256 FROM archive_export WHERE tenant_id = :tenant_id AND at >= :since AND missing = 0 "
    "ORDER BY at DESC LIMIT 1"
)


def _number(session: Session, sql: str, tenant_id: UUID) -> int:
    return int(session.execute(text(sql), {"tenant_id": tenant_id}).scalar_one())
