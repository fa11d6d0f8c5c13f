"""Answers and bodies about outgoing webhooks."""

from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, model_validator

from ebelge.api.answers import Answer, Instant
from ebelge.notify.models import WebhookDelivery, WebhookEndpoint, WebhookEvent

EventName = Literal[
    "kontor.low",
    "lot.expiring",
    "lot.expired",
    "order.paid",
    "order.refunded",
    "payment.disputed",
    "topup.suspended",
    "document.delivered",
    "document.undelivered",
    "document.refused",
    "document.failed",
    "document.cancelled",
    "incoming.received",
    "document.answered",
    "incoming.answer_failed",
    "incoming.answer_due",
]


class EndpointBody(BaseModel):
    """Where events are sent."""

    model_config = ConfigDict(extra="forbid")

    url: Annotated[str, Field(min_length=8, max_length=2000, description="https, a public address, port 443 or 8443")]
    events: Annotated[list[EventName], Field(min_length=1, max_length=20)]


class ReplayBody(BaseModel):
    """What is sent again: one event, or all since an instant that were not taken."""

    model_config = ConfigDict(extra="forbid")

    event_id: UUID | None = None
    since: AwareDatetime | None = None

    @model_validator(mode="after")
    def _one_of_them(self) -> "ReplayBody":
        if (self.event_id is None) == (self.since is None):
            raise ValueError("exactly one of event_id and since")
        return self


class EndpointAnswer(Answer):
    """An endpoint."""

    endpoint_id: UUID
    url: str
    events: list[str]
    state: Literal["active", "paused", "removed"]
    failing_since: Instant | None = Field(default=None, description="No event was taken since")
    old_secret_until: Instant | None = Field(default=None, description="Two secrets sign until then")
    created_at: Instant


class NewEndpointAnswer(EndpointAnswer):
    """An endpoint with its signing secret, which is shown this once."""

    secret: str = Field(examples=["whsec_..."], description="Standard Webhooks: HMAC-SHA256 of id.timestamp.body")


class EndpointList(Answer):
    """The account's endpoints."""

    items: list[EndpointAnswer]


class DeliveryAnswer(Answer):
    """An event on its way to an endpoint."""

    delivery_id: UUID
    event_id: UUID = Field(description="`webhook-id` of every try")
    type: str
    state: Literal["waiting", "delivered", "failed", "disabled"]
    tries: int
    status: int | None = Field(default=None, description="HTTP status of the last answer")
    answer: str = Field(description="The beginning of the last answer, or why there was none")
    data: dict[str, Any]
    created_at: Instant
    ended_at: Instant | None = None


class DeliveryPage(Answer):
    """Deliveries, newest first."""

    items: list[DeliveryAnswer]
    next_cursor: str | None = None


class ReplayedAnswer(Answer):
    """How many events are sent again."""

    count: int


def endpoint(row: WebhookEndpoint) -> EndpointAnswer:
    """An endpoint without its secret."""
    return EndpointAnswer.model_validate(_endpoint(row))


def new_endpoint(row: WebhookEndpoint, secret: str) -> NewEndpointAnswer:
    """An endpoint at the only time its secret is shown."""
    return NewEndpointAnswer.model_validate({**_endpoint(row), "secret": secret})


def delivery(row: WebhookDelivery, event: WebhookEvent) -> DeliveryAnswer:
    """A delivery with its event."""
    names = ("delivery_id", "event_id", "state", "tries", "status", "answer", "created_at", "ended_at")
    values = {name: getattr(row, name) for name in names}
    return DeliveryAnswer.model_validate({**values, "tries": row.tries or 0, "answer": row.answer or "",
                                          "type": event.type, "data": event.data})  # fmt: skip


def _endpoint(row: WebhookEndpoint) -> dict[str, Any]:
    names = ("endpoint_id", "url", "events", "state", "failing_since", "old_secret_until", "created_at")
    return {name: getattr(row, name) for name in names}
