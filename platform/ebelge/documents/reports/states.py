"""States of an e-Arşiv report and every lawful move between them: one table."""

from enum import StrEnum

from ebelge.core.errors import Conflict


class ReportState(StrEnum):
    """Where a report stands."""

    BUILDING = "building"  # its lines are chosen; neither built nor signed yet
    READY = "ready"  # signed and archived; not handed over, as far as we know
    SENT = "sent"  # GİB has it; its answer is outstanding
    UNKNOWN = "unknown"  # it is not known whether GİB has it: asked before it is sent again
    ACCEPTED = "accepted"  # GİB took it; its documents are reported
    FAILED = "failed"  # GİB refused it, or it could not be built; another one takes its place


REPORT_MOVES: dict[ReportState, frozenset[ReportState]] = {
    ReportState.BUILDING: frozenset({ReportState.READY, ReportState.FAILED}),
    ReportState.READY: frozenset({ReportState.SENT, ReportState.UNKNOWN, ReportState.ACCEPTED, ReportState.FAILED}),
    ReportState.UNKNOWN: frozenset({ReportState.SENT, ReportState.ACCEPTED, ReportState.FAILED}),
    ReportState.SENT: frozenset({ReportState.ACCEPTED, ReportState.FAILED}),
    ReportState.ACCEPTED: frozenset(),
    ReportState.FAILED: frozenset(),
}
REPORT_TEXTS: dict[str, tuple[str, str]] = {
    "building": ("Hazırlanıyor", "Being built"),
    "ready": ("İmzalandı, gönderim sırasında", "Signed, waiting to be sent"),
    "sent": ("GİB'e gönderildi, yanıt bekleniyor", "Sent to GİB, its answer is awaited"),
    "unknown": ("Belirsiz, GİB'e soruluyor", "Uncertain, GİB is being asked"),
    "accepted": ("GİB kabul etti", "Accepted by GİB"),
    "failed": ("GİB kabul etmedi", "Not accepted by GİB"),
}
OPEN = frozenset({ReportState.BUILDING, ReportState.READY, ReportState.SENT, ReportState.UNKNOWN})


class UnlawfulReportMove(Conflict):
    """The report cannot go from its present state to that one."""

    code = "unlawful_report_move"


def check_report_move(old: ReportState, new: ReportState) -> None:
    """:raises UnlawfulReportMove: unless the table allows old -> new."""
    if new not in REPORT_MOVES[old]:
        raise UnlawfulReportMove(
            f"Rapor '{old}' durumundayken '{new}' durumuna geçemez.", f"A report that is {old} cannot become {new}."
        )
