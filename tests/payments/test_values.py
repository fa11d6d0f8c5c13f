"""Values, redaction and configuration that all gateways share."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from billing.payments.configured import HalfConfigured, gateway, gateways
from billing.payments.errors import GatewayNotConfigured
from billing.payments.gateway import RefundRequest
from billing.payments.iyzico.amounts import request_amount
from billing.payments.pages import is_checkout_page
from billing.payments.redaction import HIDDEN, redact, redact_text
from ebelge.core.errors import DomainError

IYZICO = {"EBELGE_IYZICO_API_KEY": "k", "EBELGE_IYZICO_SECRET_KEY": "s"}
STRIPE = {"EBELGE_STRIPE_API_KEY": "sk_test_k", "EBELGE_STRIPE_WEBHOOK_SECRET": "whsec_a, whsec_b"}


@pytest.mark.parametrize("amount", [0, -1, 1.5, True, 10**13, "5"])
def test_an_order_is_for_a_whole_number_of_kurus_above_zero(order, amount):
    with pytest.raises(ValueError, match=r"kuruş|bounds"):
        order(amount)
    with pytest.raises(ValueError, match=r"kuruş|bounds"):
        RefundRequest("r", "p", amount, "TRY")


@pytest.mark.parametrize("currency", ["", "try", "TL", "TRYY", "₺"])
def test_a_currency_is_an_iso_code(order, currency):
    with pytest.raises(ValueError, match="currency"):
        order(100, currency=currency)


def test_every_attempt_and_refund_has_its_own_id(order):
    for name in ("attempt_ref", "order_ref"):
        with pytest.raises(ValueError, match="own id"):
            order(100, **{name: ""})
    with pytest.raises(ValueError, match="own id"):
        RefundRequest("", "p", 1, "TRY")


def test_an_identity_number_is_not_printed(order):
    assert "11111111110" not in repr(order())


@pytest.mark.parametrize(
    ("name", "value"),
    [("cardNumber", "5528790000000008"), ("cvc", "123"), ("identityNumber", "11111111110"), ("cardToken", "abc"),
     ("card_user_key", "abc"), ("client_secret", "x"), ("Authorization", "IYZWSv2 abc"), ("apiKey", "k")],
)  # fmt: skip
def test_secrets_are_hidden_by_name(name, value):
    assert redact({"a": [{name: value}]}) == {"a": [{name: HIDDEN}]}


@pytest.mark.parametrize(
    "text", ["5528790000000008", "5528 7900 0000 0008", "x 374427000000003 y", "card=4603450000000000."]
)
def test_card_numbers_are_hidden_wherever_they_stand(text):
    assert not any(digits in redact_text(text) for digits in ("0000", "7442"))


@pytest.mark.parametrize(
    "text", ["sk_test_51Abc", "rk_live_9", "whsec_abc", "IYZWSv2 YXBp", "Bearer eyJ.x", "pi_1_secret_2"]
)
def test_keys_are_hidden_wherever_they_stand(text):
    assert redact_text(f"a {text} b") == f"a {HIDDEN} b"


def test_what_settles_a_dispute_is_kept():
    kept: dict[str, Any] = {
        "paymentId": 22_483_975, "systemTime": 1_721_825_036_103, "binNumber": "55287900", "lastFourDigits": "0008",
        "price": Decimal("120.50"), "conversationId": "att-0", "signature": "ab", "ok": True, "nothing": None,
        "transferred": "TR", "cardAssociation": "MASTER_CARD",
    }  # fmt: skip
    assert redact(kept) == kept | {"price": "120.50"}


def test_long_and_deep_values_are_cut():
    value: Any = "x"
    for _ in range(100):
        value = [value]
    assert str(redact(value)).count("[") < 20
    assert len(redact_text("x" * 100_000)) < 3_000


@given(value=st.recursive(st.none() | st.text() | st.integers() | st.decimals(), lambda inner: st.lists(inner) |
                          st.dictionaries(st.text(), inner), max_leaves=20))  # fmt: skip
def test_anything_can_be_redacted_and_redacting_again_changes_nothing(value):
    once = redact(value)
    assert redact(once) == once


def test_a_card_number_that_came_as_a_number_is_hidden():
    assert redact([5528790000000008, Decimal("5528790000000008"), Decimal("120.50")]) == [HIDDEN, HIDDEN, "120.50"]


@given(kurus=st.integers(1, 10**12))
def test_redaction_never_touches_an_amount(kurus):
    assert redact({"price": request_amount(kurus)})["price"] == request_amount(kurus)


@pytest.mark.parametrize(
    ("url", "base_url", "allowed"),
    [
        ("https://sandbox-cpp.iyzipay.com/?token=1", "https://sandbox-api.iyzipay.com", True),
        ("http://127.0.0.1:5/checkout/1", "http://127.0.0.1:5", True),
        ("http://127.0.0.1:5/checkout/1", "https://api.iyzipay.com", False),
        ("http://localhost.evil.example/", "http://127.0.0.1:5", False),
        ("http://evil.example/", "http://127.0.0.1:5", False),
        ("javascript:alert(1)", "https://api.iyzipay.com", False),
        ("https://user@evil.example/", "https://api.iyzipay.com", False),
        ("https://a.example/\nSet-Cookie: x", "https://api.iyzipay.com", False),
        ("https://[", "https://api.iyzipay.com", False),
        ("", "https://api.iyzipay.com", False),
    ],
)
def test_a_payer_is_sent_to_https_only(url, base_url, allowed):
    assert is_checkout_page(url, base_url=base_url) is allowed


def test_only_what_is_configured_is_there():
    assert gateways({}) == {}
    assert set(gateways(IYZICO)) == {"iyzico"}
    both = gateways(IYZICO | STRIPE)
    assert {name: found.name for name, found in both.items()} == {"iyzico": "iyzico", "stripe": "stripe"}
    with pytest.raises(GatewayNotConfigured) as refused:
        gateway(gateways(IYZICO), "stripe")
    assert refused.value.http_status == 404


@pytest.mark.parametrize("name", [*IYZICO, *STRIPE])
@pytest.mark.parametrize("value", ["", "  "])
def test_a_key_without_its_secret_stops_the_start(name, value):
    with pytest.raises(HalfConfigured, match=name):
        gateways(IYZICO | STRIPE | {name: value})


def test_a_secret_list_with_a_hole_stops_the_start():
    with pytest.raises(ValueError, match="webhook"):
        gateways(STRIPE | {"EBELGE_STRIPE_WEBHOOK_SECRET": "whsec_a,,whsec_b"})


def test_every_refusal_speaks_both_languages():
    from billing.payments import errors

    kinds = [kind for kind in vars(errors).values() if isinstance(kind, type) and issubclass(kind, DomainError)]
    for kind in kinds:
        assert kind.title_tr != kind.title_en
    codes = [kind.code for kind in kinds if kind.__module__ == errors.__name__]
    assert len(codes) == len(set(codes))
