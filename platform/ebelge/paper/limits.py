"""Bounds of a helper process, kept by the kernel."""

import resource
from pathlib import Path

_MB = 1024 * 1024


def bound(*, memory_mb: int, files: int, threads: bool = False) -> None:
    """From now on: so much more memory than now, at most so many open files (0: not one more file, not one socket),
    nothing written, no process or thread started, no core dumped. What is open stays open.

    `threads`: they may be started (Pango looks for fonts in threads of its own).
    """
    _set(resource.RLIMIT_CORE, 0)
    _set(resource.RLIMIT_FSIZE, 0)
    if not threads:
        _set(resource.RLIMIT_NPROC, 0)  # does not bind root
    _set(resource.RLIMIT_NOFILE, files)
    memory = _size() + memory_mb * _MB
    _set(resource.RLIMIT_AS, memory)


def more_cpu(seconds: int) -> None:
    """So much processor time from now; the kernel ends the process when it is used up."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    spent = int(used.ru_utime + used.ru_stime) + 1
    _, hard = resource.getrlimit(resource.RLIMIT_CPU)
    wanted = spent + seconds
    resource.setrlimit(resource.RLIMIT_CPU, (wanted if hard < 0 else min(wanted, hard), hard))


def _set(what: int, limit: int) -> None:
    _, hard = resource.getrlimit(what)
    limit = limit if hard < 0 else min(limit, hard)
    resource.setrlimit(what, (limit, limit))


def _size() -> int:
    """Address space of this process now, in bytes; where the system does not tell, a generous guess."""
    try:
        return int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    except OSError:
        return 512 * _MB
