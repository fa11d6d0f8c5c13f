"""`ebelge members`: the way in where nobody inside can open the door."""

from __future__ import annotations

import secrets
from collections.abc import Callable

import pytest
from click.testing import CliRunner, Result

from ebelge.cli.main import cli
from ebelge.core.clock import utc_now
from ebelge.core.db import role_session
from tenants.people import persons
from tests.members.conftest import Company


@pytest.fixture
def email(settings) -> str:
    with role_session("people") as session:
        address = f"{secrets.token_hex(5)}@komut.example"
        return persons.create(session, email=address, full_name="Işıl Ilgaz", confirmed=True, at=utc_now()).email


@pytest.fixture
def run() -> Callable[..., Result]:
    return lambda *words: CliRunner().invoke(cli, ["members", *words])


def vkn_of(company: Company) -> str:
    with role_session("reader") as session:
        sql = "SELECT vkn_tckn FROM tenant WHERE tenant_id = %s"
        return session.connection().exec_driver_sql(sql, (company.tenant_id,)).scalar()


def test_somebody_is_let_in_changed_and_let_go(run, email, company) -> None:
    akin = company()
    vkn = vkn_of(akin)
    assert run("add", vkn, email, "--role", "owner", "--by", "Ömer").output == f"{email} is in as owner.\n"
    assert "owner" in run("list", vkn).output
    last = run("change", vkn, email, "--role", "viewer", "--by", "Ömer")
    assert (last.exit_code, "last person" in last.output) == (1, True)
    second = run("invite", vkn, "yeni@komut.example", "--role", "accountant", "--series", "AKA", "--by", "Ömer")
    assert "on its way" in second.output
    assert akin.waiting() == ["yeni@komut.example"]
    assert run("remove", vkn, email, "--by", "Ömer").exit_code == 1
    assert [action for action, *_ in akin.noted()] == ["member.added", "member.invited"]


def test_finance_is_given_here_and_by_somebody_who_says_so(run, email, company) -> None:
    vkn = vkn_of(company("reseller"))
    assert run("add", vkn, email, "--role", "reseller_staff").exit_code == 2, "--by is missing"
    assert "no such role" in run("add", vkn, email, "--role", "finance", "--by", "Ömer").output


def test_whoever_has_no_login_is_invited(run, company) -> None:
    answer = run("add", vkn_of(company()), "kimse@yok.example", "--role", "viewer", "--by", "Ömer")
    assert (answer.exit_code, "send an invitation" in answer.output) == (1, True)
