"""The process that helpers are forked from: packages loaded once, no secrets, no threads, nothing of the database.

Started as `python -m ebelge.paper.nursery FD`. On the socket FD: `x` or `p` with a file descriptor makes a helper that
talks over that descriptor (answer: its pid), `k<pid>` kills one. When the socket closes, every helper dies with it.
"""

import contextlib
import os
import signal
import socket
import sys

from ebelge.paper import pdf_helper, xslt_helper


def main() -> int:
    """Fork helpers until the other side is gone."""
    control = socket.socket(fileno=int(sys.argv[1]))
    children: set[int] = set()
    control.send(b"ready")
    while True:
        try:
            order, files, _, _ = socket.recv_fds(control, 64, 1)
        except OSError:
            order, files = b"", []
        _reap(children)
        if not order:
            break
        if order[:1] == b"k":
            pid = int(order[1:])
            if pid in children:
                os.kill(pid, signal.SIGKILL)
            control.send(b"killed")
            continue
        if order[:1] == b"p":
            pdf_helper.load()  # once, for every helper to come
        pid = os.fork()
        if pid == 0:
            control.close()
            _be(order[:1], files[0])
        os.close(files[0])
        children.add(pid)
        control.send(str(pid).encode())
    for pid in children:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    return 0


def _reap(children: set[int]) -> None:
    with contextlib.suppress(ChildProcessError):
        while (pid := os.waitpid(-1, os.WNOHANG)[0]) != 0:
            children.discard(pid)


def _be(kind: bytes, file: int) -> None:
    """Never returns."""
    status = 1
    try:
        line = socket.socket(fileno=file)
        (xslt_helper if kind == b"x" else pdf_helper).serve(line)
        status = 0
    finally:
        os._exit(status)


if __name__ == "__main__":
    sys.exit(main())
