"""Whether a document that somebody holds is one of ours: by its ETTN and number, or by the text of its QR code."""

import json
import re
from dataclasses import dataclass
from datetime import date
from http import HTTPStatus
from typing import Final
from uuid import UUID

from flask import Blueprint, Response, request

from ebelge.core.db import role_session, tenant_session
from ebelge.core.errors import InvalidRequest
from ebelge.documents.models import Document
from ebelge.documents.states import STATE_TEXTS
from ebelge.documents.submit import ettn_kind
from ebelge.edge import csp, rates
from ebelge.edge.languages import language
from ebelge.edge.limits import body_up_to
from ebelge.web.public import page
from ebelge.web.trade_words import kind_name
from tenants import accounts, locator

blueprint = Blueprint("verify", __name__)
FORM_BYTES_MAX: Final = 16 * 1024
QR_LENGTH_MAX: Final = 4000
_NUMBER: Final = re.compile(r"[A-Z0-9]{3}\d{13}")
# States in which the paper that somebody holds says what is true.
_HOLDS: Final = frozenset({"signed", "sent", "unknown", "delivered", "undelivered"})


@dataclass(frozen=True, slots=True)
class Found:
    """What the holder of a document is told of it: what stands on it, and whether it holds."""

    kind: str
    number: str
    issue_date: date
    seller: str
    amount_kurus: int | None
    currency: str
    state: str
    holds: bool
    sandbox: bool


@blueprint.get("/verify")
def show() -> Response:
    """The form."""
    return page("front/verify.html", policy=csp.FORM, typed={}, found=None, asked=False, problem=None)


@blueprint.post("/verify")
@rates.limited(rates.LINKS)
@body_up_to(FORM_BYTES_MAX)
def check() -> Response:
    """The answer: the same for an ETTN that is unknown and for one whose number is another."""
    typed = {name: request.form.get(name, "").replace("\0", "")[:QR_LENGTH_MAX] for name in ("ettn", "number", "qr")}
    found, wrong = None, None
    try:
        found = _find(*_asked(typed))
    except InvalidRequest as refusal:
        wrong = refusal
    response = page(
        "front/verify.html", policy=csp.FORM, typed=typed, found=found, asked=wrong is None,
        status=HTTPStatus.BAD_REQUEST if wrong else HTTPStatus.OK,
        problem=wrong.problem(language()) if wrong else None,
    )  # fmt: skip
    response.headers["Cache-Control"] = "private, no-store"
    return response


def _asked(typed: dict[str, str]) -> tuple[UUID, str]:
    """ETTN and number, from the QR code's text where one was given.

    :raises InvalidRequest: they are none.
    """
    ettn, number = typed["ettn"].strip(), typed["number"].strip()
    if typed["qr"].strip():
        try:
            read = json.loads(typed["qr"])
            ettn, number = str(read["ettn"]), str(read["no"])
        except (ValueError, KeyError, TypeError, RecursionError) as error:
            raise InvalidRequest(
                "Karekodun metni okunamadı. ETTN ve belge numarasını elle yazın.",
                "The text of the QR code could not be read. Type ETTN and number instead.",
            ) from error
    try:
        asked = UUID(ettn)
    except ValueError as error:
        raise InvalidRequest(
            "ETTN 36 karakterdir; belgenin üzerinde yazar.", "An ETTN has 36 characters; it stands on the document."
        ) from error
    if not _NUMBER.fullmatch(number):
        raise InvalidRequest(
            "Belge numarası 16 karakterdir: üç harf, yıl ve dokuz hane.",
            "The number has 16 characters: three letters, the year and nine digits.",
        )
    return asked, number


def _find(ettn: UUID, number: str) -> Found | None:
    for mode in ("live", "test"):
        with role_session("app") as session:
            located = locator.locate(session, kind=ettn_kind(mode), key=str(ettn))
        if located is not None:
            break
    else:
        return None
    with tenant_session(located.tenant_id) as session:
        document = session.get(Document, (located.tenant_id, located.object_id))
        if document is None or document.number != number or document.signed_sha256 is None:
            return None
        tenant = accounts.get(session, tenant_id=located.tenant_id)
        return Found(
            kind=kind_name(document.kind, 0 if language() == "tr" else 1),
            number=document.number,
            issue_date=document.issue_date,
            seller=tenant.title,
            amount_kurus=None if document.kind == "eirsaliye" else document.payable_kurus,
            currency=document.currency,
            state=STATE_TEXTS[document.state][0 if language() == "tr" else 1],
            holds=document.state in _HOLDS,
            sandbox=tenant.mode == "test",
        )
