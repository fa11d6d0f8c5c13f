"""System responses that GİB pushes to us: what became of an envelope that we sent.

Two come for each envelope (gib/FACTS 3.5): GİB's own, and the receiver's, which GİB passes on unchanged. The receiver's
1200 is the end that GİB calls 1300; any failure of his is what GİB calls 1230.
"""

from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from ebelge.documents.incoming.checks import Header, ZarfRefused
from ebelge.documents.travel import status
from ebelge.documents.travel.models import ZarfRow
from ebelge.documents.travel.pace import Pace
from ebelge.gib.status_codes import Reaction, status_of
from ebelge.gib.system_response import SystemResponse
from ebelge.gib.zarf import GIB_VKN

_DELIVERED, _WAITING, _FAILED = 1300, 1220, 1230


def enter(
    session: Session, *, tenant_id: UUID, header: Header, response: SystemResponse, pace: Pace, at: datetime
) -> str:
    """Enter a pushed system response about an envelope of the tenant's; returns a remark, "" as a rule.

    :raises ZarfRefused: 1171 it is of somebody who has no say about the envelope.
    """
    zarf = session.get(ZarfRow, (tenant_id, response.instance_id))
    if zarf is None:
        return f"about {response.instance_id}, which is no envelope of ours"
    if header.sender.vkn_tckn == GIB_VKN:
        code = response.code
    elif header.sender.vkn_tckn == zarf.receiver_vkn_tckn:
        code = _of_receiver(response.code)
    else:
        raise ZarfRefused(1171, f"{header.sender.vkn_tckn} speaks about an envelope for {zarf.receiver_vkn_tckn}")
    text = f"{response.code} {response.text}".strip()[:500]
    status.apply(session, tenant_id=tenant_id, zarf_id=zarf.zarf_id, code=code, text=text, pace=pace, at=at)
    return ""


def _of_receiver(code: int) -> int:
    if code == 1200:
        return _DELIVERED
    return _WAITING if status_of(code).reaction is Reaction.WAIT else _FAILED
