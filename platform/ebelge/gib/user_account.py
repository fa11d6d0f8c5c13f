"""User accounts at GİB: the HR-XML that opens (ProcessUserAccount) or closes (CancelUserAccount) a taxpayer's service.

Form: Özel Entegrasyon Kılavuzu v1.13: the envelope's sender alias says which service; RoleCode GB or PK and
WorkScopeCode (the alias) say which unit; UserOptionCode says service and kind of taxpayer (public or private).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from uuid import UUID
from xml.sax.saxutils import escape

from lxml import etree

from ebelge.core.clock import ISTANBUL
from ebelge.gib.errors import ZarfError
from ebelge.gib.mtom import MessageUnreadable, parse_xml
from ebelge.gib.zarf import HR, ElementType

Action = Literal["open", "close"]
Role = Literal["GB", "PK"]
OA = "http://www.openapplications.org/oagis/9"
ELEMENTS: dict[Action, ElementType] = {"open": "PROCESSUSERACCOUNT", "close": "CANCELUSERACCOUNT"}


@dataclass(frozen=True, slots=True)
class AccountService:
    """How GİB knows a service: the reserved identifier, the option for public and for private taxpayers, and whether
    its users have aliases."""

    identifier: str
    public_option: str
    private_option: str
    has_aliases: bool = False


# By the name of the service here. Keeping (saklama) and archives have identifiers and options of their own.
SERVICES: dict[str, AccountService] = {
    "efatura": AccountService("usergb", "1", "2", has_aliases=True),
    "efatura_archive": AccountService("archive", "11", "12"),
    "earsiv": AccountService("earchive", "21", "22"),
    "earsiv_archive": AccountService("archive_earchive", "31", "32"),
    "eirsaliye": AccountService("edespatch", "51", "52", has_aliases=True),
    "eirsaliye_archive": AccountService("archive_edespatch", "61", "62"),
    "esmm": AccountService("esevoucher", "71", "72"),
    "emm": AccountService("epreceipt", "81", "82"),
    "esmm_archive": AccountService("esevoucher_archive", "91", "92"),
    "emm_archive": AccountService("epreceipt_archive", "101", "102"),
}
_ROLE_NAMES = {"GB": ("Gönderici Birim", "Gönderici Birim Etiketi"), "PK": ("Posta Kutusu", "Posta Kutusu Etiketi")}


@dataclass(frozen=True, slots=True)
class Unit:
    """A sender unit (GB) or mailbox (PK) of the taxpayer, by its alias."""

    role: Role
    alias: str


@dataclass(frozen=True, slots=True)
class Account:
    """Whose account it is, and which units of it are opened or closed; none for services without aliases."""

    vkn_tckn: str
    title: str
    public: bool
    units: tuple[Unit, ...]
    first_name: str = ""
    family_name: str = ""


def build_user_account(
    *, action: Action, service: str, account: Account, integrator_vkn: str, document_id: UUID, at: datetime
) -> bytes:
    """The XML to be signed by the integrator (`signing.document.USER_ACCOUNT`) and counter-signed by the taxpayer.

    :raises ZarfError: GİB knows no such service, or the units do not fit it.
    """
    known = SERVICES.get(service)
    if known is None or known.has_aliases != bool(account.units):
        raise ZarfError(
            "Hizmet için kullanıcı zarfı oluşturulamaz: etiketler hizmete uymuyor",
            f"No user account can be built for {service}: its aliases do not fit the service",
        )
    root = "ProcessUserAccount" if action == "open" else "CancelUserAccount"
    verb = "Process" if action == "open" else "Cancel"
    created = at.astimezone(ISTANBUL).replace(tzinfo=None).isoformat(timespec="seconds")
    option = known.public_option if account.public else known.private_option
    users = "".join(_user(account, unit, option) for unit in account.units or (None,))
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f'<{root} xmlns="{HR}" xmlns:oa="{OA}" releaseID="releaseID0"><oa:ApplicationArea><oa:Sender>'
        f"<oa:LogicalID>{escape(integrator_vkn)}</oa:LogicalID></oa:Sender><oa:Receiver/>"
        f"<oa:CreationDateTime>{created}</oa:CreationDateTime><oa:Signature></oa:Signature>"
        f"<oa:BODID>{document_id}</oa:BODID></oa:ApplicationArea>"
        f"<DataArea><oa:{verb}/>{users}</DataArea></{root}>"
    ).encode()


def _user(account: Account, unit: Unit | None, option: str) -> str:
    scope = ""
    if unit is not None:
        role, alias = _ROLE_NAMES[unit.role]
        scope = (
            f"<UserRole><RoleCode>{unit.role}</RoleCode><RoleName>{role}</RoleName></UserRole>"
            f"<AuthorizedWorkScope><WorkScopeCode>{escape(unit.alias)}</WorkScopeCode>"
            f"<WorkScopeName>{alias}</WorkScopeName></AuthorizedWorkScope>"
        )
    return (
        f"<UserAccount><UserID>{escape(account.vkn_tckn)}</UserID><PersonName>"
        f"<FormattedName>{escape(account.title)}</FormattedName>"
        f"<oa:GivenName>{escape(account.first_name)}</oa:GivenName><MiddleName/>"
        f"<FamilyName>{escape(account.family_name)}</FamilyName></PersonName>{scope}"
        f"<AccountConfiguration><UserOptionCode>{option}</UserOptionCode></AccountConfiguration></UserAccount>"
    )


def read_user_accounts(xml: bytes) -> tuple[Action, str, list[tuple[str, str, str, str]]]:
    """What a user account asks for: the action, its options joined, and (VKN/TCKN, title, role, alias) of each unit.

    :raises MessageUnreadable: it is no user account.
    """
    root = parse_xml(xml)
    action: Action
    if root.tag == f"{{{HR}}}ProcessUserAccount":
        action = "open"
    elif root.tag == f"{{{HR}}}CancelUserAccount":
        action = "close"
    else:
        raise MessageUnreadable(f"no user account: {root.tag}")
    users: Sequence[etree._Element] = root.findall(f"{{{HR}}}DataArea/{{{HR}}}UserAccount")

    def said(user: etree._Element, path: str) -> str:
        return (user.findtext("/".join(f"{{{HR}}}{name}" for name in path.split("/"))) or "").strip()

    units = [
        (
            said(user, "UserID"),
            said(user, "PersonName/FormattedName"),
            said(user, "UserRole/RoleCode"),
            said(user, "AuthorizedWorkScope/WorkScopeCode"),
        )
        for user in users
    ]
    options = {said(user, "AccountConfiguration/UserOptionCode") for user in users}
    return action, ",".join(sorted(options)), units
