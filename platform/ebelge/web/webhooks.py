"""Webhooks of the company: endpoints made, paused, exchanged and removed by people; what was sent, sent again.

A secret is shown once, in the answer that makes it.
"""

from datetime import datetime
from http import HTTPStatus
from typing import Final, Protocol
from uuid import UUID

from flask import Blueprint, Response, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as WerkzeugResponse

from ebelge.core.db import tenant_session
from ebelge.core.errors import DomainError, InvalidRequest, NotFound
from ebelge.edge.languages import language
from ebelge.edge.limits import body_up_to
from ebelge.edge.people import member, right
from ebelge.edge.requests import request_at
from ebelge.jobs.intents import vault
from ebelge.jobs.webhooks import rules
from ebelge.notify.webhooks import endpoints, events
from ebelge.notify.webhooks.addresses import AddressRefused
from ebelge.notify.webhooks.endpoints import Shown
from ebelge.web import forms
from ebelge.web.frame import account_page
from ebelge.web.set_up.forms import EMPTY, FORM_BYTES_MAX, Form, refused
from tenants.fields import InvalidFields


class Deed(Protocol):
    """What is done about one endpoint."""

    def __call__(self, session: Session, *, tenant_id: UUID, endpoint_id: UUID, at: datetime) -> object: ...


blueprint = Blueprint("webhook_pages", __name__, url_prefix="/settings/webhooks")
SHOWN: Final = 50
EVENT_WORDS: Final = {
    "kontor.low": ("Kontör eşiğin altına indi", "Kontör fell below the threshold"),
    "lot.expiring": ("Kontörün süresi dolmak üzere", "Kontör is about to expire"),
    "lot.expired": ("Kontörün süresi doldu", "Kontör expired"),
    "order.paid": ("Sipariş ödendi", "An order was paid"),
    "order.refunded": ("Sipariş iade edildi", "An order was refunded"),
    "payment.disputed": ("Ödemeye itiraz edildi", "A payment was disputed"),
    "topup.suspended": ("Otomatik yükleme durduruldu", "Automatic top-up was suspended"),
    "document.delivered": ("Belge teslim edildi", "A document was delivered"),
    "document.undelivered": ("Belge teslim edilemedi", "A document could not be delivered"),
    "document.refused": ("GİB belgeyi reddetti", "GİB refused a document"),
    "document.failed": ("Belge imzalanamadı", "A document could not be signed"),
    "document.cancelled": ("Belge iptal edildi", "A document was cancelled"),
    "incoming.received": ("Belge geldi", "A document came in"),
    "document.answered": ("Alıcı belgeyi yanıtladı", "A buyer answered a document"),
    "incoming.answer_failed": ("Yanıtınız GİB'e ulaşmadı", "Your answer did not reach GİB"),
    "incoming.answer_due": ("Yanıt süresi doluyor", "An answer is due"),
    events.TEST: ("Sınama", "Test"),
}
ENDPOINT_STATES: Final = {"active": ("good", "Açık", "Active"), "paused": ("wait", "Duraklatıldı", "Paused")}
DELIVERY_STATES: Final = {
    "waiting": ("wait", "Gönderiliyor", "On its way"), "delivered": ("good", "Alındı", "Taken"),
    "failed": ("bad", "Alınmadı", "Not taken"), "disabled": ("quiet", "Gönderilmedi", "Not sent"),
}  # fmt: skip
SAID: Final = {
    "pause": ("Duraklatıldı: bu adrese bir şey gönderilmez.", "Paused: nothing is sent to this address."),
    "activate": (
        "Yeniden açıldı. Kaçırılanlar kendiliğinden gönderilmez.",
        "Active again. What was missed is not sent by itself.",
    ),
    "edited": ("Kaydedildi; bundan sonraki gönderimler böyle yapılır.", "Saved; what is sent from now on follows it."),
    "remove": ("Adres silindi.", "The endpoint is removed."),
    "test": ("Sınama olayı yola çıktı.", "The test event is on its way."),
    "replayed": ("Olay yeniden yola çıktı.", "The event is on its way again."),
}
DEEDS: Final[dict[str, Deed]] = {
    "pause": endpoints.pause, "activate": endpoints.activate, "remove": endpoints.remove, "test": events.test,
}  # fmt: skip


@blueprint.get("")
@right("keys:manage")
def index() -> Response:
    """The company's endpoints with their last delivery, and a form for a new one."""
    return _list()


@blueprint.post("")
@right("keys:manage")
@body_up_to(FORM_BYTES_MAX)
def create() -> Response:
    """Add an endpoint; this answer is the only one that has its secret."""
    who = member()
    try:
        with tenant_session(who.tenant_id) as session:
            made = endpoints.create(
                session, tenant_id=who.tenant_id, url=request.form.get("url", "").strip(),
                events=request.form.getlist("event"), rules=rules(), vault=vault(), by=who.mark, at=request_at(),
            )  # fmt: skip
    except DomainError as refusal:
        return _list(form=_beside(refusal), status=refusal.http_status)
    return _list(made=made, status=HTTPStatus.CREATED)


@blueprint.get("/<uuid:endpoint_id>")
@right("keys:manage")
def one(endpoint_id: UUID) -> Response:
    """One endpoint and what was sent to it, newest first."""
    return _one(endpoint_id)


@blueprint.post("/<uuid:endpoint_id>/edit")
@right("keys:manage")
@body_up_to(FORM_BYTES_MAX)
def edit(endpoint_id: UUID) -> Response | WerkzeugResponse:
    """Send other events, or to another address, from now on."""
    tenant_id = member().tenant_id
    try:
        with tenant_session(tenant_id) as session:
            endpoints.change(
                session, tenant_id=tenant_id, endpoint_id=endpoint_id, url=request.form.get("url", "").strip(),
                events=request.form.getlist("event"), rules=rules(), at=request_at(),
            )  # fmt: skip
    except NotFound:
        raise
    except DomainError as refusal:
        return _one(endpoint_id, form=_beside(refusal), status=refusal.http_status)
    return _on(endpoint_id, "edited")


@blueprint.post("/<uuid:endpoint_id>/rotate")
@right("keys:manage")
@body_up_to(FORM_BYTES_MAX)
def rotate(endpoint_id: UUID) -> Response:
    """Give an endpoint a new secret; this answer is the only one that has it."""
    tenant_id = member().tenant_id
    with tenant_session(tenant_id) as session:
        made = endpoints.rotate(session, tenant_id=tenant_id, endpoint_id=endpoint_id, vault=vault(), at=request_at())
    return _one(endpoint_id, made=made)


@blueprint.post("/<uuid:endpoint_id>/<deed>")
@right("keys:manage")
@body_up_to(FORM_BYTES_MAX)
def change(endpoint_id: UUID, deed: str) -> WerkzeugResponse:
    """Call an endpoint no more for now, call it again, call it no more for good, or send it a test event."""
    tenant_id = member().tenant_id
    if deed not in DEEDS:
        raise NotFound()
    with tenant_session(tenant_id) as session:
        DEEDS[deed](session, tenant_id=tenant_id, endpoint_id=endpoint_id, at=request_at())
    return _on(endpoint_id, deed) if deed != "remove" else forms.go_to(url_for("webhook_pages.index", said=deed))


@blueprint.post("/<uuid:endpoint_id>/replay/<uuid:event_id>")
@right("keys:manage")
@body_up_to(FORM_BYTES_MAX)
def replay(endpoint_id: UUID, event_id: UUID) -> WerkzeugResponse:
    """Send one event again, under its own id."""
    tenant_id = member().tenant_id
    with tenant_session(tenant_id) as session:
        events.replay(session, tenant_id=tenant_id, endpoint_id=endpoint_id, event_id=event_id, at=request_at())
    return _on(endpoint_id, "replayed")


def _on(endpoint_id: UUID, said: str) -> WerkzeugResponse:
    return forms.go_to(url_for("webhook_pages.one", endpoint_id=endpoint_id, said=said))


def _beside(refusal: DomainError) -> Form:
    """A refusal beside the field that it is about; a missing choice of events is told at the same time."""
    words = (refusal.detail_tr or refusal.title_tr, refusal.detail_en or refusal.title_en)
    wrong = {"url": words} if isinstance(refusal, AddressRefused) else {}
    if isinstance(refusal, InvalidRequest) or (wrong and not request.form.getlist("event")):
        wrong["event"] = ("En az bir olay seçin.", "Choose at least one event.")
    return refused(InvalidFields(wrong) if wrong else refusal)


def _list(*, form: Form = EMPTY, made: Shown | None = None, status: int = HTTPStatus.OK) -> Response:
    tenant_id = member().tenant_id
    with tenant_session(tenant_id) as session:
        rows = endpoints.listed(session, tenant_id=tenant_id)
        last = endpoints.last_deliveries(session, tenant_id=tenant_id)
        return account_page(
            "settings/webhooks.html", status=status, rows=rows, last=last, form=form, made=made, words=_words(),
            chosen=request.form.getlist("event") if form is not EMPTY else [], names=endpoints.EVENTS,
            said=_said(), endpoint_states=ENDPOINT_STATES, delivery_states=DELIVERY_STATES,
            most=endpoints.ENDPOINTS_MAX,
        )  # fmt: skip


def _one(endpoint_id: UUID, *, form: Form = EMPTY, made: Shown | None = None, status: int = HTTPStatus.OK) -> Response:
    tenant_id = member().tenant_id
    with tenant_session(tenant_id) as session:
        row = endpoints.found(session, tenant_id=tenant_id, endpoint_id=endpoint_id)
        sent = events.deliveries(
            session, tenant_id=tenant_id, endpoint_id=endpoint_id, limit=SHOWN + 1, before=_before()
        )
        further = ""
        if len(sent) > SHOWN:
            before = sent[SHOWN - 1][0].delivery_id
            further = url_for("webhook_pages.one", endpoint_id=endpoint_id, before=before)
        return account_page(
            "settings/webhook.html", status=status, form=form, names=endpoints.EVENTS,
            chosen=request.form.getlist("event") if form is not EMPTY else row.events,
            row=row, sent=sent[:SHOWN], further=further, made=made, words=_words(),
            said=_said(), endpoint_states=ENDPOINT_STATES, delivery_states=DELIVERY_STATES,
            old_signs=row.old_secret_until is not None and row.old_secret_until > request_at(),
        )  # fmt: skip


def _before() -> UUID | None:
    try:
        return UUID(request.args.get("before", ""))
    except ValueError:
        return None


def _words() -> dict[str, str]:
    return {name: both[0 if language() == "tr" else 1] for name, both in EVENT_WORDS.items()}


def _said() -> str:
    both = SAID.get(request.args.get("said", ""))
    return both[0 if language() == "tr" else 1] if both else ""
