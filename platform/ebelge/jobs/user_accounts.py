"""Both halves of a user envelope around the customer's token: what we sign and give, what comes back."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import text

from ebelge.archive.store import ArchiveStore
from ebelge.core.db import tenant_session
from ebelge.core.errors import InvalidRequest
from ebelge.core.ids import new_id
from ebelge.documents.registered.user_models import GIVEN_NAME, SIGNED_NAME
from ebelge.documents.seals.entered import SealOwner
from ebelge.documents.seals.open_seals import OpenSeals
from ebelge.gib.user_account import SERVICES, Action, build_user_account
from ebelge.gib.zarf import Mailbox
from ebelge.onboarding import readiness, user_envelopes
from ebelge.signing.countersign import ready_for_countersigning, verify_countersigned
from ebelge.signing.document import USER_ACCOUNT
from ebelge.signing.errors import SignatureInvalid
from ebelge.signing.signer import sign
from tenants.audit.entries import Actor
from tenants.models import Tenant


class NotTheCustomers(InvalidRequest):
    """The file is not the one that was given, or the counter-signature is not the customer's."""

    code = "countersignature_invalid"
    title_tr, title_en = "Seri imzalı dosya kabul edilmedi", "The counter-signed file is not accepted"


def prepare(
    store: ArchiveStore, *, tenant_id: UUID, service: str, action: Action, public: bool, actor: Actor, at: datetime
) -> tuple[UUID, bytes]:
    """Build and sign the request, archive it and note it; returns its id and the file to be counter-signed."""
    with tenant_session(tenant_id) as session:
        account = user_envelopes.account_of(
            session, tenant_id=tenant_id, service=service, action=action, public=public, at=at
        )
        operator = _operator(session.get_one(Tenant, tenant_id).mode, session)
    request_id = new_id()
    xml = build_user_account(
        action=action, service=service, account=account, integrator_vkn=operator[1], document_id=request_id, at=at
    )
    seal = OpenSeals().of(SealOwner(operator[0]), at=at)
    signed = ready_for_countersigning(sign(xml, seal, at=at, placement=USER_ACCOUNT))
    kept = store.put(tenant_id, request_id, GIVEN_NAME, signed)
    with tenant_session(tenant_id) as session:
        user_envelopes.given(
            session, tenant_id=tenant_id, request_id=request_id, service=service, action=action, sha256=kept.sha256,
            actor=actor, at=at,
        )  # fmt: skip
    return request_id, signed


def hand_in(store: ArchiveStore, *, tenant_id: UUID, request_id: UUID, xml: bytes, actor: Actor, at: datetime) -> UUID:
    """Prove the counter-signed file, archive it and have it sent; returns the envelope's id.

    :raises NotTheCustomers: another file, or not this taxpayer's signature; nothing changes.
    """
    with tenant_session(tenant_id) as session:
        row = user_envelopes.waiting(session, tenant_id=tenant_id, request_id=request_id)
        service, vkn = row.service, session.get_one(Tenant, tenant_id).vkn_tckn
        mode = session.get_one(Tenant, tenant_id).mode
        operator = _operator(mode, session)
    try:
        proved = verify_countersigned(xml, given=store.get(tenant_id, request_id, GIVEN_NAME))
    except SignatureInvalid as error:
        raise NotTheCustomers(error.detail_tr, error.detail_en) from error
    if proved.vkn_tckn != vkn:
        raise NotTheCustomers(
            f"Seri imza {proved.vkn_tckn or 'bilinmeyen'} adına; hesap {vkn}.",
            f"The counter-signature is by {proved.vkn_tckn or 'nobody known'}; the account is {vkn}.",
        )
    kept = store.put(tenant_id, request_id, SIGNED_NAME, xml)
    if not kept.created and store.get(tenant_id, request_id, SIGNED_NAME) != xml:
        raise NotTheCustomers("Bu istek için başka bir dosya alınmış.", "Another file was handed in for this request.")
    sealed_until = readiness.operator_seal_until(mode, at=at)
    sender = Mailbox(SERVICES[service].identifier, operator[1], operator[2])
    with tenant_session(tenant_id) as session:
        row = user_envelopes.waiting(session, tenant_id=tenant_id, request_id=request_id)
        return user_envelopes.handed_in(
            session, row=row, sha256=kept.sha256, sender=sender, operator_seal=sealed_until, actor=actor, at=at
        )


def _operator(mode: str, session: object) -> tuple[UUID, str, str]:
    row = session.execute(  # type: ignore[attr-defined]  # a Session
        text("SELECT tenant_id, vkn_tckn, title FROM operator_of(:mode)"), {"mode": mode}
    ).one()
    return row.tenant_id, row.vkn_tckn, row.title
