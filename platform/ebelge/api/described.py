"""What a route takes and gives, noted beside it; `openapi` makes the OpenAPI document of these notes."""

from collections.abc import Callable
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any, Literal, TypeVar

from pydantic import BaseModel

View = TypeVar("View", bound=Callable[..., object])
BodyKind = Literal["document", "bulk", "file"]


@dataclass(frozen=True)
class Description:
    """A route's contract."""

    answer: type[BaseModel] | None
    status: HTTPStatus
    query: type[BaseModel] | None
    also: type[BaseModel] | None
    body: BodyKind | type[BaseModel] | None
    media_types: tuple[str, ...]
    idempotent: bool
    refusals: tuple[int, ...]
    example: dict[str, Any] = field(default_factory=dict)


def described(
    answer: type[BaseModel] | None = None,
    *,
    status: HTTPStatus = HTTPStatus.OK,
    query: type[BaseModel] | None = None,
    also: type[BaseModel] | None = None,
    body: BodyKind | type[BaseModel] | None = None,
    media_types: tuple[str, ...] = ("application/json",),
    idempotent: bool = False,
    refusals: tuple[int, ...] = (),
) -> Callable[[View], View]:
    """Note a route's contract. `body`: documents in their forms, a file, or a JSON body's model; `also`: another
    answer it may give; `idempotent`: it takes an Idempotency-Key."""

    def mark(view: View) -> View:
        view.__dict__["described"] = Description(answer, status, query, also, body, media_types, idempotent, refusals)
        return view

    return mark
