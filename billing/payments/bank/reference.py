"""The payment reference that a payer types into a transfer: KNT-XXXX-XX, six signs of which the last is a check.

23 signs without any that look alike (no 0 O, 1 I L, 2-Z, 5-S, 8-B, U-V, Q), so the check is a weighted sum modulo the
prime 23: one wrong sign and any two exchanged signs are always found.
"""

import re

from ebelge.core.folding import fold

ALPHABET = "234679ACDEFGHJKMNPRTWXY"
PREFIX = "KNT"
_BASE = len(ALPHABET)
_DIGITS = 5
NUMBERS = _BASE**_DIGITS
# Neighbouring orders get references that differ in several signs; the factor is coprime to 23.
_SPREAD = 2_971_215
_FOUND = re.compile(rf"(?=K ?N ?T ?((?:[{ALPHABET}] ?){{{_DIGITS}}}[{ALPHABET}]))")


def reference(number: int) -> str:
    """The reference of the order with this running number, as in "KNT-7F3K-92". :raises ValueError: out of numbers."""
    if not 0 <= number < NUMBERS:
        raise ValueError(f"references are for numbers from 0 to {NUMBERS - 1}")
    rest, signs = number * _SPREAD % NUMBERS, ""
    for _ in range(_DIGITS):
        rest, sign = divmod(rest, _BASE)
        signs = ALPHABET[sign] + signs
    return _written(signs + _check(signs))


def is_reference(text: str) -> bool:
    """True for a reference with the right check, however it is parted or cased."""
    signs = fold(text).replace(" ", "").removeprefix(PREFIX)
    return len(signs) == _DIGITS + 1 and set(signs) <= set(ALPHABET) and signs[-1] == _check(signs[:-1])


def references_in(description: str) -> tuple[str, ...]:
    """Every right reference in a transfer's description, in its usual form; blanks and dashes may part it anywhere."""
    found: dict[str, None] = {}
    for hit in _FOUND.finditer(fold(description)):
        signs = hit.group(1).replace(" ", "")
        if signs[-1] == _check(signs[:-1]):
            found[_written(signs)] = None
    return tuple(found)


def _check(signs: str) -> str:
    # Weights 2..6, the check itself has weight 1: all different and none 0 modulo 23.
    total = sum(weight * ALPHABET.index(sign) for weight, sign in enumerate(signs, start=2))
    return ALPHABET[-total % _BASE]


def _written(signs: str) -> str:
    return f"{PREFIX}-{signs[:4]}-{signs[4:]}"
