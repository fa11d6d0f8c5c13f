"""Yeni belge: the page, its check while one writes, its saving, its preview, and sending.

Everything is allowed to whoever may send, also while the account is suspended or texts wait: what is written is kept.
Sending asks for itself.
"""

from typing import Final

from flask import Blueprint, Response, request, url_for
from werkzeug.wrappers import Response as WerkzeugResponse

from ebelge.core.errors import DomainError
from ebelge.documents.drafting.drafts import DraftChanged, DraftSent
from ebelge.edge import previews
from ebelge.edge.languages import language
from ebelge.edge.limits import body_up_to
from ebelge.edge.people import member, right
from ebelge.paper import pages
from ebelge.web.forms import go_to
from ebelge.web.invoice_form import form as forms
from ebelge.web.invoice_form import sending, sources
from ebelge.web.invoice_form.checking import Live
from ebelge.web.invoice_form.fields import Posted, is_empty
from ebelge.web.invoice_form.form import BYTES_MAX, Form
from ebelge.web.public import page
from ebelge.web.ways_out import way_out
from tenants.fields import InvalidFields

blueprint = Blueprint("invoice_form", __name__, url_prefix="/documents/new")
_SAID: Final = {
    "saved": ("Taslak kaydedildi.", "The draft is saved."),
    "template": ("Şablon kaydedildi.", "The template is saved."),
}


@blueprint.get("")
@right("documents:send")
def new() -> Response | WerkzeugResponse:
    """An empty document, or one that begins from a draft, a template or another document."""
    try:
        begun = sources.begun()
    except DraftSent as sent:
        return go_to(_document(sent.extra["document_id"]))
    form = Form(Posted(begun.body), begun)
    said = begun.said if any(begun.said) else _said(request.args.get("said", ""))
    return forms.shown(form, _look(form, asked=False), said=said[0 if language() == "tr" else 1])


@blueprint.post("")
@right("documents:send", suspended_too=True)
@body_up_to(BYTES_MAX)
def act() -> Response | WerkzeugResponse:
    """What was pressed: check, one more line, save, keep as a template, mend, send."""
    form, do = forms.posted(), request.form.get("do", "check")
    sent = sending.document_of(form.begun.draft_id)
    if sent is not None:
        return go_to(_document(sent))
    match do:
        case "send":
            return _send(form)
        case "line":
            return forms.shown(form, _look(form, asked=False), one_more=True)
        case "save" | "over":
            return _save(form, over=do == "over")
        case "template":
            return _template(form)
        case _:
            live = _look(form, asked=True)
            filled = forms.filled(form, live)
            return forms.shown(filled, live if filled is form else _look(filled, asked=True))


@blueprint.post("/check")
@right("documents:send", suspended_too=True)
@body_up_to(BYTES_MAX)
def check() -> Response:
    """Figures, findings and cost of what stands in the form. Nothing is stored, no number is taken."""
    form = forms.posted()
    return page("invoice_form/live.html", live=_look(form, asked=False), kind=str(form.posted.body["kind"]))


@blueprint.post("/save")
@right("documents:send", suspended_too=True)
@body_up_to(BYTES_MAX)
def autosave() -> Response:
    """Keep the draft while one writes; what stops it is told in its place."""
    form = forms.posted()
    problem = None
    if is_empty(form.posted.body):
        return Response(status=204)
    try:
        forms.save(form)
    except DomainError as refusal:
        problem = refusal
    answer = page(
        "invoice_form/saved.html", problem=problem.problem(language()) if problem else None,
        changed=isinstance(problem, DraftChanged), draft_id=form.begun.draft_id,
        document=_document(problem.extra["document_id"]) if isinstance(problem, DraftSent) else "",
    )  # fmt: skip
    if problem is None:
        answer.headers["HX-Replace-Url"] = url_for("invoice_form.new", draft=form.begun.draft_id)
    return answer


@blueprint.post("/preview")
@right("documents:send", suspended_too=True)
@body_up_to(BYTES_MAX)
def preview() -> Response:
    """The document as its reader would see it, for a sandboxed frame; without a number, and stored nowhere."""
    form = forms.posted()
    live = _look(form, asked=True)
    if live.checked is None:
        return previews.answer(page("invoice_form/no_preview.html", live=live).get_data())
    html = pages.as_sent(live.checked.xml, owner=member().tenant_id, test=member().mode == "test").html
    return previews.answer(html)


def _send(form: Form) -> Response | WerkzeugResponse:
    begun = form.begun
    live = _look(form, asked=True)
    filled = forms.filled(form, live)
    if filled is not form:
        form, begun = filled, filled.begun
        live = _look(form, asked=True)
    try:
        forms.save(form)  # whatever happens next, what was written is kept
        if live.checked is None:
            return forms.shown(form, live, status=422, refusal=live.refusal, way=_way(live.refusal, form))
        sending.texts_must_be_accepted()
        party = form.posted.body.get("farmer" if live.checked.kind == "emm" else "buyer")
        card = sending.card_of(party) if form.keep_contact and isinstance(party, dict) else None
        document_id = sending.send(
            live.tenant, live.checked, draft_id=begun.draft_id, tab=begun.tab, revision=begun.revision,
            corrects=begun.corrects, keep=card,
        )  # fmt: skip
    except DraftSent as sent:
        return go_to(_document(sent.extra["document_id"]))
    except DomainError as refusal:
        return _refused(form, live, refusal)
    return go_to(_document(document_id))


def _save(form: Form, *, over: bool) -> Response | WerkzeugResponse:
    try:
        forms.save(form, over=over)
    except DraftSent as sent:
        return go_to(_document(sent.extra["document_id"]))
    except DomainError as refusal:
        return _refused(form, _look(form, asked=False), refusal)
    return go_to(url_for("invoice_form.new", draft=form.begun.draft_id, said="saved"))


def _template(form: Form) -> Response | WerkzeugResponse:
    name = request.form.get("template_name", "")
    try:
        forms.save_template(form, name)
    except InvalidFields as refusal:
        words = refusal.wrong["name"][0 if language() == "tr" else 1]
        return forms.shown(form, _look(form, asked=False), status=422, wrong_name=words, template_name=name)
    except DomainError as refusal:
        return _refused(form, _look(form, asked=False), refusal)
    return forms.shown(form, _look(form, asked=False), said=_said("template")[0 if language() == "tr" else 1])


def _refused(form: Form, live: Live, refusal: DomainError) -> Response:
    told = refusal.problem(language())
    return forms.shown(
        form, live, status=refusal.http_status, refusal=told, way=_way(told, form),
        changed=isinstance(refusal, DraftChanged),
    )  # fmt: skip


def _look(form: Form, *, asked: bool) -> Live:
    return forms.look_of(form.posted, form.begun, asked=asked)


def _way(problem: dict[str, object] | None, form: Form) -> tuple[str, str] | None:
    back = url_for("invoice_form.new", draft=form.begun.draft_id)
    return way_out(str(problem["code"]), back=back) if problem else None


def _said(name: str) -> tuple[str, str]:
    return _SAID.get(name, ("", ""))


def _document(document_id: object) -> str:
    return url_for("portal_documents.one", document_id=document_id)
