"""The seed world of a development instance: planted once, found again by every further start."""

from __future__ import annotations

import json
import secrets
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from billing.ledger import lots
from billing.settlement import bank_import
from ebelge.core.clock import istanbul_date, kontor_expiry, utc_now
from ebelge.core.config import settings
from ebelge.core.db import role_session, tenant_session
from ebelge.core.ids import new_id
from ebelge.devstack import agreements, folders, people, price_list, receiving
from ebelge.devstack.companies import COMPANIES, OPERATOR, WITH_MAIL, WITHOUT_MAIL, Company, registered_users
from ebelge.devstack.errors import StackError
from ebelge.documents.models import Series
from ebelge.documents.numbers import series as number_series
from ebelge.documents.registered import taxpayer
from ebelge.documents.seals import entered as seals
from ebelge.gib.simulator.store import Store
from ebelge.onboarding.accounts import ServicePlan, open_tenant
from ebelge.signing.development import DevelopmentCa
from tenants import api_keys
from tenants.audit.entries import system
from tenants.company import authorisations
from tenants.texts import versions as texts

FILE = "seed.json"
LIST_AGE_MAX = timedelta(hours=12)
_KEY_NAME = "seed"
INTERNET_PREFIX = "EBI"
SELLER_IBAN = "TR330006100519786457841326"  # the example of the IBAN register: nobody's account


@dataclass(frozen=True)
class Account:
    """A company's accounts and keys, live and sandbox."""

    name: str
    kind: str
    title: str
    vkn_tckn: str
    tenant_id: str
    sandbox_id: str | None
    key: str | None = field(default=None, repr=False)
    sandbox_key: str | None = field(default=None, repr=False)


@dataclass(frozen=True)
class World:
    """What was planted; kept in var/seed.json (0600) because keys are shown only once."""

    accounts: dict[str, Account]
    buyers: dict[str, dict[str, str]]
    planted_now: bool = False

    def describe(self) -> list[str]:
        """Lines for the terminal: who is there, and a key to begin with."""
        first = self.accounts["akin"]
        others = ", ".join(account.title for account in self.accounts.values() if account.kind != "customer")
        return [
            f"API keys (more: {FILE})",
            *(
                f"  {account.title:26} {account.key}"
                for account in self.accounts.values()
                if account.kind == "customer"
            ),
            f"  {first.title + ', sandbox':26} {first.sandbox_key}",
            f"also there: {others}",
            "",
            *people.describe(),
        ]


def plant(var: Path) -> World:
    """Plant the world in the database of the settings, or find it. Development only.

    :raises StackError: the instance is not a development one.
    """
    if settings().environment != "development":
        raise StackError("The seed world is for development: EBELGE_ENVIRONMENT is not development.")
    folders.private(var)
    at = utc_now()
    kept = _read(var / FILE)
    found = _tenants()
    authority = _authority(var, at)
    accounts: dict[str, Account] = {}
    for company in COMPANIES:
        reseller = accounts[company.reseller].tenant_id if company.reseller else None
        accounts[company.name] = _account(
            company, found=found, kept=kept.get(company.name), authority=authority, reseller=reseller, at=at
        )
    price_list.plant(at=at)
    _publish_texts(at)
    _seller(UUID(accounts[OPERATOR.name].tenant_id), at)
    tenant_ids = {name: UUID(account.tenant_id) for name, account in accounts.items()}
    agreements.plant(tenant_ids, at=at)
    people.plant(tenant_ids, at=at)
    _load_lists(var, at)
    planted = any(account != kept.get(name) for name, account in accounts.items())
    world = World(accounts, _buyers(), planted)
    if planted:
        folders.write(var / FILE, json.dumps(_plain(world), indent=2, ensure_ascii=False) + "\n")
    return world


def _publish_texts(at: datetime) -> None:
    """The texts that came with the program, which people accept when they sign up."""
    with role_session("finance") as session:
        texts.publish(session, wordings=texts.written(), by="seed", at=at)


def _account(
    company: Company,
    *,
    found: dict[tuple[str, str, str], UUID],
    kept: Account | None,
    authority: DevelopmentCa,
    reseller: str | None,
    at: datetime,
) -> Account:
    live = found.get((company.kind, "live", company.party.vkn_tckn))
    test = found.get((company.kind, "test", company.party.vkn_tckn))
    if live is None:
        live, test = _open(company, authority, UUID(reseller) if reseller else None, at)
    account = Account(
        company.name,
        company.kind,
        company.party.title,
        company.party.vkn_tckn,
        str(live),
        None if test is None else str(test),
    )
    if not company.keys:
        return account
    if kept is not None and kept.tenant_id == account.tenant_id:
        return kept
    key = _new_key(live, "live", at)
    return Account(**asdict(account) | {"key": key, "sandbox_key": _new_key(test, "test", at) if test else None})


def _open(company: Company, authority: DevelopmentCa, reseller: UUID | None, at: datetime) -> tuple[UUID, UUID | None]:
    """A company's accounts whole, in one transaction: tenant, wallet, services, series, lots, sandbox; then seals."""
    tenant_id = new_id()
    first_day = istanbul_date(at).replace(month=1, day=1)
    plans = [
        ServicePlan(
            service=kind,
            active_from=first_day,
            sender_alias=company.sender_alias,
            receiver_alias=company.receiver_alias,
            seal_mode="pkcs12" if company.own_seal else "operator",
        )
        for kind in company.series
    ]
    with tenant_session(tenant_id) as session:
        opened = open_tenant(
            session,
            tenant_id=tenant_id,
            kind=company.kind,
            identity=company.identity,
            services=plans,
            series=company.series,
            reseller_id=reseller,
            sandbox=company.sandbox,
            at=at,
        )
        for lot in company.lots:
            lots.grant(
                session,
                tenant_id=tenant_id,
                source="opening",  # what was bought before our time: no order and no payment stand behind it
                source_id=new_id(),
                kontor=lot.kontor,
                net_price_kurus=lot.net_price_kurus,
                expires_at=kontor_expiry(at),
                reason="seed",
                at=at,
            )
        if company.own_seal or company is OPERATOR:
            _add_seal(session, tenant_id, "live", company, authority, at)
        _papers(session, tenant_id, plans, at)
    if company is OPERATOR and opened.sandbox_id is not None:
        with tenant_session(opened.sandbox_id) as session:
            _add_seal(session, opened.sandbox_id, "test", company, authority, at)
    return tenant_id, opened.sandbox_id


def _papers(session: Session, tenant_id: UUID, plans: list[ServicePlan], at: datetime) -> None:
    """What the tenants of services that are active have signed."""
    for plan in plans:
        for purpose in ("activation", "seal") if plan.seal_mode == "operator" else ("activation",):
            authorisations.record(
                session, tenant_id=tenant_id, service=plan.service, purpose=purpose, signed_on=istanbul_date(at),
                paper="Örnek evrak", actor=system("seed"), at=at,
            )  # fmt: skip


def _seller(operator_id: UUID, at: datetime) -> None:
    """What selling needs: a series for e-Arşiv invoices of internet sales, and an account that transfers go to."""
    with tenant_session(operator_id) as session:
        known = session.scalars(select(Series).where(Series.tenant_id == operator_id, Series.internet)).first()
        if known is None:
            number_series.create(session, tenant_id=operator_id, kind="earsiv", prefix=INTERNET_PREFIX, internet=True)
    with role_session("finance") as session:
        if not bank_import.accounts(session):
            bank_import.open_account(
                session, iban=SELLER_IBAN, bank_name="Örnek Bankası", holder=OPERATOR.party.name, at=at
            )


def _add_seal(
    session: Any, tenant_id: UUID, mode: str, company: Company, authority: DevelopmentCa, at: datetime
) -> None:
    password = secrets.token_urlsafe(16)
    file = authority.issue(
        vkn_tckn=company.party.vkn_tckn,
        name=company.party.title,
        password=password,
        at=at,
        key_kind="ec-p384" if company.own_seal else "rsa-2048",
    )
    seals.add_pkcs12(session, tenant_id=tenant_id, mode=mode, data=file, password=password)


def _new_key(tenant_id: UUID, mode: str, at: datetime) -> str:
    """A key for the file; earlier keys of the seed, whose secrets are lost, are revoked."""
    with tenant_session(tenant_id) as session:
        for old in api_keys.keys(session, tenant_id=tenant_id):
            if old.name == _KEY_NAME and old.revoked_at is None:
                old.revoked_at = at
        return api_keys.create(session, tenant_id=tenant_id, mode=mode, name=_KEY_NAME, at=at).token


def _tenants() -> dict[tuple[str, str, str], UUID]:
    with role_session("reader") as session:
        rows = session.execute(text("SELECT kind, mode, vkn_tckn, tenant_id FROM tenant"))
        return {(row.kind, row.mode, row.vkn_tckn): row.tenant_id for row in rows}


def _authority(var: Path, at: datetime) -> DevelopmentCa:
    """The development CA of this instance; its certificate lies beside it for whoever verifies."""
    path = var / "development-ca.pem"
    if not path.exists():
        made = DevelopmentCa.create(at=at)
        folders.write(path, made.pem().decode("ascii"))
        folders.write(var / "development-ca.crt", made.certificate_pem().decode("ascii"), mode=0o644)
    return DevelopmentCa.load(path.read_bytes())


def _load_lists(var: Path, at: datetime) -> None:
    """GİB's user list, into the simulators' states and into our tables (as the nightly load would)."""
    for name in ("gib", "gib-test"):
        store = Store(var / name)
        try:
            receiving.tell(store, name)
        finally:
            store.close()
    with role_session("app") as session:
        rows = session.execute(text("SELECT mode, loaded_at FROM gib_list_load"))
        fresh = {row.mode for row in rows if row.loaded_at > at - LIST_AGE_MAX}
    for mode in ("live", "test"):
        if mode in fresh:
            continue
        with role_session("app") as session:
            for role in ("PK", "GB"):
                taxpayer.load_list(session, mode=mode, users=registered_users(role), at=at, role=role)


def _buyers() -> dict[str, dict[str, str]]:
    return {
        "with_mail": {"tckn": WITH_MAIL.vkn_tckn, "email": WITH_MAIL.email, "name": WITH_MAIL.title},
        "without_mail": {"tckn": WITHOUT_MAIL.vkn_tckn, "name": WITHOUT_MAIL.title},
    }


def _plain(world: World) -> dict[str, Any]:
    return {"accounts": {name: asdict(account) for name, account in world.accounts.items()}, "buyers": world.buyers}


def _read(path: Path) -> dict[str, Account]:
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
        return {name: Account(**account) for name, account in data["accounts"].items()}
    except FileNotFoundError:
        return {}
    except (ValueError, KeyError, TypeError) as error:
        raise StackError(f"{path} cannot be read: delete it, new keys are made at the next start.") from error
