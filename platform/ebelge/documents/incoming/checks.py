"""What is checked of an envelope that came in, cheapest first, outside any transaction.

GİB looks at schema, rules and addresses; whether a signature holds is looked at by nobody but the receiving unit
(gib/FACTS 3.5). Each refusal has the code that our system response will say; one bad document voids the envelope.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from cryptography import x509

from ebelge.core.clock import istanbul_date
from ebelge.gib.errors import ZarfUnreadable
from ebelge.gib.mtom import MessageUnreadable
from ebelge.gib.opened import OpenedZarf, open_zarf
from ebelge.gib.system_response import SystemResponse, read_system_response
from ebelge.gib.unzip import open_zip
from ebelge.gib.zarf import ELEMENT_COUNT_MAX, INVOICE_COUNT_MAX, PARTIES, VIRTUAL_DESPATCH_VKN, Mailbox, party_ids
from ebelge.signing.document import DOCUMENT_MAX_BYTES
from ebelge.signing.errors import SignatureInvalid
from ebelge.signing.verify import VerifiedSignature, verify
from ebelge.ubl import received, validate
from ebelge.ubl.errors import UnreadableDocument
from ebelge.ubl.names import ALL_ROOTS
from ebelge.ubl.reading import read_tree
from ebelge.ubl.received import NotReceivable, Received

CARRIES: Final = {
    "SENDERENVELOPE": frozenset({"INVOICE", "DESPATCHADVICE"}),
    "POSTBOXENVELOPE": frozenset({"APPLICATIONRESPONSE", "RECEIPTADVICE"}),
    "SYSTEMENVELOPE": frozenset({"APPLICATIONRESPONSE"}),
}
# Clocks differ; a signature that claims to be made later than that has a clock that nobody can trust.
CLOCK_SLACK: Final = timedelta(hours=1)
FINDING_MAX: Final = 1000


class ZarfRefused(Exception):
    """The whole envelope is refused: `code` of GİB's list, and what was found, for people."""

    def __init__(self, code: int, finding: str) -> None:
        super().__init__(finding[:FINDING_MAX])
        self.code, self.finding = code, finding[:FINDING_MAX]


@dataclass(frozen=True, slots=True)
class Header:
    """What an envelope says of itself; empty before it could be read."""

    zarf_type: str = ""
    element_type: str = ""
    sender: Mailbox = field(default=Mailbox("", ""))
    receiver: Mailbox = field(default=Mailbox("", ""))
    count: int = 0


@dataclass(frozen=True, slots=True)
class CheckedDocument:
    """A document as its sender signed it, its facts, and who signed it."""

    xml: bytes
    sha256: bytes
    facts: Received
    signature: VerifiedSignature


@dataclass(frozen=True, slots=True)
class CheckedZarf:
    """An envelope that may be delivered. `response`: of a system envelope, what it says; it holds no documents."""

    documents: tuple[CheckedDocument, ...] = ()
    response: SystemResponse | None = None


def opened(zipped: bytes, *, zarf_id: UUID) -> OpenedZarf:
    """The envelope in a zip. :raises ZarfRefused: it is packed wrongly."""
    try:
        inner = open_zip(zipped, expected_id=zarf_id)
        zarf = open_zarf(inner.xml)
    except ZarfUnreadable as error:
        raise ZarfRefused(error.status, error.detail_en) from error
    if zarf.instance_id != zarf_id:
        raise ZarfRefused(1133, f"the envelope's id is {zarf.instance_id}, its file's {zarf_id}")
    return zarf


def header(zarf: OpenedZarf) -> Header:
    """What the envelope says of itself."""
    element_type = zarf.element_types[0] if zarf.element_types else ""
    return Header(
        zarf.envelope_type[:40], element_type[:40], _short(zarf.sender), _short(zarf.receiver), len(zarf.documents)
    )


def check_frame(zarf: OpenedZarf) -> None:
    """What can be said of an envelope before it is known whose it is. :raises ZarfRefused."""
    if zarf.type_version != "1.2":
        raise ZarfRefused(1143, f"TypeVersion {zarf.type_version[:20]}")
    carried = CARRIES.get(zarf.envelope_type)
    kinds = set(zarf.element_types)
    if carried is None or len(kinds) != 1 or not kinds <= carried:
        raise ZarfRefused(1150, f"{zarf.envelope_type[:40]} does not carry {', '.join(sorted(kinds))[:100]}")
    most = INVOICE_COUNT_MAX if kinds == {"INVOICE"} else ELEMENT_COUNT_MAX
    if not 1 <= len(zarf.documents) <= most or sum(zarf.element_counts) != len(zarf.documents):
        raise ZarfRefused(
            1150, f"{len(zarf.documents)} documents, {sum(zarf.element_counts)} announced, {most} allowed"
        )


def check_contents(zarf: OpenedZarf, *, trust: Sequence[x509.Certificate] | None, at: datetime) -> CheckedZarf:
    """Schema and schematron of the envelope and its documents, every signature, and the facts.

    `trust`: the authorities one of which must stand behind each seal; None: a signature only has to hold (development
    without authorities). `at`: when the envelope came.
    :raises ZarfRefused: 1160, 1150, 1161, 1171, 1176, 1177, 1181.
    """
    breach = validate.zarf_breach(zarf.root)
    if breach is not None:
        raise ZarfRefused(1160 if breach.schema else 1150, breach.text)
    if zarf.envelope_type == "SYSTEMENVELOPE":
        try:
            return CheckedZarf(response=read_system_response(zarf.documents[0], about=None))
        except MessageUnreadable as error:
            raise ZarfRefused(1150, str(error)) from error
    documents = tuple(_document(xml, zarf, trust=trust, at=at) for xml in zarf.documents)
    if len({document.facts.ettn for document in documents}) != len(documents):
        raise ZarfRefused(_double(zarf), "the envelope holds a document twice")
    return CheckedZarf(documents)


def _document(
    xml: bytes, zarf: OpenedZarf, *, trust: Sequence[x509.Certificate] | None, at: datetime
) -> CheckedDocument:
    try:
        root = read_tree(xml, max_bytes=DOCUMENT_MAX_BYTES, roots=ALL_ROOTS)
        facts = received.read(root)
    except UnreadableDocument as error:
        raise ZarfRefused(1150, "; ".join(finding.message_en for finding in error.findings)) from error
    except NotReceivable as error:
        raise ZarfRefused(1150, str(error)) from error
    if facts.issue_date > istanbul_date(at):
        raise ZarfRefused(1150, f"{facts.number}: issued on {facts.issue_date}, which is yet to come")
    issuer, recipient = PARTIES[facts.element_type]  # type: ignore[index]  # `received` knows the same four roots
    if zarf.sender.vkn_tckn not in party_ids(root, issuer):
        raise ZarfRefused(1171, f"{zarf.sender.vkn_tckn} sends {facts.number} of {facts.sender_vkn_tckn}")
    if zarf.receiver.vkn_tckn not in (*party_ids(root, recipient), VIRTUAL_DESPATCH_VKN):
        raise ZarfRefused(1181, f"{facts.number} is not for {zarf.receiver.vkn_tckn}")
    return CheckedDocument(xml, hashlib.sha256(xml).digest(), facts, _signature(xml, facts, trust, at))


def _signature(
    xml: bytes, facts: Received, trust: Sequence[x509.Certificate] | None, at: datetime
) -> VerifiedSignature:
    try:
        proven = verify(xml, trust=trust)
    except SignatureInvalid as error:
        if trust is not None and _holds(xml):
            raise ZarfRefused(1176, f"{facts.number}: nobody we trust vouches for the seal") from error
        raise ZarfRefused(1177, f"{facts.number}: {error.detail_en}") from error
    if proven.vkn_tckn is None:
        raise ZarfRefused(1161, f"{facts.number}: the seal names no VKN or TCKN")
    certificate, signed_at = proven.certificate, proven.signing_time
    # With `trust` the verifier has asked the same of the whole chain; without it nobody has.
    if not certificate.not_valid_before_utc <= signed_at <= certificate.not_valid_after_utc:
        raise ZarfRefused(1176, f"{facts.number}: the certificate was not valid when it was signed ({signed_at})")
    if signed_at > at + CLOCK_SLACK:
        raise ZarfRefused(1177, f"{facts.number}: signed at {signed_at}, which is yet to come")
    return proven


def _holds(xml: bytes) -> bool:
    """Whether the signature holds, whoever made it."""
    try:
        verify(xml, trust=None)
    except SignatureInvalid:
        return False
    return True


def _double(zarf: OpenedZarf) -> int:
    return 1163 if zarf.element_types[0] == "INVOICE" else 1164


def _short(mailbox: Mailbox) -> Mailbox:
    """Bounded: it is stored before it was checked."""
    return Mailbox(mailbox.alias[:300], mailbox.vkn_tckn[:20], mailbox.title[:500])
