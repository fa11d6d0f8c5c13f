"""`ebelge answer`: a document that came in to an account, answered; by the account's VKN or TCKN and the number."""

from uuid import UUID

import click
from sqlalchemy import select
from sqlalchemy.orm import Session

from ebelge.archive.store import open_store
from ebelge.cli.accounts import refusals_told, tenant_of
from ebelge.cli.staff import by
from ebelge.core.clock import ISTANBUL, utc_now
from ebelge.core.db import tenant_session
from ebelge.core.errors import NotFound
from ebelge.documents.answers import answering, receipts
from ebelge.documents.answers.deadlines import last_minute, left_words
from ebelge.documents.answers.guide import guide
from ebelge.documents.incoming.models import IncomingDocument
from ebelge.ubl.response import ResponseCode

CODES: dict[str, ResponseCode] = {"accept": "KABUL", "reject": "RED", "return": "IADE"}


@click.group(help=__doc__)
def command() -> None:
    """The group."""


@command.command("show")
@click.argument("vkn_tckn")
@click.argument("number")
@refusals_told
def _show(vkn_tckn: str, number: str) -> None:
    """How it stands, until when it can be answered, and what else can be done."""
    tenant_id, at = tenant_of(vkn_tckn, "live"), utc_now()
    with tenant_session(tenant_id) as session:
        document = _find(session, tenant_id, number)
        given = answering.latest(session, tenant_id=tenant_id, document_id=document.document_id)
        click.echo(f"{document.number} of {document.sender_title}, {document.profile}: {document.answer}")
        if given is not None:
            click.echo(f"  {given.number} {given.code}: {given.state} {given.gib_text}".rstrip())
        until = answering.until(document)
        if until is not None and document.answer == "none":
            last = last_minute(until).astimezone(ISTANBUL)
            click.echo(f"  last moment {last:%Y-%m-%d %H:%M} (Istanbul), {left_words(until, at)[1]}")
        for way in guide(profile=document.profile, came_at=document.received_at, at=at):
            left = f" ({way.left_en} left)" if way.left_en else ""
            click.echo(f"  {way.code}: {way.title_en}{left}")


@command.command("invoice")
@click.argument("vkn_tckn")
@click.argument("number")
@click.argument("answer", type=click.Choice(list(CODES)))
@click.option("--reason", default="", help="Why; needed to reject or return.")
@by
@refusals_told
def _invoice(vkn_tckn: str, number: str, answer: str, reason: str, by: str) -> None:
    """ANSWER a commercial invoice, once, until 23:59 of day 8."""
    if answer != "accept" and not reason:
        raise click.UsageError("--reason is needed to reject or return.")
    tenant_id = tenant_of(vkn_tckn, "live")
    prepared = answering.prepare_response(
        tenant_id=tenant_id, document_id=_id(tenant_id, number), code=CODES[answer], reason=reason, store=open_store(),
        at=utc_now(),
    )  # fmt: skip
    _enter(tenant_id, prepared)


@command.command("despatch")
@click.argument("vkn_tckn")
@click.argument("number")
@click.option("--reject-all", default="", help="Nothing is kept; the reason. Without it everything was received.")
@by
@refusals_told
def _despatch(vkn_tckn: str, number: str, reject_all: str, by: str) -> None:
    """Say that a despatch note was received whole, or not at all, until 23:59 of day 7."""
    tenant_id, store = tenant_of(vkn_tckn, "live"), open_store()
    document_id = _id(tenant_id, number)
    delivered = receipts.lines_of(tenant_id=tenant_id, document_id=document_id, store=store)
    came = receipts.all_rejected(delivered, reject_all) if reject_all else []
    prepared = answering.prepare_receipt(
        tenant_id=tenant_id, document_id=document_id, lines=receipts.whole_lines(delivered, came), note="",
        delivered_on=None, store=store, at=utc_now(),
    )  # fmt: skip
    _enter(tenant_id, prepared)


def _enter(tenant_id: UUID, prepared: answering.Prepared) -> None:
    with tenant_session(tenant_id) as session:
        answer = answering.enter(session, tenant_id=tenant_id, prepared=prepared, by="command", at=utc_now())
        click.echo(f"{answer.number}: {answer.code}, on its way to the seal.")


def _id(tenant_id: UUID, number: str) -> UUID:
    with tenant_session(tenant_id) as session:
        return _find(session, tenant_id, number).document_id


def _find(session: Session, tenant_id: UUID, number: str) -> IncomingDocument:
    found = session.scalars(
        select(IncomingDocument)
        .where(IncomingDocument.tenant_id == tenant_id, IncomingDocument.number == number)
        .order_by(IncomingDocument.document_id.desc())
        .limit(1)
    ).first()
    if found is None:
        raise NotFound("Gelen belge bulunamadı.", f"No incoming document has the number {number}.")
    return found
