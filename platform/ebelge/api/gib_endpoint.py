"""GİB's e-Fatura service as we serve it: envelopes are pushed to us here, and asked about.

Stored durably and answered at once; judged by `ebelge.jobs.receiving` (GİB's audit list J16, L14). Open to GİB's
networks alone (EBELGE_GIB_NETWORKS), without key, session or form. The test service is an address of its own, so that
what is pushed there can reach sandboxes only.
"""

import hashlib
import logging
from typing import Literal

from flask import Blueprint, Response, abort, request
from sqlalchemy.exc import SQLAlchemyError

from ebelge.archive.store import ArchiveError, open_store
from ebelge.core.config import settings
from ebelge.core.db import role_session, tenant_session
from ebelge.documents.incoming import envelopes as incoming
from ebelge.documents.incoming.models import INCOMING_ZARF_NAME
from ebelge.edge import limits
from ebelge.edge.proxies import client_address
from ebelge.edge.requests import note, request_at
from ebelge.gib import efatura_server as soap
from ebelge.gib.efatura_server import AskedZarf, EFaturaFault, PushedZarf
from ebelge.gib.efatura_wsdl import wsdl
from ebelge.gib.mtom import MessageUnreadable
from ebelge.gib.unzip import ZIP_BYTES_MAX
from ebelge.jobs import bell

Mode = Literal["live", "test"]
blueprint = Blueprint("gib_endpoint", __name__)
# A zip inside the message as base64 is a third longer; by MTOM it is not.
CALL_BYTES_MAX = ZIP_BYTES_MAX * 3 // 2
_PATHS: dict[Mode, str] = {"live": "/gib/EFatura", "test": "/gib/test/EFatura"}
_log = logging.getLogger("ebelge.gib_endpoint")


@blueprint.post("/gib/EFatura")
@limits.body_up_to(CALL_BYTES_MAX)
def live() -> Response:
    """A call of GİB."""
    return _call("live")


@blueprint.post("/gib/test/EFatura")
@limits.body_up_to(CALL_BYTES_MAX)
def test() -> Response:
    """A call of GİB's test system: only sandboxes receive from it."""
    return _call("test")


@blueprint.get("/gib/EFatura")
def live_wsdl() -> Response:
    """The contract."""
    return _wsdl("live")


@blueprint.get("/gib/test/EFatura")
def test_wsdl() -> Response:
    """The contract, at the test address."""
    return _wsdl("test")


def _wsdl(mode: Mode) -> Response:
    _let_in()
    return Response(wsdl(settings().public_base_url + _PATHS[mode]), content_type="text/xml; charset=utf-8")


def _let_in() -> None:
    """Nobody but GİB; to all others there is nothing here."""
    address = client_address()
    if address is None or not any(address in network for network in settings().gib_networks):
        _log.warning("a stranger at GİB's door", extra={"address": str(address)})
        abort(404)


def _call(mode: Mode) -> Response:
    _let_in()
    body = limits.body()
    try:
        call = soap.read_call(body, request.headers.get("Content-Type", ""))
        note(zarf_id=call.zarf_id)
        if isinstance(call, AskedZarf):
            return _xml(200, soap.response_answer(_system_response(mode, call)))
        _store(mode, call)
    except MessageUnreadable as error:
        _log.warning("a call that cannot be read", extra={"reason": str(error)[:300], "bytes": len(body)})
        return _xml(400, soap.unreadable_answer())
    except EFaturaFault as fault:
        note(gib_fault=fault.code)
        return _xml(500, soap.fault_answer(fault))
    bell.ring()
    return _xml(200, soap.stored_answer(call.md5))


def _store(mode: Mode, call: PushedZarf) -> None:
    """:raises EFaturaFault: 2001 it came before, 2002 not archived, 2003 not queued: GİB pushes it again."""
    at = request_at()
    try:
        with role_session("app") as session:
            holder_id = incoming.holder_of(session, mode=mode)
            known = incoming.is_known(session, mode=mode, zarf_id=call.zarf_id)
    except SQLAlchemyError as error:
        _log.exception("the database is away")
        raise EFaturaFault(2005) from error
    if holder_id is None:
        _log.error("no operator is entered for this mode", extra={"mode": mode})
        raise EFaturaFault(2005)
    if known:
        raise EFaturaFault(2001)
    try:
        stored = open_store().put(holder_id, call.zarf_id, INCOMING_ZARF_NAME, call.zipped)
    except ArchiveError as error:
        _log.exception("an envelope could not be archived")
        raise EFaturaFault(2002) from error
    if stored.sha256 != hashlib.sha256(call.zipped).digest():
        _log.error("another zip was archived under this id by a call that failed", extra={"zarf_id": str(call.zarf_id)})
        raise EFaturaFault(2002)
    try:
        with tenant_session(holder_id) as session:
            entered = incoming.store(
                session, mode=mode, holder_id=holder_id, zarf_id=call.zarf_id, zipped=call.zipped, md5=call.md5, at=at
            )
    except SQLAlchemyError as error:
        _log.exception("an envelope could not be queued")
        raise EFaturaFault(2003) from error
    if not entered:
        raise EFaturaFault(2001)


def _system_response(mode: Mode, call: AskedZarf) -> str:
    """:raises EFaturaFault: 2004 it never came."""
    with role_session("app") as session:
        answer = incoming.answer_about(session, mode=mode, zarf_id=call.zarf_id)
    if answer is None:
        raise EFaturaFault(2004)
    return incoming.system_response(answer)


def _xml(status: int, body: bytes) -> Response:
    response = Response(body, status=status, content_type=soap.CONTENT_TYPE)
    response.headers["Cache-Control"] = "no-store"
    return response
