"""A fake gateway as a process: options, one JSON line with the address, until it is told to stop."""

import argparse
import json
import os
import signal
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Protocol

from ebelge.devstack.fake_http.server import Application, GatewayServer

PARENT_POLL_S = 1.0


class Gateway(Application, Protocol):
    """An application with threads of its own."""

    def start(self) -> None:
        """Begin the background work."""

    def stop(self) -> None:
        """End it and close the memory."""


def serve(name: str, make: Callable[[Path], Gateway], arguments: list[str] | None = None) -> int:
    """Serve until SIGTERM, SIGINT or (with --stop-with-parent) the end of the parent; 2 if the port is taken."""
    parent = os.getppid()
    parser = argparse.ArgumentParser(prog=f"python -m {name}")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=0, help="0: any free port")
    parser.add_argument("--state", type=Path, required=True, help="folder of the gateway's state")
    parser.add_argument("--stop-with-parent", action="store_true", help="end when the starting process ends")
    options = parser.parse_args(arguments)
    gateway = make(options.state)
    try:
        server = GatewayServer((options.host, options.port), gateway)
    except OSError as error:
        sys.stderr.write(f"cannot listen on {options.host}:{options.port}: {error.strerror}; choose another --port\n")
        return 2
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    gateway.start()
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.1}, daemon=True).start()
    _announce(gateway.base_url, server.server_address[1], options.state)
    while not stop.wait(PARENT_POLL_S if options.stop_with_parent else None):
        if os.getppid() != parent:
            break
    server.stopping.set()
    server.shutdown()
    server.server_close()
    gateway.stop()
    return 0


def _announce(base_url: str, port: int, folder: Path) -> None:
    line = json.dumps({"base_url": base_url, "port": port, "pid": os.getpid(), "control_url": f"{base_url}/control"})
    part = folder / "address.json.part"
    part.write_text(line + "\n")
    part.replace(folder / "address.json")
    sys.stdout.write(line + "\n")
    sys.stdout.flush()
