"""Who is signed in at this browser. The worktree of factors brings the real one; until then nobody is."""

from dataclasses import dataclass
from uuid import UUID


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A person at one browser; `tenant_id` is what he chose there, `second_factor` whether this session gave one."""

    person_id: UUID
    email: str
    full_name: str
    language: str
    session_id: UUID
    second_factor: bool
    tenant_id: UUID | None = None


def signed_in() -> SignedIn | None:
    """Whoever is signed in with this request."""
    return None


def choose_tenant(tenant_id: UUID | None) -> None:
    """Let this session work in a tenant from now on."""
    raise NotImplementedError(tenant_id)


def sign_in_url(next_path: str = "") -> str:
    """Where a visitor signs in, to come back to `next_path`."""
    return f"/sign-in?next={next_path}" if next_path else "/sign-in"


def second_factor_url(next_path: str = "") -> str:
    """Where somebody gives or sets up his second factor, to come back to `next_path`."""
    return f"/account/factors?next={next_path}" if next_path else "/account/factors"
