"""Answers and bodies about services and their aliases at GİB."""

from datetime import date
from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field

from ebelge.api.answers import Answer, Instant
from ebelge.api.company_answers import Body
from ebelge.core.findings import Language
from ebelge.onboarding.checklist import Item
from ebelge.onboarding.readiness import Readiness
from tenants.company.aliases import STATE_NAMES as ALIAS_STATES
from tenants.company.models import OwnAlias
from tenants.services import RULES, STATE_NAMES


class SealModeBody(Body):
    """Whose seal signs."""

    seal_mode: Literal["operator", "own_hsm", "pkcs12"] = Field(
        description="operator: the integrator's. own_hsm: your own, in our HSM. pkcs12: sandboxes only"
    )


class AliasBody(Body):
    """An alias that GİB is to be asked for."""

    service: Literal["efatura", "eirsaliye"]
    role: Literal["GB", "PK"] = Field(description="GB: a unit that sends. PK: a mailbox that receives")
    alias: Annotated[str, Field(max_length=255, examples=["urn:mail:defaultgb@akin.example"])]


class ChecklistItem(Answer):
    """One thing a service needs."""

    code: str
    done: bool
    note: bool = Field(description="It is done, and there is something to know all the same")
    who: Literal["you", "us", "gib"] = Field(description="Who must act")
    text: str


class ServiceSetUp(Answer):
    """A service of the account, how far it is activated, and what it still needs."""

    service: str
    name: str
    offered: bool
    state: Literal["not_wanted", "checklist", "authorised", "asked_at_gib", "active", "closing", "closed"]
    state_text: str
    active_from: date | None = None
    active_until: date | None = Field(default=None, description="The last day, which is whole")
    seal_mode: str | None = None
    sender_alias: str | None = None
    asked_at: Instant | None = None
    checklist: list[ChecklistItem] = Field(description="Empty for a service that is not wanted or is active")


class ServiceList(Answer):
    """Every service, with those that are not offered yet."""

    items: list[ServiceSetUp]


class AliasAnswer(Answer):
    """An alias of the account at GİB."""

    alias_id: UUID
    service: str
    role: Literal["GB", "PK"]
    alias: str
    state: Literal["asked", "confirmed", "closing", "closed", "refused"]
    state_text: str
    valid_from: date | None = None
    valid_until: date | None = None
    sends: bool = Field(description="The service sends from it")


class AliasList(Answer):
    """The account's aliases, open ones first."""

    items: list[AliasAnswer]


def item(one: Item, language: Language) -> ChecklistItem:
    """A line of a checklist."""
    words = one.text_tr if language == "tr" else one.text_en
    return ChecklistItem(code=one.code, done=one.done, note=one.note, who=one.who, text=words)


def service(ready: Readiness, language: Language) -> ServiceSetUp:
    """A service with its checklist."""
    row, place = ready.service, 0 if language == "tr" else 1
    rule = RULES[row.service]
    on_its_way = row.state in ("checklist", "authorised", "asked_at_gib")
    return ServiceSetUp.model_validate(
        {
            "service": row.service,
            "name": rule.name_tr if language == "tr" else rule.name_en,
            "offered": True,
            "state": row.state,
            "state_text": STATE_NAMES[row.state][place],
            "active_from": row.active_from,
            "active_until": row.active_until,
            "seal_mode": row.seal_mode,
            "sender_alias": row.sender_alias,
            "asked_at": row.asked_at,
            "checklist": [item(one, language) for one in ready.items] if on_its_way else [],
        }
    )


def not_offered(name: str, language: Language) -> ServiceSetUp:
    """A service of the trade that cannot be had here yet."""
    rule = RULES[name]
    return ServiceSetUp.model_validate(
        {
            "service": name, "name": rule.name_tr if language == "tr" else rule.name_en, "offered": False,
            "state": "not_wanted", "state_text": "Henüz sunulmuyor" if language == "tr" else "Not offered yet",
            "checklist": [],
        }
    )  # fmt: skip


def alias(row: OwnAlias, *, sends: bool, language: Language) -> AliasAnswer:
    """An alias."""
    names = ("alias_id", "service", "role", "alias", "state", "valid_from", "valid_until")
    values = {name: getattr(row, name) for name in names}
    words = ALIAS_STATES[row.state][0 if language == "tr" else 1]
    return AliasAnswer.model_validate({**values, "sends": sends, "state_text": words})
