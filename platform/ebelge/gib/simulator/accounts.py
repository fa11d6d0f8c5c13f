"""User envelopes at the simulated GİB: users and their aliases are added to and closed in the lists that it serves."""

import io
from datetime import datetime

from ebelge.gib.mtom import MessageUnreadable
from ebelge.gib.simulator.checks import Refused
from ebelge.gib.simulator.store import Store
from ebelge.gib.taxpayers import Alias, ListKind, RegisteredUser, read_user_list, write_user_list
from ebelge.gib.user_account import SERVICES, read_user_accounts

ALREADY_THERE, NOT_THERE = 1182, 1183
_TYPES = {"usergb": "Invoice", "edespatch": "DespatchAdvice"}
_KINDS = {"PK": ListKind.PK, "GB": ListKind.GB}


def apply(store: Store, document: bytes, *, identifier: str, at: datetime) -> None:
    """Do what a user account asks for. :raises Refused: 1182 not added, 1183 not removed, 1160 not readable."""
    try:
        action, options, units = read_user_accounts(document)
    except MessageUnreadable as error:
        raise Refused(1160, str(error)) from error
    known = next((one for one in SERVICES.values() if one.identifier == identifier), None)
    refused = ALREADY_THERE if action == "open" else NOT_THERE
    if known is None or options not in (known.public_option, known.private_option):
        raise Refused(refused, f"option {options} does not fit {identifier}")
    if identifier not in _TYPES:
        return  # services without aliases stand in no list
    at = at.replace(microsecond=0)
    for role, kind in _KINDS.items():
        wanted = [(vkn, title, alias) for vkn, title, one, alias in units if one == role]
        if not wanted:
            continue
        rows = store.rows("SELECT xml FROM user_list WHERE kind = ?", (kind.value,))
        users = {one.vkn_tckn: one for one in read_user_list(io.BytesIO(rows[0]["xml"]))} if rows else {}
        for vkn, title, alias in wanted:
            users[vkn] = _changed(users.get(vkn), vkn, title, _TYPES[identifier], alias, users, action == "open", at)
        store.put_list(kind.value, write_user_list(users.values()))


def _changed(
    user: RegisteredUser | None, vkn: str, title: str, document_type: str, alias: str,
    users: dict[str, RegisteredUser], opening: bool, at: datetime,
) -> RegisteredUser:  # fmt: skip
    theirs = user.aliases if user is not None else ()
    is_open = any(one.alias == alias and one.document_type == document_type and one.open_at(at) for one in theirs)
    if opening:
        others = (one for other in users.values() if other.vkn_tckn != vkn for one in other.aliases)
        if is_open or any(one.alias == alias and one.open_at(at) for one in others):
            raise Refused(ALREADY_THERE, f"{alias} is open already")
        aliases = (*theirs, Alias(document_type, alias, at))
    else:
        if not is_open:
            raise Refused(NOT_THERE, f"{alias} is not open")
        aliases = tuple(
            Alias(one.document_type, one.alias, one.created_at, at)
            if (one.alias, one.document_type) == (alias, document_type) and one.deleted_at is None
            else one
            for one in theirs
        )
    first = user.first_created_at if user is not None else at
    return RegisteredUser(vkn, title, "OZEL", "OZELENTEGRASYON", aliases, first)
