"""Cursors: opaque to the client, the last key of a page to us."""

import base64
import binascii
from typing import Annotated
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from ebelge.core.errors import InvalidRequest

PAGE_MAX = 200


class PageQuery(BaseModel):
    """Which page."""

    model_config = ConfigDict(extra="forbid")

    limit: Annotated[int, Field(ge=1, le=PAGE_MAX, description="Items on a page")] = 50
    cursor: Annotated[str, Field(max_length=200, description="`next_cursor` of the page before")] | None = None


def pack(key: object) -> str:
    """The cursor that goes on after `key`."""
    return base64.urlsafe_b64encode(str(key).encode()).decode().rstrip("=")


def unpack_uuid(cursor: str | None) -> UUID | None:
    """The id in a cursor. :raises InvalidRequest: it is none of ours."""
    try:
        return None if cursor is None else UUID(text_of(cursor))
    except ValueError as error:
        raise _wrong() from error


def unpack_int(cursor: str | None) -> int | None:
    """The number in a cursor. :raises InvalidRequest: it is none of ours."""
    try:
        number = None if cursor is None else int(text_of(cursor))
    except ValueError as error:
        raise _wrong() from error
    if number is not None and not 0 <= number < 2**63:
        raise _wrong()
    return number


def text_of(cursor: str) -> str:
    """What a cursor holds. :raises ValueError: it is none of ours."""
    try:
        return base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode("ascii")
    except (binascii.Error, UnicodeError) as error:
        raise ValueError(cursor) from error


def _wrong() -> InvalidRequest:
    return InvalidRequest(
        "cursor geçersiz; önceki sayfanın next_cursor değerini gönderin.",
        "The cursor is invalid; send the next_cursor of the page before.",
    )
