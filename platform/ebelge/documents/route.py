"""Which kind a document is, and the mailbox it goes to: the client's wish, the profile and GİB's list decide."""

from dataclasses import dataclass, replace

from ebelge.core.findings import Finding
from ebelge.documents import rulings
from ebelge.documents.facts import TenantFacts
from ebelge.documents.registered.taxpayer import CUSTOMS_BOXES, VIRTUAL_DESPATCH_BOX, Mailboxes, UserListMissing
from ebelge.documents.submission import Read
from ebelge.ubl.draft_special import CUSTOMS_VKN
from ebelge.ubl.errors import InvalidDocument
from ebelge.ubl.paths import point_at_json
from ebelge.ubl.type_rules import bound_profile
from ebelge.ubl.types import DocumentKind

# Under "auto" these profiles change into each other; every other profile says by itself what it is.
PLAIN_EFATURA = ("TEMELFATURA", "TICARIFATURA")


@dataclass(frozen=True, slots=True)
class Route:
    """The kind, the buyer's mailbox at GİB (None: not by GİB), and what the sender should know."""

    kind: DocumentKind
    receiver_alias: str | None
    warnings: tuple[Finding, ...]


def choose_route(tenant: TenantFacts, read: Read, mailboxes: Mailboxes) -> Route:
    """The kind of the document, and the mailbox it goes to."""
    route = _route(tenant, read, mailboxes)
    if route.kind is DocumentKind.EFATURA and getattr(read.draft, "internet_sale", None) is not None:
        return replace(route, warnings=(*route.warnings, rulings.internet_sale_left_out()))
    return route


def _route(tenant: TenantFacts, read: Read, mailboxes: Mailboxes) -> Route:
    key = read.mailbox_key
    wish = read.wish
    if wish != "auto" and wish not in read.kinds:
        raise InvalidDocument(findings=[rulings.kind_and_document_differ(wish, read.kinds)])
    if key is None:
        return Route(read.kinds[0], None, ())
    aliases = mailboxes.of(key.vkn_tckn, key.document_type)
    unknown = not aliases and tenant.list_loaded_at is None
    profile = read.parsed.profile_id if read.parsed is not None else bound_profile(read.draft) if read.draft else ""
    wished = read.submission.receiver_alias
    if key.document_type == "DespatchAdvice":
        kind = DocumentKind.EIRSALIYE
    elif wish == "auto":
        special = profile not in ("", "EARSIVFATURA", *PLAIN_EFATURA)
        if unknown:
            raise UserListMissing()
        kind = DocumentKind.EFATURA if aliases or special else DocumentKind.EARSIV
    else:
        kind = DocumentKind(wish)
        if profile and (profile == "EARSIVFATURA") != (kind is DocumentKind.EARSIV):
            found = [rulings.profile_and_kind_differ(profile, kind)]
            raise InvalidDocument(findings=found if read.draft is None else point_at_json(found))
    if kind is DocumentKind.EARSIV:
        if aliases:
            raise InvalidDocument(findings=[rulings.buyer_is_registered(key.vkn_tckn)])
        return Route(kind, None, ())
    if unknown:
        raise UserListMissing()
    if not aliases:
        if kind is DocumentKind.EFATURA:
            raise InvalidDocument(findings=[rulings.buyer_is_not_registered(key.vkn_tckn)])
        box = VIRTUAL_DESPATCH_BOX.alias
        if wished not in (None, box):
            raise InvalidDocument(findings=[rulings.no_such_mailbox(wished or "", [box])])
        return Route(kind, box, (rulings.virtual_mailbox(key.vkn_tckn, box),))
    names = [alias.alias for alias in aliases]
    if key.vkn_tckn == CUSTOMS_VKN and profile in CUSTOMS_BOXES:
        names = [CUSTOMS_BOXES[profile]]  # GİB refuses an export in the box for travellers, and the other way round
    if wished is not None and wished not in names:
        raise InvalidDocument(findings=[rulings.no_such_mailbox(wished, names)])
    if wished is not None or len(names) == 1:
        return Route(kind, wished or names[0], ())
    last = mailboxes.last_used.get(key)
    names.sort(key=lambda name: name != last)  # the one used last before the default; a closed one is not there
    return Route(kind, names[0], (rulings.mailbox_chosen(names, used=names[0] == last),))
