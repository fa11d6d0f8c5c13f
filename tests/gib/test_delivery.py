"""The ordinary way: an envelope is sent, checked and delivered, and both sides say the same."""

from __future__ import annotations

import hashlib
from uuid import uuid4

import pytest

from ebelge.gib.errors import GibFault
from ebelge.gib.status_codes import Reaction
from ebelge.ubl.types import DocumentKind


@pytest.mark.parametrize("kind", [DocumentKind.EFATURA, DocumentKind.EIRSALIYE])
def test_a_signed_document_is_delivered(simulator, gateway, paper, settled, kind):
    zarf = paper.zarf(kind=kind)
    gateway.send(zarf)
    answer = settled(zarf.instance_id)
    assert (answer.code, answer.meaning.reaction) == (1300, Reaction.DELIVERED), simulator.envelope(zarf.instance_id)[
        "finding"
    ]
    assert simulator.envelope(zarf.instance_id)["history"] == [1000, 1100, 1200, 1220, 1300]


def test_the_document_arrives_as_the_bytes_that_were_signed(simulator, gateway, paper, settled):
    document = paper.document()
    zarf = paper.zarf(document)
    gateway.send(zarf)
    settled(zarf.instance_id)
    body = document[document.index(b"<Invoice") :]  # the XML declaration is the envelope's
    assert [d["sha256"] for d in simulator.documents()] == [hashlib.sha256(body).hexdigest()]


def test_an_envelope_of_a_hundred_invoices_is_delivered(simulator, gateway, paper, settled):
    zarf = paper.zarf(*(paper.document() for _ in range(100)))
    gateway.send(zarf)
    assert settled(zarf.instance_id, within_s=30).code == 1300
    assert len(simulator.documents(state="delivered")) == 100


def test_an_unknown_envelope_is_fault_2004(gateway):
    with pytest.raises(GibFault) as caught:
        gateway.status(uuid4())
    assert caught.value.fault_code == 2004
