"""What came in is read by API, page and command; nobody reads another's, a narrowed member only his branch's."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from click.testing import CliRunner

from ebelge.archive import search
from ebelge.archive.search import Filters as Found
from ebelge.cli.main import cli
from ebelge.core.clock import istanbul_date, utc_now
from ebelge.core.db import tenant_session
from ebelge.core.errors import NotFound
from ebelge.core.ids import new_id
from ebelge.documents.incoming import queries as incoming_queries
from ebelge.documents.incoming.queries import Filters
from ebelge.documents.keeping import within
from ebelge.jobs import archive_keeping
from ebelge.ubl.examples import AKIN, BORA
from ebelge.ubl.types import DocumentKind
from tenants.company.models import Branch, OwnAlias
from tenants.members.reach import Reach
from tests.incoming.conftest import Gib

API = "/api/v1/incoming"


@pytest.fixture
def invoice(gib: Gib) -> Any:
    """A TİCARİ that came to Bora a moment ago."""
    zarf = gib.zarf(gib.document(profile="TICARIFATURA"))
    assert gib.receive(zarf).code == 1200
    return gib.documents(zarf.instance_id)[0]


def get(gib: Gib, path: str, *, account: str = "bora", **query: Any) -> Any:
    key = gib.planted.accounts[account].key
    return gib.client.get(path, query_string=query, headers={"Authorization": f"Bearer {key}", "Accept-Language": "en"})


def test_the_api_shows_a_document_its_seal_and_until_when_it_may_be_answered(gib: Gib, invoice: Any) -> None:
    found = get(gib, f"{API}/{invoice.document_id}").get_json()
    assert (found["number"], found["profile"], found["answer"]) == (invoice.number, "TICARIFATURA", "none")
    assert found["sender"]["vkn_tckn"] == found["seal"]["vkn_tckn"] == AKIN.vkn_tckn
    assert found["receiver_alias"] == "urn:mail:defaultpk@bora.example"
    assert found["base_kurus"] + found["kdv_kurus"] == found["payable"]["amount_kurus"]
    assert sum(tax["tax_kurus"] for tax in found["taxes"]) == found["kdv_kurus"]
    # 23:59:59 Istanbul of day 8
    last = istanbul_date(utc_now()) + timedelta(days=8)
    assert found["answerable_until"] == f"{last}T20:59:59Z"
    steps = get(gib, f"{API}/{invoice.document_id}/events").get_json()["items"]
    assert [step["kind"] for step in steps] == ["received"]


def test_xml_is_what_was_signed_and_the_page_has_no_script(gib: Gib, invoice: Any) -> None:
    xml = get(gib, f"{API}/{invoice.document_id}/xml")
    assert (xml.status_code, b"<ds:Signature" in xml.data) == (200, True)
    page = get(gib, f"{API}/{invoice.document_id}/html")
    assert (page.status_code, invoice.number.encode() in page.data) == (200, True)
    assert b"<script" not in page.data.lower()
    assert page.headers["Content-Security-Policy"].startswith("sandbox")


def test_lists_are_filtered_and_paged(gib: Gib, invoice: Any) -> None:
    despatch = gib.zarf(gib.document(DocumentKind.EIRSALIYE), kind=DocumentKind.EIRSALIYE)
    assert gib.receive(despatch).code == 1200
    (note,) = gib.documents(despatch.instance_id)
    first = get(gib, API, limit=1).get_json()
    assert [one["document_id"] for one in first["items"]] == [str(note.document_id)]
    second = get(gib, API, limit=1, cursor=first["next_cursor"]).get_json()
    assert [one["document_id"] for one in second["items"]] == [str(invoice.document_id)]
    for query, count in (
        ({"ettn": str(invoice.ettn)}, 1), ({"number": invoice.number, "kind": "efatura"}, 1),
        ({"number": invoice.number, "kind": "eirsaliye"}, 0), ({"sender": BORA.vkn_tckn}, 0),
        ({"ettn": str(note.ettn), "open": "true"}, 1), ({"ettn": str(note.ettn), "answer": "accepted"}, 0),
        ({"ettn": str(note.ettn), "day_to": "2020-01-01"}, 0),
    ):  # fmt: skip
        assert len(get(gib, API, **query).get_json()["items"]) == count, query


def test_nobody_reads_anothers(gib: Gib, invoice: Any) -> None:
    for path in ("", "/xml", "/html", "/events"):
        answer = get(gib, f"{API}/{invoice.document_id}{path}", account="akin")
        assert (answer.status_code, answer.get_json()["code"]) == (404, "not_found")
    assert get(gib, API, account="akin", ettn=str(invoice.ettn)).get_json()["items"] == []


def test_a_narrowed_member_sees_what_came_to_his_branchs_mailbox(gib: Gib, invoice: Any) -> None:
    branch_id = new_id()
    with tenant_session(gib.bora) as session:
        session.add(
            Branch(
                tenant_id=gib.bora, branch_id=branch_id, code="ANK", name="Ankara", district="Çankaya", city="Ankara",
                created_at=utc_now(),
            )
        )  # fmt: skip
    seen = {"tenant_id": gib.bora, "reach": Reach(branch_ids=frozenset({branch_id}))}

    def reads() -> int:
        with tenant_session(gib.bora) as session:
            page = incoming_queries.list_page(session, filters=Filters(ettn=invoice.ettn), **seen)
            return len(page.documents)

    def finds() -> bool:
        """Whether the archive's search knows it, and hands it over."""
        with tenant_session(gib.bora) as session:
            series_ids = within.ids(session, **seen)
            page = search.search(session, tenant_id=gib.bora, filters=Found(number=invoice.number),
                                 series_ids=series_ids)  # fmt: skip
            known = search.within(session, tenant_id=gib.bora, entry_ids=[invoice.document_id], series_ids=series_ids)
        assert bool(known) == bool(page.entries)
        return bool(known)

    archive_keeping.enter_missed(utc_now())
    assert (reads(), finds()) == (0, False)
    with tenant_session(gib.bora) as session, pytest.raises(NotFound):
        incoming_queries.get(session, document_id=invoice.document_id, **seen)
    told = CliRunner().invoke(
        cli,
        ["incoming", "mailbox", BORA.vkn_tckn, invoice.receiver_alias, "ANK", "--by", "test"],
        catch_exceptions=False,
    )
    assert told.exit_code == 0, told.output
    assert (reads(), finds()) == (1, True)
    with tenant_session(gib.bora) as session:
        for row in session.query(OwnAlias).filter_by(alias=invoice.receiver_alias):
            row.branch = ""
    assert (reads(), finds()) == (0, False)


def test_the_command_lists_shows_and_writes(gib: Gib, invoice: Any, tmp_path: Any) -> None:
    def run(*words: str) -> str:
        answer = CliRunner().invoke(cli, ["incoming", *words], catch_exceptions=False)
        assert answer.exit_code == 0, answer.output
        return answer.output

    assert str(invoice.document_id) in run("list", BORA.vkn_tckn, "--open")
    file = tmp_path / "a.xml"
    assert "sealed by" in run("show", BORA.vkn_tckn, str(invoice.document_id), "--xml", str(file))
    assert file.read_bytes().count(b"<ds:Signature ") == 1
    assert str(invoice.zarf_id) in run("envelopes")
    assert str(invoice.zarf_id) not in run("envelopes", "--refused")


def test_an_event_tells_the_customers_system(gib: Gib, monkeypatch: pytest.MonkeyPatch) -> None:
    from ebelge.jobs.intents import vault
    from ebelge.notify.webhooks import endpoints
    from ebelge.notify.webhooks.addresses import Rules

    with tenant_session(gib.bora) as session:
        shown = endpoints.create(
            session, tenant_id=gib.bora, url="http://127.0.0.1:9/", events=["incoming.received"],
            rules=Rules(ports=(9,), loopback=True), vault=vault(), by="test", at=utc_now(),
        )  # fmt: skip
    zarf = gib.zarf()
    gib.receive(zarf)
    (document,) = gib.documents(zarf.instance_id)
    ((data,),) = gib.rows("SELECT data FROM webhook_event WHERE type = 'incoming.received'")
    said = data if isinstance(data, dict) else json.loads(data)
    assert UUID(said["document_id"]) == document.document_id
    with tenant_session(gib.bora) as session:
        endpoints.locked(session, tenant_id=gib.bora, endpoint_id=shown.endpoint.endpoint_id).state = "removed"
