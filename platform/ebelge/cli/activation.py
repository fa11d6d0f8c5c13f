"""`ebelge activation`: a service on its way, what it still needs and who must act; GİB's answers entered by hand."""

from collections.abc import Callable
from datetime import date, datetime
from typing import Any

import click
from sqlalchemy.orm import Session

from ebelge.cli.accounts import refusals_told, tenant_of
from ebelge.core.clock import istanbul_date, utc_now
from ebelge.core.config import settings
from ebelge.core.db import tenant_session
from ebelge.onboarding import activation, checklist, readiness
from tenants.audit import entries
from tenants.audit.entries import Actor
from tenants.company import aliases, authorisations, seal_modes
from tenants.models import Service
from tenants.services import SERVICES

_MODE = click.option("--mode", type=click.Choice(["live", "test"]), default="live", show_default=True)
_BY = click.option("--by", required=True, help="Who does it; the audit log keeps the name.")
_DAY = click.DateTime(["%Y-%m-%d"])
_SERVICE = click.argument("service", type=click.Choice(list(SERVICES)))


@click.group(help=__doc__)
def command() -> None:
    """The group."""


@command.command("show")
@click.argument("vkn_tckn")
@_MODE
@refusals_told
def _show(vkn_tckn: str, mode: str) -> None:
    """Show every service of VKN_TCKN, and of each on its way what is missing and who must act."""
    tenant_id, at = tenant_of(vkn_tckn, mode), utc_now()
    operator_seal = readiness.operator_seal_until(mode, at=at)
    with tenant_session(tenant_id) as session:
        for ready in readiness.of_tenant(session, tenant_id=tenant_id, operator_seal=operator_seal, at=at):
            row = ready.service
            days = f" {row.active_from or ''}..{row.active_until or ''}" if row.active_from else ""
            click.echo(f"{row.service:10} {row.state}{days}  seal {row.seal_mode}  from {row.sender_alias or '-'}")
            if row.state in ("not_wanted", "closed"):
                continue
            for item in ready.items:
                if not item.done or item.note:
                    mark = "note" if item.done else f"{checklist.WHO_NAMES[item.who][1]:4}"
                    click.echo(f"    {mark}  {item.code:12} {item.text_en}")
        for paper in authorisations.listed(session, tenant_id=tenant_id):
            ended = f", withdrawn {paper.withdrawn_on}" if paper.withdrawn_on else ""
            click.echo(f"paper      {paper.service} {paper.purpose} {paper.signed_on} {paper.paper}{ended}")


@command.command("want")
@click.argument("vkn_tckn")
@_SERVICE
@_MODE
@_BY
@refusals_told
def _want(vkn_tckn: str, service: str, mode: str, by: str) -> None:
    """Begin the checklist of SERVICE."""
    _do(activation.want, vkn_tckn, service, mode, by)


@command.command("paper")
@click.argument("vkn_tckn")
@_SERVICE
@click.option("--purpose", type=click.Choice(["seal", "petition"]), required=True,
              help="seal: our seal may sign for them. petition: their own integration ends at GİB.")  # fmt: skip
@click.option("--signed-on", type=_DAY, required=True, help="Day on the paper.")
@click.option("--paper", required=True, help="Where the paper is found: number, file.")
@_MODE
@_BY
@refusals_told
def _paper(
    vkn_tckn: str, service: str, purpose: authorisations.Purpose, signed_on: datetime, paper: str, mode: str, by: str
) -> None:
    """Record a paper that you hold in your hands."""
    tenant_id, at = tenant_of(vkn_tckn, mode), utc_now()
    with tenant_session(tenant_id) as session:
        authorisations.record(
            session, tenant_id=tenant_id, service=service, purpose=purpose, signed_on=signed_on.date(), paper=paper,
            actor=_actor(by), at=at,
        )  # fmt: skip
    click.echo(f"{purpose} of {signed_on:%d.%m.%Y} recorded")


@command.command("authorise")
@click.argument("vkn_tckn")
@_SERVICE
@click.option("--signed-on", type=_DAY, required=True, help="Day of the signed activation.")
@click.option("--paper", required=True, help="Where the signed activation is found.")
@_MODE
@_BY
@refusals_told
def _authorise(vkn_tckn: str, service: str, signed_on: datetime, paper: str, mode: str, by: str) -> None:
    """The activation was signed by VKN_TCKN; refused while the checklist has something open."""
    _do(activation.authorise, vkn_tckn, service, mode, by, sealed=True, signed_on=signed_on.date(), paper=paper)


@command.command("ask")
@click.argument("vkn_tckn")
@_SERVICE
@click.option("--reference", required=True, help="What finds the question at GİB: envelope, letter.")
@_MODE
@_BY
@refusals_told
def _ask(vkn_tckn: str, service: str, reference: str, mode: str, by: str) -> None:
    """GİB was asked to open SERVICE."""
    _do(activation.asked, vkn_tckn, service, mode, by, sealed=True, reference=reference)


@command.command("activate")
@click.argument("vkn_tckn")
@_SERVICE
@click.option("--from", "active_from", type=_DAY, help="First day. Default: today.")
@_MODE
@_BY
@refusals_told
def _activate(vkn_tckn: str, service: str, active_from: datetime | None, mode: str, by: str) -> None:
    """GİB has opened SERVICE; its aliases are confirmed with it."""
    _do(activation.activate, vkn_tckn, service, mode, by, active_from=_day(active_from))


@command.command("refused")
@click.argument("vkn_tckn")
@_SERVICE
@click.option("--reason", required=True, help="What GİB answered.")
@_MODE
@_BY
@refusals_told
def _refused(vkn_tckn: str, service: str, reason: str, mode: str, by: str) -> None:
    """GİB refused, or something was wrong: the checklist begins again."""
    _do(activation.back, vkn_tckn, service, mode, by, reason=reason)


@command.command("close")
@click.argument("vkn_tckn")
@_SERVICE
@click.option("--last-day", type=_DAY, help="Last day, which is whole. Without it: GİB has closed it.")
@_MODE
@_BY
@refusals_told
def _close(vkn_tckn: str, service: str, last_day: datetime | None, mode: str, by: str) -> None:
    """SERVICE ends with a day; or, when that day is over, GİB has closed it."""
    if last_day is None:
        _do(activation.closed, vkn_tckn, service, mode, by)
    else:
        _do(activation.close, vkn_tckn, service, mode, by, last_day=last_day.date())


@command.command("seal-mode")
@click.argument("vkn_tckn")
@_SERVICE
@click.argument("seal_mode", type=click.Choice(list(seal_modes.MODE_NAMES)))
@_MODE
@_BY
@refusals_told
def _seal_mode(vkn_tckn: str, service: str, seal_mode: seal_modes.SealMode, mode: str, by: str) -> None:
    """Choose whose seal signs SERVICE: operator, own_hsm, or (sandboxes, development) pkcs12."""
    production = settings().environment == "production"
    _do(seal_modes.choose, vkn_tckn, service, mode, by, told="seal_mode", production=production, seal_mode=seal_mode)


@command.command("alias")
@click.argument("vkn_tckn")
@click.argument("alias_id", type=click.UUID)
@click.argument("answer", type=click.Choice(["confirmed", "refused", "closed"]))
@click.option("--day", type=_DAY, help="First day (confirmed) or last day (closed). Default: today.")
@click.option("--reference", default="", help="What finds GİB's answer.")
@_MODE
@_BY
@refusals_told
def _alias(vkn_tckn: str, alias_id: Any, answer: Any, day: datetime | None, reference: str, mode: str, by: str) -> None:
    """Enter what GİB answered about an alias (`ebelge tenants show` lists them with their ids)."""
    tenant_id, at = tenant_of(vkn_tckn, mode), utc_now()
    with tenant_session(tenant_id) as session:
        row = aliases.answer(
            session, tenant_id=tenant_id, alias_id=alias_id, to=answer, day=_day(day), reference=reference,
            actor=_actor(by), at=at,
        )  # fmt: skip
        told = f"{row.alias}: {row.state}"
    click.echo(told)


def _do(
    act: Callable[..., Service], vkn_tckn: str, service: str, mode: str, by: str, *, sealed: bool = False,
    told: str = "state", **given: object,
) -> None:  # fmt: skip
    """Run one act on a service and tell what became of it. `sealed`: it asks when the operator's seal ends."""
    tenant_id, at = tenant_of(vkn_tckn, mode), utc_now()
    if sealed:
        given["operator_seal"] = readiness.operator_seal_until(mode, at=at)
    if "seal_mode" in given:
        given["mode"] = given.pop("seal_mode")
    with tenant_session(tenant_id) as session:
        before, after = _run(act, session, told, tenant_id=tenant_id, service=service, actor=_actor(by), at=at, **given)
    click.echo(f"{service}: {before} -> {after}" if before != after else f"{service}: {after}")


def _run(act: Callable[..., Service], session: Session, told: str, **given: Any) -> tuple[str, str]:
    found = session.get(Service, (given["tenant_id"], given["service"]))
    before = "none" if found is None else str(getattr(found, told))
    return before, str(getattr(act(session, **given), told))


def _day(given: datetime | None) -> date:
    return given.date() if given is not None else istanbul_date(utc_now())


def _actor(by: str) -> Actor:
    return entries.command("activation", by=by)
