"""References, folding, and who paid what."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from billing.payments.bank.folding import likeness_percent
from billing.payments.bank.matching import ExpectedTransfer, Match, propose
from billing.payments.bank.reference import ALPHABET, NUMBERS, is_reference, reference, references_in
from billing.payments.bank.statement import StatementLine
from ebelge.core.folding import fold

REF_1, REF_2, REF_3 = reference(1), reference(2), reference(3)
numbers = st.integers(0, NUMBERS - 1)


def paid(amount_kurus=1_200_00, description=REF_1, row=1, **other):
    values = {"account": "a", "booked_on": date(2027, 1, 2), "amount_kurus": amount_kurus, "currency": "TRY",
              "description": description, "bank_ref": f"D-{row}", "row": row}  # fmt: skip
    return StatementLine(**values | other)


def expected(number=1, amount_kurus=1_200_00, **other):
    return ExpectedTransfer(f"order-{number}", reference(number), amount_kurus, **other)


@given(one=numbers, other=numbers)
def test_every_number_has_a_reference_of_its_own(one, other):
    assert is_reference(reference(one))
    assert (reference(one) == reference(other)) == (one == other)


def test_references_end_where_the_numbers_do():
    for number in (-1, NUMBERS):
        with pytest.raises(ValueError, match="references"):
            reference(number)


@given(number=numbers, place=st.integers(0, 5), sign=st.sampled_from(ALPHABET))
def test_one_wrong_sign_is_always_found(number, place, sign):
    signs = list(reference(number).replace("-", "")[3:])
    right, signs[place] = signs[place], sign
    assert is_reference("KNT" + "".join(signs)) == (sign == right)


@given(number=numbers, one=st.integers(0, 5), other=st.integers(0, 5))
def test_two_exchanged_signs_are_always_found(number, one, other):
    signs = list(reference(number).replace("-", "")[3:])
    same = signs[one] == signs[other]
    signs[one], signs[other] = signs[other], signs[one]
    assert is_reference("KNT" + "".join(signs)) == (same or one == other)


def test_no_two_signs_of_a_reference_look_alike():
    assert not set(ALPHABET) & set("01OIL5S8BZQUVİı")


@given(number=numbers, parts=st.lists(st.sampled_from(["", " ", "-", ". ", "/", "\n"]), min_size=9, max_size=9),
       before=st.sampled_from(["", "FAST ", "Ödeme:", "SİPARİŞ/"]), after=st.sampled_from(["", " TL", "AKIN", "-"]),
       small=st.booleans())  # fmt: skip
def test_a_reference_is_found_however_a_bank_parts_it(number, parts, before, after, small):
    signs = reference(number).replace("-", "")
    text = "".join(sign + part for sign, part in zip(signs, [*parts[:8], ""], strict=True))
    described = before + (text.swapcase() if small else text) + after
    assert reference(number) in references_in(described)


@given(text=st.text())
def test_folding_gives_plain_words_and_folding_again_changes_nothing(text):
    folded = fold(text)
    assert fold(folded) == folded
    assert all(sign.isascii() and (sign.isdigit() or sign.isupper() or sign == " ") for sign in folded)
    assert "  " not in folded


@pytest.mark.parametrize(
    "text", ["ışık şirketi çağrı öğün", "IŞIK ŞİRKETİ ÇAĞRI ÖĞÜN", "Işık Şirketi Çağrı Öğün", "ISIK SIRKETI CAGRI OGUN",
             "ýþýk þirketi çaðrý öðün", "IŞIK S\u0327I\u0307RKETI\u0307 C\u0327AG\u0306RI O\u0308G\u0306U\u0308N"]
)  # fmt: skip
def test_all_ways_to_write_turkish_fold_to_one(text):
    assert fold(text) == "ISIK SIRKETI CAGRI OGUN"


def test_names_are_alike_without_their_legal_forms():
    assert likeness_percent("IŞIK GIDA SAN. VE TİC. LTD.ŞTİ.", "Işık Gıda Sanayi ve Ticaret Limited Şirketi") == 100
    assert likeness_percent("ISIK GIDA SANA", "Işık Gıda A.Ş.") >= 60
    assert likeness_percent("Bora A.Ş.", "Akın Ltd. Şti.") == 0
    assert likeness_percent("A.Ş.", "Ltd.") == 0


def test_the_right_reference_and_amount_is_taken_without_a_person():
    (proposal,) = propose([paid()], [expected(1), expected(2)])
    assert (proposal.match, proposal.transfer_ids, proposal.automatic) == (Match.EXACT, ("order-1",), True)


@pytest.mark.parametrize(("amount", "match", "difference"), [
    (1_199_99, Match.UNDERPAID, -1), (1_200_01, Match.OVERPAID, 1), (2_400_00, Match.OVERPAID, 1_200_00),
])  # fmt: skip
def test_too_little_and_too_much_wait_for_a_person(amount, match, difference):
    (proposal,) = propose([paid(amount)], [expected()])
    assert (proposal.match, proposal.difference_kurus, proposal.automatic) == (match, difference, False)


def test_a_second_payment_waits_for_a_person():
    first, second = propose([paid(row=2), paid(row=1)], [expected()])
    assert (first.line.row, first.match) == (1, Match.EXACT)
    assert (second.match, second.automatic) == (Match.PAID_TWICE, False)
    (late,) = propose([paid()], [expected(paid=True)])
    assert (late.match, late.automatic) == (Match.PAID_TWICE, False)


def test_one_payment_for_several_orders_waits_for_a_person():
    (proposal,) = propose([paid(2_400_00, f"{REF_1} ve {REF_2}")], [expected(1), expected(2), expected(3)])
    assert (proposal.match, proposal.difference_kurus, proposal.automatic) == (Match.SEVERAL_ORDERS, 0, False)
    assert proposal.transfer_ids == ("order-1", "order-2")


def test_another_currency_is_never_a_payment():
    (proposal,) = propose([paid(currency="EUR")], [expected()])
    assert (proposal.match, proposal.automatic) == (Match.OTHER_CURRENCY, False)


@pytest.mark.parametrize("sender", [{"sender_vkn": "1234567890"}, {"sender_iban": "TR330006100519786457841326"}])
def test_a_known_sender_with_the_right_amount_is_proposed(sender):
    known = {"buyer_vkn": "1234567890", "known_ibans": frozenset({"TR330006100519786457841326"})}
    proposals = propose([paid(description="kontör", **sender)], [expected(1, **known), expected(2, **known)])
    assert [proposal.transfer_ids for proposal in proposals] == [("order-1",), ("order-2",)]
    assert {(proposal.match, proposal.automatic) for proposal in proposals} == {(Match.SENDER_AND_AMOUNT, False)}
    assert propose([paid(5_00, "kontör", **sender)], [expected(1, **known)]) == ()


def test_a_like_name_with_the_right_amount_is_a_weak_proposal():
    line = paid(description="FAST ödeme", sender_name="ISIK GIDA SAN TIC LTD STI")
    transfers = [expected(1, buyer_name="Işık Gıda Ltd. Şti."), expected(2, buyer_name="Bora A.Ş.")]
    (proposal,) = propose([line], transfers)
    assert (proposal.match, proposal.transfer_ids, proposal.automatic) == (Match.NAME_AND_AMOUNT, ("order-1",), False)


def test_money_that_went_out_is_no_payment():
    assert propose([paid(-1_200_00)], [expected()]) == ()


@given(
    amounts=st.lists(st.tuples(st.sampled_from([REF_1, REF_2, REF_3, "x"]), st.integers(-5, 5)), max_size=12),
    order=st.randoms(use_true_random=False),
)
def test_no_transfer_is_taken_twice_and_the_order_of_input_does_not_matter(amounts, order):
    lines = [paid(100 + more, text, row=row) for row, (text, more) in enumerate(amounts, start=1)]
    transfers = [expected(number, 100) for number in (1, 2, 3)]
    proposals = propose(lines, transfers)
    taken = [proposal.transfer_ids[0] for proposal in proposals if proposal.automatic]
    assert len(taken) == len(set(taken))
    assert all(proposal.difference_kurus == 0 for proposal in proposals if proposal.automatic)
    order.shuffle(lines)
    order.shuffle(transfers)
    assert propose(lines, transfers) == proposals


def test_a_common_word_among_thousands_of_orders_neither_matches_nor_takes_minutes():
    many = [expected(n, buyer_name=f"Firma {n} Gıda Ltd. Şti.") for n in range(4_000)]
    few = [expected(n, buyer_name="Nadir Ticaret Gıda A.Ş.") for n in range(4_000, 4_030)]
    lines = [paid(row=row, description="havale", sender_name="NADIR GIDA LIMITED") for row in range(400)]
    found = propose(lines, [*many, *few])
    assert {proposal.transfer_ids[0] for proposal in found} == {f"order-{n}" for n in range(4_000, 4_020)}
