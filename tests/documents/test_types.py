"""Every profile and type through the real check, as a draft and as a client's XML, then accepted together."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from ebelge.core.db import role_session
from ebelge.documents.registered import taxpayer
from ebelge.documents.submit import Submission
from ebelge.gib.taxpayers import Alias, RegisteredUser
from ebelge.ubl import draft_special, type_examples
from ebelge.ubl.errors import InvalidDocument
from ebelge.ubl.type_table import PROFILES
from tests.documents.conftest import LIST

LONG_AGO = datetime(2020, 1, 1, tzinfo=UTC)


def customs() -> RegisteredUser:
    boxes = sorted(set(taxpayer.CUSTOMS_BOXES.values()))
    aliases = tuple(Alias("Invoice", box, LONG_AGO) for box in boxes)
    return RegisteredUser(
        draft_special.CUSTOMS_VKN, draft_special.CUSTOMS["name"], "KAMU", "ENTEGRASYON", aliases, LONG_AGO
    )


def test_every_type_is_accepted_from_json_and_from_xml(world: Any) -> None:
    with role_session("app") as session:
        taxpayer.load_list(session, mode="live", users=(*LIST, customs()), at=world.at)
    built = {}
    for pair in type_examples.all_types():
        draft = world.check(Submission(draft=type_examples.example(*pair)))
        xml = world.check(Submission(xml=draft.xml))
        for checked in (draft, xml):
            assert (checked.profile, checked.type_code, str(checked.kind)) == (*pair, PROFILES[pair[0]].kind)
        assert (xml.payable_kurus, xml.buyer_vkn_tckn) == (draft.payable_kurus, draft.buyer_vkn_tckn)
        assert (draft.warnings, xml.warnings) == ((), ())
        if pair[0] in taxpayer.CUSTOMS_BOXES:
            assert xml.receiver_alias == draft.receiver_alias == taxpayer.CUSTOMS_BOXES[pair[0]]
        built[pair] = xml

    accepted = world.accept(world.facts(), list(built.values()))

    assert [(row.profile, row.type_code) for row in accepted] == list(built)
    assert {row.state for row in accepted} == {"accepted"}
    assert world.spendable() == 100 - len(accepted)


def test_a_profile_that_e_arsiv_does_not_have_is_told_at_the_drafts_field(world: Any) -> None:
    draft = type_examples.example("IHRACAT", "ISTISNA") | {"kind": "earsiv"}

    with pytest.raises(InvalidDocument) as refused:
        world.check(Submission(draft=draft))

    assert [(one.rule, one.path) for one in refused.value.findings] == [("EB-PROFILE", "profile")]
