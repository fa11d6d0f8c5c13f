"""e-Arşiv reports, iptal and itiraz over the API: what is told, and what is refused before anything is signed."""

from __future__ import annotations

from uuid import uuid4

PAPER = {"way": "KEP", "paper_number": "KEP-1", "paper_date": "2026-01-05"}


def test_an_account_without_reports_has_an_empty_page(akin) -> None:
    assert akin.get("/reports").get_json() == {"items": [], "next_cursor": None}
    for path in (f"/reports/{uuid4()}", f"/reports/{uuid4()}/xml", f"/documents/{uuid4()}/report"):
        assert akin.get(path).status_code == 404


def test_what_is_not_signed_stands_in_no_report_and_cannot_be_cancelled(akin) -> None:
    sent = akin.send("earsiv").get_json()["document_id"]
    assert akin.get(f"/documents/{sent}/report").get_json()["state"] == "none"
    answer = akin.post(f"/documents/{sent}/cancel", json={"reason": "Yanlış alıcı"})
    assert (answer.status_code, answer.get_json()["code"]) == (409, "not_cancellable")
    for path, body in (("cancel", {"why": "x"}), ("objections", {"way": "KEP"}), ("objections", PAPER | {"way": "X"})):
        assert akin.post(f"/documents/{sent}/{path}", json=body).status_code == 400
