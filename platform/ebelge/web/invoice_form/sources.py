"""Where a new document begins: empty, from a draft or template, or from another document."""

from dataclasses import dataclass, field
from typing import Any, Final
from uuid import UUID

from flask import request

from ebelge.archive.store import open_store
from ebelge.core.db import tenant_session
from ebelge.core.errors import NotFound
from ebelge.core.ids import new_id
from ebelge.documents import queries
from ebelge.documents.answers import answering
from ebelge.documents.correct import must_be_correctable
from ebelge.documents.drafting import contacts, drafts, templates
from ebelge.documents.drafting.drafts import Desk
from ebelge.edge import originals
from ebelge.edge.access import reach
from ebelge.edge.people import member
from ebelge.ubl.copied_draft import copied_draft
from ebelge.ubl.draft import MODELS
from ebelge.ubl.return_draft import return_draft
from ebelge.web.invoice_form.identity import of_contact, parted

KINDS: Final = ("auto", "eirsaliye", "emm", "esmm")


@dataclass(frozen=True, slots=True)
class Begun:
    """A document as the form first shows it. `revision`: of the draft it is, 0 if it is none yet."""

    body: dict[str, Any]
    draft_id: UUID = field(default_factory=new_id)
    tab: UUID = field(default_factory=new_id)
    revision: int = 0
    alias: str = ""
    corrects: UUID | None = None
    said: tuple[str, str] = ("", "")


def desk() -> Desk:
    """Whose drafts are reached at this page."""
    return Desk(member().tenant_id, member().person_id, whole=reach().whole)


def begun() -> Begun:
    """What the address asks for. :raises NotFound: it is not there, or not this person's. :raises DraftSent: 409."""
    if request.args.get("draft"):
        return _draft(_id("draft"))
    if request.args.get("template"):
        with tenant_session(member().tenant_id) as session:
            found = templates.get(session, tenant_id=member().tenant_id, draft_id=_id("template"))
            return Begun(content_body(found.content), alias=str(found.content.get("receiver_alias", "")))
    if request.args.get("copies"):
        return Begun(_copied(_id("copies")))
    if request.args.get("corrects"):
        return _corrected(_id("corrects"))
    if request.args.get("returns"):
        return _returned(_id("returns"))
    if request.args.get("contact"):
        with tenant_session(member().tenant_id) as session:
            card = contacts.get(session, tenant_id=member().tenant_id, contact_id=_id("contact"))
            return Begun({"kind": "auto", "buyer": parted(of_contact(card))}, alias=card.alias or "")
    kind = request.args.get("kind", "auto")
    return Begun({"kind": kind if kind in KINDS else "auto"})


def _draft(draft_id: UUID) -> Begun:
    with tenant_session(member().tenant_id) as session:
        row = drafts.get(session, desk=desk(), draft_id=draft_id)
        return Begun(
            content_body(row.content), draft_id=draft_id, revision=row.revision, corrects=row.corrects_id,
            alias=str(row.content.get("receiver_alias", "")),
        )  # fmt: skip


def _copied(document_id: UUID) -> dict[str, Any]:
    _, xml = originals.xml_of(member().tenant_id, document_id, reach=reach(), signed=False)
    return copied_draft(xml)


def _corrected(document_id: UUID) -> Begun:
    """:raises NotCorrectable: it was neither refused nor given up, or was corrected already."""
    with tenant_session(member().tenant_id) as session:
        document = queries.get(session, tenant_id=member().tenant_id, document_id=document_id, reach=reach())
        must_be_correctable(document)
        number, day = document.number, document.issue_date
    body = _copied(document_id) | {"issue_date": day.isoformat()}
    said = (f"{number} numaralı belgenin yerine geçer ve numarasını devralır.",
            f"It takes the place of {number} and takes over its number.")  # fmt: skip
    return Begun(body, corrects=document_id, said=said)


def _returned(document_id: UUID) -> Begun:
    with tenant_session(member().tenant_id) as session:
        row = answering.get(session, tenant_id=member().tenant_id, document_id=document_id, reach=reach())
        kind, number = row.kind, row.number
    if kind != "efatura":
        raise NotFound("Yalnız fatura iade edilir.", "Only an invoice is returned.")
    invoice = answering.read(open_store(), tenant_id=member().tenant_id, document_id=document_id)
    body, by_hand = return_draft(invoice, {})
    said = [f"{number} numaralı faturanın iadesi; miktarları azaltabilirsiniz.",
            f"The return of {number}; you may lower the quantities."]  # fmt: skip
    if by_hand:
        said[0] += f" KDV dışında vergi taşıyan satırlar: {', '.join(by_hand)}."
        said[1] += f" Lines with other taxes than KDV: {', '.join(by_hand)}."
    return Begun(body, said=(said[0], said[1]))


def content_body(content: dict[str, Any]) -> dict[str, Any]:
    """The body in what a draft keeps."""
    body = content.get("draft")
    body = dict(body) if isinstance(body, dict) else {}
    if body.get("kind") not in MODELS:
        body["kind"] = "auto"
    return body


def _id(name: str) -> UUID:
    try:
        return UUID(request.args.get(name, ""))
    except ValueError as error:
        raise NotFound() from error
