"""Folders and secret files below `var/`: private, whole, and owned by whoever must read them."""

from __future__ import annotations

import os
import secrets
from pathlib import Path

from ebelge.devstack.errors import StackError, explain_os_error


def var_root() -> Path:
    """The folder of this instance: EBELGE_VAR, else `var` in the current folder; absolute."""
    return Path(os.environ.get("EBELGE_VAR") or "var").absolute()


def private(folder: Path) -> Path:
    """Make the folder, readable by us alone, and prove that it can be written.

    :raises StackError: it cannot; the text says what to do.
    """
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        probe = folder / f".probe-{os.getpid()}"
        probe.write_bytes(b"x" * 4096)
        probe.unlink()
    except FileExistsError as error:
        raise StackError(f"{folder} is in the way: it is a file, and a folder is needed there.") from error
    except OSError as error:
        raise explain_os_error(error, folder) from error
    return folder


def write(path: Path, text: str, *, mode: int = 0o600) -> None:
    """Replace the file's content whole or not at all, with the mode from the first byte."""
    temporary = path.with_name(f"{path.name}.new")
    temporary.unlink(missing_ok=True)
    handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(text)
    temporary.replace(path)


def secret(path: Path, *, owner: int | None = None) -> str:
    """The secret in the file; made (mode 0600) if there is none."""
    if not path.exists():
        write(path, secrets.token_urlsafe(24) + "\n")
    if owner is not None:
        os.chown(path, owner, owner)
    return path.read_text(encoding="ascii").strip()


def give(folder: Path, owner: int) -> None:
    """Make `owner` the owner of the folder and all below it."""
    for place, _, files in os.walk(folder):
        os.chown(place, owner, owner)
        for name in files:
            os.chown(os.path.join(place, name), owner, owner, follow_symlinks=False)


def reachable(folder: Path, user: int) -> bool:
    """True if `user` (owner of `folder`) may pass through every folder above it."""
    for above in folder.absolute().parents:
        status = above.stat()
        if not status.st_mode & 0o001 and not (status.st_uid == user and status.st_mode & 0o100):
            return False
    return True
