"""Versions of packages and prices: appended, never overlapping, never changed; the more exact scope wins."""

from __future__ import annotations

import secrets
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Any

import psycopg
import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from billing.catalogue import kept, packages, prices
from billing.catalogue.kept import EVERYBODY, PackageTerms, Scope, VersionExists
from billing.catalogue.packages import PackageOffSale, UnknownPackage
from ebelge.core.clock import utc_now
from ebelge.core.db import role_session, tenant_session
from ebelge.core.errors import InvalidRequest, NotFound
from tests.orders import shop

pytestmark = pytest.mark.usefixtures("settings")
HOUR = timedelta(hours=1)


def succeed(code: str, net_kurus: int, *, scope: Scope = EVERYBODY, **when: Any) -> None:
    at = utc_now()
    with role_session("finance") as session:
        kept.succeed_package(
            session,
            terms=PackageTerms(code=code, name_tr="Paket", name_en="Package", kontor=100, net_price_kurus=net_kurus),
            scope=scope,
            valid_from=when.get("valid_from") or at,
            valid_until=when.get("valid_until"),
            note="test",
            by="test",
            at=at,
        )


def price(tenant_id: Any, code: str, at: datetime, *, reseller_id: Any = None) -> int:
    with tenant_session(tenant_id) as session:
        return packages.offer(session, tenant_id=tenant_id, reseller_id=reseller_id, code=code, at=at).net_price_kurus


def code() -> str:
    return f"p-{secrets.token_hex(6)}"


def test_a_successor_ends_the_running_version_at_its_own_beginning() -> None:
    akin, name, soon = shop.customer(), code(), utc_now() + HOUR
    succeed(name, 100)
    succeed(name, 200, valid_from=soon)
    assert price(akin, name, soon - timedelta(microseconds=1)) == 100
    assert price(akin, name, soon) == 200
    periods = shop.rows(akin, "SELECT valid FROM package_version WHERE code = :code ORDER BY valid", code=name)
    assert periods[0].valid.upper == periods[1].valid.lower == soon


def test_a_version_does_not_reach_into_a_later_one_nor_begin_with_it() -> None:
    name, soon = code(), utc_now() + HOUR
    succeed(name, 300, valid_from=soon)
    with pytest.raises(VersionExists):
        succeed(name, 100)
    with pytest.raises(VersionExists):
        succeed(name, 100, valid_from=soon)
    succeed(name, 100, valid_until=soon)
    akin = shop.customer()
    assert [price(akin, name, soon - HOUR / 2), price(akin, name, soon)] == [100, 300]


def test_nothing_begins_in_the_past_and_a_version_never_changes() -> None:
    name = code()
    with pytest.raises(InvalidRequest):
        succeed(name, 100, valid_from=utc_now() - HOUR)
    succeed(name, 100)
    for change in (
        "SET net_price_kurus = 1",
        "SET valid = tstzrange(lower(valid) - interval '1 day', NULL)",
        "SET valid = tstzrange(lower(valid), now() - interval '1 hour')",
    ):
        with pytest.raises(DBAPIError), role_session("finance") as session:
            session.execute(text(f"UPDATE package_version {change} WHERE code = :code"), {"code": name})


def test_the_more_exact_scope_wins() -> None:
    ceren = shop.customer("Ceren", kind="reseller")
    akin, bora = shop.customer(reseller_id=ceren), shop.customer("Bora A.Ş.")
    name = code()
    succeed(name, 300)
    succeed(name, 200, scope=Scope(reseller_id=ceren))
    succeed(name, 100, scope=Scope(tenant_id=akin))
    at = utc_now()
    assert price(akin, name, at, reseller_id=ceren) == 100
    assert price(bora, name, at, reseller_id=ceren) == 200
    assert price(bora, name, at) == 300
    with tenant_session(akin) as session:
        mine = packages.offered(session, tenant_id=akin, reseller_id=ceren, at=at)
    assert [one.net_price_kurus for one in mine if one.code == name] == [100]


def test_a_package_is_unknown_or_off_sale() -> None:
    akin, name, soon = shop.customer(), code(), utc_now() + HOUR
    with pytest.raises(UnknownPackage):
        price(akin, name, utc_now())
    succeed(name, 100, valid_from=soon)
    with pytest.raises(PackageOffSale):
        price(akin, name, utc_now())
    with role_session("finance") as session:
        kept.end_package(session, code=name, ends_at=soon + HOUR, at=utc_now())
    assert price(akin, name, soon) == 100
    with pytest.raises(PackageOffSale):
        price(akin, name, soon + HOUR)


def test_another_tenants_terms_are_unknown_to_everybody_else() -> None:
    akin, bora, name = shop.customer(), shop.customer("Bora A.Ş."), code()
    succeed(name, 100, scope=Scope(tenant_id=akin))
    with pytest.raises(UnknownPackage):
        price(bora, name, utc_now())


def test_a_scope_names_an_account_that_exists_and_a_reseller() -> None:
    akin = shop.customer()
    for scope in (Scope(tenant_id=shop.new_id()), Scope(reseller_id=akin)):
        with pytest.raises(NotFound):
            succeed(code(), 100, scope=scope)


@pytest.mark.parametrize(
    "wrong",
    [
        {"kontor": 0}, {"kontor": True}, {"kontor": 1.5}, {"bonus_kontor": -1}, {"net_price_kurus": 0},
        {"kdv_percent": 101}, {"validity_months": 0}, {"code": "BÜYÜK"}, {"name_en": " "},
    ],
)  # fmt: skip
def test_terms_out_of_bounds_are_refused(wrong: dict[str, Any]) -> None:
    terms: dict[str, Any] = {"code": code(), "name_tr": "P", "name_en": "P", "kontor": 10, "net_price_kurus": 100}
    at = utc_now()
    with pytest.raises(InvalidRequest), role_session("finance") as session:
        kept.succeed_package(session, terms=PackageTerms(**(terms | wrong)), valid_from=at, note="", by="", at=at)


def test_a_charge_costs_by_tenant_reseller_public_and_zero_makes_no_charge() -> None:
    ceren = shop.customer("Ceren", kind="reseller")
    akin, at = shop.customer(reseller_id=ceren), utc_now()

    def costs(instant: datetime, **who: Any) -> int:
        with tenant_session(akin) as session:
            return prices.price_of(session, kind="mutabakat", at=instant, tenant_id=akin, **who).kontor

    assert costs(at) == 1
    with role_session("finance") as session:
        kept.succeed_price(
            session, kind="mutabakat", kontor=3, scope=Scope(reseller_id=ceren), valid_from=at, note="t", by="t", at=at
        )
    assert (costs(at, reseller_id=ceren), costs(at)) == (3, 1)
    with role_session("finance") as session:
        count = kept.make_free(session, tenant_id=akin, note="t", by="t", at=at)
        assert kept.make_free(session, tenant_id=akin, note="t", by="t", at=at) == 0
    assert count > 5
    assert costs(at, reseller_id=ceren) == 0


def test_the_opening_rate_card_is_one_for_what_goes_out_and_nothing_for_what_comes_in() -> None:
    akin, at = shop.customer(), utc_now()
    kinds = {"efatura.out": 1, "earsiv.out": 1, "eirsaliye.out": 1, "emm.out": 1, "esmm.out": 1, "mutabakat": 1}
    kinds |= {"efatura.in": 0, "eirsaliye.in": 0, "mail": 0}
    with tenant_session(akin) as session:
        found = {kind: prices.price_of(session, kind=kind, at=at, tenant_id=akin).kontor for kind in kinds}
    assert found == kinds


def test_a_kind_is_added_once_and_keeps_its_titles() -> None:
    kind = f"t{secrets.token_hex(4)}.test"
    with role_session("finance") as session:
        for _ in range(2):
            kept.add_kind(session, kind=kind, title_tr="Deneme", title_en="Test", by="t", at=utc_now())
        with pytest.raises(VersionExists):
            kept.add_kind(session, kind=kind, title_tr="Başka", title_en="Other", by="t", at=utc_now())
        with pytest.raises(InvalidRequest):
            kept.add_kind(session, kind="a;b", title_tr="x", title_en="y", by="t", at=utc_now())


def test_a_special_price_ends_and_the_wider_one_counts_again() -> None:
    akin, at = shop.customer(), utc_now()
    own, soon = Scope(tenant_id=akin), at + HOUR
    with role_session("finance") as session:
        kept.succeed_price(session, kind="esmm.out", kontor=9, scope=own, valid_from=at, note="t", by="t", at=at)
    with role_session("finance") as session:
        kept.end_price(session, kind="esmm.out", scope=own, ends_at=soon, at=at)
    with tenant_session(akin) as session:
        costs = [
            prices.price_of(session, kind="esmm.out", at=instant, tenant_id=akin).kontor
            for instant in (soon - HOUR / 2, soon)
        ]
    assert costs == [9, 1]
    for wrong, refusal in (({"scope": EVERYBODY}, InvalidRequest), ({"scope": own, "ends_at": soon}, NotFound)):
        with pytest.raises(refusal), role_session("finance") as session:
            kept.end_price(session, **{"kind": "esmm.out", "ends_at": at, "at": at} | wrong)


def test_a_package_does_not_end_in_the_past_or_at_its_beginning() -> None:
    name, soon = code(), utc_now() + HOUR
    succeed(name, 100, valid_from=soon)
    with pytest.raises(InvalidRequest), role_session("finance") as session:
        kept.end_package(session, code=name, ends_at=soon, at=utc_now())
    now = code()
    succeed(now, 100)
    with pytest.raises(InvalidRequest), role_session("finance") as session:
        kept.end_package(session, code=now, ends_at=utc_now(), at=utc_now() + HOUR)


def test_two_people_who_succeed_the_same_version_at_once_make_one_successor() -> None:
    name, soon = code(), utc_now() + HOUR
    succeed(name, 100)
    start = threading.Barrier(2)

    def one(net_kurus: int) -> str:
        start.wait()
        try:
            succeed(name, net_kurus, valid_from=soon)
        except VersionExists:
            return "refused"
        return "succeeded"

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(one, (200, 300))) == ["refused", "succeeded"]


def test_a_tenant_cannot_write_its_own_terms() -> None:
    akin = shop.customer()
    with pytest.raises(DBAPIError) as refused, tenant_session(akin) as session:
        session.execute(
            text(
                "INSERT INTO tenant_price (tenant_id, price_id, kind, kontor, valid, note, created_by, created_at) "
                "VALUES (:t, :t, 'sms', 0, tstzrange(now(), NULL), '', '', now())"
            ),
            {"t": akin},
        )
    assert isinstance(refused.value.orig, psycopg.errors.InsufficientPrivilege)
