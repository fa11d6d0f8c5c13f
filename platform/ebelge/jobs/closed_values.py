"""Everything that is kept closed with the master key: which column, whose row, closed for what.

A new place is entered here, or a change of the master key would leave it behind; a test compares the list with the
tables and with the calls of `close`.
"""

import base64
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from billing.orders import cards
from ebelge.archive import data_keys
from ebelge.core.config import Role
from ebelge.documents.seals import entered as seals
from ebelge.jobs.intents import CLOSED_BUYER, buyer_closed_for
from ebelge.notify import post
from ebelge.notify.webhooks import endpoints
from tenants.people import factors


@dataclass(frozen=True, slots=True)
class ClosedColumn:
    """A column of closed values. The key of a tenant's table begins with tenant_id, and its role is bound to a tenant.

    `context`: what a row's value was closed for, from the values of its key. `field`: of a JSON column, where base64
    of the value stands.
    """

    table: str
    column: str
    key: tuple[str, ...]
    context: Callable[..., str]
    role: Role = "app"
    field: str = ""

    @property
    def name(self) -> str:
        """How people are told of it."""
        return f"{self.table}.{self.column}" + (f".{self.field}" if self.field else "")

    @property
    def kept(self) -> str:
        """SQL: the value as it is kept, NULL where there is none."""
        return f"{self.column} ->> '{self.field}'" if self.field else self.column

    @property
    def raw(self) -> str:
        """SQL: the closed bytes."""
        return f"decode({self.kept}, 'base64')" if self.field else self.column

    @property
    def assignment(self) -> str:
        """SQL: puts a new value in place of the old one."""
        if not self.field:
            return f"{self.column} = %s"
        return f"{self.column} = jsonb_set({self.column}, '{{{self.field}}}', to_jsonb(%s::text))"

    def stored(self, closed: bytes) -> Any:
        """A closed value as the column keeps it."""
        return base64.b64encode(closed).decode() if self.field else closed


CLOSED: Final = (
    ClosedColumn("seal", "closed_pkcs12", ("tenant_id", "seal_id"), seals.closed_for),
    ClosedColumn("archive_key", "closed_key", ("tenant_id", "key_id"), data_keys.closed_for),
    ClosedColumn("saved_card", "closed_refs", ("tenant_id", "card_id"), cards.closed_for),
    ClosedColumn("webhook_endpoint", "closed_secret", ("tenant_id", "endpoint_id"), endpoints.closed_for),
    ClosedColumn("webhook_endpoint", "closed_old_secret", ("tenant_id", "endpoint_id"), endpoints.closed_for),
    ClosedColumn(
        "payment_attempt",
        "intent",
        ("tenant_id", "attempt_id"),
        lambda tenant_id, _attempt_id: buyer_closed_for(tenant_id),
        field=CLOSED_BUYER,
    ),
    ClosedColumn(
        "letter",
        "facts",
        ("tenant_id", "letter_id"),
        lambda tenant_id, _letter_id: post.link_closed_for(tenant_id),
        field=post.CLOSED_LINK,
    ),
    ClosedColumn("person", "closed_totp", ("person_id",), factors.closed_for, role="people"),
)
