"""Keeping the wallet filled: forecast, low-balance watch, automatic top-up by a saved card."""

from datetime import datetime

from apiflask import APIBlueprint
from flask import Response
from sqlalchemy.orm import Session

from billing.expiry.forecast import forecast
from billing.orders import cards
from billing.topups import plans, runs, watch
from ebelge.api import upkeep_answers
from ebelge.api.account import NoQuery
from ebelge.api.described import described
from ebelge.api.reading import json_body, query, validated
from ebelge.api.upkeep_answers import ForecastAnswer, TopupAnswer, TopupBody, WatchAnswer, WatchBody
from ebelge.core.db import tenant_session
from ebelge.edge.access import bearer, needs
from ebelge.edge.idempotency import json_response, perform, render
from ebelge.edge.requests import request_at

blueprint = APIBlueprint("upkeep", __name__, tag="Kontör")
RUNS_SHOWN = 20


@blueprint.get("/forecast")
@described(ForecastAnswer, query=NoQuery)
@needs("billing:read")
def get_forecast() -> Response:
    """The forecast

    At the pace of the last four weeks: what will be used, what will expire lot by lot, when the wallet is empty.
    """
    query(NoQuery)
    with tenant_session(bearer().tenant_id) as session:
        told = forecast(session, tenant_id=bearer().tenant_id, at=request_at())
        return json_response(render(upkeep_answers.forecast(told)))


@blueprint.get("/kontor-watch")
@described(WatchAnswer, query=NoQuery)
@needs("billing:read")
def get_watch() -> Response:
    """The low-balance watch"""
    query(NoQuery)
    with tenant_session(bearer().tenant_id) as session:
        return json_response(render(upkeep_answers.watch(watch.of(session, tenant_id=bearer().tenant_id))))


@blueprint.put("/kontor-watch")
@described(WatchAnswer, body=WatchBody)
@needs("billing:write")
def put_watch() -> Response:
    """Set the low-balance watch

    Its addresses also get the notices before kontör expires and those of automatic top-up.
    """
    body = validated(WatchBody, json_body())

    def work(session: Session, at: datetime) -> WatchAnswer:
        row = watch.keep(
            session, tenant_id=bearer().tenant_id, low_kontor=body.low_kontor, emails=body.emails,
            language=body.language, at=at,
        )  # fmt: skip
        return upkeep_answers.watch(row)

    return perform(work)


@blueprint.get("/topup")
@described(TopupAnswer, query=NoQuery)
@needs("billing:read")
def get_topup() -> Response:
    """Automatic top-up

    The plan, what it has bought this month, the saved cards and the newest runs.
    """
    query(NoQuery)
    with tenant_session(bearer().tenant_id) as session:
        return json_response(render(_topup(session, request_at())))


@blueprint.put("/topup")
@described(TopupAnswer, body=TopupBody, refusals=(404, 409, 422))
@needs("billing:write")
def put_topup() -> Response:
    """Set automatic top-up

    One purchase at a time, never above the monthly cap. Terms that are left out stay as they were. After failures it
    pauses, then is suspended; new terms do not resume a suspended plan (POST /topup/resume does).
    """
    body = validated(TopupBody, json_body())

    def work(session: Session, at: datetime) -> TopupAnswer:
        said = {"package_code": body.package, **body.model_dump(exclude={"package", "on"})}
        terms = plans.terms_of(session, tenant_id=bearer().tenant_id, on=body.on, said=said)
        plans.keep(session, tenant_id=bearer().tenant_id, terms=terms, by=_by(), at=at)
        return _topup(session, at)

    return perform(work)


@blueprint.post("/topup/resume")
@described(TopupAnswer, query=NoQuery, idempotent=True, refusals=(404, 409))
@needs("billing:write")
def resume_topup() -> Response:
    """Resume suspended top-up

    After declined cards or a dispute nothing else starts it again.
    """

    def work(session: Session, at: datetime) -> TopupAnswer:
        plans.resume(session, tenant_id=bearer().tenant_id, by=_by(), at=at)
        return _topup(session, at)

    return perform(work)


def _topup(session: Session, at: datetime) -> TopupAnswer:
    tenant_id = bearer().tenant_id
    return upkeep_answers.topup(
        plans.of(session, tenant_id=tenant_id),
        spent_kurus=runs.spent_kurus(session, tenant_id=tenant_id, at=at),
        cards=list(cards.listed(session, tenant_id=tenant_id)),
        runs=runs.newest(session, tenant_id=tenant_id, limit=RUNS_SHOWN),
    )


def _by() -> str:
    return f"key:{bearer().key_id}"
