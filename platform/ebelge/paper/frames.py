"""Bytes between a process and its helpers: frames of a bounded length over a socket, never objects.

What comes back from a process in which a stranger's stylesheet ran is read as bytes only; nothing is unpickled.
"""

import socket
import struct
import time
from collections.abc import Sequence

from ebelge.paper.errors import Failed

_HEAD = struct.Struct(">I")
_PART = 1024 * 1024


def send(line: socket.socket, parts: Sequence[bytes], *, until: float | None = None) -> None:
    """Send parts as one message. `until`: a time of `time.monotonic`. :raises Failed: nobody takes it in time."""
    data = _HEAD.pack(len(parts)) + b"".join(_HEAD.pack(len(part)) + part for part in parts)
    view = memoryview(data)
    try:
        while view:
            if until is not None:
                line.settimeout(_left(until))
            view = view[line.send(view[:_PART]) :]
    except TimeoutError as error:
        raise Failed("time") from error
    except OSError as error:
        raise Failed("memory") from error


def receive(line: socket.socket, *, bytes_max: int, until: float | None = None) -> list[bytes]:
    """The next message; [] when the other side is gone. :raises Failed: too much, or not in time."""
    head = _read(line, _HEAD.size, until)
    if not head:
        return []
    count, left, parts = _HEAD.unpack(head)[0], bytes_max, []
    if count > 16:
        raise Failed("output")
    for _ in range(count):
        size = _HEAD.unpack(_read(line, _HEAD.size, until, must=True))[0]
        left -= size
        if left < 0:
            raise Failed("output")
        parts.append(_read(line, size, until, must=True))
    return parts


def _read(line: socket.socket, size: int, until: float | None, *, must: bool = False) -> bytes:
    got = bytearray()
    while len(got) < size:
        try:
            if until is not None:
                line.settimeout(_left(until))
            part = line.recv(min(size - len(got), _PART))
        except TimeoutError as error:
            raise Failed("time") from error
        except ConnectionError:
            part = b""
        if not part:
            if must or got:
                raise Failed("memory")
            return b""
        got += part
    return bytes(got)


def _left(until: float) -> float:
    left = until - time.monotonic()
    if left <= 0:
        raise TimeoutError
    return left
