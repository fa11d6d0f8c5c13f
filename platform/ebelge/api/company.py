"""The company itself: its data, branches, settings."""

from dataclasses import asdict
from datetime import datetime
from http import HTTPStatus
from uuid import UUID

from apiflask import APIBlueprint
from flask import Response
from sqlalchemy.orm import Session

from ebelge.api import company_answers
from ebelge.api.account import NoQuery
from ebelge.api.company_answers import (
    BranchAnswer,
    BranchBody,
    BranchChange,
    BranchList,
    CompanyAnswer,
    CompanyBody,
    SettingsAnswer,
    SettingsBody,
)
from ebelge.api.described import described
from ebelge.api.reading import json_body, query, validated
from ebelge.core.db import tenant_session
from ebelge.edge.access import bearer, needs
from ebelge.edge.actors import actor
from ebelge.edge.idempotency import json_response, perform, render
from tenants import accounts
from tenants.accounts import Identity
from tenants.company import branches, details, settings
from tenants.company.branches import BranchData
from tenants.company.settings import Choice

blueprint = APIBlueprint("company", __name__, tag="Company")


@blueprint.get("/company")
@described(CompanyAnswer, query=NoQuery)
@needs("company:read")
def get_company() -> Response:
    """The company's data

    As the documents issued from now on name it.
    """
    query(NoQuery)
    with tenant_session(bearer().tenant_id) as session:
        return json_response(render(company_answers.company(accounts.get(session, tenant_id=bearer().tenant_id))))


@blueprint.put("/company")
@described(CompanyAnswer, body=CompanyBody, idempotent=True, refusals=(409, 422))
@needs("company:write", suspended_too=True)
def put_company() -> Response:
    """Change the company's data

    Documents accepted afterwards name the new data; those accepted before keep what they say. The VKN or TCKN is the
    account's for ever.
    """
    body = validated(CompanyBody, json_body())

    def work(session: Session, at: datetime) -> CompanyAnswer:
        tenant = details.change(
            session, tenant_id=bearer().tenant_id, to=Identity(**body.model_dump()), actor=actor(), at=at
        )  # fmt: skip
        return company_answers.company(tenant)

    return perform(work)


@blueprint.get("/branches")
@described(BranchList, query=NoQuery)
@needs("company:read")
def list_branches() -> Response:
    """Branches"""
    query(NoQuery)
    with tenant_session(bearer().tenant_id) as session:
        found = branches.listed(session, tenant_id=bearer().tenant_id)
        return json_response(render(BranchList(items=[company_answers.branch(row) for row in found])))


@blueprint.post("/branches")
@described(BranchAnswer, status=HTTPStatus.CREATED, body=BranchBody, idempotent=True, refusals=(409, 422))
@needs("company:write", suspended_too=True)
def add_branch() -> Response:
    """Add a branch

    Its code never changes and is never given twice: series, and the rights of people, name it.
    """
    body = validated(BranchBody, json_body())

    def work(session: Session, at: datetime) -> BranchAnswer:
        row = branches.add(
            session, tenant_id=bearer().tenant_id, code=body.code,
            data=BranchData(**body.model_dump(exclude={"code"})), actor=actor(), at=at,
        )  # fmt: skip
        return company_answers.branch(row)

    return perform(work, status=HTTPStatus.CREATED)


@blueprint.put("/branches/<uuid:branch_id>")
@described(BranchAnswer, body=BranchChange, idempotent=True, refusals=(404, 422))
@needs("company:write", suspended_too=True)
def put_branch(branch_id: UUID) -> Response:
    """Change or close a branch"""

    def work(session: Session, at: datetime) -> BranchAnswer:
        branches.get(session, tenant_id=bearer().tenant_id, branch_id=branch_id)
        body = validated(BranchChange, json_body())
        row = branches.change(
            session, tenant_id=bearer().tenant_id, branch_id=branch_id,
            data=BranchData(**body.model_dump(exclude={"active"})), active=body.active, actor=actor(), at=at,
        )  # fmt: skip
        return company_answers.branch(row)

    return perform(work)


@blueprint.get("/settings")
@described(SettingsAnswer, query=NoQuery)
@needs("company:read")
def get_settings() -> Response:
    """Settings

    What holds, and what of it was chosen.
    """
    query(NoQuery)
    with tenant_session(bearer().tenant_id) as session:
        return json_response(render(_settings(session)))


@blueprint.put("/settings")
@described(SettingsAnswer, body=SettingsBody, idempotent=True, refusals=(422,))
@needs("company:write", suspended_too=True)
def put_settings() -> Response:
    """Choose settings

    A further version; the same choice again writes none. What is null follows the default.
    """
    body = validated(SettingsBody, json_body())

    def work(session: Session, at: datetime) -> SettingsAnswer:
        choice = Choice(**body.model_dump())
        settings.save(session, tenant_id=bearer().tenant_id, choice=choice, actor=actor(), at=at)
        return _settings(session)

    return perform(work)


def _settings(session: Session) -> SettingsAnswer:
    version, choice = settings.chosen(session, tenant_id=bearer().tenant_id)
    holds = settings.current(session, tenant_id=bearer().tenant_id)
    assert asdict(holds).keys() == asdict(choice).keys()
    return company_answers.settings(version, holds, choice)
