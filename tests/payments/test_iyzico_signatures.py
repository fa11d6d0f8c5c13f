"""iyzico's signatures against the test vectors, and amounts as they are written and signed."""

from __future__ import annotations

import base64
import json
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from iyzipay.iyzipay_resource import IyzipayResource

from billing.payments.errors import UntrustedAnswer
from billing.payments.iyzico.amounts import amount_kurus, fee_kurus, request_amount, signed_amount
from billing.payments.iyzico.signatures import (
    Signed,
    is_signed,
    is_webhook_signed,
    response_signature,
    webhook_signature,
)
from billing.payments.iyzico.wire import json_text

KEY = "test-secret-key-0001"
ANSWER: dict[str, Any] = {
    "paymentStatus": "SUCCESS", "paymentId": "9001", "currency": "TRY", "basketId": "bsk-1", "conversationId": "ord-1",
    "paidPrice": Decimal("120.50"), "price": Decimal("120.50"), "token": "tok-1",
}  # fmt: skip
ANSWERS = [
    (Signed.FORM_START, ANSWER, "433f74143db6b407bd5342d62ae32161ed5db0b0c1c7d6b653142941700f898b"),
    (Signed.FORM_READ, ANSWER, "3bfc7d708768e47e1233a63a38dcbcaffcb05f5a8ce2a21352a34752b8833796"),
    (Signed.PAYMENT, ANSWER, "9e01e6fdf0c5559166dc2ad15d5d47c5d7492cbf485601ea4ee0207b8c6d4366"),
    (
        Signed.REFUND,
        ANSWER | {"price": Decimal("20.0")},
        "a7899c644b382d90cfc138f53052675517cae7fc1adc148f63c03e75f8f7c19d",
    ),
    (Signed.THREE_DS_START, ANSWER, "941f8afb05f4bfc0351fece780cf9ce3b462a8c172bd3bfc885d8aaac3e02bff"),
    (
        Signed.THREE_DS_RETURN,
        {"conversationId": "ord-1", "mdStatus": 1, "paymentId": 9001, "status": "success"},
        "03c0b9b9b6cda53385d9a80512663f4b1a11548cf84fbede6550e4df0e62e92a",
    ),
]
FORM_HOOK = {
    "iyziEventType": "CHECKOUT_FORM_AUTH", "iyziPaymentId": 9001, "token": "tok-1", "paymentConversationId": "ord-1",
    "status": "SUCCESS",
}  # fmt: skip
DIRECT_HOOK = {
    "iyziEventType": "API_AUTH", "paymentId": 9001, "paymentConversationId": "ord-1", "status": "SUCCESS",
}  # fmt: skip
SUBSCRIPTION_HOOK = {
    "iyziEventType": "subscription.order.success", "subscriptionReferenceCode": "sub-1",
    "orderReferenceCode": "ord-1", "customerReferenceCode": "cus-1",
}  # fmt: skip


@pytest.mark.parametrize(("signed", "answer", "expected"), ANSWERS, ids=[row[0].name for row in ANSWERS])
def test_an_answer_is_signed_as_published(signed, answer, expected):
    assert response_signature(KEY, answer, signed) == expected
    assert is_signed(KEY, answer | {"signature": expected}, signed)


@pytest.mark.parametrize("given", [None, "", 7, "ş" * 64, "0" * 64, "433F74143DB6B407"])
def test_another_signature_is_refused(given):
    assert not is_signed(KEY, ANSWER | {"signature": given}, Signed.FORM_START)


@pytest.mark.parametrize(
    ("body", "merchant_id", "expected"),
    [
        (FORM_HOOK, "", "727eaf58b277375696b7c4a21f3293b03d701fd8ac6c82894a7b6de5362f7745"),
        (DIRECT_HOOK, "", "64d9180a5aef1d1504b8f6d6c57ff4f7a627d23a770f6afb7da96a46b4ee01b8"),
        (SUBSCRIPTION_HOOK, "M1", "0a04efca4bbac167a737a1c783dc0fe500ea0ef52253b5b99bbcd06365c68dd9"),
    ],
    ids=["form", "direct", "subscription"],
)
def test_a_webhook_is_signed_as_published(body, merchant_id, expected):
    assert webhook_signature(KEY, body, merchant_id=merchant_id) == expected
    assert is_webhook_signed(KEY, body, expected, merchant_id=merchant_id)


@pytest.mark.parametrize("secret", ["", "   "])
def test_an_empty_secret_verifies_nothing(secret):
    forged = webhook_signature(secret, FORM_HOOK)
    assert not is_webhook_signed(secret, FORM_HOOK, forged)


@pytest.mark.parametrize("header", [None, "", "0" * 64, "ğ"])
def test_a_webhook_without_the_right_header_is_refused(header):
    assert not is_webhook_signed(KEY, FORM_HOOK, header)


def test_a_request_is_signed_by_the_package_as_published():
    path = "/payment/iyzipos/checkoutform/auth/ecom/detail"
    body = json_text({"locale": "tr", "conversationId": "ord-1", "token": "tok-1"})
    assert body == '{"locale":"tr","conversationId":"ord-1","token":"tok-1"}'
    made = base64.b64decode(IyzipayResource.generate_v2_hash("key", path, KEY, "1700000000000abc", body)).decode()
    assert made.endswith("&signature:8c1c2841d9aab59543100253c200dc1a4b2a6611e70e6508e628fc0eb0e872bc")


@pytest.mark.parametrize(
    ("value", "expected"),
    [("10", "10"), ("10.0", "10"), ("10.50", "10.5"), ("10.51050", "10.5105"), ("50.00", "50"), (100, "100"),
     (Decimal("1E+2"), "100"), (None, ""), ("0.10", "0.1")],
)  # fmt: skip
def test_a_signed_amount_has_no_trailing_zeros(value, expected):
    assert signed_amount(value) == expected


@given(kurus=st.integers(min_value=1, max_value=10**12))
def test_an_amount_comes_back_as_it_went(kurus):
    text = request_amount(kurus)
    assert amount_kurus(text) == kurus
    assert amount_kurus(json.loads(text, parse_float=Decimal)) == kurus
    assert "." in text
    assert Decimal(signed_amount(text)) * 100 == kurus
    assert signed_amount(text + "000") == signed_amount(text)


@pytest.mark.parametrize("value", ["1.005", 1.5, True, "NaN", "Infinity", "1E+999999", "1e-9999", "12,50", "", "x"])
def test_what_is_no_amount_in_kurus_is_not_believed(value):
    with pytest.raises(UntrustedAnswer):
        amount_kurus(value)


def test_a_commission_is_rounded_half_up_to_the_kurus():
    assert fee_kurus("3.60295000") == 360
    assert fee_kurus("0.005") == 1
    assert fee_kurus(None) == 0


@given(
    answer=st.dictionaries(
        st.sampled_from(Signed.FORM_READ.value),
        st.one_of(st.none(), st.text(), st.integers(0, 10**9)),
    ),
    key=st.text(min_size=1),
)
def test_one_character_changed_breaks_the_signature(answer, key):
    answer = {name: value for name, value in answer.items() if name not in ("price", "paidPrice")} | {"price": "12.5"}
    signature = response_signature(key, answer, Signed.FORM_READ)
    assert is_signed(key, answer | {"signature": signature}, Signed.FORM_READ)
    changed = answer | {"price": "12.6", "signature": signature}
    assert not is_signed(key, changed, Signed.FORM_READ)


MONEY = st.decimals(allow_nan=False, allow_infinity=False, places=2)


@given(value=st.recursive(
    st.none() | st.booleans() | st.integers() | st.text() | MONEY,
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner.filter(lambda item: item is not None)),
))  # fmt: skip
def test_request_json_keeps_every_value(value):
    assert json.loads(json_text(value), parse_float=Decimal) == value


def test_a_float_never_becomes_a_request():
    with pytest.raises(TypeError):
        json_text({"price": 120.5})
