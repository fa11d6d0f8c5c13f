"""The seller's bank account, three customers, a package on sale, and statements with what they sent."""

from __future__ import annotations

import itertools
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from billing.ledger import balance, charges
from billing.ledger.models import PUBLIC_SCOPE
from billing.models.orders import KontorOrder
from billing.orders import place
from billing.settlement import (
    bank_credit,
    bank_desk,
    bank_import,
    bank_proposals,
    bank_reversal,
    on_account,
    terms,
)
from billing.settlement.bank_desk import Part
from billing.settlement.bank_import import Imported
from billing.settlement.bank_proposals import Proposed
from ebelge.core.clock import utc_now
from ebelge.core.config import Settings
from ebelge.core.db import role_session, tenant_session
from ebelge.core.ids import new_id
from ebelge.core.money import lira_text
from ebelge.onboarding.accounts import open_tenant
from ebelge.ubl.examples import vkn
from tenants.accounts import Identity

IBAN = "TR330006100519786457841326"
OTHER_IBAN = "TR320010009999901234567890"
LIMIT_KURUS = 50_000_00
PRICE_ID = UUID("00000000-0000-7000-8000-000000000001")
HEADER = "Tarih;Açıklama;Tutar;Gönderen;Gönderen VKN;Dekont No"
_numbers = itertools.count(secrets.randbelow(40_000_000))


@dataclass
class Bank:
    """What finance and the customers do, each in a transaction of its own."""

    akin: UUID
    bora: UUID
    ceren: UUID
    vkns: dict[UUID, str]
    receipts: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    @contextmanager
    def finance(self) -> Iterator[Session]:
        with role_session("finance") as session:
            yield session

    def order(self, tenant_id: UUID, *, code: str = "k1000", quantity: int = 1, method: Any = "bank") -> KontorOrder:
        """An order of 1,200.00 TL gross a piece (k1000: 1,000 kontör)."""
        with tenant_session(tenant_id) as session:
            return place.place(
                session, tenant_id=tenant_id, package_code=code, quantity=quantity, method=method, placed_by="akin",
                at=utc_now(),
            )  # fmt: skip

    def row(self, description: str, kurus: int, *, sender: str = "", vkn: str = "", number: str = "") -> str:
        day = f"{utc_now():%d.%m.%Y}"
        receipt = number or f"D-{next(self.receipts)}"
        return f"{day};{description};{lira_text(kurus)};{sender};{vkn};{receipt}"

    def statement(self, *rows: str) -> bytes:
        return "\n".join([HEADER, *rows]).encode()

    def bring(self, *rows: str, data: bytes = b"", at: datetime | None = None) -> Imported:
        """Import a statement of these rows."""
        read = bank_import.read(data or self.statement(*rows), iban=IBAN)
        with self.finance() as session:
            return bank_import.keep(
                session, iban=IBAN, statement=read, file_name="ekstre.csv", by="ayse", at=at or utc_now()
            )

    def propose(self) -> list[Proposed]:
        with self.finance() as session:
            return bank_proposals.propose(session, at=utc_now())

    def take_automatic(self, limit_kurus: int = LIMIT_KURUS) -> int:
        with self.finance() as session:
            found = bank_proposals.propose(session, at=utc_now())
            return len(bank_desk.take_automatic(session, found, at=utc_now(), limit_kurus=limit_kurus))

    def allocate(self, line_id: UUID, *orders: Any, by: str = "ayse", limit_kurus: int = LIMIT_KURUS) -> list[UUID]:
        """Put a line to orders; an order is one, or (one, kuruş)."""
        with self.finance() as session:
            parts = []
            for one in orders:
                order, kurus = one if isinstance(one, tuple) else (one, None)
                parts.append(Part(bank_proposals.payable(session, reference=order.reference), kurus))
            rows = bank_desk.allocate(
                session, line_id=line_id, parts=parts, by=by, at=utc_now(), limit_kurus=limit_kurus
            )
            return [row.allocation_id for row in rows]

    def desk(self, function: Any, **values: Any) -> Any:
        """A decision of `bank_desk` or `bank_reversal` as finance, now."""
        with self.finance() as session:
            return function(session, at=utc_now(), **values)

    def credit(self) -> list[str]:
        """Credit all that is ready; what `settle()` said, in the order of approval."""
        with self.finance() as session:
            ready = bank_credit.ready(session)
        said = []
        for one in ready:
            with tenant_session(one.tenant_id) as session:
                settled = bank_credit.credit(session, one, at=utc_now())
            with self.finance() as session:
                bank_credit.credited(session, one, settled, at=utc_now())
            said.append(settled.outcome)
        return said

    def take_back(self) -> int:
        with self.finance() as session:
            found = bank_reversal.approved(session)
        for one in found:
            with tenant_session(one.tenant_id) as session:
                bank_reversal.take_back(session, one, at=utc_now())
            with self.finance() as session:
                bank_reversal.taken_back(session, one, at=utc_now())
        return len(found)

    def lines(self) -> list[Any]:
        with self.finance() as session:
            return list(session.execute(text("SELECT * FROM bank_line ORDER BY line_id")))

    def line(self, place: int = -1) -> Any:
        return self.lines()[place]

    def decisions(self) -> list[Any]:
        with self.finance() as session:
            return list(session.execute(text("SELECT * FROM bank_allocation ORDER BY allocation_id")))

    def state(self, order: KontorOrder) -> str:
        sql = "SELECT state FROM kontor_order WHERE order_id = :id"
        return str(self.rows(order.tenant_id, sql, id=order.order_id)[0].state)

    def rows(self, tenant_id: UUID, sql: str, **values: Any) -> list[Any]:
        with tenant_session(tenant_id) as session:
            return list(session.execute(text(sql), values))

    def kontor(self, tenant_id: UUID) -> int:
        with tenant_session(tenant_id) as session:
            return balance.balance(session, tenant_id=tenant_id, at=utc_now()).available

    def use(self, tenant_id: UUID, kontor: int) -> UUID:
        """Spend kontör for something."""
        charge_id = new_id()
        with tenant_session(tenant_id) as session:
            charges.reserve(
                session, tenant_id=tenant_id, charge_id=charge_id, kind="sms", kontor=kontor, price_id=PRICE_ID,
                at=utc_now(),
            )  # fmt: skip
            charges.capture(session, tenant_id=tenant_id, charge_ids=[charge_id], at=utc_now())
        return charge_id

    def breaks(self, tenant_id: UUID) -> list[tuple[str, str]]:
        found = self.rows(tenant_id, "SELECT kind, state FROM finance_break ORDER BY break_id")
        return [(row.kind, row.state) for row in found]


def _open(name: str) -> tuple[UUID, str]:
    tenant_id, number = new_id(), vkn(next(_numbers))
    identity = Identity(vkn_tckn=number, title=name, district="Çankaya", city="Ankara", tax_office="Çankaya")
    with tenant_session(tenant_id) as session:
        open_tenant(session, tenant_id=tenant_id, kind="customer", identity=identity, sandbox=False, at=utc_now())
    return tenant_id, number


@pytest.fixture
def bank(fresh_settings: Settings) -> Bank:
    at = utc_now()
    opened = [_open(name) for name in ("Akın Gıda Ltd. Şti.", "Bora İnşaat A.Ş.", "Ceren Yazılım Ltd. Şti.")]
    with role_session("finance") as session:
        bank_import.open_account(session, iban=IBAN, bank_name="Örnek Bank", holder="Ebelge Entegratör A.Ş.", at=at)
        for code, kontor, bonus, net in (("k1000", 1000, 0, 1_000_00), ("k50000", 50_000, 500, 45_000_00)):
            session.execute(
                text(
                    "INSERT INTO package_version (version_id, code, scope, name_tr, name_en, kontor, bonus_kontor, "
                    "net_price_kurus, kdv_percent, validity_months, valid, note, created_by, created_at) VALUES (:id, "
                    ":code, :scope, :code, :code, :kontor, :bonus, :net, 20, 6, tstzrange(:from, NULL), 'invented', "
                    "'test', :at)"
                ),
                {"id": new_id(), "code": code, "scope": PUBLIC_SCOPE, "kontor": kontor, "bonus": bonus, "net": net,
                 "from": at - timedelta(days=1), "at": at},
            )  # fmt: skip
    ids = [tenant_id for tenant_id, _ in opened]
    return Bank(*ids, vkns=dict(opened))


@pytest.fixture
def agree(bank):
    """Call it for terms of a tenant; 5,000.00 TL in 30 days, blocked when overdue, 50 emergency kontör."""

    def agreed(tenant_id, **other):
        values = {"limit_kurus": 5_000_00, "due_days": 30, "block_when_overdue": True, "freeze_when_overdue": False,
                  "emergency_kontor": 50}  # fmt: skip
        with tenant_session(tenant_id) as session:
            terms.set_terms(session, tenant_id=tenant_id, by="ayse", at=utc_now(), **values | other)

    return agreed


@pytest.fixture
def buy(bank):
    def bought(tenant_id, *, at=None, code="k1000"):
        with tenant_session(tenant_id) as session:
            return on_account.buy(session, tenant_id=tenant_id, package_code=code, placed_by="akin", at=at or utc_now())

    return bought


@pytest.fixture
def lend(bank):
    def lent(tenant_id, kontor):
        with tenant_session(tenant_id) as session:
            return on_account.lend(session, tenant_id=tenant_id, kontor=kontor, by="akin", at=utc_now()).grant_id

    return lent
