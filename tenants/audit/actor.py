"""Who does a deed, as the log names it, and where a process says so: once per request or command, not in each call."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Literal

ActorKind = Literal["person", "staff", "key", "system", "command", "visitor"]
AGENT_MAX = 300


@dataclass(frozen=True, slots=True)
class Actor:
    """Who did it. `id` names it for ever without naming a person; `name`, `address`, `agent` can be erased.

    person: id is the person's. staff: a person of the operator's or a reseller's who acts for the account `for_whom`.
    key: an API key's id. system: a duty of the clock or a task. command: an `ebelge` command; its `--by` is the name.
    visitor: nobody is signed in.
    """

    kind: ActorKind
    id: str
    name: str = ""
    for_whom: str = ""
    address: str = ""
    agent: str = ""
    request_id: str = ""


def system(name: str) -> Actor:
    """A duty of the clock or a task, by its name."""
    return Actor("system", name)


def command(name: str, *, by: str) -> Actor:
    """A command on the operator's machine, and the person who says so."""
    return Actor("command", name, name=by)


_bound: ContextVar[Callable[[], Actor | None] | None] = ContextVar("ebelge_audit_actor", default=None)


@contextmanager
def bound(whose: Callable[[], Actor | None]) -> Iterator[None]:
    """Inside, `whose()` says who acts (None: nobody in particular): asked only when something is noted."""
    token = _bound.set(whose)
    try:
        yield
    finally:
        _bound.reset(token)


def actor_of(by: str) -> Actor:
    """Who acts: whoever the request or command said, else what `by` names (`person:ID`, `key:ID`, a duty or task)."""
    whose = _bound.get()
    said = None if whose is None else whose()
    if said is not None:
        return said
    kind, _, id_ = by.partition(":")
    match kind:
        case "person" | "key" if id_:
            return Actor(kind, id_)
        case _:
            return Actor("system", "", name=by)
