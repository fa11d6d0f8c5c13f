"""Webhooks and notifications as people set them: secrets once, inside addresses refused, others' endpoints absent."""

from __future__ import annotations

import html
import re
from uuid import UUID

import pytest

from ebelge.core.clock import utc_now
from ebelge.core.db import tenant_session
from ebelge.notify import post
from ebelge.notify.webhooks import deliveries, endpoints, events
from ebelge.notify.webhooks.calling import Reply
from tests.web.test_kontor_pages import accept_all

URL = "https://hooks.bora.example/ebelge"


def secret_in(page) -> str:
    """The secret that an answer shows."""
    found = re.search(r'data-copy="(whsec_[^"]+)"', page.get_data(as_text=True))
    assert found is not None, page.get_data(as_text=True)[:600]
    return html.unescape(found[1])


@pytest.fixture(scope="module")
def made(browsers):
    """Bora's owner, the endpoint that he added, and its secret."""
    one = browsers.sign_in("owner", "bora")
    page = one.submit("/settings/webhooks", url=URL, event=["order.paid", "kontor.low"])
    assert page.status_code == 201
    with tenant_session(one.tenant_id) as session:
        (row,) = [row for row in endpoints.listed(session, tenant_id=one.tenant_id) if row.url == URL]
        assert row.events == ["kontor.low", "order.paid"]
        return one, row.endpoint_id, secret_in(page)


def last(one, endpoint_id: UUID):
    with tenant_session(one.tenant_id) as session:
        sent = events.deliveries(session, tenant_id=one.tenant_id, endpoint_id=endpoint_id, limit=10)
        return len(sent), sent[0][0]


def test_a_secret_is_shown_once_and_exchanged(made) -> None:
    one, endpoint_id, secret = made
    path = f"/settings/webhooks/{endpoint_id}"
    assert URL in one.text("/settings/webhooks")
    assert "whsec_" not in one.text("/settings/webhooks") + one.text(path)
    newer = secret_in(one.submit(f"{path}/rotate"))
    assert newer != secret and "whsec_" not in one.text(path)
    assert "The old secret signs, too" in one.text(path)


def test_a_test_event_stands_in_the_log_and_goes_out_again(made) -> None:
    one, endpoint_id, _ = made
    path = f"/settings/webhooks/{endpoint_id}"
    assert one.submit(f"{path}/test").status_code == 303
    count, sent = last(one, endpoint_id)
    assert (count, sent.state) == (1, "waiting") and "Send again" not in one.text(path)
    with tenant_session(one.tenant_id) as session:
        deliveries.enter(
            session, tenant_id=one.tenant_id, delivery_id=sent.delivery_id, reply=Reply(204, "taken, thanks"),
            at=utc_now(),
        )  # fmt: skip
    assert "204" in one.text(path) and "taken, thanks" in one.text(path) and "Taken" in one.text("/settings/webhooks")
    assert one.submit(f"{path}/replay/{sent.event_id}").status_code == 303
    count, again = last(one, endpoint_id)
    assert (count, again.state, again.tries, again.event_id) == (1, "waiting", 0, sent.event_id)


def test_a_paused_endpoint_is_told_nothing_until_it_is_resumed(made) -> None:
    one, endpoint_id, _ = made

    def told(occasion: str) -> int:
        with tenant_session(one.tenant_id) as session:
            events.tell(session, tenant_id=one.tenant_id, type="order.paid", occasion=occasion, data={}, at=utc_now())
        return last(one, endpoint_id)[0]

    before = told("before the pause")
    one.submit(f"/settings/webhooks/{endpoint_id}/pause")
    assert "Paused" in one.text("/settings/webhooks") and told("in the pause") == before
    one.submit(f"/settings/webhooks/{endpoint_id}/activate")
    assert told("after the pause") == before + 1


@pytest.mark.parametrize(
    "url", ["https://10.0.0.1/", "http://hooks.example/", "https://[::1]/", "https://x.example:22/"]
)
def test_an_inside_address_is_refused_beside_its_field_and_nothing_is_lost(made, url: str) -> None:
    one, *_ = made
    page = one.submit("/settings/webhooks", url=url, event="lot.expired")
    shown = page.get_data(as_text=True)
    assert page.status_code == 422 and 'id="f-url-fault"' in shown and f'value="{url}"' in shown
    assert re.search(r'value="lot.expired" checked', shown)
    assert url not in one.text("/settings/webhooks")


def test_no_event_is_a_fault_of_its_field(made) -> None:
    page = made[0].submit("/settings/webhooks", url=URL)
    assert page.status_code == 400 and 'id="f-event-fault"' in page.get_data(as_text=True)


def test_both_faults_are_told_at_once(made) -> None:
    said = made[0].submit("/settings/webhooks", url="http://127.0.0.1/").get_data(as_text=True)
    assert 'id="f-url-fault"' in said and 'id="f-event-fault"' in said


def test_an_endpoint_is_told_of_other_events_at_another_address(made) -> None:
    one, endpoint_id, _ = made
    path, wanted = f"/settings/webhooks/{endpoint_id}", {"event": ["lot.expired", "kontor.low"]}
    page = one.submit(f"{path}/edit", url="https://10.0.0.1/", **wanted)
    shown = page.get_data(as_text=True)
    assert page.status_code == 422 and 'id="f-url-fault"' in shown and 'value="lot.expired" checked' in shown
    assert one.submit(f"{path}/edit", url=URL).status_code == 400
    one.submit(f"{path}/pause")
    assert one.submit(f"{path}/edit", url=f"{URL}/yeni", **wanted).status_code == 303

    def kept() -> tuple[str, list[str], str]:
        with tenant_session(one.tenant_id) as session:
            row = endpoints.found(session, tenant_id=one.tenant_id, endpoint_id=endpoint_id)
            return row.url, list(row.events), row.state

    assert kept() == (f"{URL}/yeni", ["kontor.low", "lot.expired"], "paused"), "in our order, and the pause holds"
    assert f"{URL}/yeni" in one.text("/settings/audit") and "Changed a webhook" in one.text("/settings/audit")
    one.submit(f"{path}/activate")
    one.submit(f"{path}/edit", url=URL, event=["order.paid", "kontor.low"])
    assert kept() == (URL, ["kontor.low", "order.paid"], "active")


def test_anothers_endpoint_is_not_there_and_a_viewer_may_nothing(made, browser) -> None:
    one, endpoint_id, _ = made
    path, deeds = f"/settings/webhooks/{endpoint_id}", ("rotate", "pause", "activate", "remove", "test", "edit")
    _, sent = last(one, endpoint_id)
    for who, status in ((browser("owner", "akin"), 404), (browser("viewer", "bora"), 403)):
        assert who.get(path).status_code == status
        for deed in (*deeds, f"replay/{sent.event_id}"):
            assert who.submit(f"{path}/{deed}").status_code == status, deed
        assert URL not in who.get("/settings/webhooks").get_data(as_text=True)
    with tenant_session(one.tenant_id) as session:
        assert endpoints.found(session, tenant_id=one.tenant_id, endpoint_id=endpoint_id).state == "active"


def test_a_removed_endpoint_is_gone(browser) -> None:
    one = browser("owner", "akin")
    one.submit("/settings/webhooks", url="https://gone.example/", event="order.paid")
    with tenant_session(one.tenant_id) as session:
        (row,) = [it for it in endpoints.listed(session, tenant_id=one.tenant_id) if it.url == "https://gone.example/"]
    path = f"/settings/webhooks/{row.endpoint_id}"
    assert one.submit(f"{path}/remove").status_code == 303
    assert one.get(path).status_code == 404 and "https://gone.example/" not in one.text("/settings/webhooks")


def test_letters_go_to_whom_the_page_says(browser) -> None:
    one = browser("owner", "bora")
    accept_all(one)

    def readers() -> list[str]:
        with tenant_session(one.tenant_id) as session:
            return post.addressed(session, tenant_id=one.tenant_id)[0]

    here = "/settings/notifications"
    assert one.submit(f"{here}/watch", emails="", low_kontor="0", language="tr").status_code == 303
    assert one.submit(f"{here}/address", email="yeni@bora.example").status_code == 303
    assert readers() == ["yeni@bora.example"] and "yeni@bora.example" in one.text(here)
    assert 'id="f-email-fault"' in one.submit(f"{here}/address", email=" ").get_data(as_text=True)
    assert readers() == ["yeni@bora.example"], "an empty form takes no address away"
    one.submit(f"{here}/watch", emails="a@bora.example, b@bora.example", low_kontor="250", language="en")
    assert readers() == ["a@bora.example", "b@bora.example"] and "a@bora.example, b@bora.example" in one.text(here)
    wrong = one.submit(f"{here}/watch", emails="nobody", low_kontor="250", language="en")
    assert wrong.status_code == 400 and "Not a mail address: nobody" in wrong.get_data(as_text=True)
    assert 'id="f-low_kontor-fault"' in one.submit(f"{here}/watch", low_kontor="many").get_data(as_text=True)
    assert readers() == ["a@bora.example", "b@bora.example"]
    viewer = browser("viewer", "bora")
    assert "a@bora.example" in viewer.text(
        here
    ) and '<form method="post" action="/settings/notifications' not in viewer.text(here)
    assert viewer.submit(f"{here}/watch", emails="", low_kontor="0").status_code == 403
    assert viewer.submit(f"{here}/address", email="x@bora.example").status_code == 403
