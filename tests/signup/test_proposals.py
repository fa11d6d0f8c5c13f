"""A package chosen before the account could buy stands ready, at today's terms, until it is ordered or dismissed."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import text

from billing.orders import proposals
from billing.orders.place import CannotBuy
from ebelge.core.clock import utc_now
from ebelge.core.db import role_session, tenant_session
from ebelge.core.errors import NotFound
from tests.orders import shop
from tests.signup import office

pytestmark = pytest.mark.usefixtures("published")


def end(code: str) -> None:
    with role_session("finance") as session:
        session.execute(
            text("UPDATE package_version SET valid = tstzrange(lower(valid), :now) WHERE code = :code"),
            {"code": code, "now": utc_now() + timedelta(milliseconds=30)},
        )
        session.execute(text("SELECT pg_sleep(0.05)"))


def choose(tenant_id: UUID, code: str) -> None:
    with tenant_session(tenant_id) as session:
        proposals.propose(session, tenant_id=tenant_id, package_code=code, at=utc_now())


def standing(tenant_id: UUID):
    with tenant_session(tenant_id) as session:
        found = proposals.standing(session, tenant_id=tenant_id, at=utc_now())
        return found and (found.proposal.package_code, found.package and found.package.code, found.off_sale)


def order(tenant_id: UUID, code: str) -> str:
    with tenant_session(tenant_id) as session:
        return proposals.order(
            session, tenant_id=tenant_id, package_code=code, method="bank", placed_by="test", at=utc_now()
        ).package_code


def test_what_was_chosen_before_sign_up_stands_ready_in_the_account() -> None:
    code = shop.on_sale(kontor=1_000)
    form = replace(office.form(), package_code=code)
    office.send(form)
    made = office.account(form.identity.vkn_tckn)
    assert standing(made.tenant_id) == (code, code, False)
    with pytest.raises(CannotBuy):
        order(made.tenant_id, code)
    assert standing(made.tenant_id) == (code, code, False)


def test_an_invented_package_is_no_reason_to_refuse_the_form() -> None:
    form = replace(office.form(), package_code="x' OR 1=1")
    office.send(form)
    assert standing(office.account(form.identity.vkn_tckn).tenant_id) is None


def test_a_package_off_sale_says_so_and_the_nearest_is_proposed() -> None:
    akin = shop.customer()
    chosen, near = shop.on_sale(kontor=770_000), shop.on_sale(kontor=790_000)
    shop.on_sale(kontor=900_000)
    choose(akin, chosen)
    end(chosen)
    assert standing(akin) == (chosen, near, True)
    with pytest.raises(NotFound):
        order(akin, chosen)
    assert order(akin, near) == near


def test_an_order_ends_the_proposal_so_it_is_placed_once() -> None:
    akin, code = shop.customer(), shop.on_sale()
    choose(akin, code)
    assert order(akin, code) == code
    assert standing(akin) is None
    with pytest.raises(NotFound):
        order(akin, code)


def test_a_newer_choice_takes_the_place_of_the_older_and_can_be_dismissed() -> None:
    akin, first, second = shop.customer(), shop.on_sale(), shop.on_sale()
    for code in (first, second, second):
        choose(akin, code)
    assert standing(akin) == (second, second, False)
    with tenant_session(akin) as session:
        proposals.dismiss(session, tenant_id=akin, at=utc_now())
    assert standing(akin) is None
    assert [row.ended for row in shop.rows(akin, "SELECT ended FROM order_proposal ORDER BY proposal_id")] == [
        "replaced", "dismissed",
    ]  # fmt: skip
