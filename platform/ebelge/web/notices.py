"""What a member is told on every page until it is over: GİB is away, texts to accept, a package to be ordered."""

from billing.orders import proposals
from ebelge.core.clock import ISTANBUL
from ebelge.core.db import tenant_session
from ebelge.documents.travel import health
from ebelge.edge.people import Member
from ebelge.edge.requests import request_at
from tenants.texts import acceptances

Notice = tuple[str, str]


def of(member: Member | None, *, turkish: bool) -> tuple[Notice, ...]:
    """Paths and words; none for guests and in sandboxes."""
    if member is None or member.mode != "live" or member.acting is not None:
        return ()
    found: list[Notice] = []
    with tenant_session(member.tenant_id) as session:
        at = request_at()
        down_since = health.down_since(session, mode=member.mode)
        if down_since is not None:
            since = down_since.astimezone(ISTANBUL).strftime("%d.%m.%Y %H:%M")
            said = (
                f"GİB'e {since} tarihinden beri ulaşılamıyor; belgeleriniz alınıyor, sırayla gönderilecek",
                f"GİB cannot be reached since {since}; your documents are accepted and will be sent in turn",
            )
            path = "/documents" if "documents:read" in member.rights else "/account"
            found.append((path, said[0] if turkish else said[1]))
        if acceptances.outstanding(session, tenant_id=member.tenant_id, person_id=member.person_id, at=at):
            said = "Onay bekleyen metinler var", "Texts wait to be accepted"
            found.append(("/account/texts", said[0] if turkish else said[1]))
        if "kontor:buy" in member.rights and proposals.waits(session, tenant_id=member.tenant_id):
            said = "Seçtiğiniz paket sizi bekliyor", "The package you chose is waiting"
            found.append(("/settings/package", said[0] if turkish else said[1]))
    return tuple(found)
