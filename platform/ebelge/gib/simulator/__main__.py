"""`python -m ebelge.gib.simulator`: run the simulated GİB until it is told to stop."""

import argparse
import json
import os
import signal
import sys
import threading
import time
from pathlib import Path

from cryptography import x509

from ebelge.gib.simulator.clerk import Clerk
from ebelge.gib.simulator.control import Control, put_user_list
from ebelge.gib.simulator.earsiv_service import EArsivService
from ebelge.gib.simulator.push import RETRY_MS, Pusher
from ebelge.gib.simulator.server import SimulatorServer
from ebelge.gib.simulator.service import EFaturaService
from ebelge.gib.simulator.store import Store
from ebelge.gib.taxpayers import ListKind

PARENT_POLL_S = 1.0


def main(arguments: list[str] | None = None) -> int:
    """Serve until SIGTERM or SIGINT; print one JSON line with the addresses once it listens."""
    os.environ["TZ"] = "Europe/Istanbul"  # GİB's rules ask the machine for "today", and GİB's stand in Turkey
    time.tzset()
    parent = os.getppid()
    options = _options(arguments)
    store = Store(options.state)
    for kind, file in ((ListKind.PK, options.user_list), (ListKind.GB, options.user_list_gb)):
        if file is not None:
            put_user_list(store, kind, file.read_bytes())
    trust = x509.load_pem_x509_certificates(options.trust.read_bytes()) if options.trust else []
    pusher = Pusher(store, retry_ms=options.push_retry_ms)
    clerk = Clerk(store, answer_delay_ms=options.answer_delay_ms, trust=trust, pusher=pusher)
    try:
        service, control = EFaturaService(store, clerk), Control(store, clerk, pusher)
        earsiv = EArsivService(store, clerk, trust)
        server = SimulatorServer((options.host, options.port), store, service, control, earsiv)
    except OSError as error:
        sys.stderr.write(f"cannot listen on {options.host}:{options.port}: {error.strerror}; choose another --port\n")
        return 2
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    clerk.start()
    pusher.start()
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.1}, daemon=True).start()
    _announce(server, options.state)
    while not stop.wait(PARENT_POLL_S if options.stop_with_parent else None):
        if os.getppid() != parent:
            break
    server.stopping.set()
    server.shutdown()
    server.server_close()
    clerk.stop()
    pusher.stop()
    store.close()
    return 0


def _options(arguments: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m ebelge.gib.simulator", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=0, help="0: any free port")
    parser.add_argument("--state", type=Path, required=True, help="folder of the simulator's state")
    parser.add_argument("--user-list", type=Path, help="PK list, GİB's XML; kept in the state")
    parser.add_argument("--user-list-gb", type=Path, help="GB list, GİB's XML; kept in the state")
    parser.add_argument("--trust", type=Path, help="PEM of the authorities whose seals are taken; none: any")
    parser.add_argument("--answer-delay-ms", type=int, default=1000)
    parser.add_argument("--push-retry-ms", type=int, default=RETRY_MS, help="pause before an envelope is pushed again")
    parser.add_argument("--stop-with-parent", action="store_true", help="end when the starting process ends")
    return parser.parse_args(arguments)


def _announce(server: SimulatorServer, folder: Path) -> None:
    base = server.base_url
    line = json.dumps(
        {
            "base_url": base,
            "port": server.server_address[1],
            "pid": os.getpid(),
            "control_url": base.removesuffix("/EFaturaMerkez") + "/control",
        }
    )
    part = folder / "address.json.part"
    part.write_text(line + "\n")
    part.replace(folder / "address.json")
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
