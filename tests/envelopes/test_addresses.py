"""A mailbox that closed before sending, or that GİB does not know: another of the buyer's, or a person decides."""

from datetime import UTC, datetime

import pytest

from ebelge.core.clock import utc_now
from ebelge.core.db import role_session
from ebelge.documents.registered import taxpayer
from ebelge.gib.taxpayers import Alias, RegisteredUser
from ebelge.ubl.draft_special import CUSTOMS_VKN
from ebelge.ubl.examples import BORA

LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)
FIRST, SECOND = "urn:mail:defaultpk@bora.example", "urn:mail:ikincipk@bora.example"
DESPATCH = Alias("DespatchAdvice", "urn:mail:irsaliyepk@bora.example", LONG_AGO)


def listed(*names: str, despatch: bool = True) -> None:
    aliases = tuple(Alias("Invoice", name, LONG_AGO) for name in names) + ((DESPATCH,) if despatch else ())
    boxes = tuple(Alias("Invoice", box, LONG_AGO) for box in sorted(set(taxpayer.CUSTOMS_BOXES.values())))
    users = [
        RegisteredUser(BORA.vkn_tckn, BORA.name, "OZEL", "OZELENTEGRASYON", aliases, LONG_AGO),
        RegisteredUser(CUSTOMS_VKN, "Gümrük", "KAMU", "ENTEGRASYON", boxes, LONG_AGO),
    ]
    with role_session("app") as session:
        taxpayer.load_list(session, mode="live", users=users, at=utc_now())


@pytest.fixture(autouse=True)
def _list_as_before(world):
    yield
    listed(FIRST)


def test_a_mailbox_that_closed_meanwhile_is_replaced_by_another(world):
    (document_id,) = world.submit(world.draft())
    listed(SECOND)
    world.settle()
    document = world.document(document_id)
    assert (document.state, document.receiver_alias) == ("delivered", SECOND)
    assert "alias" in world.events(document_id)
    (envelope,) = world.gib.envelopes()
    assert envelope["receiver"]["alias"] == SECOND


def test_without_another_a_person_decides_and_it_stays_an_efatura(world):
    (document_id,) = world.submit(world.draft())
    listed()
    world.settle()
    document = world.document(document_id)
    assert (document.kind, document.state) == ("efatura", "undelivered")
    assert world.gib.envelopes() == []
    assert world.balance() == (999, 0)


def test_a_despatch_without_a_mailbox_goes_to_gibs_virtual_one(world):
    (document_id,) = world.submit(world.draft("eirsaliye"))
    listed(FIRST, despatch=False)
    world.settle()
    assert world.document(document_id).state == "delivered"
    assert world.gib.envelopes()[0]["receiver"]["vkn_tckn"] == "3900892152"


def test_a_mailbox_that_gib_does_not_know_is_not_tried_again(world):
    listed(FIRST, SECOND)
    (document_id,) = world.submit(world.draft())
    world.gib.order({"status": 1181}, number=world.document(document_id).number)
    world.settle()
    document = world.document(document_id)
    assert (document.state, document.receiver_alias) == ("delivered", SECOND)
    assert len(world.gib.envelopes()) == 2
    assert world.charges() == {"captured": 1}
