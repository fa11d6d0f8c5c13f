"""Every route with ids of another tenant: 404 and nothing changes; no list, filter or cursor leads across."""

from __future__ import annotations

import re

import pytest

from ebelge.api import cursors
from ebelge.core.clock import utc_now
from ebelge.core.db import tenant_session
from ebelge.edge.access import needed_scope
from ebelge.ubl.examples import example_json
from ebelge.ubl.types import DocumentKind
from tenants import api_keys


@pytest.fixture
def theirs(bora) -> dict:
    """A document of Bora's."""
    return bora.send("earsiv").get_json()


def test_walk_every_route_with_an_id_answers_404_to_a_foreigner(app, akin, theirs, snapshot, assert_problem) -> None:
    with tenant_session(akin.tenant_id) as session:  # a key that may do everything
        token = api_keys.create(
            session, tenant_id=akin.tenant_id, mode="live", name="walk", at=utc_now(), scopes=list(api_keys.SCOPES)
        ).token
    before, count = snapshot(), 0
    draft = example_json(DocumentKind.EARSIV)
    for rule in app.url_map.iter_rules():
        scope = needed_scope(app, rule.endpoint)
        # Pages take people, and no key of a customer's ever has a reseller's scopes: they are walked elsewhere.
        if scope is None or scope.startswith("customers:") or not rule.arguments:
            continue
        path = re.sub(r"<uuid:\w+>", theirs["document_id"], rule.rule)
        for query in ("", "?form=source" if rule.rule.endswith("/documents/<uuid:document_id>/xml") else ""):
            for method in rule.methods - {"OPTIONS", "HEAD"}:
                body = {"json": draft} if method == "POST" and path.endswith("/correct") else {}
                headers = {"Authorization": f"Bearer {token}", "Accept-Language": "en"}
                answer = app.test_client().open(path + query, method=method, headers=headers, **body)
                problem = assert_problem(answer, 404, "not_found")
                for secret in (theirs["number"], theirs["ettn"], theirs["buyer"]["title"], "Bora"):
                    assert secret not in str(problem)
                count += 1
    assert snapshot() == before
    print(f"{count} foreign requests over {len(list(app.url_map.iter_rules()))} routes")
    assert count >= 8


def test_walk_what_does_not_exist_and_what_is_anothers_are_answered_alike(akin, theirs) -> None:
    theirs_id, nobodys = theirs["document_id"], "01a205e0-4ad8-76d1-b5e6-74caede1a4b4"
    for suffix in ("", "/events", "/xml", "/html"):
        answers = [akin.get(f"/documents/{one}{suffix}").get_json() for one in (theirs_id, nobodys)]
        for answer in answers:
            answer.pop("request_id")
        assert answers[0] == answers[1]


def test_walk_no_filter_or_cursor_leads_to_another_tenants_document(akin, theirs) -> None:
    akin.send("earsiv")
    mine = {document["document_id"] for document in akin.get("/documents?limit=200").get_json()["items"]}
    assert theirs["document_id"] not in mine
    for query in (
        f"ettn={theirs['ettn']}",
        f"number={theirs['number']}",
        f"number={theirs['number']}&kind=earsiv",
    ):
        assert akin.get(f"/documents?{query}").get_json()["items"] == []
    after = cursors.pack("ffffffff-ffff-ffff-ffff-ffffffffffff")
    found = {
        document["document_id"] for document in akin.get(f"/documents?limit=200&cursor={after}").get_json()["items"]
    }
    assert found == mine


def test_walk_books_show_the_own_account_only(akin, bora, theirs) -> None:
    for path, key in (("/entries?limit=200", "charge_id"), ("/lots?limit=200", "lot_id")):
        both = [{item[key] for item in one.get(path).get_json()["items"]} - {None} for one in (akin, bora)]
        assert both[0].isdisjoint(both[1])
    assert akin.get("/account").get_json()["tenant_id"] == str(akin.tenant_id)
    assert {one["prefix"] for one in akin.get("/series").get_json()["items"]} == {"AKN", "AKA", "AKI", "AKM", "AKS"}


def test_walk_a_sandbox_and_its_live_account_are_foreign_to_each_other(caller, assert_problem) -> None:
    live, sandbox = caller("akin"), caller("akin", sandbox=True)
    mine, test = live.send("earsiv").get_json(), sandbox.send("earsiv").get_json()
    assert_problem(live.get(f"/documents/{test['document_id']}"), 404, "not_found")
    assert_problem(sandbox.get(f"/documents/{mine['document_id']}"), 404, "not_found")


def test_walk_with_the_python_check_removed_the_database_still_answers_404(app, akin, theirs, monkeypatch) -> None:
    """The tenant predicates of the queries are taken away; row security alone stands between the two."""
    from sqlalchemy import select

    from ebelge.documents import queries
    from ebelge.documents.models import Document

    def unguarded(session, *, tenant_id, document_id, **_reach):
        row = session.scalars(select(Document).where(Document.document_id == document_id)).first()
        if row is None:
            raise queries.NotFound()
        return row

    monkeypatch.setattr(queries, "get", unguarded)
    assert akin.get(f"/documents/{theirs['document_id']}").status_code == 404
    monkeypatch.setattr(
        queries, "page_statement", lambda *_given, **_named: select(Document).order_by(Document.document_id)
    )
    akin.send("earsiv")
    items = akin.get("/documents?limit=200").get_json()["items"]
    assert items
    assert theirs["document_id"] not in {item["document_id"] for item in items}


def test_walk_a_key_with_fewer_scopes_reaches_only_its_routes(app, akin, assert_problem) -> None:
    count = 0
    for scope in api_keys.SCOPES:
        with tenant_session(akin.tenant_id) as session:
            made = api_keys.create(
                session, tenant_id=akin.tenant_id, mode="live", name=scope, at=utc_now(), scopes=[scope]
            )
        for rule in app.url_map.iter_rules():
            needed = needed_scope(app, rule.endpoint)
            if needed in (None, scope):
                continue
            path = re.sub(r"<uuid:\w+>", "01a205e0-4ad8-76d1-b5e6-74caede1a4b4", rule.rule)
            method = next((one for one in ("POST", "PUT", "DELETE") if one in rule.methods), "GET")
            answer = app.test_client().open(path, method=method, headers={"Authorization": f"Bearer {made.token}"})
            assert assert_problem(answer, 403, "scope_missing")["needed_scope"] == needed
            count += 1
    print(f"{count} routes x scopes refused")


def test_a_suspended_account_reads_but_does_not_send(caller, assert_problem) -> None:
    from sqlalchemy import text

    from ebelge.core.db import tenant_session

    bora = caller("bora", sandbox=True)
    sent = bora.send("earsiv").get_json()

    def put(state: str) -> None:
        with tenant_session(bora.tenant_id) as session:
            session.execute(text("UPDATE tenant SET state = :state"), {"state": state})

    put("suspended")
    try:
        assert bora.get(f"/documents/{sent['document_id']}").status_code == 200
        assert bora.get("/balance").status_code == 200
        assert_problem(bora.send("earsiv"), 403, "tenant_not_active")
    finally:
        put("active")
