"""What the company is told by mail, and to whom: what has a setting is set here, what is always sent is said."""

from dataclasses import replace
from datetime import datetime
from typing import Final

from flask import Blueprint, Response, request
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as WerkzeugResponse

from billing.expiry.notices import STEPS
from billing.topups import watch
from ebelge.edge.actors import actor
from ebelge.edge.languages import language
from ebelge.edge.limits import body_up_to
from ebelge.edge.people import member, right
from ebelge.jobs.answer_reminders import DAYS_BEFORE
from ebelge.jobs.seal_care import WARN_DAYS
from ebelge.notify import post
from ebelge.web.frame import account_page
from ebelge.web.kontor import topup
from ebelge.web.set_up.forms import EMPTY, FORM_BYTES_MAX, Form, attempt, change, own_rows, text
from tenants import accounts
from tenants.company import details, settings
from tenants.fields import InvalidFields

blueprint = Blueprint("notification_pages", __name__, url_prefix="/settings/notifications")
HERE: Final = "notification_pages.show"


@blueprint.get("")
@right("kontor:read")
def show() -> Response:
    """Which letters there are, who reads them, and what of it can be set."""
    return _page(EMPTY)


@blueprint.post("/watch")
@right("kontor:buy")
@body_up_to(FORM_BYTES_MAX)
def keep_watch() -> Response | WerkzeugResponse:
    """Set the low-balance watch and with it who reads the letters."""
    return attempt(topup.watch_as_sent, show=_page, to=HERE)


@blueprint.post("/address")
@right("company:write")
@body_up_to(FORM_BYTES_MAX)
def keep_address() -> Response | WerkzeugResponse:
    """Change the company's own address, which reads the letters where the watch names nobody."""

    def work(session: Session, at: datetime) -> None:
        tenant_id = member().tenant_id
        kept = details.identity(accounts.get(session, tenant_id=tenant_id))
        email = text("email").strip()
        if not email:
            raise InvalidFields({"email": ("Bir adres yazın.", "Write an address.")})
        to = replace(kept, email=email)
        details.change(session, tenant_id=tenant_id, to=to, actor=actor(), at=at)

    return change(work, show=_page, to=HERE)


def _page(form: Form) -> Response:
    who = member()
    with own_rows() as session:
        readers, _ = post.addressed(session, tenant_id=who.tenant_id)
        return account_page(
            "settings/notifications.html", form=form, readers=readers, done="done" in request.args,
            watch=watch.of(session, tenant_id=who.tenant_id),
            email=accounts.get(session, tenant_id=who.tenant_id).email, letters=_letters(session),
            may_watch="kontor:buy" in who.rights, may_write="company:write" in who.rights,
        )  # fmt: skip


def _letters(session: Session) -> list[tuple[str, str]]:
    """Each letter that is always sent: its name, and when it goes out."""
    chosen = settings.current(session, tenant_id=member().tenant_id).seal_warn_days
    seal_days = _days({*WARN_DAYS, chosen})
    both = (
        (("Süresi dolan kontör", "Kontör about to expire"),
         (f"Son günden {_days(STEPS)} gün önce, her lot için birer kez.",
          f"{_days(STEPS)} days before the last day, once each per lot.")),
        (("Otomatik yükleme", "Automatic top-up"),
         ("Paket alınınca, kart reddedilince, banka onay isteyince, aylık sınıra gelinince, durdurulunca.",
          "When a package is bought, a card refused, the bank asks, the cap is reached, or it is suspended.")),
        (("Yanıt hatırlatması", "Answer reminder"),
         (f"Yanıtlanmamış ticari fatura için süre bitmeden {DAYS_BEFORE} gün önce ve son gün, saat 9'dan sonra.",
          f"For an unanswered commercial invoice {DAYS_BEFORE} days before its term ends and on the last day.")),
        (("Alıcının yanıtı", "A buyer's answer"),
         ("Alıcı ticari faturanızı kabul ya da reddettiğinde; sizin yanıtınız GİB'e ulaşmadığında.",
          "When a buyer accepts or refuses your commercial invoice; when your own answer does not reach GİB.")),
        (("Sertifika uyarısı", "Certificate warning"),
         (f"Mühür sertifikasının bitmesine {seal_days} gün kala. Günü Şirket sayfasında seçilir.",
          f"{seal_days} days before a seal's certificate ends. The day is chosen on the Company page.")),
        (("Web kancası", "Webhook"),
         ("Bir adres beş gün hiçbir olayı almadığı için duraklatıldığında.",
          "When an endpoint is paused because it has taken no event for five days.")),
    )  # fmt: skip
    side = 0 if language() == "tr" else 1
    return [(name[side], words[side]) for name, words in both]


def _days(steps: set[int] | tuple[int, ...]) -> str:
    return ", ".join(str(days) for days in sorted(steps, reverse=True))
