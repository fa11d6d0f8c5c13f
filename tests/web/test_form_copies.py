"""Corrections and copies begin from another document, and many drafts are sent at once."""

from __future__ import annotations

import html
import re

import pytest

from ebelge.core.clock import utc_now
from ebelge.core.db import tenant_session
from ebelge.documents import events, queries
from ebelge.documents.states import State
from ebelge.web.filters import minute
from tests.web.browsers import Browser
from tests.web.test_invoice_form import BUYER, HERE, LINE, accept_texts, documents, fields, send, text_of, the_document


@pytest.fixture(scope="module")
def ayse(browsers) -> Browser:
    """An owner of Akın's who has accepted the texts."""
    one = browsers.sign_in("owner", "akin")
    accept_texts(one)
    return one


def hidden(page: str) -> dict[str, str]:
    """All fields of the form as a browser would send them."""
    form = page[page.index('id="doc"') : page.index("</form>", page.index('id="doc"'))]
    form = re.sub(r"<template.*?</template>", "", form, flags=re.DOTALL)
    given = dict(re.findall(r'<input[^>]* name="([^"]+)"[^>]* value="([^"]*)"', form))
    for name, options in re.findall(r'<select[^>]* name="([^"]+)"[^>]*>(.*?)</select>', form, flags=re.DOTALL):
        chosen = re.search(r'value="([^"]*)" selected', options)
        given[name] = chosen[1] if chosen else ""
    given |= dict(re.findall(r'<textarea[^>]* name="([^"]+)"[^>]*>(.*?)</textarea>', form, flags=re.DOTALL))
    return {name: html.unescape(value) for name, value in given.items() if name != "csrf_token"}


def test_a_refused_document_is_corrected_and_a_good_one_copied(ayse) -> None:
    old = the_document(send(ayse, fields(), do="send"), ayse.tenant_id)
    assert ayse.get(f"{HERE}?corrects={old.document_id}").status_code == 409
    copied = hidden(ayse.get(f"{HERE}?copies={old.document_id}").get_data(as_text=True))
    assert (copied["buyer.number"], copied["lines[0].name"]) == (BUYER["number"], LINE["name"])
    copy = the_document(send(ayse, copied, do="send"), ayse.tenant_id)
    assert (copy.payable_kurus, copy.number == old.number) == (old.payable_kurus, False)
    with tenant_session(ayse.tenant_id) as session:
        row = queries.lock(session, tenant_id=ayse.tenant_id, document_id=old.document_id)
        row.signed_sha256, row.signed_at = b"\0" * 32, utc_now()
        for state in (State.SIGNED, State.SENT, State.REFUSED):
            events.move(session, document=row, to=state, text_tr="-", text_en="-", at=utc_now())
    given = hidden(ayse.get(f"{HERE}?corrects={old.document_id}").get_data(as_text=True))
    assert given["corrects"] == str(old.document_id)
    new = the_document(send(ayse, given | {"lines[0].unit_price": "5"}, do="send"), ayse.tenant_id)
    assert (new.number, new.replaces_id, new.payable_kurus) == (old.number, old.document_id, 900)
    for seen, other, words in ((old, new, "it took over this document's number"),
                               (new, old, "this document took over its number")):  # fmt: skip
        page = ayse.text(f"/documents/{seen.document_id}")
        assert words in page and f"/documents/{other.document_id}" in page and minute(other.created_at) in page


def test_marked_drafts_are_sent_each_by_itself(ayse) -> None:
    good, bad = fields(), fields({**LINE, "quantity": "x"})
    for given in (good, bad):
        send(ayse, given, f"{HERE}/save")
    ids = [given["draft_id"] for given in (good, bad)]
    before = len(documents(ayse.tenant_id))
    assert "1 drafts can be sent: 1 kontör" in text_of(ayse.submit("/drafts/review", id=ids))
    for _ in range(2):
        text_of(ayse.submit("/drafts/send", id=ids))
    assert len(documents(ayse.tenant_id)) == before + 1
    assert ids[1] in ayse.text("/drafts")
    assert ayse.submit(f"/drafts/{ids[1]}/delete").status_code == 303
    assert ids[1] not in ayse.text("/drafts")
    assert ayse.submit(f"/drafts/{ids[1]}/restore").status_code == 303
    assert ids[1] in ayse.text("/drafts")
