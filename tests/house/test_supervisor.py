"""The supervisor: what ends comes back, what must stop stops, nothing is left."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from ebelge.devstack.errors import StackError
from ebelge.devstack.supervisor import Program, Supervisor, read_processes

ENV = {"PATH": os.environ["PATH"]}
STEADY = """
    import signal, sys, time
    from pathlib import Path
    def finish(*_):
        time.sleep(float(sys.argv[2]) if len(sys.argv) > 2 else 0)
        Path(sys.argv[1]).write_text("finished")
        sys.exit(0)
    signal.signal(signal.SIGTERM, finish)
    print("up", flush=True)
    while True:
        time.sleep(0.05)
"""


def test_a_program_that_is_killed_comes_back(tmp_path, script, wait_until):
    told = []
    program = Program("steady", [*script("steady", STEADY), str(tmp_path / "end")])
    supervisor = Supervisor([program], var=tmp_path, env=ENV, tell=told.append)
    supervisor.start()
    try:
        (first,) = supervisor.pids("steady")
        os.kill(first, signal.SIGKILL)

        def back() -> bool:
            supervisor.tend()
            return supervisor.pids("steady") not in ([], [first])

        wait_until(back)
    finally:
        supervisor.stop()
    assert "steady ended by SIGKILL" in told[0]


def test_a_program_that_keeps_failing_is_started_ever_more_rarely(tmp_path, script):
    program = Program("broken", script("broken", "raise SystemExit(3)"))
    told = []
    supervisor = Supervisor([program], var=tmp_path, env=ENV, tell=told.append)
    supervisor.start()
    deadline = time.monotonic() + 2.0
    while time.monotonic() < deadline:
        supervisor.tend()
        time.sleep(0.02)
    supervisor.stop()
    assert 2 <= len(told) <= 5
    assert "exit code 3" in told[0]


def test_stopping_waits_for_the_work_in_hand(tmp_path, script, wait_until):
    end = tmp_path / "end"
    supervisor = Supervisor([Program("steady", [*script("steady", STEADY), str(end), "0.5"])], var=tmp_path, env=ENV)
    supervisor.start()
    wait_until(lambda: "up" in (tmp_path / "log" / "steady.log").read_text())
    supervisor.stop()
    assert end.read_text() == "finished"
    assert read_processes(tmp_path) == {}


def test_what_will_not_stop_is_killed_with_its_children(tmp_path, script, wait_until):
    stubborn = script(
        "stubborn",
        """
        import signal, subprocess, sys, time
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        deaf = "import signal, time; signal.signal(15, signal.SIG_IGN); time.sleep(600)"
        child = subprocess.Popen([sys.executable, "-c", deaf])
        print(child.pid, flush=True)
        time.sleep(600)
        """,
    )
    supervisor = Supervisor([Program("stubborn", stubborn, stop_timeout_s=0.3)], var=tmp_path, env=ENV)
    supervisor.start()
    log = tmp_path / "log" / "stubborn.log"
    wait_until(lambda: log.read_text().strip())
    grandchild = psutil.Process(int(log.read_text()))
    supervisor.stop()
    wait_until(lambda: not grandchild.is_running() or grandchild.status() == psutil.STATUS_ZOMBIE)


def test_stages_start_in_order_and_stop_in_reverse(tmp_path, script):
    order = tmp_path / "order"
    note = script(
        "note",
        """
        import signal, sys, time
        def note(what):
            with open(sys.argv[1], "a") as file:
                file.write(f"{what} {sys.argv[2]}\\n")
        signal.signal(signal.SIGTERM, lambda *_: (note("stop"), sys.exit(0)))
        note("start")
        time.sleep(600)
        """,
    )

    def program(name: str, stage: int) -> Program:
        def ready() -> bool:
            return order.exists() and f"start {name}" in order.read_text()

        return Program(name, [*note, str(order), name], stage=stage, ready=ready)

    supervisor = Supervisor([program("web", 2), program("gib", 1)], var=tmp_path, env=ENV)
    supervisor.start()
    supervisor.stop()
    assert order.read_text().splitlines() == ["start gib", "start web", "stop web", "stop gib"]


def test_a_program_that_never_gets_ready_is_named_with_its_last_words(tmp_path, script):
    program = Program("broken", script("broken", "print('no database'); raise SystemExit(1)"), ready=lambda: False)
    supervisor = Supervisor([program], var=tmp_path, env=ENV)
    with pytest.raises(StackError, match=r"broken does not become ready[\s\S]*no database"):
        supervisor.start()
    supervisor.stop()


def test_nothing_outlives_a_killed_supervisor(tmp_path, script, start, wait_until):
    steady = script("steady", STEADY)
    source = f"""
        import sys
        from pathlib import Path
        from ebelge.devstack.supervisor import Program, Supervisor
        command = {[*steady, str(tmp_path / "end")]!r}
        supervisor = Supervisor([Program("steady", command, copies=2)], var=Path(sys.argv[1]), env={ENV!r})
        supervisor.start()
        print("up", flush=True)
        supervisor.run()
    """
    parent = start([*script("supervise", source), str(tmp_path)])
    assert parent.stdout.readline() == "up\n"
    records = read_processes(tmp_path)
    assert set(records) == {"steady-1", "steady-2"}

    parent.kill()
    parent.wait(10)

    wait_until(lambda: not any(record.alive() for record in records.values()))


def test_the_next_supervisor_ends_what_a_killed_one_left(tmp_path, script, start, wait_until):
    orphan = start([*script("steady", STEADY), str(tmp_path / "end")])
    assert orphan.stdout.readline() == "up\n"
    created = psutil.Process(orphan.pid).create_time()
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "processes.json").write_text(
        f'[{{"name": "steady", "pid": {orphan.pid}, "started_at": {created}, "port": 0, "restarts": 0}}]'
    )
    supervisor = Supervisor([], var=tmp_path, env=ENV)
    supervisor.start()
    assert orphan.wait(10) == 0


def test_ctrl_c_stops_the_command_and_all_below_it(tmp_path, start, below, wait_until):
    """The real command, with a private folder; only PostgreSQL and Redis, so it is quick."""
    var = tmp_path / "var"
    command = [sys.executable, "-m", "ebelge.devstack", "services", "--var", str(var)]
    parent = start(command, env={**os.environ, "DATABASE_URL": "", "REDIS_URL": ""})
    assert parent.stdout.readline().startswith("export DATABASE_URL=")
    parent.send_signal(signal.SIGINT)
    assert parent.wait(20) == 0
    wait_until(lambda: not below(var))


def test_an_unusable_folder_ends_as_a_sentence(tmp_path):
    (tmp_path / "file").write_text("")
    command = [sys.executable, "-m", "ebelge.devstack", "services", "--var", str(tmp_path / "file")]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, cwd=Path.cwd())
    assert done.returncode == 1
    assert "Ebelge:" in done.stderr
    assert "Traceback" not in done.stderr
