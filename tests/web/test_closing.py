"""The owner begins to close the account at his page; the operator's people see it, confirm their steps and finish."""

from __future__ import annotations

from datetime import timedelta

from ebelge.core.clock import istanbul_date, utc_now

TODAY = istanbul_date(utc_now())


def test_an_owner_begins_confirms_and_stays_after_all(browser) -> None:
    owner, support = browser("owner", "bora"), browser("support", "ebelge")
    assert "No account is closing" in support.text("/operator/closings")
    page = owner.text("/settings/closing")
    assert "No document is deleted" in page
    told = owner.submit("/settings/closing/begin", last_day=(TODAY - timedelta(days=1)).isoformat(), reason="x")
    assert told.status_code == 400
    assert "between today and a year from now" in told.get_data(as_text=True)
    begun = owner.submit("/settings/closing/begin", last_day=TODAY.isoformat(), reason="Moving <b>on</b>")
    assert (begun.status_code, begun.headers["Location"]) == (303, "/settings/closing")
    page = owner.get("/settings/closing").get_data(as_text=True)
    assert "Moving &lt;b&gt;on&lt;/b&gt;" in page
    assert "Your turn" in page
    assert owner.submit("/settings/closing/confirm", step="answers_given", done_on=TODAY.isoformat()).status_code == 303
    assert owner.submit("/settings/closing/confirm", step="gib_cancelled", done_on=TODAY.isoformat()).status_code == 404
    assert "Moving <b>on</b>" in support.text("/operator/closings")
    closing = f"/operator/closings/{owner.tenant_id}"
    assert "GİB's turn" in support.text(closing)
    assert support.submit(f"{closing}/confirm", step="gib_cancelled", done_on=TODAY.isoformat()).status_code == 403
    admin = browser("operator_admin", "ebelge")
    assert admin.submit(f"{closing}/confirm", step="gib_cancelled", done_on=TODAY.isoformat()).status_code == 303
    refused = admin.submit(f"{closing}/finish")
    assert refused.status_code == 409
    assert "The account stays as it was" in refused.get_data(as_text=True)
    assert owner.submit("/settings/closing/call-off").status_code == 303
    assert "No document is deleted" in owner.text("/settings/closing")


def test_others_of_the_account_see_it_and_may_not_begin(browser) -> None:
    accountant = browser("accountant", "akin")
    assert "The owner of the account begins it" in accountant.text("/settings/closing")
    refused = accountant.submit("/settings/closing/begin", last_day=TODAY.isoformat(), reason="x")
    assert refused.status_code == 403
