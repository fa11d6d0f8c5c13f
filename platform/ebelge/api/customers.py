"""A reseller's customers for its own system: listed, looked at, onboarded. Keys of resellers only have these scopes."""

from datetime import datetime
from http import HTTPStatus
from typing import Annotated, Literal
from uuid import UUID

from apiflask import APIBlueprint
from flask import Response
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy.orm import Session

from billing.resellers import overview
from billing.resellers.overview import Seen
from ebelge.api.account import NoQuery
from ebelge.api.answers import Answer, Instant
from ebelge.api.cursors import PageQuery
from ebelge.api.described import described
from ebelge.api.reading import Email, json_body, query, validated
from ebelge.core.db import reseller_session
from ebelge.edge.access import bearer, needs
from ebelge.edge.actors import actor
from ebelge.edge.idempotency import json_response, perform, render
from ebelge.edge.requests import request_at
from ebelge.jobs.inviting import invite
from ebelge.onboarding import customers
from ebelge.onboarding.customer_sheet import NewCustomer
from tenants.accounts import Identity

blueprint = APIBlueprint("customers", __name__, tag="Pools and resellers")
Text = Annotated[str, Field(min_length=1, max_length=300, pattern=r"^[^=+@\x00-\x1f][^\x00-\x1f]*$")]
ServiceName = Literal["efatura", "earsiv", "eirsaliye", "emm", "esmm"]


class CustomersQuery(PageQuery):
    """Which customers, in which order."""

    q: Annotated[str, Field(max_length=80, description="Words of the title, or a VKN's beginning")] = ""
    order: Annotated[Literal["low", "title", "expiry"], Field(description="Lowest balance first, or else")] = "low"


class NewCustomerBody(BaseModel):
    """A customer to onboard: a title goes with a VKN, first and family name with a TCKN."""

    model_config = ConfigDict(extra="forbid")

    vkn_tckn: Annotated[str, Field(pattern="^[0-9]{10,11}$")]
    title: Text | None = None
    first_name: Text | None = None
    family_name: Text | None = None
    tax_office: Text | None = None
    street: Text | None = None
    district: Text
    city: Text
    postal_zone: Text | None = None
    phone: Text | None = None
    email: Email | None = None
    owner_email: Annotated[Email, Field(description="Who is invited as the account's owner")]
    language: Annotated[Literal["tr", "en"], Field(description="Of the invitation")] = "tr"
    services: Annotated[list[ServiceName], Field(max_length=4, description="Wanted; they wait at their checklist")] = []


class CustomerAnswer(Answer):
    """A customer as its reseller sees it."""

    customer_id: UUID
    vkn_tckn: str
    title: str
    state: str
    city: str
    available: int
    next_expiry: Instant | None
    expiring: int
    last_activity: Instant | None
    services: list[str]
    created_at: Instant


class CustomerPage(Answer):
    """A page of customers."""

    items: list[CustomerAnswer]
    next_cursor: str | None


class OnboardedAnswer(Answer):
    """A new customer. `applied` until its owner has accepted the invitation and the texts."""

    customer_id: UUID
    state: str


@blueprint.get("/customers")
@described(CustomerPage, query=CustomersQuery)
@needs("customers:read")
def list_customers() -> Response:
    """Customers

    Of the reseller behind the key, the lowest balance first: who, in which state, how much kontör and until when.
    """
    asked, me = query(CustomersQuery), bearer().tenant_id
    with reseller_session(me) as session:
        found = overview.customers(
            session, reseller_id=me, at=request_at(), limit=asked.limit + 1, search=asked.q, order=asked.order,
            after=overview.after(asked.cursor),
        )  # fmt: skip
    shown = found[: asked.limit]
    more = shown[-1].cursor if len(found) > asked.limit else None
    return json_response(render(CustomerPage(items=[_customer(one) for one in shown], next_cursor=more)))


@blueprint.get("/customers/<uuid:customer_id>")
@described(CustomerAnswer, query=NoQuery, refusals=(404,))
@needs("customers:read")
def get_customer(customer_id: UUID) -> Response:
    """A customer

    Of the reseller behind the key. Another's is answered as one that does not exist.
    """
    query(NoQuery)
    me = bearer().tenant_id
    with reseller_session(me) as session:
        found = overview.customer(session, reseller_id=me, customer_id=customer_id, at=request_at())
    return json_response(render(_customer(found)))


@blueprint.post("/customers")
@described(OnboardedAnswer, status=HTTPStatus.CREATED, body=NewCustomerBody, idempotent=True, refusals=(409, 422))
@needs("customers:write")
def onboard_customer() -> Response:
    """Onboard a customer

    Opens the account and its sandbox and invites the owner, or does nothing. A taxpayer with an account: 409
    `already_your_customer` or `has_account`; of the latter nothing is told, ask for a change of reseller.
    """
    body, me = validated(NewCustomerBody, json_body()), bearer().tenant_id
    new = _new(body)

    def work(session: Session, at: datetime) -> OnboardedAnswer:
        made = customers.onboard(session, tenant_id=me, customer=new, actor=actor(), invite=invite, at=at)
        return OnboardedAnswer(customer_id=made.tenant_id, state=made.state)

    return perform(work, status=HTTPStatus.CREATED)


def _new(body: NewCustomerBody) -> NewCustomer:
    person = len(body.vkn_tckn) == 11
    names = f"{body.first_name or ''} {body.family_name or ''}".strip()
    identity = Identity(
        vkn_tckn=body.vkn_tckn,
        title=body.title or (names if person else ""),
        first_name=body.first_name if person else None,
        family_name=body.family_name if person else None,
        tax_office=body.tax_office,
        street=body.street,
        district=body.district,
        city=body.city,
        postal_zone=body.postal_zone,
        email=body.email or body.owner_email,
        phone=body.phone,
    )
    return NewCustomer(
        identity=identity, owner_email=body.owner_email, language=body.language, services=tuple(body.services)
    )


def _customer(one: Seen) -> CustomerAnswer:
    return CustomerAnswer(
        customer_id=one.tenant_id,
        vkn_tckn=one.vkn_tckn,
        title=one.title,
        state=one.state,
        city=one.city,
        available=one.available,
        next_expiry=one.next_expiry,
        expiring=one.expiring,
        last_activity=one.last_activity,
        services=list(one.services),
        created_at=one.created_at,
    )
