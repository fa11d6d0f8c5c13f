"""What stops a backup or a restore, said so that one knows what to do."""

from __future__ import annotations

import errno
from pathlib import Path


class BackupError(Exception):
    """A backup or restore cannot go on; nothing that looks whole was left. The text says why and what to do."""


def explain(error: BaseException | None, folder: Path) -> BackupError:
    """A failed read or write below `folder` as a sentence with a remedy; an error of another kind as it is."""
    if not isinstance(error, OSError):
        return BackupError(str(error))
    place = error.filename or folder
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return BackupError(f"The disk that holds {folder} is full. Free some space (`df -h {folder}`), then repeat.")
    if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
        return BackupError(
            f"{place}: this user may not write or read there. Mend its owner or mode (`ls -ld {place}`)."
        )
    if isinstance(error, FileExistsError | NotADirectoryError):
        return BackupError(f"{place} is a file; a folder is needed there.")
    return BackupError(f"{place}: {error.strerror or error}")
