"""A reseller's customers opened, one at once or a sheet of them by the queue, and the owners' invitations on their way.

Topic customers.import: a message opens some rows and puts the next one, so a sheet never holds a worker for long and
goes on where it was after a kill.
"""

import logging
from datetime import datetime
from uuid import UUID

from billing.resellers import customers as own
from ebelge.core.clock import utc_now
from ebelge.core.db import tenant_session
from ebelge.core.errors import DomainError, NotFound
from ebelge.jobs import bell
from ebelge.jobs.inviting import invite, send_again
from ebelge.onboarding import customer_imports, customers
from ebelge.onboarding.customer_models import CustomerImport
from ebelge.onboarding.customer_sheet import NewCustomer
from ebelge.onboarding.customers import Onboarded
from ebelge.outbox import messages
from ebelge.outbox.messages import Claim
from tenants import accounts
from tenants.audit import entries
from tenants.audit.entries import Actor
from tenants.members import invitations

log = logging.getLogger(__name__)
ROWS_PER_MESSAGE = 25


def onboard(reseller_id: UUID, customer: NewCustomer, *, actor: Actor) -> Onboarded:
    """Open a customer's account and write to its owner; see `customers.onboard`."""
    with tenant_session(reseller_id) as session:
        at = utc_now()
        made = customers.onboard(session, tenant_id=reseller_id, customer=customer, actor=actor, invite=invite, at=at)
    bell.ring()
    return made


def invite_again(reseller_id: UUID, customer_id: UUID) -> None:
    """Send the owner of an own customer, whom nobody has accepted for yet, a new link; the old one ends.

    :raises NotFound: not this reseller's customer, or no invitation waits. :raises TooManyInvitations: a moment ago.
    """
    with tenant_session(reseller_id) as session:
        if not own.has(session, tenant_id=reseller_id, customer_id=customer_id):
            raise NotFound("Böyle bir müşteriniz yok.", "You have no such customer.")
        title = accounts.get(session, tenant_id=reseller_id).title
    by = Actor("system", customers.INVITER, name=title)
    with tenant_session(customer_id) as session:
        waiting = [
            one
            for one in invitations.waiting(session, tenant_id=customer_id)
            if one.invited_by == f"system:{customers.INVITER}"
        ]
        if not waiting:
            raise NotFound("Bekleyen bir davet yok.", "No invitation waits.")
        send_again(session, tenant_id=customer_id, invitation_id=waiting[0].invitation_id, actor=by, at=utc_now())
    bell.ring()


def start(reseller_id: UUID, import_id: UUID, *, whole: bool, actor: Actor, at: datetime) -> None:
    """Let a checked sheet be carried out; see `customer_imports.start`."""
    with tenant_session(reseller_id) as session:
        customer_imports.start(session, tenant_id=reseller_id, import_id=import_id, whole=whole, at=at)
        count = customer_imports.progress(session, tenant_id=reseller_id, import_id=import_id)
        entries.note(
            session, tenant_id=reseller_id, actor=actor, action="customers.sheet_started",
            object_kind="customer_import", object_id=import_id, after={"rows": count.good, "whole": whole}, at=at,
        )  # fmt: skip
    bell.ring()


def work(claim: Claim) -> None:
    """Topic customers.import: open the next rows of a sheet, or all of them at once."""
    reseller_id, import_id = claim.tenant_id, claim.key
    with tenant_session(reseller_id) as session:
        sheet = customer_imports.get(session, tenant_id=reseller_id, import_id=import_id)
        whole, by = sheet.whole, _by(sheet)
    more = _all(reseller_id, import_id, by) if whole else _some(reseller_id, import_id, by)
    with tenant_session(reseller_id) as session:
        at = utc_now()
        if messages.done(session, [claim], at=at) and more:
            messages.put(session, tenant_id=reseller_id, topic=customer_imports.TOPIC, key=import_id, at=at)


def _some(reseller_id: UUID, import_id: UUID, by: Actor) -> bool:
    for _ in range(ROWS_PER_MESSAGE):
        with tenant_session(reseller_id) as session:
            made = customer_imports.open_next(
                session, tenant_id=reseller_id, import_id=import_id, actor=by, invite=invite, at=utc_now()
            )
        if made is None:
            return False
    return True


def _all(reseller_id: UUID, import_id: UUID, by: Actor) -> bool:
    try:
        with tenant_session(reseller_id) as session:
            customer_imports.open_all(
                session, tenant_id=reseller_id, import_id=import_id, actor=by, invite=invite, at=utc_now()
            )
    except DomainError as error:
        log.info("a sheet of customers was not opened", extra={"reseller_id": str(reseller_id), "reason": error.code})
        with tenant_session(reseller_id) as session:
            customer_imports.refuse_whole(
                session, tenant_id=reseller_id, import_id=import_id, error=error, at=utc_now()
            )
    return False


def _by(sheet: CustomerImport) -> Actor:
    """Whoever started the sheet: what it opens is his deed."""
    if sheet.created_by_id is None:
        return entries.command("reseller import", by=sheet.created_by)
    return Actor("staff", str(sheet.created_by_id), name=sheet.created_by)
