"""How soon GİB is asked, and how soon a document goes again in a new envelope: dated rules of GİB's, not tuning."""

from dataclasses import dataclass
from datetime import timedelta

# Envelopes that one thing may use up for reasons that are not its own, before a person has to look.
ENVELOPES_MAX = 8
SECOND, MINUTE, HOUR = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1)
OUTAGE_PAUSE_MAX = 5 * MINUTE


@dataclass(frozen=True, slots=True)
class Pace:
    """`first_question`: after a receipt. `between`: questions about an envelope that GİB has. `doubt`: questions about
    one of which it is not known whether GİB has it. `resend`: before the first new envelope. `new_list`: until
    GİB's list has been fetched again, which is allowed hourly.

    Each further pause is twice the last, up to `longest`.
    """

    first_question: timedelta
    between: timedelta
    doubt: timedelta
    longest: timedelta
    resend: timedelta
    new_list: timedelta = timedelta(minutes=65)

    def question_after(self, asked: int) -> timedelta:
        """Pause after question number `asked` about an envelope that GİB has; after 0 its receipt has just come."""
        return self.first_question if asked == 0 else _doubled(self.between, asked - 1, self.longest)

    def doubt_after(self, asked: int) -> timedelta:
        """Pause before the next question about an envelope that GİB may not have, after `asked` of them."""
        return _doubled(self.doubt, asked, self.longest)

    def resend_after(self, envelopes: int) -> timedelta:
        """Pause before the next envelope when `envelopes` failed for a reason of GİB's."""
        return _doubled(self.resend, 2 * (envelopes - 1), 2 * HOUR)


# GİB: only envelopes without an answer 24 hours after sending are asked about, and at most every 5 hours
# (integrator audit guide v1.0, Nov 2019, read November 2026). Answers that GİB pushes come without asking.
BY_THE_RULE = Pace(24 * HOUR, 5 * HOUR, 5 * MINUTE, 5 * HOUR, 5 * MINUTE)
# Sandbox and development: GİB is the simulator, and people wait at the screen.
EAGER = Pace(SECOND / 2, SECOND / 2, SECOND / 2, 5 * HOUR, 2 * SECOND, 5 * SECOND)


def pace_for(*, mode: str, environment: str) -> Pace:
    """GİB's rule for live tenants in production; the simulator may be asked at any time."""
    return BY_THE_RULE if mode == "live" and environment == "production" else EAGER


def outage_pause(attempt: int) -> timedelta:
    """Pause while GİB is out of reach: doubles up to five minutes, and goes on as long as it takes (TRADE.md 7)."""
    return _doubled(SECOND, attempt, OUTAGE_PAUSE_MAX)


def _doubled(first: timedelta, times: int, longest: timedelta) -> timedelta:
    doublings: int = 2 ** min(times, 24)
    return min(first * doublings, longest)
