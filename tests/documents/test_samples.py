"""Public samples through the whole check: those that keep today's rules are taken, those that do not are refused."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

from ebelge.core.errors import DomainError
from ebelge.documents import submit
from ebelge.documents.submit import Submission
from ebelge.ubl.names import SUPPLIER, tag
from ebelge.ubl.parse import parse
from ebelge.ubl.prepare import serialise
from ebelge.ubl.validate import check
from tests.ubl.test_samples import FAIL, PASS


def as_ours(world: Any, xml: bytes) -> bytes:
    """The sample as Akın would send it today to a buyer it may go to: supplier, buyer, number and date are ours."""
    root = parse(xml).tree
    kinds = parse(xml).kinds[0]
    mine = parse(world.check(Submission(draft=world.draft(str(kinds)))).xml).tree
    sides = [SUPPLIER["Invoice"], tag("cac:AccountingCustomerParty")]
    for side in sides:
        old, new = root.find(side), mine.find(side)
        if old is None or new is None:
            continue
        extra = [
            one for one in old.iter(tag("cac:PartyIdentification"))
            if one.find(tag("cbc:ID")).get("schemeID") not in ("VKN", "TCKN")
        ]  # fmt: skip
        root.replace(old, new)
        for one in reversed(extra):
            new.find(f"{tag('cac:Party')}/{tag('cac:PartyIdentification')}").addnext(one)
    number, day = root.find(tag("cbc:ID")), root.find(tag("cbc:IssueDate"))
    number.text, day.text = "", world.today.isoformat()
    root.find(tag("cbc:UUID")).text = str(uuid4())  # some samples share theirs
    return serialise(root)


def test_every_sample_that_passes_is_accepted(shared_dir: Any, world: Any) -> None:
    world.series("earsiv", "AKW", internet=True, default=True)  # one of them is a sale over the internet
    for path, kind in PASS:
        xml = as_ours(world, (shared_dir / "gib" / "samples" / path).read_bytes())

        (document,) = world.send(Submission(xml=xml))

        assert (document.kind, document.state) == (kind, "accepted"), path


def test_every_sample_that_fails_is_refused_and_leaves_nothing(shared_dir: Any, world: Any) -> None:
    before = world.dump()
    for path, kind, rule in FAIL:
        xml = (shared_dir / "gib" / "samples" / path).read_bytes()
        found = {one.rule for one in check(xml, kind=kind, today=world.today) if one.severity == "error"}

        _, (answer,) = submit.check_all([Submission(xml=xml)], tenant_id=world.akin, at=world.at)

        assert rule in found, path
        assert isinstance(answer, DomainError), path
    assert world.dump() == before
