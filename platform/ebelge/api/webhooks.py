"""Outgoing webhooks: endpoints, their secrets, what was sent to them, sending again."""

from datetime import UTC, datetime
from http import HTTPStatus
from uuid import UUID

from apiflask import APIBlueprint
from flask import Response
from sqlalchemy.orm import Session

from ebelge.api import cursors, webhook_answers
from ebelge.api.account import NoQuery
from ebelge.api.cursors import PageQuery
from ebelge.api.described import described
from ebelge.api.reading import json_body, query, validated
from ebelge.api.webhook_answers import (
    DeliveryAnswer,
    DeliveryPage,
    EndpointAnswer,
    EndpointBody,
    EndpointList,
    NewEndpointAnswer,
    ReplayBody,
    ReplayedAnswer,
)
from ebelge.core.db import tenant_session
from ebelge.edge.access import bearer, needs
from ebelge.edge.idempotency import json_response, perform, render
from ebelge.edge.requests import request_at
from ebelge.jobs.intents import vault
from ebelge.jobs.webhooks import rules
from ebelge.notify.webhooks import endpoints, events

blueprint = APIBlueprint("webhooks", __name__, tag="Webhooks")


@blueprint.post("/webhooks")
@described(NewEndpointAnswer, status=HTTPStatus.CREATED, body=EndpointBody, refusals=(409, 422))
@needs("billing:write")
def create() -> Response:
    """Add an endpoint

    Events are sent as Standard Webhooks: headers `webhook-id`, `webhook-timestamp`, `webhook-signature`. The signing
    secret is in this answer and nowhere else; therefore the request takes no Idempotency-Key.
    """
    body = validated(EndpointBody, json_body())
    with tenant_session(bearer().tenant_id) as session:
        shown = endpoints.create(
            session, tenant_id=bearer().tenant_id, url=body.url, events=body.events, rules=rules(), vault=vault(),
            by=_by(), at=request_at(),
        )  # fmt: skip
        answer = render(webhook_answers.new_endpoint(shown.endpoint, shown.secret))
    return json_response(answer, HTTPStatus.CREATED)


@blueprint.get("/webhooks")
@described(EndpointList, query=NoQuery)
@needs("billing:read")
def list_endpoints() -> Response:
    """Endpoints"""
    query(NoQuery)
    with tenant_session(bearer().tenant_id) as session:
        found = endpoints.listed(session, tenant_id=bearer().tenant_id)
        return json_response(render(EndpointList(items=[webhook_answers.endpoint(row) for row in found])))


@blueprint.delete("/webhooks/<uuid:endpoint_id>")
@described(EndpointAnswer, query=NoQuery, refusals=(404,))
@needs("billing:write")
def remove(endpoint_id: UUID) -> Response:
    """Remove an endpoint

    What is on its way to it is not sent any more.
    """
    with tenant_session(bearer().tenant_id) as session:
        row = endpoints.locked(session, tenant_id=bearer().tenant_id, endpoint_id=endpoint_id)
        endpoints.remove(session, tenant_id=bearer().tenant_id, endpoint_id=endpoint_id, at=request_at())
        return json_response(render(webhook_answers.endpoint(row)))


@blueprint.post("/webhooks/<uuid:endpoint_id>/rotate")
@described(NewEndpointAnswer, query=NoQuery, refusals=(404,))
@needs("billing:write")
def rotate(endpoint_id: UUID) -> Response:
    """Give an endpoint a new secret

    For 24 hours both secrets sign: take the new one into use meanwhile.
    """
    with tenant_session(bearer().tenant_id) as session:
        shown = endpoints.rotate(
            session, tenant_id=bearer().tenant_id, endpoint_id=endpoint_id, vault=vault(), at=request_at()
        )
        return json_response(render(webhook_answers.new_endpoint(shown.endpoint, shown.secret)))


@blueprint.post("/webhooks/<uuid:endpoint_id>/activate")
@described(EndpointAnswer, query=NoQuery, idempotent=True, refusals=(404,))
@needs("billing:write")
def activate(endpoint_id: UUID) -> Response:
    """Call a paused endpoint again

    What it missed is not sent by itself: replay it.
    """

    def work(session: Session, at: datetime) -> EndpointAnswer:
        row = endpoints.activate(session, tenant_id=bearer().tenant_id, endpoint_id=endpoint_id, at=at)
        return webhook_answers.endpoint(row)

    return perform(work)


@blueprint.post("/webhooks/<uuid:endpoint_id>/test")
@described(DeliveryAnswer, status=HTTPStatus.ACCEPTED, query=NoQuery, idempotent=True, refusals=(404,))
@needs("billing:write")
def test(endpoint_id: UUID) -> Response:
    """Send a test event

    Of type `webhook.test`, to this endpoint only.
    """

    def work(session: Session, at: datetime) -> DeliveryAnswer:
        row = events.test(session, tenant_id=bearer().tenant_id, endpoint_id=endpoint_id, at=at)
        return webhook_answers.delivery(row, events.event(session, tenant_id=bearer().tenant_id, event_id=row.event_id))

    return perform(work, status=HTTPStatus.ACCEPTED)


@blueprint.get("/webhooks/<uuid:endpoint_id>/deliveries")
@described(DeliveryPage, query=PageQuery, refusals=(404,))
@needs("billing:read")
def list_deliveries(endpoint_id: UUID) -> Response:
    """What was sent to an endpoint

    Newest first, with the last answer.
    """
    asked, tenant_id = query(PageQuery), bearer().tenant_id
    with tenant_session(tenant_id) as session:
        endpoints.locked(session, tenant_id=tenant_id, endpoint_id=endpoint_id)
        found = events.deliveries(
            session, tenant_id=tenant_id, endpoint_id=endpoint_id, limit=asked.limit + 1,
            before=cursors.unpack_uuid(asked.cursor),
        )  # fmt: skip
        page = DeliveryPage(
            items=[webhook_answers.delivery(row, event) for row, event in found[: asked.limit]],
            next_cursor=cursors.pack(found[asked.limit - 1][0].delivery_id) if len(found) > asked.limit else None,
        )
        return json_response(render(page))


@blueprint.post("/webhooks/<uuid:endpoint_id>/replay")
@described(ReplayedAnswer, status=HTTPStatus.ACCEPTED, body=ReplayBody, idempotent=True, refusals=(404,))
@needs("billing:write")
def replay(endpoint_id: UUID) -> Response:
    """Send events again

    One event by its id, or all since an instant that the endpoint wants and has not taken (at most 1,000 at once).
    """

    def work(session: Session, at: datetime) -> ReplayedAnswer:
        tenant_id = bearer().tenant_id
        endpoints.locked(session, tenant_id=tenant_id, endpoint_id=endpoint_id)
        body = validated(ReplayBody, json_body())
        if body.event_id is not None:
            events.replay(session, tenant_id=tenant_id, endpoint_id=endpoint_id, event_id=body.event_id, at=at)
            return ReplayedAnswer(count=1)
        since = (body.since or at).astimezone(UTC)
        count = events.replay_since(session, tenant_id=tenant_id, endpoint_id=endpoint_id, since=since, at=at)
        return ReplayedAnswer(count=count)

    return perform(work, status=HTTPStatus.ACCEPTED)


def _by() -> str:
    return f"key:{bearer().key_id}"
