"""A customer counter-signs with his own token; GİB opens and closes the service, and its list names him."""

from datetime import timedelta

import pytest
from efatura_kontrol import kontrol

from ebelge.core.clock import istanbul_date, utc_now
from ebelge.core.db import tenant_session
from ebelge.core.ids import new_id
from ebelge.gib.mtom import parse_xml
from ebelge.gib.unzip import open_zip
from ebelge.gib.user_account import Account, Unit, build_user_account
from ebelge.jobs import user_accounts
from ebelge.onboarding import activation, user_envelopes
from ebelge.signing.countersign import verify_countersigned
from ebelge.signing.errors import SignatureInvalid
from tenants.audit import entries
from tenants.models import Service, Tenant
from tests.registered_users.countersigner import countersign

ACTOR = entries.command("test", by="Deniz")


@pytest.fixture
def token(world, ca):
    """Akın's own token, as a file."""
    with tenant_session(world.akin) as session:
        tenant = session.get_one(Tenant, world.akin)
        name, number = tenant.title, tenant.vkn_tckn
    return ca.issue(vkn_tckn=number, name=name, password="x", at=utc_now())


def state(world, service="earsiv"):
    with tenant_session(world.akin) as session:
        return session.get_one(Service, (world.akin, service)).state


def asked(world, token, monkeypatch, action="open", service="earsiv"):
    """Everything but the request is there: prepare, counter-sign, hand in."""
    monkeypatch.setattr(activation, "_all_there", lambda *_: None)
    request_id, given = user_accounts.prepare(
        world.store, tenant_id=world.akin, service=service, action=action, public=False, actor=ACTOR, at=utc_now()
    )
    user_accounts.hand_in(
        world.store, tenant_id=world.akin, request_id=request_id, xml=countersign(given, token), actor=ACTOR,
        at=utc_now(),
    )  # fmt: skip
    return request_id


def begun(world, service="earsiv", to="authorised"):
    with tenant_session(world.akin) as session:
        row = session.get_one(Service, (world.akin, service))
        row.state, row.active_from, row.active_until = to, None, None
        if to == "closing":
            yesterday = istanbul_date(utc_now()) - timedelta(days=1)
            row.active_from, row.active_until = yesterday - timedelta(days=9), yesterday


def test_gib_opens_the_service_that_the_customer_counter_signed(world, token, monkeypatch):
    begun(world)
    asked(world, token, monkeypatch)
    assert state(world) == "asked_at_gib"
    world.settle()
    assert state(world) == "active"
    (envelope,) = world.gib.envelopes()
    assert (envelope["envelope_type"], envelope["sender"]["alias"]) == ("USERENVELOPE", "earchive")
    with tenant_session(world.akin) as session:
        (row,) = user_envelopes.listed(session, tenant_id=world.akin)
        assert (row.state, row.code) == ("done", 1300)


@pytest.mark.parametrize("code", [1182, 1150])
def test_what_gib_refuses_begins_anew_with_gibs_words(world, token, monkeypatch, code):
    begun(world)
    world.gib.order({"status": code})
    asked(world, token, monkeypatch)
    world.settle()
    assert state(world) == "checklist"
    with tenant_session(world.akin) as session:
        assert f"GİB {code}" in (session.get_one(Service, (world.akin, "earsiv")).reference or "")


def test_gib_closes_a_service_whose_last_day_is_over(world, token, monkeypatch):
    begun(world, to="closing")
    asked(world, token, monkeypatch, action="close")
    world.settle()
    assert state(world) == "closed"


def test_only_the_customers_own_counter_signature_on_the_given_file_is_taken(world, token, ca, monkeypatch):
    begun(world)
    request_id, given = user_accounts.prepare(
        world.store, tenant_id=world.akin, service="earsiv", action="open", public=False, actor=ACTOR, at=utc_now()
    )
    stranger = ca.issue(vkn_tckn="1234567808", name="Yabancı", password="x", at=utc_now())
    good = countersign(given, token)
    assert verify_countersigned(good, given=given).vkn_tckn
    for bad in (
        given,
        good.replace(b"<UserOptionCode>22<", b"<UserOptionCode>21<"),
        countersign(good, token),
        good[:-30],
        countersign(given, stranger),
    ):
        with pytest.raises(user_accounts.NotTheCustomers):
            user_accounts.hand_in(
                world.store, tenant_id=world.akin, request_id=request_id, xml=bad, actor=ACTOR, at=utc_now()
            )
    assert state(world) == "authorised"
    assert world.gib.envelopes() == []
    tampered = parse_xml(good)
    for value in tampered.iter("{http://www.w3.org/2000/09/xmldsig#}SignatureValue"):
        last = value
    last.text = last.text[:-8] + "AAAAAAA="
    from lxml import etree

    with pytest.raises(SignatureInvalid):
        verify_countersigned(etree.tostring(tampered), given=given)


def test_the_envelope_keeps_gibs_rules(world, token, monkeypatch):
    begun(world)
    asked(world, token, monkeypatch)
    world.settle()
    ((zarf_id,),) = world.rows("SELECT zarf_id FROM zarf WHERE cargo = 'user' AND tenant_id = :akin")
    xml = open_zip(world.store.get(world.akin, zarf_id, "zarf.zip"), expected_id=zarf_id).xml
    assert [finding.mesaj for finding in kontrol.kontrol_et(xml).bulgular if finding.seviye == "hata"] == []


def test_aliases_are_opened_in_gibs_list_once(world):
    import io
    from pathlib import Path

    from ebelge.gib.simulator import accounts
    from ebelge.gib.simulator.checks import Refused
    from ebelge.gib.simulator.store import Store
    from ebelge.gib.taxpayers import read_user_list

    store = Store(Path(world.environment["LOG_DIR"]) / "gib")
    units = (Unit("GB", "urn:mail:defaultgb@x"), Unit("PK", "urn:mail:defaultpk@x"))

    def account(action):
        return build_user_account(
            action=action, service="efatura", account=Account("1234567808", "X Ltd.", False, units),
            integrator_vkn="1234567808", document_id=new_id(), at=utc_now(),
        )  # fmt: skip

    accounts.apply(store, account("open"), identifier="usergb", at=utc_now())
    (row,) = store.rows("SELECT xml FROM user_list WHERE kind = 'Pk'")
    (user,) = read_user_list(io.BytesIO(row["xml"]))
    assert [one.alias for one in user.open_aliases("Invoice", at=utc_now())] == ["urn:mail:defaultpk@x"]
    with pytest.raises(Refused, match="open already"):
        accounts.apply(store, account("open"), identifier="usergb", at=utc_now())
    later = utc_now() + timedelta(minutes=1)
    accounts.apply(store, account("close"), identifier="usergb", at=later)
    with pytest.raises(Refused, match="not open"):
        accounts.apply(store, account("close"), identifier="usergb", at=later)
    store.close()
