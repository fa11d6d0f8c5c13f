"""`make run` as a person has it: one command, everything up, a second start, nothing left."""

import os
import re
import signal
import socket
import sys

import pytest
import requests

from ebelge.devstack.supervisor import read_processes

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]
RUN = [sys.executable, "-m", "ebelge.devstack", "run"]


@pytest.fixture
def var(tmp_path):
    return tmp_path / "var"


@pytest.fixture
def run(var, start):
    """Start the command; returns the process and the address that it printed."""
    env = {name: value for name, value in os.environ.items() if not name.startswith(("DATABASE_", "REDIS_", "EBELGE_"))}
    env |= {"EBELGE_VAR": str(var), "EBELGE_SIGNERS": "1", "EBELGE_WEB_PROCESSES": "1"}

    def go(**more):
        process = start(RUN, env=env | more)
        said = []
        for line in process.stdout:
            said.append(line)
            if found := re.search(r"pages and API +(\S+)", line):
                return process, found.group(1)
        raise AssertionError("it ended before it was up:\n" + "".join(said))

    return go


def test_one_command_twice_in_a_row_and_nothing_is_left(run, var, below, wait_until):
    process, address = run()
    assert requests.get(f"{address}/healthz", timeout=10).status_code == 200
    wait_until(lambda: requests.get(f"{address}/readyz", timeout=10).status_code == 200)
    process.send_signal(signal.SIGINT)
    assert process.wait(90) == 0
    wait_until(lambda: not below(var))

    process, address = run()
    process.kill()
    process.wait(10)
    wait_until(lambda: not below(var), seconds=60)


def test_a_taken_port_is_named_and_another_instance_is_never_taken_for_ours(run):
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        with pytest.raises(AssertionError, match=f"Port {port}, wanted for the web server"):
            run(EBELGE_PORT=str(port))


def test_a_second_instance_on_the_same_folder_is_refused_with_the_address(run, start):
    _, address = run()
    with pytest.raises(AssertionError, match=f"already runs .*{re.escape(address)}"):
        run()


def test_a_killed_program_comes_back_and_the_rest_goes_on(run, var, wait_until):
    _, address = run()
    before = read_processes(var)
    for name in ("sign", "relay", "web"):
        os.kill(before[name].pid, signal.SIGKILL)

    def all_back():
        now = read_processes(var)
        return all(name in now and now[name] != before[name] and now[name].alive() for name in ("sign", "relay", "web"))

    wait_until(all_back)

    def answers():
        try:
            return requests.get(f"{address}/healthz", timeout=5).status_code == 200
        except requests.RequestException:  # it waits in the queue, or is cut
            return False

    wait_until(answers, seconds=40)
