"""Dead letters: seen with their reason, let go again by a person; `ebelge jobs`."""

import json

import pytest
from click.testing import CliRunner

from ebelge.cli import jobs as command
from ebelge.core.clock import utc_now
from ebelge.core.db import tenant_session
from ebelge.jobs import dead_letters
from ebelge.outbox import messages


@pytest.fixture
def dead(world):
    """A document whose signing message died."""
    (document_id,) = world.submit(world.draft())
    (claim,) = world.claim("sign")
    with tenant_session(world.akin) as session:
        messages.bury(session, claim, at=utc_now(), error="the seal fell into the sea")
    return document_id, claim.message_id


def _run(*arguments):
    result = CliRunner().invoke(command.command, arguments, env={"COLUMNS": "60"})
    return result.exit_code, result.output


def test_a_dead_letter_says_what_why_and_whose(world, dead):
    document_id, message_id = dead
    (letter,) = dead_letters.find()
    assert (letter.document_id, letter.message_id) == (document_id, message_id)
    assert letter.number == world.document(document_id).number
    code, output = _run()
    assert code == 0
    assert "the seal fell into the sea" in output
    assert f"{letter.number} (accepted)" in output
    assert str(message_id) in output  # whole, however narrow the terminal is
    assert max(len(line) for line in output.splitlines()) <= 100
    code, output = _run("list", "--json")
    assert json.loads(output)["message"] == str(message_id)
    code, output = _run("show", str(message_id))
    assert code == 0
    assert "the seal fell into the sea" in output


def test_it_goes_its_way_when_a_person_lets_it_go(world, dead):
    document_id, message_id = dead
    world.settle()
    assert world.document(document_id).state == "accepted"
    assert _run("retry", str(message_id))[0] == 0
    world.settle()
    assert world.document(document_id).state == "delivered"
    assert world.charges() == {"captured": 1}
    assert _run("retry", str(message_id))[0] == 1


def test_all_at_once_or_one_tenants(world, dead):
    assert _run("retry", "--tenant", str(world.bora)) == (0, "0 sent on their way again.\n")
    assert _run("retry", "--all") == (0, "1 sent on their way again.\n")
    assert _run("retry")[0] == 2
    assert dead_letters.find() == []
    assert "No dead letters" in _run("list")[1]
