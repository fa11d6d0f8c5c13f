"""What can go wrong on a developer's machine, said so that one knows what to do."""

from __future__ import annotations

import errno
from pathlib import Path


class StackError(Exception):
    """The development stack cannot go on; the text says why and what to do. Never a traceback for users."""


def explain_os_error(error: OSError, path: Path) -> StackError:
    """Turn a failed write below `path` into a sentence with a remedy."""
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return StackError(
            f"The disk that holds {path} is full. Free some space (`df -h {path}` shows how much is left), "
            "or point EBELGE_VAR at a folder on another disk."
        )
    if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
        return StackError(
            f"{path} cannot be written by this user. Mend its owner or mode (`ls -ld {path}`), "
            "or point EBELGE_VAR at a folder that you own."
        )
    return StackError(
        f"{path} cannot be used: {error.strerror or error}. Mend that, or point EBELGE_VAR at a folder that you own."
    )


def explain_log(log: str, *, what: str, path: Path) -> StackError:
    """Turn the last words of a server that would not start into a sentence with a remedy."""
    low = log.casefold()
    if "no space left on device" in low or "check free disk space" in low:
        return explain_os_error(OSError(errno.ENOSPC, ""), path)
    if "address already in use" in low:
        return StackError(
            f"{what}: the port is taken by another program. Leave the port free "
            "(`ss -ltnp` shows who has it), or let us choose one by leaving the port out."
        )
    if "permission denied" in low or "read-only file system" in low:
        return explain_os_error(OSError(errno.EACCES, ""), path)
    tail = "\n".join(log.strip().splitlines()[-12:]) or "(it said nothing)"
    return StackError(f"{what} did not start. Its last words:\n{tail}")
