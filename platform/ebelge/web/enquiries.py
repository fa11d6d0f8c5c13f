"""The product request and the contact form."""

from flask import Blueprint, Response, request

from ebelge.edge import csp, rates
from ebelge.edge.languages import language
from ebelge.edge.limits import body_up_to
from ebelge.jobs import enquiries
from ebelge.web import visitors
from ebelge.web.public import page
from ebelge.web.sign_in import to
from tenants.leads.choices import CONTACT_TOPICS, PRODUCTS, TOPICS
from tenants.leads.enquiries import Enquiry
from tenants.leads.fields import InvalidForm
from tenants.services import SERVICES

blueprint = Blueprint("enquiries", __name__)


@blueprint.get("/request")
def request_form() -> Response:
    """Which product somebody uses and wants."""
    return _form("request", {}, [], {}, visitors.new_form_key())


@blueprint.post("/request")
@rates.limited(visitors.FORMS)
@body_up_to(visitors.FORM_BYTES_MAX)
def send_request() -> Response:
    """A lead for staff."""
    return _receive("request")


@blueprint.get("/contact")
def contact_form() -> Response:
    """Anything else, by topic."""
    topic = request.args.get("topic", "")
    return _form("contact", {"topic": topic if topic in CONTACT_TOPICS else ""}, [], {}, visitors.new_form_key())


@blueprint.post("/contact")
@rates.limited(visitors.FORMS)
@body_up_to(visitors.FORM_BYTES_MAX)
def send_contact() -> Response:
    """A lead for staff; a request under KVKK with its thirty days."""
    return _receive("contact")


@blueprint.get("/enquiry/received")
def received() -> Response:
    """What everybody reads after either form."""
    if language() == "tr":
        lines = ["Talebiniz bize ulaştı. Ekibimiz en geç bir iş günü içinde sizinle iletişime geçecek."]
        return page("forms/said.html", title="Talebinizi aldık", lines=lines, go_on=("/", "Ana sayfaya dönün"))
    lines = ["Your enquiry has reached us. Our team will be in touch within one working day."]
    return page("forms/said.html", title="We have received it", lines=lines, go_on=("/", "To the front page"))


def _receive(source: str) -> Response:
    typed, services, form_key = visitors.typed(), request.form.getlist("services"), visitors.form_key()
    if visitors.trapped():
        return to("/enquiry/received")
    spoken, address, _ = visitors.came_from()
    enquiry = Enquiry(
        source=source,
        topic=typed.get("topic", "") if source == "contact" else "product",
        language=spoken,
        address=address,
        form_key=form_key,
        services=services,
        may_call=bool(typed.get("may_call")),
        full_name=typed.get("full_name", ""),
        email=typed.get("email", ""),
        company=typed.get("company", ""),
        vkn_tckn=typed.get("vkn_tckn", ""),
        phone=typed.get("phone", ""),
        city=typed.get("city", ""),
        documents=typed.get("documents", ""),
        product=typed.get("product", ""),
        product_other=typed.get("product_other", ""),
        message=typed.get("message", ""),
    )
    try:
        enquiries.receive(enquiry)
    except InvalidForm as error:
        return _form(source, typed, services, error.fields, form_key, status=error.http_status)
    return to("/enquiry/received")


def _form(
    source: str,
    typed: dict[str, str],
    ticked: list[str],
    faults: dict[str, tuple[str, str]],
    form_key: str,
    *,
    status: int = 200,
) -> Response:
    response = page(
        "forms/request.html",
        policy=csp.FORM,
        status=status,
        request_form=source == "request",
        typed=typed,
        ticked=ticked,
        faults=faults,
        form_key=form_key,
        offered=SERVICES.items(),
        products=PRODUCTS.items(),
        topics=[(topic, TOPICS[topic]) for topic in CONTACT_TOPICS],
    )
    response.headers["Cache-Control"] = "private, no-store"
    return response
