"""How a file in the archive may be called: what a path or an object's key is built of."""

import re
from typing import Final

NAME: Final = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}", re.ASCII)


def checked(name: str) -> str:
    """The name. :raises ValueError: it is no plain file name."""
    if not NAME.fullmatch(name):
        raise ValueError(f"not a name in the archive: {name!r}")
    return name
