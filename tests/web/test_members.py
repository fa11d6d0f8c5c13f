"""The pages of people: list, invite, change, narrow, remove."""

from __future__ import annotations

import secrets
from uuid import UUID, uuid4

import pytest
from sqlalchemy import text

from ebelge.core.db import role_session, tenant_session
from tenants.members import invitations, memberships

PEOPLE = "/settings/people"


def address() -> str:
    return f"{secrets.token_hex(5)}@davet.example"


def invite(owner, email: str, role: str = "viewer", **fields):
    return owner.submit(f"{PEOPLE}/invitations", form=PEOPLE, email=email, role=role, language="en", **fields)


def waiting(tenant_id: UUID) -> dict[str, object]:
    with tenant_session(tenant_id) as session:
        return {one.email: one for one in invitations.waiting(session, tenant_id=tenant_id)}


def seat(one):
    with tenant_session(one.tenant_id) as session:
        found = {who.person_id: who for who in memberships.colleagues(session, tenant_id=one.tenant_id)}
        return found.get(one.person_id)


def test_the_list_says_who_is_in_as_what_and_whether_there_is_a_second_factor(browser) -> None:
    narrowed = browser("viewer", name="İzzet Işıkçı", series=["AKA"])
    page = browser("accountant").text(PEOPLE)
    line = page[page.index("İzzet Işıkçı") :][:600]
    for word in (narrowed.email, "Viewer", "Only: AKA", "No second factor"):
        assert word in line
    assert "Send the invitation" not in page


def test_an_invitation_goes_out_and_is_listed_until_it_ends(browser) -> None:
    owner, email = browser("owner"), address()
    sent = invite(owner, email, "sender", full_name="Ilgın Işık", series="AKN")
    assert (sent.status_code, sent.headers["Location"]) == (303, f"{PEOPLE}?done=invited")
    page = owner.text(f"{PEOPLE}?done=invited")
    assert "The invitation is on its way" in page
    assert email in page
    row = waiting(owner.tenant_id)[email]
    assert (row.role, row.series_prefixes, row.language, row.full_name) == ("sender", ["AKN"], "en", "Ilgın Işık")
    with role_session("reader") as session:
        sql = text("SELECT language, recipients FROM letter WHERE kind = 'member_invited' AND recipients = :to")
        assert session.execute(sql, {"to": [email]}).one().language == "en"
    again = owner.submit(f"{PEOPLE}/invitations/{row.invitation_id}/again", form=PEOPLE)
    assert again.status_code == 409, "sent a moment ago"
    ended = owner.submit(f"{PEOPLE}/invitations/{row.invitation_id}/withdraw", form=PEOPLE)
    assert ended.status_code == 303
    assert email not in waiting(owner.tenant_id)


def test_the_answer_is_the_same_for_a_known_and_an_unknown_address(browser, browsers) -> None:
    owner = browser("owner")
    _, known = browsers.person()
    answers = [invite(owner, email) for email in (known, address())]
    assert len({(one.status_code, one.headers["Location"], one.get_data()) for one in answers}) == 1


@pytest.mark.parametrize(
    ("fields", "status"),
    [
        ({"email": "İnfo@akin.example"}, 422),
        ({"email": "a@b.example\nBcc: c@d.example"}, 422),
        ({"email": ""}, 422),
        ({"role": "operator_admin"}, 403),
        ({"role": ""}, 403),
        ({"series": "AKNX"}, 400),
        ({"branch": "x"}, 400),
        ({"full_name": "A" * 300}, 422),
    ],
)
def test_what_cannot_be_sent_is_said_and_what_was_typed_is_kept(fields, status: int, browser) -> None:
    owner = browser("owner")
    answer = invite(owner, **({"email": "yeni@akin.example", "role": "viewer"} | fields))
    assert answer.status_code == status
    page = answer.get_data(as_text=True)
    assert 'role="alert"' in page
    assert 'name="email"' in page


def test_a_member_is_given_another_role_and_reach(browser) -> None:
    owner, one = browser("owner"), browser("sender")
    path = f"{PEOPLE}/{one.person_id}"
    assert one.email in owner.text(path)
    done = owner.submit(f"{path}/role", form=path, role="viewer", series=["AKA", "AKN"])
    assert done.headers["Location"] == f"{PEOPLE}?done=changed"
    assert (seat(one).role, seat(one).reach.series_prefixes) == ("viewer", {"AKA", "AKN"})
    owner.submit(f"{path}/role", form=path, role="owner", series=["AKA"])
    assert (seat(one).role, seat(one).reach.whole) == ("owner", True), "an owner reaches everything"


def test_a_member_is_removed(browser) -> None:
    owner, one = browser("owner"), browser("sender")
    path = f"{PEOPLE}/{one.person_id}"
    assert owner.submit(f"{path}/remove", form=path).headers["Location"] == f"{PEOPLE}?done=removed"
    assert seat(one).ended_at is not None
    assert "Former people" in owner.text(PEOPLE)
    assert owner.get(path).status_code == 404


def test_people_of_another_company_are_as_unknown_as_nobody(browser) -> None:
    owner, theirs = browser("owner", "akin"), browser("viewer", "bora")
    for person_id in (theirs.person_id, uuid4()):
        path = f"{PEOPLE}/{person_id}"
        assert owner.get(path).status_code == 404
        assert owner.submit(f"{path}/role", form=PEOPLE, role="viewer").status_code == 404
        assert owner.submit(f"{path}/remove", form=PEOPLE).status_code == 404
    assert seat(theirs).role == "viewer"
    email = address()
    invite(browser("owner", "bora"), email)
    invitation_id = waiting(theirs.tenant_id)[email].invitation_id
    for deed in ("again", "withdraw"):
        assert owner.submit(f"{PEOPLE}/invitations/{invitation_id}/{deed}", form=PEOPLE).status_code == 404
    assert email in waiting(theirs.tenant_id)


def test_a_reseller_and_the_operator_manage_their_own_people_with_their_own_roles(browser) -> None:
    reseller = browser("reseller_admin", "ceren").text(PEOPLE)
    assert "Reseller staff" in reseller
    assert "Accountant" not in reseller
    operator = browser("operator_admin", "ebelge")
    assert 'value="finance"' not in operator.get(PEOPLE).get_data(as_text=True)
    assert invite(operator, address(), "finance").status_code == 403
    assert invite(operator, address(), "support").status_code == 303
