"""Sign-up: the form. Whatever is known of the visitor, he reads the same; his mail leads on (`web.person_links`)."""

from dataclasses import replace
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from flask import Blueprint, Response, request

from billing.catalogue.packages import Package
from billing.orders import proposals
from ebelge.core.db import role_session, tenant_session
from ebelge.core.errors import NotFound
from ebelge.edge import actors, csp, passwords, rates, sign_in
from ebelge.edge.languages import language
from ebelge.edge.limits import body_up_to
from ebelge.edge.requests import request_at
from ebelge.edge.sign_in import SignedIn
from ebelge.jobs import signing_up
from ebelge.onboarding import sign_up_form
from ebelge.onboarding.sign_up_form import Person, Sent
from ebelge.web import visitors
from ebelge.web.public import page
from ebelge.web.sign_in import to
from tenants import accounts
from tenants.applications import links
from tenants.leads.choices import PRODUCTS
from tenants.leads.fields import InvalidForm
from tenants.services import SERVICES
from tenants.texts import versions
from tenants.texts.acceptances import NewerVersion
from tenants.texts.kinds import KINDS
from tenants.texts.models import TextVersion

blueprint = Blueprint("sign_up", __name__, url_prefix="/sign-up")


@blueprint.get("")
def show() -> Response:
    """The empty form; a package or a reseller's link that led here stays with it."""
    typed = {"package": request.args.get("package", "")[:40], "r": request.args.get("r", "")[:80]}
    return _form(typed, ["efatura", "earsiv"], {}, visitors.new_form_key())


@blueprint.post("")
@rates.limited(visitors.FORMS)
@body_up_to(visitors.FORM_BYTES_MAX)
def apply() -> Response:
    """Register; a fault is told by its field, what is known already by mail only."""
    typed, services, form_key = visitors.typed(), request.form.getlist("services"), visitors.form_key()
    if visitors.trapped():
        return to("/sign-up/done")
    spoken, address, agent = visitors.came_from()
    me = sign_in.signed_in()
    person = Person(me.person_id, me.full_name, me.email) if me is not None else None
    sent = Sent(spoken, address, agent, form_key, _reseller(typed.get("r", ""))[0])
    in_force = {text.kind: text.version for text in _texts()}
    try:
        registration = sign_up_form.check(typed, services=services, texts=in_force, person=person, sent=sent)
        if person is None:
            hashed = passwords.hashed(typed.get("password", ""))
            registration = replace(registration, applicant=replace(registration.applicant, password_hash=hashed))
        signing_up.register(registration, actor=actors.actor())
    except InvalidForm as error:
        return _form(typed, services, error.fields, form_key, status=error.http_status)
    except NewerVersion as error:
        faults = {f"accept_{kind}": (error.detail_tr, error.detail_en) for kind in in_force if KINDS[kind].required}
        return _form(typed, services, faults, form_key, status=error.http_status)
    return to("/sign-up/done")


@blueprint.get("/done")
def done() -> Response:
    """What everybody reads after the form."""
    if language() == "tr":
        lines = [
            "Başvurunuz bize ulaştı. Yazdığınız adrese bir e-posta gönderdik; içindeki bağlantıyla devam edin.",
            "Birkaç dakikada gelmezse gereksiz klasörüne bakın. Adresi yanlış yazdıysanız formu yeniden doldurun.",
        ]
        return page("forms/said.html", title="Başvurunuzu aldık", lines=lines, go_on=("/", "Ana sayfaya dönün"))
    lines = [
        "Your application has reached us. We have sent a mail to the address you wrote; go on with the link in it.",
        "If it does not come, look into your spam folder. If the address was wrong, fill in the form again.",
    ]
    return page(
        "forms/said.html", title="We have received your application", lines=lines, go_on=("/", "To the front page")
    )


def _form(
    typed: dict[str, str],
    ticked: list[str],
    faults: dict[str, tuple[str, str]],
    form_key: str,
    *,
    status: int = 200,
) -> Response:
    me: SignedIn | None = sign_in.signed_in()
    asked = urlencode({name: typed[name] for name in ("package", "r") if typed.get(name)})
    response = page(
        "forms/sign_up.html",
        policy=csp.FORM,
        status=status,
        typed=typed,
        ticked=ticked,
        faults=faults,
        form_key=form_key,
        me=me,
        here=f"/sign-up?{asked}" if asked else "/sign-up",
        package=_package(typed.get("package", "")),
        reseller=_reseller(typed.get("r", ""))[1],
        offered=SERVICES.items(),
        products=PRODUCTS.items(),
        texts=[_shown(text) for text in _texts()],
    )
    return _private(response)


def _texts() -> list[TextVersion]:
    with role_session("app") as session:
        current = versions.in_force(session, at=request_at())
        session.expunge_all()
    return [current[kind] for kind in KINDS if kind in current]


def _shown(text: TextVersion) -> dict[str, Any]:
    turkish, kind = language() == "tr", KINDS[text.kind]
    before, says = {
        "privacy": ("I have read the", ("metnini okudum.", ".")),
        "consent": (
            "I give the",
            ("veriyorum (isteğe bağlı; her an geri alabilirim).", "(optional, to be withdrawn at any time)."),
        ),
    }.get(text.kind, ("I accept the", ("metnini şirket adına kabul ediyorum.", "for the company.")))
    return {
        "kind": text.kind,
        "version": text.version,
        "required": kind.required,
        "title": text.title_tr if turkish else text.title_en,
        "before": "" if turkish else before,
        "says": says[0 if turkish else 1],
    }


def _package(code: str) -> Package | None:
    if not code:
        return None
    with role_session("app") as session:
        return next((one for one in proposals.public(session, at=request_at()) if one.code == code), None)


def _reseller(token: str) -> tuple[UUID | None, str]:
    """Who invited; a link that is none, or a reseller who may not now, invites nobody and stops nobody."""
    reseller_id = links.reseller_of(token[:80]) if token else None
    if reseller_id is None:
        return None, ""
    try:
        with tenant_session(reseller_id) as session:
            tenant = accounts.get(session, tenant_id=reseller_id)
            if (tenant.kind, tenant.mode, tenant.state) == ("reseller", "live", "active"):
                return reseller_id, tenant.title
    except NotFound:
        pass
    return None, ""


def _private(response: Response) -> Response:
    response.headers["Cache-Control"] = "private, no-store"
    return response
