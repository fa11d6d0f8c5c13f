"""Where a browser may be sent on to: to a path of ours, and nowhere else.

`next=` comes from links that anybody can write. Browsers read `//evil`, `/\\evil` and a tab in the middle as another
host, so a target is refused unless it is a plain path; what is refused leads to the given place instead.
"""

import re
from urllib.parse import unquote

LENGTH_MAX = 500
# A path of ours: one slash, then no slash, backslash or anything that a browser would skip.
_PATH = re.compile(r"/(?![/\\])[A-Za-z0-9\-._~!$&'()*+,;=:@%/?]*")


def is_ours(target: str) -> bool:
    """Whether a browser that follows `target` stays with us, however often it decodes it."""
    if len(target) > LENGTH_MAX or not _PATH.fullmatch(target):
        return False
    decoded = target
    for _ in range(3):
        decoded = unquote(decoded)
        path = decoded.partition("?")[0]
        if not path.startswith("/") or path.startswith("//") or "\\" in decoded or "/../" in f"{path}/":
            return False
        if any(sign < " " or sign == "\x7f" for sign in decoded):
            return False
    return True


def ours(target: str | None, *, otherwise: str) -> str:
    """`target` if it is a path of ours, else `otherwise` (a path that we wrote ourselves)."""
    return target if target and is_ours(target) else otherwise
