"""Every code that GİB publishes: what becomes of the document, its kontör, and how often it was sent."""

import pytest

from ebelge.documents.travel import status
from ebelge.gib.status_codes import STATUS_CODES, Reaction, status_of

PACKAGING = (1110, 1111, 1130, 1131, 1132, 1133, 1140, 1141, 1142, 1143)
GIBS = (1120, 1162, 1170, 1175, 1180, 1190, 1195)
# code -> state, envelopes that GİB got in all, kontör that is gone
ENDS = {
    **dict.fromkeys(PACKAGING, ("delivered", 2, 1)),
    **dict.fromkeys(GIBS, ("delivered", 2, 1)),
    **dict.fromkeys((1150, 1160), ("refused", 1, 0)),
    **dict.fromkeys((1161, 1176, 1177, 1171, 1172, 1182, 1183), ("undelivered", 1, 1)),
    1181: ("undelivered", 1, 1),
    **dict.fromkeys((1163, 1164), ("undelivered", 1, 1)),
    **dict.fromkeys((1215, 1230), ("undelivered", 1, 1)),
    **dict.fromkeys((1235, 1300), ("delivered", 1, 1)),
}
OPEN = {1000: "sent", 1100: "sent", 1200: "sent", 1210: "sent", 1220: "sent", 1191: "unknown"}


def test_no_code_is_left_out():
    assert set(ENDS) | set(OPEN) == set(STATUS_CODES)


@pytest.mark.parametrize("code", [1110, 1175, 1160, 1172, 1182, 1164, 1235])
def test_an_end_is_an_end(world, code):
    """One of each reaction goes the whole way; the table below holds for all."""
    state, envelopes, gone = ENDS[code]
    (document_id,) = world.submit(world.draft())
    world.gib.order({"status": code}, number=world.document(document_id).number)
    world.settle()
    document = world.document(document_id)
    assert (document.state, len(world.gib.envelopes())) == (state, envelopes)
    assert world.balance() == (1000 - gone, 0)
    assert not world.waiting()


def test_each_codes_reaction_leads_where_the_table_says():
    again = {Reaction.PACKAGING_ERROR, Reaction.GIB_ERROR_RESEND_LATER}
    for code, (state, envelopes, gone) in ENDS.items():
        meaning = status_of(code)
        assert (envelopes == 2) == (meaning.reaction in again), code
        assert (state == "refused") == (meaning.reaction is Reaction.DOCUMENT_ERROR) == (gone == 0), code
        assert (state == "delivered" and envelopes == 1) == (
            meaning.reaction in (Reaction.DELIVERED, Reaction.FINAL_CANCELLED)
        ), code
        assert meaning.final


def test_what_is_open_is_asked_again():
    for code, state in OPEN.items():
        assert (status_of(code).reaction is Reaction.UNCLEAR) == (state == "unknown"), code


def test_the_timeline_says_in_both_languages_what_follows():
    for code in STATUS_CODES:
        meaning = status_of(code)
        turkish, english = meaning.what_follows
        if meaning.reaction not in (
            Reaction.DELIVERED, Reaction.FINAL_CANCELLED, Reaction.PACKAGING_ERROR, Reaction.GIB_ERROR_RESEND_LATER,
            Reaction.LOOK_UP_EARLIER, Reaction.ADDRESS_ERROR, Reaction.USER_ACCOUNT_ERROR,
        ):  # fmt: skip
            assert turkish, code
            assert english, code
    assert "2 saat" in status_of(1210).what_follows[0]
    assert set(status._REACTIONS) | {Reaction.WAIT, Reaction.UNCLEAR} == set(Reaction)
