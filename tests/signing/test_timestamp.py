"""Time stamps: asked of a real authority (OpenSSL's), believed only when they prove what they should."""

from datetime import UTC, datetime, timedelta

import pytest
from asn1crypto import tsp

from ebelge.signing.errors import TimeStampInvalid, TimeStampRefused, TimeStampUnknown
from ebelge.signing.timestamp import TimeStamper, verify_token
from tests.strangers.tsa import Tsa

DATA = b"akin"
HASTY_S = 0.4


def test_a_stamp_proves_when_the_data_existed(tsa: Tsa) -> None:
    before = datetime.now(UTC)
    token = tsa.stamper().stamp(DATA)
    stamp = verify_token(token, DATA, trust=tsa.trust)
    assert abs(stamp.at - before) < timedelta(seconds=30)
    assert (stamp.digest, stamp.policy, stamp.token) == ("sha256", "1.2.3.4.1", token)
    assert tsa.openssl_accepts(token, DATA)
    assert not tsa.openssl_accepts(token, b"other")


def test_another_policy_and_digest_are_asked_for(tsa: Tsa) -> None:
    token = tsa.stamper(policy="1.2.3.4.5", digest="sha512").stamp(DATA)
    stamp = verify_token(token, DATA, trust=tsa.trust)
    assert (stamp.digest, stamp.policy) == ("sha512", "1.2.3.4.5")
    assert tsa.openssl_accepts(token, DATA)


@pytest.mark.parametrize("way", ["nonce", "imprint", "key"])
def test_a_stamp_of_something_else_or_by_a_stranger_is_not_believed(tsa: Tsa, way: str) -> None:
    tsa.order(fail=way)
    with pytest.raises(TimeStampInvalid):
        tsa.stamper().stamp(DATA)


def test_a_refusal_says_why(tsa: Tsa) -> None:
    tsa.order(fail="refuse")
    with pytest.raises(TimeStampRefused, match="bad_alg"):
        tsa.stamper().stamp(DATA)
    with pytest.raises(TimeStampRefused, match="unaccepted_policy"):
        tsa.stamper(policy="1.2.3.4.9").stamp(DATA)


def test_whoever_is_not_known_there_is_refused(tsa: Tsa) -> None:
    tsa.control("PUT", "settings", user="ebelge", password="gölge")
    with pytest.raises(TimeStampRefused, match="401"):
        tsa.stamper(user="ebelge", password="golge").stamp(DATA)
    assert tsa.stamper(user="ebelge", password="gölge").stamp(DATA)


@pytest.mark.parametrize("way", ["timeout", "slow", "drop", "http_500", "html", "garbage", "truncated", "oversized"])
def test_no_answer_is_not_a_refusal(tsa: Tsa, way: str) -> None:
    tsa.order(transport=way, seconds=20)
    with pytest.raises(TimeStampUnknown):
        tsa.stamper(timeout_s=HASTY_S).stamp(DATA)
    assert tsa.stamper().stamp(DATA), "the next question is answered"


def test_nobody_listening_is_not_a_refusal(tsa: Tsa) -> None:
    with pytest.raises(TimeStampUnknown):
        TimeStamper("http://127.0.0.1:9/", tsa.trust, timeout_s=HASTY_S).stamp(DATA)


def test_without_a_trusted_authority_no_stamp_counts(tsa: Tsa, strangers_ca) -> None:
    token = tsa.stamper().stamp(DATA)
    for trust in ((), (strangers_ca.certificate,)):
        with pytest.raises(TimeStampInvalid):
            verify_token(token, DATA, trust=trust)


def test_a_changed_or_foreign_token_proves_nothing(tsa: Tsa) -> None:
    token = tsa.stamper().stamp(DATA)
    later = tsp.ContentInfo.load(token)
    info = later["content"]["encap_content_info"]["content"].parsed
    info["gen_time"] = datetime(2020, 1, 1, tzinfo=UTC)
    later["content"]["encap_content_info"]["content"] = info
    flipped = bytearray(token)
    flipped[-1] ^= 1
    for wrong in (b"", b"0", b"\x30\x80", bytes(flipped), later.dump(force=True), token[:-1], token + b"\x00"):
        with pytest.raises(TimeStampInvalid):
            verify_token(wrong, DATA, trust=tsa.trust)
