"""Services: what each one still needs and who must act, wanted or not, whose seal; and aliases at GİB."""

from datetime import datetime
from http import HTTPStatus
from uuid import UUID

from apiflask import APIBlueprint
from flask import Response
from sqlalchemy.orm import Session

from ebelge.api import service_answers
from ebelge.api.account import NoQuery
from ebelge.api.described import described
from ebelge.api.reading import json_body, query, validated
from ebelge.api.service_answers import (
    AliasAnswer,
    AliasBody,
    AliasList,
    SealModeBody,
    ServiceList,
    ServiceSetUp,
)
from ebelge.core.clock import istanbul_date
from ebelge.core.config import settings
from ebelge.core.db import tenant_session
from ebelge.edge.access import bearer, needs
from ebelge.edge.actors import actor
from ebelge.edge.idempotency import json_response, perform, render
from ebelge.edge.languages import language
from ebelge.edge.requests import request_at
from ebelge.onboarding import activation, readiness
from tenants.company import aliases, seal_modes
from tenants.company.models import OwnAlias
from tenants.services import RULES, locked, services_of

blueprint = APIBlueprint("services", __name__, tag="Company")


@blueprint.get("/services")
@described(ServiceList, query=NoQuery)
@needs("company:read")
def list_services() -> Response:
    """Services and what they still need

    Each missing thing says who must act: you, we or GİB.
    """
    query(NoQuery)
    who, at = bearer(), request_at()
    operator_seal = readiness.operator_seal_until(who.mode, at=at)
    with tenant_session(who.tenant_id) as session:
        found = readiness.of_tenant(session, tenant_id=who.tenant_id, operator_seal=operator_seal, at=at)
        items = [service_answers.service(one, language()) for one in found]
    items += [service_answers.not_offered(name, language()) for name, rule in RULES.items() if not rule.offered]
    return json_response(render(ServiceList(items=items)))


@blueprint.post("/services/<service>/want")
@described(ServiceSetUp, query=NoQuery, idempotent=True, refusals=(404, 409))
@needs("company:write", suspended_too=True)
def want(service: str) -> Response:
    """Want a service

    Its checklist begins.
    """
    operator_seal = readiness.operator_seal_until(bearer().mode, at=request_at())

    def work(session: Session, at: datetime) -> ServiceSetUp:
        activation.want(session, tenant_id=bearer().tenant_id, service=service, actor=actor(), at=at)
        return _shown(session, service, operator_seal, at)

    return perform(work)


@blueprint.post("/services/<service>/give-up")
@described(ServiceSetUp, query=NoQuery, idempotent=True, refusals=(404, 409))
@needs("company:write", suspended_too=True)
def give_up(service: str) -> Response:
    """Not want a service after all

    As long as GİB was not asked.
    """
    operator_seal = readiness.operator_seal_until(bearer().mode, at=request_at())

    def work(session: Session, at: datetime) -> ServiceSetUp:
        activation.give_up(session, tenant_id=bearer().tenant_id, service=service, actor=actor(), at=at)
        return _shown(session, service, operator_seal, at)

    return perform(work)


@blueprint.put("/services/<service>/seal-mode")
@described(ServiceSetUp, body=SealModeBody, idempotent=True, refusals=(404, 409))
@needs("company:write", suspended_too=True)
def put_seal_mode(service: str) -> Response:
    """Choose whose seal signs

    Freely while the service is being prepared; an active one changes only to a seal that can sign at once.
    """
    operator_seal = readiness.operator_seal_until(bearer().mode, at=request_at())

    def work(session: Session, at: datetime) -> ServiceSetUp:
        tenant_id = bearer().tenant_id
        locked(session, tenant_id=tenant_id, service=service)
        body = validated(SealModeBody, json_body())
        seal_modes.choose(
            session, tenant_id=tenant_id, service=service, mode=body.seal_mode,
            production=settings().environment == "production", actor=actor(), at=at,
        )  # fmt: skip
        return _shown(session, service, operator_seal, at)

    return perform(work)


@blueprint.get("/aliases")
@described(AliasList, query=NoQuery)
@needs("company:read")
def list_aliases() -> Response:
    """Aliases at GİB"""
    query(NoQuery)
    with tenant_session(bearer().tenant_id) as session:
        found = aliases.listed(session, tenant_id=bearer().tenant_id)
        return json_response(render(AliasList(items=[_alias(session, row) for row in found])))


@blueprint.post("/aliases")
@described(AliasAnswer, status=HTTPStatus.CREATED, body=AliasBody, idempotent=True, refusals=(409, 422))
@needs("company:write", suspended_too=True)
def ask_for_alias() -> Response:
    """Ask for an alias

    GİB is told of it by us; it can be used when GİB has confirmed it. An alias is one taxpayer's alone.
    """
    body = validated(AliasBody, json_body())

    def work(session: Session, at: datetime) -> AliasAnswer:
        row = aliases.ask(
            session, tenant_id=bearer().tenant_id, service=body.service, role=body.role, alias=body.alias,
            actor=actor(), at=at,
        )  # fmt: skip
        return _alias(session, row)

    return perform(work, status=HTTPStatus.CREATED)


@blueprint.post("/aliases/<uuid:alias_id>/send-from")
@described(AliasAnswer, query=NoQuery, idempotent=True, refusals=(404, 409))
@needs("company:write", suspended_too=True)
def send_from(alias_id: UUID) -> Response:
    """Send from an alias

    Documents of its service accepted from now on travel from it.
    """

    def work(session: Session, at: datetime) -> AliasAnswer:
        tenant_id = bearer().tenant_id
        aliases.send_from(
            session, tenant_id=tenant_id, alias_id=alias_id, on=istanbul_date(at), actor=actor(), at=at
        )  # fmt: skip
        return _alias(session, aliases.get(session, tenant_id=tenant_id, alias_id=alias_id))

    return perform(work)


@blueprint.post("/aliases/<uuid:alias_id>/close")
@described(AliasAnswer, query=NoQuery, idempotent=True, refusals=(404, 409))
@needs("company:write", suspended_too=True)
def close_alias(alias_id: UUID) -> Response:
    """Have an alias closed

    We tell GİB; it ends when GİB has closed it. The alias that a service sends from is changed first.
    """

    def work(session: Session, at: datetime) -> AliasAnswer:
        row = aliases.ask_to_close(session, tenant_id=bearer().tenant_id, alias_id=alias_id, actor=actor(), at=at)
        return _alias(session, row)

    return perform(work)


def _shown(session: Session, service: str, operator_seal: datetime | None, at: datetime) -> ServiceSetUp:
    ready = readiness.of_service(
        session, tenant_id=bearer().tenant_id, service=service, operator_seal=operator_seal, at=at
    )  # fmt: skip
    return service_answers.service(ready, language())


def _alias(session: Session, row: OwnAlias) -> AliasAnswer:
    senders = {one.service: one.sender_alias for one in services_of(session, tenant_id=row.tenant_id)}
    sends = row.role == "GB" and senders.get(row.service) == row.alias
    return service_answers.alias(row, sends=sends, language=language())
