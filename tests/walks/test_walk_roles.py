"""Every route with every role: who is let in is what the table of rights says, and nothing else."""

from __future__ import annotations

from ebelge.edge.access import PUBLIC
from tenants.rights import NOT_IN_SANDBOX, ROLES
from tests.walks.conftest import Walked
from tests.walks.routes import routes, said
from tests.web.browsers import Browser

MISSING = "Your role does not allow this"


def test_walk_a_visitor_reaches_public_pages_only(walked: Walked) -> None:
    count = 0
    for route in routes(walked.app):
        visitor = walked.browsers.anonymous()
        answer = visitor.open(route.address(), method=route.method)
        if route.rule.startswith("/api/"):
            assert answer.status_code == 401, route
        elif route.method == "GET":
            assert answer.status_code == 303, (route, answer.status_code)
            assert answer.headers["Location"].startswith("/sign-in"), route
        else:
            assert answer.status_code in (401, 403), (route, answer.status_code)
        count += 1
    print(f"{count} refusals of a visitor; {len(PUBLIC)} public endpoints")
    assert count > 100


def test_walk_every_role_reaches_what_its_rights_say(walked: Walked, walkers: dict[str, Browser]) -> None:
    pages = [route for route in routes(walked.app) if route.right is not None]
    let_in = refused = 0
    for name, walker in walkers.items():
        rights = ROLES[name.split()[1]]  # type: ignore[index]  # names of roles
        for route in pages:
            answer = walker.open(route.address(), method=route.method)
            told = said(answer)
            if route.right in rights:
                assert MISSING not in told, (name, route)
                assert answer.status_code < 500, (name, route, told[:300])
                let_in += 1
            else:
                assert answer.status_code == 403, (name, route, answer.status_code)
                assert MISSING in told, (name, route)
                refused += 1
    print(f"{len(pages)} page routes x {len(walkers)} people: {let_in} let in, {refused} refused")
    assert let_in > 100
    assert refused > 100


def test_walk_a_persons_own_pages_need_nothing_but_the_person(walked: Walked, walkers: dict[str, Browser]) -> None:
    count = 0
    for route in routes(walked.app):
        if not route.own:
            continue
        for name in ("akin viewer", "ebelge finance"):
            answer = walkers[name].open(route.address(), method=route.method)
            if route.method == "GET":
                assert answer.status_code in (200, 303, 404), (name, route, answer.status_code)
            else:
                assert answer.status_code in (400, 403, 404), (name, route, answer.status_code)
            count += 1
    assert count > 10


def test_walk_no_cookie_opens_the_api_and_no_key_opens_a_page(walked: Walked, walkers: dict[str, Browser]) -> None:
    key = {"Authorization": f"Bearer {walked.key('akin')}"}
    count = 0
    for route in routes(walked.app):
        if route.rule.startswith("/api/"):
            answer = walkers["akin owner"].open(route.address(), method=route.method)
            assert answer.status_code == 401, route
        else:
            answer = walked.app.test_client().open(route.address(), method=route.method, headers=key)
            assert answer.status_code in (303, 401, 403), (route, answer.status_code)
        count += 1
    print(f"{count} routes x the wrong kind of proof")


def test_every_right_in_the_table_belongs_to_some_role() -> None:
    assert set().union(*ROLES.values()) >= NOT_IN_SANDBOX
