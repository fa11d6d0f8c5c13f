"""Letters to a tenant's own people: once per occasion, in their language, sent, put off, refused, or nobody there."""

from __future__ import annotations

import email
import email.policy
from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import text

from billing.topups import watch
from ebelge.app import create_app
from ebelge.core.clock import utc_now
from ebelge.core.config import Settings
from ebelge.core.config import settings as current_settings
from ebelge.core.db import role_session, tenant_session
from ebelge.jobs import letters as job
from ebelge.jobs import stopping
from ebelge.notify import places, post, words
from ebelge.outbox import relay
from tests.orders import shop
from tests.strangers.mail import Mail, mail_server

AT = "2026-11-30T21:00:00+00:00"
_LEAD = {
    "topic_tr": "Satış", "topic_en": "Sales", "name": "Defne Su", "company": "Su & Ateş Ltd. Şti.", "vkn_tckn": "",
    "phone": "+90 312 000 00 00", "email": "defne@su.example", "city": "İzmir", "documents": 1_200,
    "product": "GİB Portal", "link": "https://belge.example/operator/leads/x",
}  # fmt: skip
_APPLICATION = {
    "title": "Su & Ateş Ltd. Şti.", "vkn_tckn": "1234567890", "name": "Defne Su", "link": "https://belge.example/x",
}  # fmt: skip
FACTS: dict[str, dict[str, Any]] = {
    "lead_new": _LEAD,
    "lead_assigned": _LEAD,
    "lead_received": {},
    "sign_up_login": {"link": "https://belge.example/sign-in"},
    "sign_up_company": {"at": AT},
    "sign_up_examined": {},
    "member_invited": {
        "company": "Su & Ateş Ltd. Şti.", "by": "Defne Su", "role_tr": "Muhasebeci", "role_en": "Accountant",
        "until": AT, "link": "https://belge.example/invitations/x",
    },
    "application_waits": _APPLICATION,
    "application_activated": _APPLICATION,
    "application_refused": {**_APPLICATION, "reason": "Unvan VKN ile uyuşmuyor."},
    "application_asked": {**_APPLICATION, "reason": "İmza sirküleri"},
    "buyer_answered": {"number": "AKF2026000000001", "buyer": "Bora A.Ş.", "answer": "rejected", "reason": "Fiyat"},
    "answer_failed": {"number": "BRF2026000000001", "sender": "Bora A.Ş.", "text": "ADRES BULUNAMADI"},
    "seal_ending": {"days": 30, "ends_at": AT, "holder": "Su & Ateş Ltd. Şti.", "whose": "own"},
    "seal_trouble": {
        "since": AT, "holder": "Su & Ateş Ltd. Şti.", "text_tr": "Sertifika iptal edilmiş.", "text_en": "Revoked.",
    },
    "stamps_late": {"count": 3, "since": "2026-11-28", "reason": "HTTP 500"},
    "report_late": {"day": "2026-11-05", "documents": 1_250, "due_at": AT},
    "kontor_low": {"spendable": 1_234, "low_kontor": 2_000},
    "lots_expiring": {
        "kontor": 1_500, "days": 14,
        "lots": [{"kontor": 1_000, "expires_at": AT}, {"kontor": 500, "expires_at": "2026-12-04T21:00:00+00:00"}],
    },
    "topup_done": {"gross_kurus": 124_990, "kontor": 1_000, "bonus_kontor": 50, "reference": "EB4K7Q"},
    "topup_failed": {
        "gross_kurus": 124_990, "reference": "EB4K7Q", "next_try_at": AT,
        "text_tr": "Kart limiti yetersiz", "text_en": "Insufficient funds",
    },
    "topup_confirm": {
        "gross_kurus": 124_990, "reference": "EB4K7Q", "until": AT, "link": "https://belge.example/payments/confirm/x",
    },
    "answer_due": {
        "day": "2026-12-01", "last": True, "documents": 1,
        "named": [{"number": "GIB2026000000001", "sender": "Bora A.Ş."}],
    },
    "buyer_registered": {"number": "AKA2026000000001", "buyer": "Bora A.Ş.", "signed": True, "kontor": 1},
    "user_list_old": {
        "mode": "live", "loaded_at": "2026-11-29T09:00:00+00:00", "documents": 3, "unlooked": 1,
        "sign_at": "2026-11-30T13:00:00+00:00",
    },
    "return_invoice_came": {
        "buyer": "Akın Ltd. Şti.", "number": "IAD2026000000001", "reference": "KNT-7F3K-92", "payable_kurus": 120_000,
    },
    "refund_waits_for_us": {"gross_kurus": 120_000, "reference": "KNT-7F3K-92", "waits_for": "came"},
    "closed_by_gib": {"vkn": "1234567808", "day": "2026-03-26", "reason": "861 örnek"},
    "topup_suspended": {"why": "dispute"},
    "topup_capped": {"cap_kurus": 500_000, "spent_kurus": 374_970, "until": AT},
    "refund_waits": {"gross_kurus": 62_495, "kontor": 500, "reference": "EB4K7Q"},
    "receivable_due": {"gross_kurus": 62_495, "due_at": AT, "overdue": True},
    "acting_asked": {
        "person": "Can Er", "title": "Ceren Ltd.", "hours": 4, "reason": "Destek", "rights_tr": "Belgeleri görür",
        "rights_en": "Sees documents", "link": "https://belge.example/settings/acting",
    },
    "reseller_change_asked": {"to": "Ceren Ltd.", "wanted_on": "2026-12-01", "link": "https://belge.example/x"},
    "reseller_change_waits": {"customer": "Akın Ltd. Şti.", "link": "https://belge.example/x"},
    "reseller_changed": {"to": "", "at": AT},
    "webhook_paused": {"url": "https://erp.akin.example/hook", "answer": "502 Bad Gateway"},
}  # fmt: skip


@pytest.fixture(scope="module")
def _mail(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mail]:
    with mail_server(tmp_path_factory.mktemp("mail")) as running:
        yield running


@pytest.fixture
def mail(_mail: Mail, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[Mail]:
    """The mail server, empty, and a worker that knows it."""
    monkeypatch.setenv("EBELGE_SMTP_PORT", str(_mail.smtp_port))
    current_settings.cache_clear()
    stopping.requested.clear()
    _mail.forget_rules()
    with role_session("relay") as session:
        session.execute(text("DELETE FROM outbox_message WHERE queue = 'mail'"))
    yield _mail
    monkeypatch.undo()
    current_settings.cache_clear()


def akin(*emails: str, language: str = "tr") -> UUID:
    tenant_id = shop.customer("Akın & Oğulları Ltd. Şti.")
    with tenant_session(tenant_id) as session:
        watch.keep(session, tenant_id=tenant_id, low_kontor=0, emails=emails, language=language, at=utc_now())
    return tenant_id


def write(tenant_id: UUID, kind: str = "kontor_low", occasion: str = "1") -> int:
    with tenant_session(tenant_id) as session:
        return len(
            post.write(session, tenant_id=tenant_id, kind=kind, occasion=occasion, facts=FACTS[kind], at=utc_now())
        )


def work() -> int:
    with role_session("relay") as session:
        relay.promote(session, at=utc_now())
        claims = relay.claim(session, queue="mail", limit=50, turns=relay.Turns(), at=utc_now())
    job.work(claims, claimed_at=utc_now())
    return len(claims)


def got(mail: Mail, *names: str) -> list[Any]:
    """The mails that these took, as they came."""
    kept = [one for one in mail.messages() if set(one["to"]) & set(names)]
    return [email.message_from_bytes(mail.raw(one["number"]), policy=email.policy.default) for one in kept]


def name() -> str:
    """An address of this test alone."""
    return f"kontor-{uuid4().hex[:8]}@akin.example"


def states(tenant_id: UUID) -> list[str]:
    return [row.state for row in shop.rows(tenant_id, "SELECT state FROM letter ORDER BY letter_id")]


@pytest.mark.parametrize("language", ["tr", "en"])
@pytest.mark.parametrize("kind", words.KINDS)
def test_every_kind_has_words_in_both_languages_in_text_and_html(mail: Mail, kind: str, language: str) -> None:
    recipient = name()
    tenant_id = akin(recipient, language=language)
    assert write(tenant_id, kind) == 1
    work()
    (message,) = got(mail, recipient)
    said = words.words(kind, language, FACTS[kind])  # type: ignore[arg-type]  # one of two words
    assert (message["To"], message["Subject"]) == (recipient, said.subject)
    plain, html = (message.get_body((form,)).get_content() for form in ("plain", "html"))
    for value in (said.says, said.advice, *(value for row in said.rows for value in row)):
        assert value in plain
    assert said.advice.replace("'", "&#39;") in html
    assert ("Akın &amp; Oğulları" in html) == (words.reader(kind) == "account")
    assert "None" not in plain + html
    assert states(tenant_id) == ["sent"]


def test_each_recipient_gets_a_letter_of_his_own_once(mail: Mail) -> None:
    first, second = name(), name()
    tenant_id = akin(first, second)
    assert (write(tenant_id), write(tenant_id), write(tenant_id, occasion="2")) == (2, 0, 2)
    work()
    assert (work(), len(got(mail, first)), len(got(mail, second)), states(tenant_id)) == (0, 2, 2, ["sent"] * 4)
    ids = {message["Message-ID"] for message in got(mail, first, second)}
    assert len(ids) == 4


def test_a_letter_to_one_address_is_written_once_and_greets_nobody_by_a_name_that_was_typed(mail: Mail) -> None:
    tenant_id, stranger = akin(name()), name()
    for _ in range(2):
        with tenant_session(tenant_id) as session:
            post.write_to(
                session, tenant_id=tenant_id, recipient=stranger, language="en", kind="lead_received",
                occasion=f"lead.received {stranger}", facts={}, at=utc_now(),
            )  # fmt: skip
    assert work() == 1
    (message,) = got(mail, stranger)
    plain, html = (message.get_body((form,)).get_content() for form in ("plain", "html"))
    assert plain.startswith("Hello,")
    assert "because a form of Ebelge was sent with this address" in html
    assert "Akın" not in plain + html


def test_a_link_that_is_a_secret_stands_in_the_letter_and_nowhere_else(mail: Mail) -> None:
    tenant_id, invited, link = akin(name()), name(), "https://belge.example/invitations/very-secret"
    with tenant_session(tenant_id) as session:
        post.write_to(
            session, tenant_id=tenant_id, recipient=invited, language="tr", kind="member_invited", occasion="invited 1",
            facts=FACTS["member_invited"] | {"link": ""}, secret_link=link, at=utc_now(),
        )  # fmt: skip

    def kept() -> str:
        return str(shop.rows(tenant_id, "SELECT facts::text FROM letter WHERE kind = 'member_invited'"))

    assert "very-secret" not in kept()
    assert "closed_link" in kept()
    work()
    (message,) = got(mail, invited)
    assert link in message.get_body(("plain",)).get_content()
    assert "closed_link" not in kept()


def test_the_accounts_own_address_is_written_to_where_no_other_is_set(mail: Mail) -> None:
    tenant_id, own = akin(), name()
    shop.rows(tenant_id, "UPDATE tenant SET email = :own WHERE tenant_id = :tenant_id RETURNING 1", own=own)
    assert (write(tenant_id), work(), len(got(mail, own))) == (1, 1, 1)


def test_nobody_to_write_to_is_kept_and_no_loop(mail: Mail) -> None:
    tenant_id = akin()
    assert (write(tenant_id), write(tenant_id), work(), states(tenant_id)) == (0, 0, 0, ["failed"])


def test_a_refused_letter_has_failed_and_one_put_off_comes_again(mail: Mail) -> None:
    gone, busy = akin("gone@akin.example"), akin("busy@akin.example")
    mail.rule("gone@akin.example", "refuse")
    mail.rule("busy@akin.example", "defer", times=1)
    write(gone)
    write(busy)
    work()
    assert (states(gone), states(busy)) == (["failed"], ["waiting"])
    shop.rows(busy, "UPDATE outbox_message SET due_at = due_at - :passed RETURNING 1", passed=timedelta(hours=1))
    work()
    assert (states(busy), work()) == (["sent"], 0)


def test_a_name_cannot_add_a_header(mail: Mail) -> None:
    recipient = name()
    tenant_id = akin(recipient)
    shop.rows(
        tenant_id, "UPDATE tenant SET title = :title WHERE tenant_id = :tenant_id RETURNING 1",
        title="Akın\r\nBcc: x@y.example",
    )  # fmt: skip
    write(tenant_id)
    work()
    (message,) = got(mail, recipient)
    assert message["Bcc"] is None


def test_what_cannot_be_said_is_refused_when_it_is_written(settings: Settings) -> None:
    tenant_id = akin("kontor@akin.example")
    with tenant_session(tenant_id) as session, pytest.raises(KeyError):
        post.write(session, tenant_id=tenant_id, kind="kontor_low", occasion="1", facts={}, at=utc_now())


def test_a_letter_opens_the_page_that_it_speaks_of(mail: Mail) -> None:
    recipient, document_id = name(), uuid4()
    tenant_id, facts = akin(recipient), FACTS["buyer_answered"] | {"document_id": str(document_id)}
    with tenant_session(tenant_id) as session:
        post.write(session, tenant_id=tenant_id, kind="buyer_answered", occasion="x", facts=facts, at=utc_now())
    write(tenant_id, "kontor_low")
    work()
    bodies = [message.get_body(("html",)).get_content() for message in got(mail, recipient)]
    base = current_settings().public_base_url
    assert any(f'href="{base}/documents/{document_id}"' in one and "Belgeyi açın" in one for one in bodies)
    assert any(f'href="{base}/kontor/buy"' in one and "Kontör alın" in one for one in bodies)


@pytest.mark.parametrize("kind", places.PLACES)
def test_every_page_that_a_letter_opens_is_one(kind: str) -> None:
    assert kind in words.KINDS
    path = places.path(kind, {"document_id": str(uuid4())}).partition("?")[0]
    create_app().url_map.bind("localhost").match(path)
