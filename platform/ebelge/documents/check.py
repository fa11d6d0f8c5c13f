"""Everything that is decided about a document before a transaction: kind, series, mailbox, signatory, all rules.

What is refused here costs nothing, takes no number and leaves no row, because nothing here writes.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID, uuid4

from lxml import etree

from ebelge.core.clock import ISTANBUL, istanbul_date
from ebelge.core.config import settings
from ebelge.core.errors import Conflict
from ebelge.core.findings import Finding, refuses
from ebelge.documents import looks, rulings
from ebelge.documents.facts import SeriesFacts, TenantFacts
from ebelge.documents.numbers import rulings as series_rulings
from ebelge.documents.numbers.choice import Place, choose_series
from ebelge.documents.registered.taxpayer import DOCUMENT_TYPE, NEVER_REGISTERED, STALE_AFTER, Mailboxes
from ebelge.documents.route import choose_route
from ebelge.documents.submission import EMAIL, Read
from ebelge.ubl.build import build
from ebelge.ubl.draft import Draft, InvoiceDraft
from ebelge.ubl.errors import InvalidDocument
from ebelge.ubl.esmm import is_own_form, read_receipt
from ebelge.ubl.esmm_draft import ProfessionalReceiptDraft
from ebelge.ubl.internet import sending_of
from ebelge.ubl.names import tag
from ebelge.ubl.parse import ParsedDocument, parse
from ebelge.ubl.paths import point_at_json
from ebelge.ubl.prepare import prepare_tree, serialise
from ebelge.ubl.taxes import Taxes, taxes_of
from ebelge.ubl.type_rules import scenario
from ebelge.ubl.types import DocumentKind, Signatory
from ebelge.ubl.validate import check as check_rules
from tenants.states import SENDS

EARLIEST_YEAR = 2005
KURUS_MAX = 2**63 - 1
LATE_AFTER = timedelta(days=7)
BY_GIB = ("efatura", "eirsaliye")


class ServiceNotActive(Conflict):
    """The tenant may not issue this kind of document on that day."""

    code = "service_not_active"
    title_tr, title_en = "Hizmet bu tarihte aktif değil", "The service is not active on that day"
    advice_tr = "Hiçbir şey kaydedilmedi; düzenleme tarihini değiştirin ya da hizmeti etkinleştirin."
    advice_en = "Nothing was stored; use another issue date, or have the service activated."


class TenantNotActive(Conflict):
    """The tenant is suspended or closed, or is of a kind that has no documents."""

    code = "tenant_not_active"
    title_tr, title_en = "Hesap belge gönderemez", "The account cannot send documents"
    advice_tr = "Hiçbir şey kaydedilmedi; belgeleriniz okunabilir durumda. Destek ekibiyle görüşün."
    advice_en = "Nothing was stored; your documents can still be read. Please talk to support."


class SenderAliasMissing(Conflict):
    """The service has no unit (GB) at GİB to send from."""

    code = "sender_alias_missing"
    title_tr, title_en = "Gönderici etiketi tanımlı değil", "The sender's alias is not entered"
    advice_tr = "Hiçbir şey kaydedilmedi; hizmetin GİB'deki gönderici etiketini (GB) tanımlatın."
    advice_en = "Nothing was stored; have the service's sender alias at GİB (GB) entered."


@dataclass(frozen=True, slots=True)
class Checked:
    """A document that keeps all rules, ready to be numbered. `xml` carries `placeholder` where its number goes.

    `old_list`: the instant of the old list by which it is an e-Arşiv; a fresh one is asked before it is signed.
    """

    kind: DocumentKind
    profile: str
    type_code: str
    ettn: UUID
    series: SeriesFacts
    serial: int | None
    placeholder: str
    issue_date: date
    xml: bytes
    buyer_vkn_tckn: str
    buyer_title: str
    buyer_email: str | None
    channel: str
    receiver_alias: str | None
    sender_alias: str | None
    currency: str
    payable_kurus: int
    line_count: int
    taxes: Taxes
    warnings: tuple[Finding, ...]
    old_list: datetime | None = None

    @property
    def year(self) -> int:
        """The year of the number: that of the issue date."""
        return self.issue_date.year


def check(
    tenant: TenantFacts, read: Read, mailboxes: Mailboxes, *, at: datetime, place: Place | None = None
) -> Checked:
    """Decide and check one document; `place` makes it a correction that keeps a number.

    :raises InvalidDocument: with every finding of GİB's rules and ours (422).
    :raises ServiceNotActive, TenantNotActive, SenderAliasMissing, NoOperator: 409.
    :raises UserListMissing: GİB's list is needed and was never loaded (503).
    """
    if tenant.state not in SENDS or tenant.kind == "pool":
        raise TenantNotActive()
    if read.parsed is not None and read.parsed.supplier.vkn_tckn != tenant.supplier.vkn_tckn:
        raise InvalidDocument(findings=[rulings.supplier_is_another(read.parsed.supplier.vkn_tckn)])
    today = istanbul_date(at)
    issue_date = _issue_date(read, place, today)
    if issue_date.year < EARLIEST_YEAR:
        raise InvalidDocument(findings=[rulings.too_old(issue_date)])
    route = choose_route(tenant, read, mailboxes)
    kind = route.kind
    if place is not None and place.kind != kind:
        raise InvalidDocument(findings=[series_rulings.correction_of_another_kind(place.kind, kind.value)])
    _check_service(tenant, kind, issue_date)
    series, number = choose_series(tenant, read, kind, issue_date, place)
    placeholder = number or series.placeholder(issue_date.year)
    signatory = tenant.signatory(kind)
    source, parsed, changes = _document(tenant, read, kind, placeholder, issue_date, signatory, at, place)
    findings = check_rules(source, kind=kind, today=today, number=placeholder)
    taxes = taxes_of(parsed.tree)
    if max(abs(parsed.payable_kurus), taxes.largest_kurus) > KURUS_MAX:
        findings.insert(0, rulings.amount_too_large())
    if read.draft is not None:  # its client has never seen our XML
        findings = point_at_json(findings)
    if refuses(findings):
        raise InvalidDocument(findings=findings)
    warnings = [*findings, *route.warnings, *changes]
    if today - issue_date > LATE_AFTER:
        warnings.append(rulings.late(issue_date, today))
    old_list = _old_list(tenant, read, at)
    if old_list is not None:
        warnings.append(rulings.list_is_old(old_list, at, waits=kind is DocumentKind.EARSIV))
    by_gib = kind in BY_GIB
    email, mail_warnings = _email(read, parsed)
    if not by_gib:
        warnings += mail_warnings
    sender_alias = tenant.services[kind].sender_alias if by_gib else None
    if by_gib and not sender_alias:
        raise SenderAliasMissing()
    return Checked(
        kind=kind,
        profile=parsed.profile_id,
        type_code=parsed.type_code,
        ettn=parsed.ettn,
        series=series,
        serial=int(number[7:]) if number else None,
        placeholder=placeholder,
        issue_date=issue_date,
        # A draft was built ready for the seal. The tree has been read for the last time.
        xml=source if read.parsed is None else _prepared(tenant, kind, parsed.tree, signatory, placeholder),
        buyer_vkn_tckn=parsed.customer.vkn_tckn,
        buyer_title=parsed.customer.title,
        buyer_email=email,
        channel="gib" if by_gib else "mail" if email and sending_of(parsed.tree) != "KAGIT" else "paper",
        receiver_alias=route.receiver_alias,
        sender_alias=sender_alias,
        currency=parsed.currency,
        payable_kurus=parsed.payable_kurus,
        line_count=parsed.line_count,
        taxes=taxes,
        warnings=tuple(warnings),
        old_list=old_list if kind is DocumentKind.EARSIV else None,
    )


def _old_list(tenant: TenantFacts, read: Read, at: datetime) -> datetime | None:
    """When the list was loaded that says who this buyer is, if that is long ago; None also for who is in no list."""
    key, loaded_at = read.mailbox_key, tenant.list_loaded_at
    if key is None or key.vkn_tckn in NEVER_REGISTERED or loaded_at is None or at - loaded_at <= STALE_AFTER:
        return None
    return loaded_at


def _prepared(
    tenant: TenantFacts, kind: DocumentKind, tree: etree._Element, signatory: Signatory, number: str
) -> bytes:
    sheet = looks.embedded(tenant.tenant_id, tenant.stylesheets.get(kind.value))
    return prepare_tree(tree, signatory=signatory, number=number, sheet=sheet)


def _issue_date(read: Read, place: Place | None, today: date) -> date:
    """A draft without a date is of today; a correction without one keeps the date of what it replaces."""
    if read.parsed is not None:
        return read.parsed.issue_date
    given = read.draft.issue_date if read.draft is not None else None
    return given or (place.issue_date if place is not None else today)


def _check_service(tenant: TenantFacts, kind: DocumentKind, day: date) -> None:
    service = tenant.services.get(kind)
    if service is None or not service.active_on(day):
        raise ServiceNotActive(
            f"{kind.heading} hizmeti {day.isoformat()} tarihinde aktif değil.",
            f"The service {kind.heading} is not active on {day.isoformat()}.",
            service=kind.value,
            service_state=service.state if service is not None else "not_wanted",
        )


def _document(
    tenant: TenantFacts,
    read: Read,
    kind: DocumentKind,
    number: str,
    issue_date: date,
    signatory: Signatory,
    at: datetime,
    place: Place | None,
) -> tuple[bytes, ParsedDocument, Sequence[Finding]]:
    """The document's XML, its facts, and what we changed in it."""
    if read.parsed is not None:
        return _from_xml(read, kind, place)
    assert read.draft is not None
    moment = at.astimezone(ISTANBUL).time().replace(microsecond=0)
    ettn = read.draft.ettn or uuid4()
    if place is not None and ettn == place.ettn:
        ettn = uuid4()
    source = build(
        _with_sending(_with_scenario(tenant, read.draft), read.submission.buyer_email),
        supplier=tenant.supplier,
        kind=kind,
        number=number,
        ettn=ettn,
        issue_date=issue_date,
        issue_time=read.draft.issue_time or moment,
        signatory=signatory,
        stylesheet=looks.embedded(tenant.tenant_id, tenant.stylesheets.get(kind.value)),
        esmm_form=settings().esmm_form,
    )
    return source, read_receipt(source) if is_own_form(source) else parse(source), ()


def _with_scenario(tenant: TenantFacts, draft: Draft) -> Draft:
    """The draft in the tenant's own scenario where it names none and its type may be in it."""
    if not isinstance(draft, InvoiceDraft):
        return draft
    profile = scenario(draft, tenant.default_scenario)
    return draft if profile == draft.profile else draft.model_copy(update={"profile": profile})


def _with_sending(draft: Draft, buyer_email: str | None) -> Draft:
    """An e-SMM says how it is sent: by mail, where an address stands beside the draft or in it."""
    if not isinstance(draft, ProfessionalReceiptDraft) or draft.sending is not None or not buyer_email:
        return draft
    return draft.model_copy(update={"sending": "ELEKTRONIK"})


def _from_xml(read: Read, kind: DocumentKind, place: Place | None) -> tuple[bytes, ParsedDocument, Sequence[Finding]]:
    parsed, source = read.parsed, read.submission.xml
    assert parsed is not None
    assert source is not None
    changes: list[Finding] = []
    root = parsed.tree
    if DOCUMENT_TYPE.get(kind) == "Invoice" and (parsed.profile_id == "EARSIVFATURA") != (kind is DocumentKind.EARSIV):
        profile = "EARSIVFATURA" if kind is DocumentKind.EARSIV else "TEMELFATURA"
        _set(root, "cbc:ProfileID", profile)
        changes.append(rulings.profile_changed(parsed.profile_id, profile))
    if place is not None and parsed.ettn == place.ettn:
        ettn = uuid4()
        _set(root, "cbc:UUID", str(ettn))
        changes.append(rulings.ettn_changed(ettn))
    if changes:
        source = serialise(root)
        parsed = parse(source)
    return source, parsed, changes


def _set(root: etree._Element, name: str, value: str) -> None:
    element = root.find(tag(name))
    assert element is not None
    element.text = value


def _email(read: Read, parsed: ParsedDocument) -> tuple[str | None, Sequence[Finding]]:
    """Where the document is mailed to: as wished beside it, else the address in it, if that is one."""
    if read.submission.buyer_email:
        return read.submission.buyer_email, ()
    # GİB's own form of an e-SMM has no place for an address.
    inside = parsed.customer.email.strip() or getattr(getattr(read.draft, "buyer", None), "email", "")
    if not inside:
        return None, ()
    if len(inside) <= 254 and EMAIL.fullmatch(inside):
        return inside, ()
    return None, (rulings.no_email_address(inside),)
