"""The way of a company that has sent nothing yet: sandbox, activation, kontör, first document; who must act at each."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from flask import current_app, url_for

from billing.topups.watch import Standing
from ebelge.core.db import tenant_session
from ebelge.documents import month
from ebelge.edge.people import Member
from ebelge.onboarding.checklist import WHO_NAMES, Item

# Where a first document is made: the form, or until it is there an upload.
MAKES = ("invoice_form.new", "bulk_pages.index", "portal_documents.index")


@dataclass(frozen=True, slots=True)
class Step:
    """A step: done or not, who must act, its page. `enters`: the sandbox that its button leads into."""

    done: bool
    words: str
    who: str
    detail: str
    path: str
    button: str
    enters: str = ""


def of(
    who: Member, *, sandbox_id: UUID | None, waits: Sequence[tuple[str, Item]], active: bool, standing: Standing | None,
    side: int,
) -> list[Step]:  # fmt: skip
    """The steps of this member, in order; in a sandbox there is only the document."""
    you, make = WHO_NAMES["you"][side], _make()
    if who.mode == "test":
        return [
            Step(
                False, ("Deneme faturası kesin", "Make a test invoice")[side], you,
                ("Gerçek değildir, GİB'e gitmez; kontörü ücretsizdir.", "It is not real and costs nothing.")[side],
                make, ("Yeni belge", "New document")[side],
            )
        ]  # fmt: skip
    steps = [_tried(sandbox_id, you, side)] if sandbox_id is not None else []
    applied = who.tenant_state == "applied"
    if applied:
        steps.append(
            Step(
                False, ("Başvurunuz inceleniyor", "Your application is looked at")[side], WHO_NAMES["us"][side],
                ("Sonucu e-postayla yazarız.", "We write to you how it ends.")[side], "", "",
            )
        )  # fmt: skip
    actors = sorted({WHO_NAMES[item.who][side] for _, item in waits})
    missing = " ".join(dict.fromkeys((item.text_tr, item.text_en)[side] for _, item in waits[:3]))
    steps.append(
        Step(
            active, ("Hizmetleri etkinleştirin", "Activate your services")[side],
            ", ".join(actors) or ("GİB", you)[not waits], missing, url_for("service_pages.show"),
            ("Eksiklere bakın", "See what is missing")[side],
        )
    )  # fmt: skip
    if standing is not None:
        may = "kontor:buy" in who.rights
        steps.append(
            Step(
                standing.spendable > 0, ("Kontör alın", "Buy kontör")[side],
                you if may else ("Yetkili ya da muhasebeci", "An owner or accountant")[side],
                ("Başvurunuz kabul edilince.", "Once your application is accepted.")[side] if applied
                else ("Bir giden belge bir kontördür.", "An outgoing document is one kontör.")[side],
                "" if applied else url_for("kontor_buying.show"), ("Paketlere bakın", "See packages")[side],
            )
        )  # fmt: skip
    steps.append(
        Step(
            False, ("İlk belgenizi gönderin", "Send your first document")[side], you,
            ("Etkinleştirme ve kontör tamamlanınca.", "Once activation and kontör are there.")[side],
            make if active else "", ("Yeni belge", "New document")[side],
        )
    )  # fmt: skip
    return steps


def _tried(sandbox_id: UUID, you: str, side: int) -> Step:
    with tenant_session(sandbox_id) as session:
        done = month.any_at_all(session, tenant_id=sandbox_id)
    return Step(
        done, ("Denemede bir fatura kesin", "Make an invoice in the sandbox")[side], you,
        ("Her şey açık, hiçbir şey gerçek değil.", "All is open, nothing is real: start at once.")[side],
        "", ("Denemeye geçin", "Enter the sandbox")[side], str(sandbox_id),
    )  # fmt: skip


def _make() -> str:
    return next((url_for(one) for one in MAKES if one in current_app.view_functions), "/documents")
