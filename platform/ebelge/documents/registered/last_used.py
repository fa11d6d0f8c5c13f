"""Which of a buyer's several mailboxes the tenant used last: that one is taken unless another is named (ADR 0135)."""

from collections.abc import Sequence
from dataclasses import replace
from uuid import UUID

from sqlalchemy.orm import Session

from ebelge.core.db import fetch
from ebelge.documents.registered.taxpayer import Mailboxes, MailboxKey

_KIND = {"Invoice": "efatura", "DespatchAdvice": "eirsaliye"}
# Each buyer's newest documents are read backwards, by document_by_buyer.
SQL = """
    SELECT w.vkn, w.type, d.receiver_alias
      FROM unnest(%s::text[], %s::text[], %s::text[]) AS w(vkn, type, kind)
     CROSS JOIN LATERAL (SELECT x.receiver_alias FROM document x
                          WHERE x.tenant_id = %s AND x.buyer_vkn_tckn = w.vkn AND x.kind = w.kind
                            AND x.receiver_alias IS NOT NULL AND x.state NOT IN ('withdrawn', 'failed')
                          ORDER BY x.document_id DESC LIMIT 1) d
"""


def with_last_used(session: Session, mailboxes: Mailboxes, *, tenant_id: UUID, keys: Sequence[MailboxKey]) -> Mailboxes:
    """The same mailboxes, with the one used last of each of `keys` (`Mailboxes.several`); one statement."""
    vkns, types = [key.vkn_tckn for key in keys], [key.document_type for key in keys]
    rows = fetch(session, SQL, vkns, types, [_KIND[one] for one in types], tenant_id)
    return replace(mailboxes, last_used={MailboxKey(row.vkn, row.type): row.receiver_alias for row in rows})
