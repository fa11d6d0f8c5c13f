"""Every state of a document and every lawful move between them: one table."""

from enum import StrEnum

from ebelge.core.errors import Conflict


class State(StrEnum):
    """Where a document stands."""

    ACCEPTED = "accepted"  # checked, numbered, charged; waits for its signature
    SIGNED = "signed"  # signed and archived; kontör spent; waits for delivery
    SENT = "sent"  # handed to GİB, final answer outstanding
    UNKNOWN = "unknown"  # we do not know whether GİB has it: asked again, never resent blindly
    DELIVERED = "delivered"  # at its buyer (GİB 1300, mail taken by the server, or printable on paper)
    UNDELIVERED = "undelivered"  # could not be delivered (1215, 1230, mail refused): a person decides
    REFUSED = "refused"  # GİB refused it for good; kontör came back
    GIVEN_UP = "given_up"  # undelivered, and the user gave up; kontör came back
    WITHDRAWN = "withdrawn"  # taken back before it was signed; kontör released, number open again
    CANCELLED = "cancelled"  # e-Arşiv and receipts: cancelled (iptal) by its issuer; reported as such, kontör kept
    FAILED = "failed"  # could never be signed; kontör released, number open again


MOVES: dict[State, frozenset[State]] = {
    State.ACCEPTED: frozenset({State.SIGNED, State.WITHDRAWN, State.FAILED}),
    State.SIGNED: frozenset(
        {State.SENT, State.UNKNOWN, State.DELIVERED, State.UNDELIVERED, State.REFUSED, State.CANCELLED}
    ),
    State.SENT: frozenset({State.DELIVERED, State.REFUSED, State.UNDELIVERED, State.UNKNOWN}),
    State.UNKNOWN: frozenset({State.SENT, State.DELIVERED, State.REFUSED, State.UNDELIVERED}),
    State.UNDELIVERED: frozenset(
        {State.SENT, State.UNKNOWN, State.DELIVERED, State.GIVEN_UP, State.REFUSED, State.CANCELLED}
    ),
    State.DELIVERED: frozenset({State.UNDELIVERED, State.CANCELLED}),  # a mail that bounces later; an iptal
    State.CANCELLED: frozenset(),
    State.REFUSED: frozenset(),
    State.GIVEN_UP: frozenset(),
    State.WITHDRAWN: frozenset(),
    State.FAILED: frozenset(),
}
# What people read of a state.
STATE_TEXTS: dict[str, tuple[str, str]] = {
    "accepted": ("Kabul edildi, imza sırasında", "Accepted, waiting for its seal"),
    "signed": ("İmzalandı, gönderim sırasında", "Signed, waiting for delivery"),
    "sent": ("GİB'e iletildi, sonuç bekleniyor", "With GİB, result awaited"),
    "unknown": ("Belirsiz, GİB'e soruluyor", "Uncertain, GİB is being asked"),
    "delivered": ("Teslim edildi", "Delivered"),
    "undelivered": ("Teslim edilemedi, kararınız bekleniyor", "Could not be delivered, waits for your decision"),
    "refused": ("GİB reddetti, kontör iade edildi; düzeltip gönderin", "Refused by GİB, kontör came back; correct it"),
    "given_up": ("Gönderimden vazgeçildi, kontör iade edildi", "Given up, kontör came back"),
    "withdrawn": ("Geri çekildi", "Withdrawn"),
    "cancelled": ("İptal edildi", "Cancelled"),
    "failed": ("İmzalanamadı, kontör serbest", "Could not be signed, kontör released"),
}
# States in which somebody has yet to act by himself: the deadline sweeper looks after these.
MOVING = frozenset({State.ACCEPTED, State.SIGNED, State.SENT, State.UNKNOWN})
# A document in one of these keeps its number until a correction takes it over (DESIGN.md 6).
CORRECTABLE = frozenset({State.REFUSED, State.GIVEN_UP})


class UnlawfulMove(Conflict):
    """The document cannot go from its present state to that one."""

    code = "unlawful_move"


def check_move(old: State, new: State) -> None:
    """:raises UnlawfulMove: unless the table allows old -> new."""
    if new not in MOVES[old]:
        raise UnlawfulMove(
            f"Belge '{old}' durumundayken '{new}' durumuna geçemez.",
            f"A document that is {old} cannot become {new}.",
        )
