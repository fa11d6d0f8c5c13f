"""A small shop for tests of selling: customers, packages on sale, orders, and evidence of payments."""

from __future__ import annotations

import itertools
import secrets
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import text
from sqlalchemy.dialects.postgresql import Range

from billing.ledger.models import PUBLIC_SCOPE
from billing.models.catalogue import PackageVersion
from billing.models.orders import KontorOrder, PaymentAttempt
from billing.models.resellers import ResellerContract
from billing.orders import attempts, place, queries
from billing.payments.gateway import PaymentEvidence, PaymentState, StartedPayment
from billing.settlement.settle import settle
from billing.settlement.settled import Settled
from ebelge.core.clock import utc_now
from ebelge.core.db import role_session, tenant_session
from ebelge.core.ids import new_id
from ebelge.onboarding.accounts import open_tenant
from ebelge.ubl.examples import vkn
from tenants.accounts import Identity, TenantKind

_numbers = itertools.count(secrets.randbelow(30_000_000))
LONG_AGO = timedelta(days=365)


def customer(
    title: str = "Akın Ltd. Şti.",
    *,
    kind: TenantKind = "customer",
    reseller_id: UUID | None = None,
    state: str = "active",
    sandbox: bool = False,
) -> UUID:
    """A tenant with an empty wallet. `sandbox`: its sandbox is returned, not the live account."""
    tenant_id = new_id()
    identity = Identity(vkn_tckn=vkn(next(_numbers)), title=title, district="Çankaya", city="Ankara")
    with tenant_session(tenant_id) as session:
        opened = open_tenant(
            session,
            tenant_id=tenant_id,
            kind=kind,
            identity=identity,
            reseller_id=reseller_id,
            sandbox=sandbox,
            at=utc_now(),
        )
        session.execute(
            text("UPDATE tenant SET state = :state WHERE tenant_id = :tenant_id"),
            {"state": state, "tenant_id": tenant_id},
        )
    if sandbox:
        assert opened.sandbox_id is not None
        return opened.sandbox_id
    return tenant_id


def set_state(tenant_id: UUID, state: str) -> None:
    """Suspend, close or reopen an account."""
    with tenant_session(tenant_id) as session:
        session.execute(
            text("UPDATE tenant SET state = :state WHERE tenant_id = :tenant_id"),
            {"state": state, "tenant_id": tenant_id},
        )


def on_sale(
    *,
    code: str | None = None,
    kontor: int = 1_000,
    bonus: int = 50,
    net_kurus: int = 104_158,
    months: int = 6,
    scope: UUID = PUBLIC_SCOPE,
    since: datetime | None = None,
    until: datetime | None = None,
) -> str:
    """Put a package on sale; returns its code."""
    code = code or f"p-{secrets.token_hex(6)}"
    at = utc_now()
    with role_session("finance") as session:
        session.add(
            PackageVersion(
                version_id=new_id(), code=code, scope=scope, name_tr=f"{kontor} Kontör", name_en=f"{kontor} kontör",
                kontor=kontor, bonus_kontor=bonus, net_price_kurus=net_kurus, kdv_percent=20, validity_months=months,
                valid=Range(since or at - LONG_AGO, until), note="invented", created_by="test", created_at=at,
            )
        )  # fmt: skip
    return code


def contract(reseller_id: UUID, model: str, *, since: datetime | None = None, until: datetime | None = None) -> None:
    """A reseller's contract."""
    at = utc_now()
    with tenant_session(reseller_id) as session:
        session.add(
            ResellerContract(
                tenant_id=reseller_id, contract_id=new_id(), model=model,
                commission_bp=1_500 if model == "commission" else 0, refund_window_days=14, passing="inherit",
                valid=Range(since or at - LONG_AGO, until), created_by="test", created_at=at,
            )
        )  # fmt: skip


def order(tenant_id: UUID, code: str, *, method: str = "iyzico", quantity: int = 1, **terms: Any) -> KontorOrder:
    """Place an order now."""
    with tenant_session(tenant_id) as session:
        return place.place(
            session,
            tenant_id=tenant_id,
            package_code=code,
            quantity=quantity,
            method=method,  # type: ignore[arg-type]  # tests try wrong ones too
            placed_by="test",
            at=terms.pop("at", None) or utc_now(),
            **terms,
        )


def attempt(placed: KontorOrder, *, gateway: str = "iyzico", kind: str = "checkout", opened: bool = True) -> UUID:
    """Begin to pay an order, as far as the gateway's page; returns the attempt's id."""
    at = utc_now()
    with tenant_session(placed.tenant_id) as session:
        begun = attempts.begin(
            session,
            tenant_id=placed.tenant_id,
            order_id=placed.order_id,
            gateway=gateway,
            kind=kind,  # type: ignore[arg-type]  # one of two words
            intent={},
            at=at,
        )
    if opened and kind == "checkout":
        started = StartedPayment("https://pay.example/x", f"tok-{uuid4().hex}", 1800)
        with tenant_session(placed.tenant_id) as session:
            attempts.opened(session, tenant_id=placed.tenant_id, attempt_id=begun.attempt_id, started=started, at=at)
    return begun.attempt_id


def evidence(placed: KontorOrder, attempt_id: UUID | None = None, **changes: Any) -> PaymentEvidence:
    """What the gateway says of a payment that agrees with the order, but for `changes`."""
    proof = PaymentEvidence(
        gateway="iyzico",
        payment_id=f"pay-{uuid4().hex[:12]}",
        amount_kurus=placed.gross_kurus,
        paid_kurus=placed.gross_kurus,
        currency=placed.currency,
        order_ref=placed.reference,
        state=PaymentState.PAID,
        raw={"status": "success"},
        attempt_ref="" if attempt_id is None else attempt_id.hex,
        fee_kurus=199,
        item_ref="item-1",
    )
    return replace(proof, **changes)


def settled(
    placed: KontorOrder, proof: PaymentEvidence, attempt_id: UUID | None = None, *, at: datetime | None = None
) -> Settled:
    """Settle in a transaction of its own."""
    with tenant_session(placed.tenant_id) as session:
        return settle(
            session,
            tenant_id=placed.tenant_id,
            order_id=placed.order_id,
            attempt_id=attempt_id,
            evidence=proof,
            at=at or utc_now(),
        )


def fresh(placed: KontorOrder) -> KontorOrder:
    """The order as it is now."""
    with tenant_session(placed.tenant_id) as session:
        return queries.get(session, tenant_id=placed.tenant_id, order_id=placed.order_id)


def fresh_attempt(placed: KontorOrder, attempt_id: UUID) -> PaymentAttempt:
    """The attempt as it is now."""
    with tenant_session(placed.tenant_id) as session:
        return queries.attempt(session, tenant_id=placed.tenant_id, attempt_id=attempt_id)


def rows(tenant_id: UUID, sql: str, **values: Any) -> list[Any]:
    """Rows as the tenant sees them."""
    with tenant_session(tenant_id) as session:
        return list(session.execute(text(sql), {"tenant_id": tenant_id, **values}))


def available(tenant_id: UUID) -> int:
    """Kontör in the wallet."""
    return int(rows(tenant_id, "SELECT available FROM wallet WHERE tenant_id = :tenant_id")[0][0])


def breaks(tenant_id: UUID) -> list[tuple[str, str]]:
    """Kinds and subjects of the tenant's open breaks."""
    found = rows(tenant_id, "SELECT kind, subject FROM finance_break WHERE state = 'open' ORDER BY kind, subject")
    return [(row.kind, row.subject) for row in found]
