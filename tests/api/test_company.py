"""The company over the API: its data, branches, series, services, aliases, designs, settings."""

from __future__ import annotations

import base64
from urllib.parse import urlsplit

import pytest
from sqlalchemy import event, text
from sqlalchemy.engine import Engine

from ebelge.core.db import tenant_session


@pytest.fixture
def put(app, akin):
    """PUT below /api/v1 as Akın."""

    def call(path: str, **given):
        headers = {"Authorization": f"Bearer {akin.key}", "Accept-Language": "en"} | given.pop("headers", {})
        return app.test_client().put(f"/api/v1{path}", headers=headers, **given)

    return call


def body_of(answer: dict) -> dict:
    fields = (
        "vkn_tckn", "title", "first_name", "family_name", "tax_office", "street", "district", "city", "postal_zone",
        "country", "email", "phone",
    )  # fmt: skip
    return {name: answer[name] for name in fields if answer.get(name) is not None}


def test_the_companys_data_are_read_and_changed_whole(akin, put, assert_problem) -> None:
    before = akin.get("/company").get_json()
    changed = put("/company", json=body_of(before) | {"street": "Yeni Cadde 7"})
    assert (changed.status_code, changed.get_json()["street"]) == (200, "Yeni Cadde 7")
    html = akin.get(f"/documents/{akin.send('earsiv').get_json()['document_id']}/html").get_data(as_text=True)
    assert "Yeni Cadde 7" in html
    problem = assert_problem(put("/company", json=body_of(before) | {"vkn_tckn": "4810173324"}), 409,
                             "tax_number_is_fixed")  # fmt: skip
    assert "account of its own" in problem["detail"]
    problem = assert_problem(put("/company", json=body_of(before) | {"email": "x"}), 422, "invalid_identity")
    assert [one["path"] for one in problem["fields"]] == ["email"]
    assert_problem(put("/company", json=body_of(before) | {"state": "closed"}), 400, "invalid_request")


def test_a_branch_is_added_once_per_key_changed_and_given_a_series(akin, put, assert_problem) -> None:
    new = {"code": "IZM", "name": "İzmir", "district": "Konak", "city": "İzmir"}
    first, again = (
        akin.post("/branches", json=new, headers={"Idempotency-Key": "sube-1"}).get_json() for _ in range(2)
    )
    assert first == again
    assert_problem(akin.post("/branches", json=new), 409, "branch_exists")
    problem = assert_problem(akin.post("/branches", json=new | {"code": "Ş 1", "name": ""}), 422, "invalid_fields")
    assert {one["path"] for one in problem["fields"]} == {"code", "name"}
    made = akin.post("/series", json={"kind": "earsiv", "prefix": "IZA", "branch": "IZM", "last_used": "41"})
    assert (made.status_code, made.get_json()["branch"]) == (201, "IZM")
    assert_problem(akin.post("/series", json={"kind": "earsiv", "prefix": "IZB", "branch": "YOK"}), 422,
                   "invalid_fields")  # fmt: skip
    sent = akin.send("earsiv", series="IZA").get_json()
    assert sent["number"].endswith("000000042")
    closed = put(f"/branches/{first['branch_id']}", json={k: new[k] for k in ("name", "district", "city")}
                 | {"active": False})  # fmt: skip
    assert closed.get_json()["active"] is False
    assert_problem(akin.post("/series", json={"kind": "earsiv", "prefix": "IZB", "branch": "IZM"}), 422,
                   "invalid_fields")  # fmt: skip


def test_the_questions_of_a_series_are_checked(akin, assert_problem) -> None:
    for wrong, field in (
        ({"prefix": "QQ1", "last_used": "ABC2026000000001"}, "last_used"),
        ({"prefix": "QQ1", "last_used": "QQ12019000000001"}, "last_used"),
        ({"prefix": "QQ1", "last_used": "0"}, "last_used"),
        ({"prefix": "QQ1", "kind": "emm", "internet": True}, "internet"),
    ):
        problem = assert_problem(akin.post("/series", json={"kind": "earsiv"} | wrong), 422, "invalid_fields")
        assert [one["path"] for one in problem["fields"]] == [field]
    assert_problem(akin.post("/series", json={"kind": "efatura", "prefix": "AKA"}), 409, "series_exists")


def test_the_gap_report_names_each_open_number_and_why(akin, assert_problem) -> None:
    series = akin.post("/series", json={"kind": "earsiv", "prefix": "GAP", "owner": "ours"}).get_json()
    path = f"/series/{series['series_id']}/gaps"
    assert akin.get(path).get_json()["open_numbers"] == []
    first = akin.send("earsiv", series="GAP").get_json()
    akin.send("earsiv", n=2, series="GAP")
    assert akin.post(f"/documents/{first['document_id']}/withdraw").status_code == 200
    report = akin.get(path).get_json()
    assert (report["last_serial"], len(report["open_numbers"])) == (2, 1)
    assert report["open_numbers"][0] | {"opened_at": None} == {
        "number": first["number"], "reason": "withdrawn", "document_id": first["document_id"], "opened_at": None,
        "reason_text": "The document was withdrawn before it was signed",
    }  # fmt: skip
    assert akin.post(f"/series/{series['series_id']}/retire").get_json()["active"] is False
    assert_problem(akin.post(f"/series/{series['series_id']}/default"), 409, "series_out_of_use")


def test_services_say_what_is_missing_and_who_must_act(caller, app, assert_problem) -> None:
    operator = caller("ceren")  # a reseller has no service yet
    listed = {one["service"]: one for one in operator.get("/services").get_json()["items"]}
    assert {one["offered"] for one in listed.values()} == {True, False}
    assert listed["kep"]["state_text"] == "Not offered yet"
    wanted = operator.post("/services/efatura/want").get_json()
    assert wanted["state"] == "checklist"
    assert {one["who"] for one in wanted["checklist"] if not one["done"]} == {"you", "us", "gib"}
    assert operator.post("/services/efatura/want").get_json()["state"] == "checklist"
    for service in ("kep", "yok", "%3Cservice%3E"):
        assert_problem(operator.post(f"/services/{service}/want"), 404, "not_found")
    headers = {"Authorization": f"Bearer {operator.key}"}
    answer = app.test_client().put(
        "/api/v1/services/efatura/seal-mode", json={"seal_mode": "own_hsm"}, headers=headers
    )  # fmt: skip
    assert answer.get_json()["seal_mode"] == "own_hsm"
    asked = operator.post("/aliases", json={"service": "efatura", "role": "GB", "alias": "urn:mail:gb@ceren.example"})
    assert (asked.status_code, asked.get_json()["state"]) == (201, "asked")
    assert_problem(operator.post(f"/aliases/{asked.get_json()['alias_id']}/send-from"), 409, "cannot_send_from")
    taken = {"service": "efatura", "role": "GB", "alias": "urn:mail:defaultgb@akin.example"}
    problem = assert_problem(operator.post("/aliases", json=taken), 409, "alias_taken")
    assert "akin" not in problem["detail"].casefold()
    assert operator.post("/services/efatura/give-up").get_json()["state"] == "not_wanted"


def test_an_active_service_keeps_its_seal_unless_the_new_one_can_sign(akin, put, assert_problem) -> None:
    assert_problem(put("/services/efatura/seal-mode", json={"seal_mode": "own_hsm"}), 409, "seal_mode_refused")
    assert akin.get("/aliases").get_json()["items"][0]["sends"] is True


def test_a_design_is_shown_in_the_readable_view_of_what_is_accepted_afterwards(akin, assert_problem) -> None:
    before = akin.send("earsiv").get_json()
    made = akin.post("/designs", json={"kind": "earsiv", "name": "Kurumsal"}).get_json()
    assert (made["is_default"], made["version"]) == (True, 0)
    look = {"notes": ["Bizi seçtiğiniz için teşekkürler"], "iban": "TR330006100519786457841326"}
    assert akin.post(f"/designs/{made['design_id']}/versions", json=look).get_json()["version"] == 1
    after = akin.send("earsiv", n=2).get_json()
    old, new = (akin.get(f"/documents/{one['document_id']}/html").get_data(as_text=True) for one in (before, after))
    assert "TR33 0006 1005" in new
    assert "teşekkürler" in new
    assert "teşekkürler" not in old
    svg = base64.b64encode(b"<svg onload='x'/>").decode()
    problem = assert_problem(
        akin.post(f"/designs/{made['design_id']}/versions", json={"logo_base64": svg}), 422, "invalid_fields"
    )  # fmt: skip
    assert [one["path"] for one in problem["fields"]] == ["logo"]
    assert_problem(akin.post(f"/designs/{made['design_id']}/versions", json={"logo_base64": "%%%"}), 400,
                   "invalid_request")  # fmt: skip


def test_designs_are_listed_with_as_many_statements_for_five_as_for_two(akin) -> None:
    def listed() -> tuple[int, list[dict]]:
        sent: list[str] = []
        event.listen(Engine, "before_cursor_execute", note := lambda *given: sent.append(given[2]))
        try:
            items = akin.get("/designs").get_json()["items"]
        finally:
            event.remove(Engine, "before_cursor_execute", note)
        return len([one for one in sent if "design" in one]), items

    def made(name: str, kind: str = "esmm") -> str:
        return akin.post("/designs", json={"kind": kind, "name": name}).get_json()["design_id"]

    first, second = made("Bir"), made("İki")
    akin.post(f"/designs/{second}/versions", json={"notes": ["Not"]})
    akin.post(f"/designs/{second}/versions", json={"notes": ["Sonraki"]})
    before, items = listed()
    by_id = {one["design_id"]: one for one in items}
    assert (by_id[first]["is_default"], by_id[first]["version"], by_id[second]["is_default"]) == (True, 0, False)
    assert (by_id[second]["version"], by_id[second]["notes"]) == (2, ["Sonraki"])
    akin.post(f"/designs/{second}/default")
    for n in range(3):
        akin.post(f"/designs/{made(f'Yeni {n}')}/versions", json={"notes": ["x"]})
    after, items = listed()
    assert (after, len(items)) == (before, len(by_id) + 3)
    assert [one["name"] for one in items if one["is_default"] and one["kind"] == "esmm"] == ["İki"]


def test_settings_hold_with_their_defaults(akin, put, assert_problem) -> None:
    assert akin.get("/settings").get_json()["version"] == 0
    changed = put("/settings", json={"seal_warn_days": 45}).get_json()
    assert (changed["version"], changed["seal_warn_days"], changed["mail_language"]) == (1, 45, "tr")
    assert put("/settings", json={"seal_warn_days": 45}).get_json()["version"] == 1
    assert changed["chosen"] == {
        "default_scenario": None,
        "mail_language": None,
        "seal_warn_days": 45,
        "mail_pdf": None,
    }
    assert_problem(put("/settings", json={"seal_warn_days": 45, "colour": "red"}), 400, "invalid_request")


def test_a_suspended_account_reads_sets_up_and_withdraws_but_sends_nothing(app, caller, assert_problem) -> None:
    bora = caller("bora", sandbox=True)
    sent, left = (bora.send("earsiv", n=n).get_json() for n in (1, 2))
    link = urlsplit(sent["links"]["buyer"]).path

    def put_state(state: str) -> None:
        with tenant_session(bora.tenant_id) as session:
            session.execute(
                text("UPDATE tenant SET state = :s WHERE tenant_id = :t"), {"s": state, "t": bora.tenant_id}
            )

    put_state("suspended")
    try:
        for path in ("", "/xml?form=source", "/html", "/events"):
            assert bora.get(f"/documents/{sent['document_id']}{path}").status_code == 200
        for path in ("/documents", "/company", "/services", "/series", "/settings", "/balance", "/audit"):
            assert bora.get(path).status_code == 200, path
        assert bora.post(f"/documents/{left['document_id']}/withdraw").status_code == 200
        assert bora.post("/branches", json={"code": "A1", "name": "A", "district": "B", "city": "C"}).status_code == 201
        assert app.test_client().get(link).status_code == 200
        assert_problem(bora.send("earsiv", n=3), 403, "tenant_not_active")
        put_state("closing")
        assert bora.send("earsiv", n=4).status_code == 202
        put_state("closed")
        assert bora.get(f"/documents/{sent['document_id']}/xml?form=source").status_code == 200
        assert_problem(bora.send("earsiv", n=5), 403, "tenant_not_active")
        assert_problem(bora.post("/branches", json={"code": "A2", "name": "A", "district": "B", "city": "C"}), 403,
                       "tenant_not_active")  # fmt: skip
    finally:
        put_state("active")
