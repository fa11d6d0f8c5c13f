"""How soon GİB is asked, and how soon a document goes again in a new envelope: dated rules of GİB's, not tuning."""

from dataclasses import dataclass
from datetime import timedelta

SECOND, MINUTE, HOUR = timedelta(seconds=1), timedelta(minutes=1), timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Pace:
    """`first_question`: after a receipt, while GİB works on its answer. `doubt`: after an outcome that is unknown.

    Each further pause is twice the last, up to `longest`. `resend`: before the first new envelope.
    """

    first_question: timedelta
    doubt: timedelta
    longest: timedelta
    resend: timedelta

    def question_after(self, asked: int) -> timedelta:
        """Pause after the question number `asked`; after 0 the receipt has just come."""
        if asked == 0:
            return self.first_question
        return _doubled(self.doubt, asked - 1, self.longest)

    def resend_after(self, envelopes: int) -> timedelta:
        """Pause before the next envelope when `envelopes` failed for a reason of GİB's."""
        return _doubled(self.resend, 2 * (envelopes - 1), 2 * HOUR)


# GİB: only envelopes without an answer 24 hours after sending are asked about, and at most every 5 hours
# (integrator audit guide v1.0, Nov 2019, read November 2026). Answers that GİB pushes come without asking.
BY_THE_RULE = Pace(24 * HOUR, 5 * MINUTE, 5 * HOUR, 5 * MINUTE)
# Sandbox and development: GİB is the simulator, and people wait at the screen.
EAGER = Pace(SECOND / 2, SECOND / 2, 5 * HOUR, 2 * SECOND)


def pace_for(*, mode: str, environment: str) -> Pace:
    """GİB's rule for live tenants in production; the simulator may be asked at any time."""
    return BY_THE_RULE if mode == "live" and environment == "production" else EAGER


def _doubled(first: timedelta, times: int, longest: timedelta) -> timedelta:
    doublings: int = 2 ** min(times, 24)
    return min(first * doublings, longest)
