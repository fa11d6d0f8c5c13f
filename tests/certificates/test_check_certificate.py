"""What is said of a certificate: chain, use, revocation by OCSP and CRL, asked rarely and remembered."""

from __future__ import annotations

from datetime import timedelta

import pytest

from ebelge.core.clock import utc_now
from ebelge.documents.seals.certificates import CertificateFinding, check_certificate, evidence, status_of
from ebelge.signing.development import DevelopmentCa
from tests.strangers.ca import Ca

LATER = timedelta(minutes=31)  # EBELGE_REVOCATION_EVERY_MIN is 30


def look(certificate, *, after: timedelta = timedelta(), at=None) -> CertificateFinding:
    now = utc_now() + after
    return check_certificate(certificate, at=at or now, now=now)


def test_without_trusted_authorities_nothing_is_judged(certificate, settings, authority: Ca) -> None:
    assert (look(certificate()).state, authority.asked("ocsp")) == ("unchecked", 0)


@pytest.mark.parametrize(("ocsp", "crl"), [(True, True), (True, False), (False, True)])
def test_a_good_certificate_is_asked_about_once_and_then_remembered(trusted: Ca, certificate, ocsp, crl) -> None:
    one = certificate(ocsp=ocsp, crl=crl)
    for _ in range(5):
        assert look(one) == CertificateFinding("good")
    assert (trusted.asked("ocsp"), status_of(one).state) == (int(ocsp), "good")
    assert look(one, after=LATER).state == "good"
    assert trusted.asked("ocsp") == 2 * int(ocsp)


def test_a_certificate_that_names_no_source_is_judged_by_its_chain(trusted: Ca, certificate) -> None:
    assert look(certificate(ocsp=False, crl=False)).state == "good"
    assert trusted.asked("ocsp") == 0


@pytest.mark.parametrize(("ocsp", "crl"), [(True, False), (False, True), (True, True)])
def test_a_revoked_certificate_is_found_by_either(trusted: Ca, certificate, ocsp, crl) -> None:
    one = certificate(ocsp=ocsp, crl=crl)
    trusted.say(revoked=[one])
    found = look(one)
    assert (found.state, found.usable, found.reason) == ("revoked", False, "key_compromise")
    assert "iptal" in found.text_tr


def test_what_was_signed_before_the_revocation_was_signed_rightly(trusted: Ca, certificate) -> None:
    one = certificate(crl=False)
    trusted.say(revoked=[one])
    assert look(one).state == "revoked"
    assert look(one, at=utc_now() - timedelta(days=30)).state == "good"


def test_a_suspended_certificate_is_good_again_when_they_say_so(trusted: Ca, certificate) -> None:
    one = certificate(crl=False)
    trusted.say(revoked=[one])
    assert look(one).state == "revoked"
    trusted.say()
    assert look(one, after=LATER).state == "good"


@pytest.mark.parametrize(
    "order",
    [
        {"transport": "garbage"}, {"transport": "timeout", "seconds": 5}, {"transport": "slow", "seconds": 5},
        {"transport": "http_500"}, {"transport": "drop"}, {"transport": "oversized"}, {"transport": "truncated"},
        {"fail": "stale"}, {"fail": "stranger"}, {"fail": "try_later"},
    ],
    ids=lambda order: "-".join(map(str, order.values())),
)  # fmt: skip
def test_no_answer_or_a_worthless_one_is_unknown_and_then_asked_again(trusted: Ca, certificate, order) -> None:
    one = certificate(crl=False)
    trusted.order("ocsp", **order)
    found = look(one)
    assert (found.state, found.usable) == ("unknown", False)
    assert look(one).state == "unknown", "nobody is asked again at once"
    assert trusted.asked("ocsp") == 1
    assert look(one, after=LATER).state == "good"


def test_where_the_responder_is_silent_the_list_is_enough(trusted: Ca, certificate) -> None:
    trusted.order("ocsp", transport="http_500")
    assert look(certificate()).state == "good"


def test_a_responder_that_does_not_know_the_certificate_makes_it_no_good_one(trusted: Ca, certificate) -> None:
    one = certificate(crl=False)
    trusted.say(unknown=[one])
    assert look(one).state == "unknown"


def test_a_former_answer_holds_through_the_grace_and_no_longer(trusted: Ca, certificate) -> None:
    one = certificate(crl=False)
    assert look(one).state == "good"  # it holds for an hour, by its own word
    trusted.order("ocsp", times=None, transport="http_500")
    assert look(one, after=timedelta(minutes=59)) == CertificateFinding("good")
    waiting = look(one, after=timedelta(hours=24))
    assert (waiting.state, waiting.stale) == ("good", True)
    assert look(one, after=timedelta(hours=26)).state == "unknown"


def test_a_stranger_an_encryption_certificate_and_one_that_ended_are_refused(trusted: Ca, certificate) -> None:
    at = utc_now()
    stranger = DevelopmentCa.create(at=at)
    of_stranger = stranger.certify(certificate().public_key(), vkn_tckn="1234567808", name="Akın", at=at)
    assert look(of_stranger).state == "untrusted"
    assert look(certificate(signs=False)).state == "wrong_use"
    assert look(certificate(days=-1)).state == "expired"
    assert trusted.asked("ocsp") == 0, "only certificates of trusted authorities tell us whom to call"


def test_chain_and_answers_are_kept_as_evidence(trusted: Ca, certificate) -> None:
    one = certificate()
    assert look(one).state == "good"
    kept = evidence(one, at=utc_now())
    assert kept.certificates == (one, trusted.issuer, trusted.root)
    assert (len(kept.ocsp_answers), len(kept.crls)) == (1, 2)
