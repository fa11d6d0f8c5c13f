"""Pictures a tenant gives us: PNG or JPEG by their bytes, bounded in size, never SVG (it is a program).

A picture is shown as an image only (a data: address under a policy that runs nothing), so it is checked, not rewritten.
"""

from dataclasses import dataclass
from typing import Final, Literal

from tenants.fields import Checks

BYTES_MAX: Final = 256 * 1024
SIDE_PIXELS_MAX: Final = 2000
_PNG: Final = b"\x89PNG\r\n\x1a\n"
_PNG_END: Final = b"IEND\xaeB`\x82"
# Frames of a JPEG that tell its size: baseline to progressive, without the arithmetic ones nobody shows.
_JPEG_FRAMES: Final = frozenset({0xC0, 0xC1, 0xC2})
_JPEG_BARE: Final = frozenset({0x01, *range(0xD0, 0xD8)})


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture as it is kept and shown."""

    data: bytes
    media_type: Literal["image/png", "image/jpeg"]
    width: int
    height: int


def read(check: Checks, field: str, data: bytes) -> Picture | None:
    """The picture, or None with the fault noted in `check`."""
    if len(data) > BYTES_MAX:
        check.refuse(
            field, f"Resim en çok {BYTES_MAX // 1024} KB olabilir.", f"A picture has {BYTES_MAX // 1024} KB at most."
        )
        return None
    found = _png(data) or _jpeg(data)
    if found is None:
        check.refuse(
            field, "Resim PNG ya da JPEG olmalı; SVG kabul edilmez.", "A picture is a PNG or a JPEG; SVG is not taken."
        )
        return None
    if not (0 < found.width <= SIDE_PIXELS_MAX and 0 < found.height <= SIDE_PIXELS_MAX):
        check.refuse(
            field, f"Resmin kenarı en çok {SIDE_PIXELS_MAX} piksel olabilir.",
            f"A side of a picture has {SIDE_PIXELS_MAX} pixels at most.",
        )  # fmt: skip
        return None
    return found


def _png(data: bytes) -> Picture | None:
    """A PNG that begins with its header and ends with its end: nothing else is carried along."""
    if not (data.startswith(_PNG) and data[12:16] == b"IHDR" and data.endswith(_PNG_END)):
        return None
    return Picture(data, "image/png", int.from_bytes(data[16:20], "big"), int.from_bytes(data[20:24], "big"))


def _jpeg(data: bytes) -> Picture | None:
    """A JPEG by its segments, up to the frame that tells its size."""
    if not (data.startswith(b"\xff\xd8\xff") and data.endswith(b"\xff\xd9")):
        return None
    place = 2
    while place + 9 <= len(data):
        if data[place] != 0xFF:
            return None
        marker = data[place + 1]
        if marker == 0xFF or marker in _JPEG_BARE:
            place += 1 if marker == 0xFF else 2
            continue
        length = int.from_bytes(data[place + 2 : place + 4], "big")
        if marker in _JPEG_FRAMES:
            height, width = (int.from_bytes(data[at : at + 2], "big") for at in (place + 5, place + 7))
            return Picture(data, "image/jpeg", width, height)
        if length < 2 or marker == 0xDA:  # the picture itself begins, and no frame has told its size
            return None
        place += 2 + length
    return None
