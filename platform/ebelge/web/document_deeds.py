"""What a person does to one document of his company on its page: mail it, send it again, give it up, tag it."""

from collections.abc import Callable
from uuid import UUID

from flask import Blueprint, Response, request, url_for
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response as WerkzeugResponse

from ebelge.archive import tags
from ebelge.core.db import tenant_session
from ebelge.core.errors import DomainError, InvalidRequest, NotFound
from ebelge.documents import queries, withdraw
from ebelge.documents.travel.mail_again import mail_again
from ebelge.edge.access import reach
from ebelge.edge.limits import body_up_to
from ebelge.edge.people import member, right
from ebelge.edge.requests import request_at
from ebelge.jobs import bell
from ebelge.web import document_page, forms
from ebelge.web.list_tools import FORM_BYTES_MAX, AccountStopped
from tenants.states import SENDS

blueprint = Blueprint("document_deeds", __name__, url_prefix="/documents")


@blueprint.post("/<uuid:document_id>/mail")
@right("documents:send")
@body_up_to(FORM_BYTES_MAX)
def mail(document_id: UUID) -> Response | WerkzeugResponse:
    """Mail it again, to the address of the form."""

    def act(session: Session, tenant_id: UUID) -> None:
        mail_again(
            session, tenant_id=tenant_id, document_id=document_id, recipient=forms.field("recipient", longest=254),
            at=request_at(), reach=reach(),
        )  # fmt: skip

    return _done(document_id, "mailed", act)


@blueprint.post("/<uuid:document_id>/resend")
@right("documents:send")
@body_up_to(FORM_BYTES_MAX)
def resend(document_id: UUID) -> Response | WerkzeugResponse:
    """Send it again: the same signed XML in a new envelope."""

    def act(session: Session, tenant_id: UUID) -> None:
        withdraw.resend(session, tenant_id=tenant_id, document_id=document_id, at=request_at(), reach=reach())

    return _done(document_id, "resent", act)


@blueprint.post("/<uuid:document_id>/give-up")
@right("documents:send")
@body_up_to(FORM_BYTES_MAX)
def give_up(document_id: UUID) -> Response | WerkzeugResponse:
    """Give up a document that could not be delivered; its kontör comes back."""

    def act(session: Session, tenant_id: UUID) -> None:
        withdraw.give_up(session, tenant_id=tenant_id, document_id=document_id, at=request_at(), reach=reach())

    return _done(document_id, "given_up", act)


@blueprint.post("/<uuid:document_id>/tags")
@right("archive:write")
@body_up_to(FORM_BYTES_MAX)
def tag(document_id: UUID) -> Response | WerkzeugResponse:
    """Hang the tags of the form on it and take the others off."""

    def act(session: Session, tenant_id: UUID) -> None:
        queries.get(session, tenant_id=tenant_id, document_id=document_id, reach=reach())
        hang_exactly(document_id)

    return _done(document_id, "tagged", act)


def hang_exactly(document_id: UUID) -> None:
    """Hang the tags that the form has ticked on a document (which the caller has looked up), the others off.

    :raises AccountStopped, InvalidRequest, NotFound: see there.
    """
    tenant_id = member().tenant_id
    if member().tenant_state not in SENDS:
        raise AccountStopped("Hiçbir şey değiştirilmedi.", "Nothing was changed.")
    try:
        wanted = {UUID(text) for text in request.form.getlist("tag")}
    except ValueError as error:
        raise InvalidRequest("Etiketi listeden seçin.", "Choose a tag from the list.") from error
    with tenant_session(tenant_id) as session:
        known = {one.tag_id for one in tags.listed(session, tenant_id=tenant_id)}
        tags.hang(
            session, tenant_id=tenant_id, entry_ids=[document_id], add=sorted(wanted), take=sorted(known - wanted),
            at=request_at(),
        )  # fmt: skip


def _done(document_id: UUID, what: str, act: Callable[[Session, UUID], None]) -> Response | WerkzeugResponse:
    tenant_id = member().tenant_id
    try:
        with tenant_session(tenant_id) as session:
            act(session, tenant_id)
    except NotFound:
        raise
    except DomainError as refusal:
        return document_page.render(document_id, refusal)
    bell.ring()
    return forms.go_to(url_for("portal_documents.one", document_id=document_id, done=what))
