"""`ebelge seals list` and `retire`: which seal signs, for whom, and what a narrow terminal shows of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import text

from ebelge.cli.main import cli
from ebelge.core.clock import ISTANBUL, utc_now
from ebelge.core.db import tenant_session
from ebelge.documents.seals import entered as seals
from ebelge.documents.seals.entered import SealOwner
from ebelge.documents.seals.open_seals import OpenSeals
from ebelge.signing.development import DevelopmentCa
from ebelge.signing.errors import SealUnusable
from ebelge.ubl.examples import AKIN, BORA
from tests.documents.accounts import open_tenant


@dataclass
class World:
    """Akın and Bora, and somebody who makes seals for them."""

    ca: DevelopmentCa
    akin: UUID
    bora: UUID

    def seal(self, tenant_id: UUID) -> UUID:
        """Enter one more seal of a tenant's."""
        at = utc_now()
        data = self.ca.issue(vkn_tckn=AKIN.vkn_tckn, name=AKIN.name, password="x", at=at)
        with tenant_session(tenant_id) as session:
            row = seals.add_pkcs12(session, tenant_id=tenant_id, mode="live", data=data, password="x")
            return row.seal_id

    def let_end(self, tenant_id: UUID, seal_id: UUID, *, in_days: int) -> None:
        """Let a seal's certificate end then."""
        with tenant_session(tenant_id) as session:
            row = next(row for row in seals.rows(session, tenant_id=tenant_id) if row.seal_id == seal_id)
            row.valid_until = utc_now() + timedelta(days=in_days)

    def signing(self) -> bytes:
        """The certificate by which a worker that starts now signs for Akın."""
        return OpenSeals().of(SealOwner(self.akin), at=utc_now()).certificate_der


@pytest.fixture
def world(fresh_settings) -> World:
    at = utc_now()
    akin, bora = (open_tenant(party, {}, kontor=0, at=at) for party in (AKIN, BORA))
    return World(DevelopmentCa.create(at=at), akin, bora)


def run(*arguments: object) -> Result:
    return CliRunner().invoke(cli, ["seals", *map(str, arguments)], env={"COLUMNS": "40"})


def certificate(world: World, seal_id: UUID) -> bytes:
    with tenant_session(world.akin) as session:
        return next(row for row in seals.rows(session, tenant_id=world.akin) if row.seal_id == seal_id).certificate_der


def test_an_account_without_a_seal_is_told_so(world) -> None:
    listed = run("list", AKIN.vkn_tckn)
    assert (listed.exit_code, listed.output) == (0, "No seal of its own.\n")
    nobody = run("list", "1111111111")
    assert (nobody.exit_code, "No live account has the VKN" in nobody.output) == (1, True)
    assert run("list", AKIN.vkn_tckn, "--mode", "test").exit_code == 1


def test_the_list_says_which_one_signs_and_a_worker_signs_with_that_one(world) -> None:
    ended, later, sooner = (world.seal(world.akin) for _ in range(3))
    world.let_end(world.akin, ended, in_days=-1)
    world.let_end(world.akin, sooner, in_days=30)

    said = dict(line.split("  ", 1) for line in run("list", AKIN.vkn_tckn).output.splitlines() if line[0] != " ")

    assert said == {str(ended): "expired", str(later): "signs", str(sooner): "in reserve"}
    assert world.signing() == certificate(world, later)


def test_a_narrow_terminal_shows_every_id_whole_and_nothing_is_cut(world) -> None:
    seal_id = world.seal(world.akin)
    with tenant_session(world.akin) as session:
        (row,) = seals.rows(session, tenant_id=world.akin)
        until = f"{row.valid_until.astimezone(ISTANBUL):%d.%m.%Y}"
        session.execute(
            text(
                "INSERT INTO seal (tenant_id, seal_id, storage, mode, certificate_der, certificate_sha256, valid_until,"
                " token_label, key_label) VALUES (:tenant, :id, 'pkcs11', 'live', '\\x00', '\\x01', :until,"
                " 'operator-hsm-partition-1', '4810573263SIGN0')"
            ),
            {"tenant": world.akin, "id": uuid4(), "until": row.valid_until - timedelta(days=1)},
        )
    lines = run("list", AKIN.vkn_tckn).output.splitlines()
    assert f"{seal_id}  signs" in lines
    assert f"    until {until}, PKCS#12 file" in lines
    assert any(line.endswith("HSM operator-hsm-partition-1/4810573263SIGN0") for line in lines)
    assert max(map(len, lines)) <= 80
    assert [line for line in lines if line != line.rstrip() or "\t" in line] == []


def test_a_retired_seal_signs_no_more_and_the_next_one_does(world) -> None:
    first, second = world.seal(world.akin), world.seal(world.akin)
    world.let_end(world.akin, first, in_days=10)
    assert world.signing() == certificate(world, second)

    retired = run("retire", AKIN.vkn_tckn, second)

    assert (retired.exit_code, retired.output) == (0, f"{second} is retired.\n{first} signs from now on.\n")
    assert world.signing() == certificate(world, first)
    assert f"{second}  retired" in run("list", AKIN.vkn_tckn).output
    last = run("retire", AKIN.vkn_tckn, first)
    assert (last.exit_code, "no other seal" in last.output) == (0, True)
    with pytest.raises(SealUnusable):
        world.signing()
    assert run("retire", AKIN.vkn_tckn, first).exit_code == 0  # again: nothing changes


def test_nobody_retires_anothers_seal(world) -> None:
    seal_id = world.seal(world.akin)
    for vkn, wanted in ((BORA.vkn_tckn, seal_id), (AKIN.vkn_tckn, uuid4())):
        refused = run("retire", vkn, wanted)
        assert (refused.exit_code, refused.output) == (1, "Error: This account has no such seal.\n")
    assert run("retire", AKIN.vkn_tckn, "no-id").exit_code == 2
    assert str(seal_id) not in run("list", BORA.vkn_tckn).output
    assert f"{seal_id}  signs" in run("list", AKIN.vkn_tckn).output
