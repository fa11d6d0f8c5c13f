"""The checks of an envelope after it was received: packaging, parties, schema, rules, signatures, doubles."""

import hashlib
import io
import threading
from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any
from uuid import UUID

from cryptography import x509
from efatura_kontrol import belge, kontrol, sematron, xsd
from lxml import etree

from ebelge.gib.errors import ZarfUnreadable
from ebelge.gib.mtom import MessageUnreadable, parse_xml
from ebelge.gib.opened import OpenedZarf, open_zarf
from ebelge.gib.simulator.signatures import SignatureRefused, check_signature
from ebelge.gib.simulator.store import DocumentFacts, Store
from ebelge.gib.taxpayers import ListKind, RegisteredUser, read_user_list
from ebelge.gib.unzip import open_zip
from ebelge.gib.zarf import CBC, PARTIES, ROOTS, VIRTUAL_DESPATCH_VKN, Mailbox, party_ids

_UNSIGNED_TYPES = ("SYSTEMENVELOPE",)
_LIST_TYPES = {"INVOICE": "Invoice", "APPLICATIONRESPONSE": "Invoice"}


class Refused(Exception):
    """The whole envelope is refused with `status`: one bad document voids it."""

    def __init__(self, status: int, reason: str) -> None:
        super().__init__(reason)
        self.status = status


class Rules:
    """GİB's schema and schematron by efatura-kontrol, which is not thread-safe: one lock around it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()

    def warm_up(self) -> None:
        """Compile the rules (0.7 s), so that the first envelope does not wait."""
        with self._lock:
            kontrol.hazirla()

    def check(self, xml: bytes) -> None:
        """Check a whole envelope. :raises Refused: 1160 schema, 1150 schematron, with the first finding."""
        with self._lock:
            try:
                envelope = belge.yukle(xml.removeprefix(b"\xef\xbb\xbf"))
            except belge.BelgeHatasi as error:
                raise Refused(1140, error.mesaj) from error
            for finding in xsd.dogrula(envelope):
                raise Refused(1160, finding.mesaj)
            for finding in sematron.dogrula(envelope):
                if finding.seviye == "hata":
                    raise Refused(1150, f"{finding.kod}: {finding.mesaj}")


class AddressBook:
    """The user lists the simulator serves, looked into; without a list no address is refused."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._users: dict[ListKind, dict[str, RegisteredUser]] = {}
        self._version = store.foreign_version()
        self.reload()

    def reload(self) -> None:
        """Read the stored lists again."""
        users: dict[ListKind, dict[str, RegisteredUser]] = {}
        for row in self._store.rows("SELECT kind, xml FROM user_list"):
            found = read_user_list(io.BytesIO(row["xml"]))
            users[ListKind(row["kind"])] = {user.vkn_tckn: user for user in found}
        self._users = users

    def _current(self) -> dict[ListKind, dict[str, RegisteredUser]]:
        # The seed of the development world may write the lists while the simulator runs.
        version = self._store.foreign_version()
        if version != self._version:
            self._version = version
            self.reload()
        return self._users

    def check(self, zarf: OpenedZarf, *, at: datetime) -> None:
        """:raises Refused: 1171, 1172 for the sender, 1181 for the receiver."""
        users = self._current()  # one state of the lists: they may be exchanged meanwhile
        document_type = _LIST_TYPES.get(zarf.element_types[0], "DespatchAdvice")
        answer = zarf.envelope_type == "POSTBOXENVELOPE"
        senders, receivers = (ListKind.PK, ListKind.GB) if answer else (ListKind.GB, ListKind.PK)
        if senders in users:
            known = _is_open(users[senders], zarf.sender, document_type, at)
            if not known:
                status = 1171 if known is None else 1172
                raise Refused(status, f"{zarf.sender.vkn_tckn} {zarf.sender.alias} may not send")
        if receivers not in users or zarf.receiver.vkn_tckn == VIRTUAL_DESPATCH_VKN:
            return
        if not _is_open(users[receivers], zarf.receiver, document_type, at):
            raise Refused(1181, f"{zarf.receiver.vkn_tckn} {zarf.receiver.alias} is no open address")


def _is_open(users: dict[str, RegisteredUser], mailbox: Mailbox, document_type: str, at: datetime) -> bool | None:
    """None: the user is not in the list; else whether this alias of his is open."""
    user = users.get(mailbox.vkn_tckn)
    if user is None:
        return None
    return any(alias.alias == mailbox.alias for alias in user.open_aliases(document_type, at=at))


def read_envelope(data: bytes, instance_id: UUID) -> tuple[OpenedZarf, list[DocumentFacts]]:
    """Open a received zip. :raises Refused: with the packaging status."""
    try:
        opened = open_zip(data, expected_id=instance_id)
        zarf = open_zarf(opened.xml)
    except ZarfUnreadable as error:
        raise Refused(error.status, error.detail_en) from error
    if zarf.instance_id != instance_id:
        raise Refused(1133, f"the envelope's id is {zarf.instance_id}, its file's {instance_id}")
    return zarf, [facts_of(document) for document in zarf.documents]


def facts_of(document: bytes) -> DocumentFacts:
    """What is noted of a document; empty fields where it does not say."""
    try:
        root = parse_xml(document)
    except MessageUnreadable as error:
        raise Refused(1140, str(error)) from error
    kind = next((kind for kind, tag in ROOTS.items() if tag == root.tag), None)
    issuer, recipient = PARTIES.get(kind, ("", "")) if kind else ("", "")

    def text(name: str) -> str:
        return (root.findtext(CBC + name) or "").strip()

    return DocumentFacts(
        kind=kind or str(etree.QName(root).localname),
        number=text("ID"),
        ettn=text("UUID").casefold(),
        supplier=next(iter(party_ids(root, issuer)), "") if issuer else "",
        customer=next(iter(party_ids(root, recipient)), "") if recipient else "",
        sha256=hashlib.sha256(document).hexdigest(),
        notes=tuple(note.text or "" for note in root.iterfind(CBC + "Note")),
    )


def check_envelope(
    zarf: OpenedZarf,
    documents: Sequence[DocumentFacts],
    *,
    store: Store,
    rules: Rules,
    addresses: AddressBook,
    trust: Sequence[x509.Certificate],
    xml: bytes,
    at: datetime,
) -> None:
    """Everything GİB and the receiving unit look at, cheapest first. :raises Refused: with the status."""
    if zarf.type_version != "1.2":
        raise Refused(1143, f"TypeVersion {zarf.type_version}")
    if len(set(zarf.element_types)) != 1 or sum(zarf.element_counts) != len(documents):
        raise Refused(1150, "an envelope carries one kind of document, and as many as it says")
    for document in documents:
        if document.supplier and document.supplier != zarf.sender.vkn_tckn:
            raise Refused(1171, f"{zarf.sender.vkn_tckn} sends a document of {document.supplier}")
        if document.customer and zarf.receiver.vkn_tckn not in (document.customer, VIRTUAL_DESPATCH_VKN):
            raise Refused(1181, f"a document for {document.customer} is addressed to {zarf.receiver.vkn_tckn}")
    if zarf.envelope_type == "USERENVELOPE":
        rules.check(xml)
        return
    addresses.check(zarf, at=at)
    rules.check(xml)
    _check_doubles(documents, store)
    if zarf.envelope_type not in _UNSIGNED_TYPES:
        for xml_document in zarf.documents:
            try:
                check_signature(xml_document, trust=trust, at=at)
            except SignatureRefused as error:
                raise Refused(error.status, str(error)) from error


def _check_doubles(documents: Sequence[DocumentFacts], store: Store) -> None:
    seen: set[object] = set()
    for document in documents:
        keys = {document.ettn, (document.kind, document.supplier, document.number)}
        if keys & seen or store.is_registered(document):
            status = 1163 if document.kind == "INVOICE" else 1164
            raise Refused(status, f"{document.number} {document.ettn} is already registered")
        seen |= keys


def header(mailbox: Mailbox) -> dict[str, Any]:
    """A mailbox as it is stored."""
    return asdict(mailbox)
