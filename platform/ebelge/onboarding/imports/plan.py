"""What an import would do, checked against the file itself and against what is here. Nothing is written."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any
from uuid import NAMESPACE_URL, UUID, uuid5

from sqlalchemy import text
from sqlalchemy.orm import Session

from ebelge.core.clock import istanbul_midnight
from ebelge.core.errors import DomainError
from ebelge.core.findings import Finding
from ebelge.documents.submit import ettn_kind
from ebelge.onboarding.imports.book import Book, read_book
from ebelge.onboarding.imports.old_documents import OldDocuments, read_zip
from ebelge.onboarding.imports.records import AccountRecord
from ebelge.onboarding.imports.totals import Totals, added, differences
from tenants import locator
from tenants.accounts import Identity, InvalidIdentity, check_identity
from tenants.rights import ROLES_OF_KIND


class ImportRefused(DomainError):
    """Something in the file is wrong, or a control total differs."""

    code, http_status = "import_refused", 422
    title_tr, title_en = "Devir kabul edilmedi", "The import was refused"
    advice_tr = "Hiçbir şey kaydedilmedi. Dosyayı düzeltip yeniden deneyin."
    advice_en = "Nothing was stored. Mend the file and try again."


@dataclass(frozen=True, slots=True)
class Here:
    """An account that is in the product already."""

    tenant_id: UUID
    kind: str
    state: str


@dataclass(frozen=True, slots=True)
class Plan:
    """An import that was read and checked. The same files give the same `import_id`."""

    import_id: UUID
    files_sha256: bytes
    book: Book
    documents: OldDocuments
    documents_path: Path | None
    here: dict[str, Here]
    findings: tuple[Finding, ...]

    def totals(self) -> Totals:
        """What the files hold."""
        return added([self.book.totals(), self.documents.totals()])

    def refuse_if_wrong(self) -> None:
        """:raises ImportRefused: with every finding."""
        if self.findings:
            raise ImportRefused(
                f"{len(self.findings)} satır ya da toplam yanlış.",
                f"{len(self.findings)} rows or totals are wrong.",
                findings=self.findings,
            )


def make(session: Session, *, workbook: bytes, documents: Path | None, at: datetime) -> Plan:
    """Read and check the files; the session is the reader's, who sees which accounts are here.

    What the same import has brought itself (it was interrupted, or is repeated) is no hindrance.
    :raises ImportUnreadable: a file cannot be read at all.
    """
    book = read_book(workbook)
    old = read_zip(documents, accounts=book.account_numbers()) if documents is not None else OldDocuments((), ())
    digest = _digest(workbook, documents)
    here = _here(session, [*book.account_numbers(), *(one.reseller for one in book.accounts if one.reseller)])
    mine = uuid5(NAMESPACE_URL, f"ebelge:import:{digest.hex()}")
    opened = _opened_by(session, mine)
    findings = (
        *book.findings,
        *old.findings,
        *_accounts(book.accounts, here, opened),
        *_belonging(book, here),
        *_people(book, here),
        *_series(book),
        *_lots(book, at),
        *_doubles(book),
        *_taken(session, old, here),
        *differences(book.stated, added([book.totals(), old.totals()])),
    )
    return Plan(mine, digest, book, old, documents, here, findings)


def _digest(workbook: bytes, documents: Path | None) -> bytes:
    both = sha256(workbook)
    if documents is not None:
        with documents.open("rb") as stream:
            while chunk := stream.read(1024 * 1024):
                both.update(chunk)
    return both.digest()


def _here(session: Session, numbers: Sequence[str]) -> dict[str, Here]:
    rows = session.execute(
        text("SELECT vkn_tckn, tenant_id, kind, state FROM tenant WHERE mode = 'live' AND kind <> 'pool' "
             "AND vkn_tckn = ANY(:numbers)"),
        {"numbers": list(dict.fromkeys(numbers))},
    )  # fmt: skip
    return {row.vkn_tckn: Here(row.tenant_id, row.kind, row.state) for row in rows}


def _opened_by(session: Session, import_id: UUID) -> frozenset[UUID]:
    rows = session.execute(
        text("SELECT DISTINCT tenant_id FROM import_part WHERE import_id = :import_id"), {"import_id": import_id}
    )
    return frozenset(row.tenant_id for row in rows)


def _accounts(accounts: Sequence[AccountRecord], here: dict[str, Here], opened: frozenset[UUID]) -> Iterator[Finding]:
    for one in accounts:
        try:
            check_identity(identity(one))
        except InvalidIdentity as error:
            yield _at("Hesaplar", "Accounts", one.row, "identity", error.detail_tr, error.detail_en)
        known = here.get(one.vkn_tckn)
        if known is not None and known.tenant_id not in opened:
            yield _at(
                "Hesaplar", "Accounts", one.row, "exists",
                f"{one.vkn_tckn} için bir hesap var; satırı çıkarın, öteki sayfalar o hesaba yazılır.",
                f"There is an account for {one.vkn_tckn}; take the row out, the other sheets go into that account.",
            )  # fmt: skip
        reseller = here.get(one.reseller or "")
        if one.reseller and (reseller is None or reseller.kind != "reseller"):
            yield _at(
                "Hesaplar", "Accounts", one.row, "reseller",
                f"{one.reseller} bir bayi hesabı değil.", f"{one.reseller} is no reseller's account.",
            )  # fmt: skip


def identity(one: AccountRecord) -> Identity:
    """The account's row as accounts are opened."""
    return Identity(
        vkn_tckn=one.vkn_tckn,
        title=one.title,
        district=one.district,
        city=one.city,
        first_name=one.first_name,
        family_name=one.family_name,
        tax_office=one.tax_office,
        street=one.street,
        postal_zone=one.postal_zone,
        email=one.email,
        phone=one.phone,
    )


def _belonging(book: Book, here: dict[str, Here]) -> Iterator[Finding]:
    """Rows of accounts that are neither in the file nor here."""
    opening = {one.vkn_tckn for one in book.accounts}
    for tr, en, records in _sheets(book):
        for record in records:
            if record.account not in opening and record.account not in here:
                yield _at(
                    tr, en, record.row, "account",
                    f"{record.account} ne bu dosyada ne de kayıtlı hesaplarda var.",
                    f"{record.account} is neither in this file nor among the accounts.",
                )  # fmt: skip


def _people(book: Book, here: dict[str, Here]) -> Iterator[Finding]:
    for one in book.people:
        kind = here[one.account].kind if one.account in here else "customer"
        if one.role not in ROLES_OF_KIND[kind]:
            yield _at(
                "Kişiler", "People", one.row, "role",
                f"{one.role} rolü bu tür bir hesapta yok.", f"There is no role {one.role} in such an account.",
            )  # fmt: skip


def _series(book: Book) -> Iterator[Finding]:
    for one in book.series:
        if one.last_used and one.year is None:
            yield _at(
                "Seriler", "Series", one.row, "year",
                "Son numaranın yılı da yazılmalı.", "The last number needs its year.",
            )  # fmt: skip
        if len(one.prefix) != 3 or not (one.prefix.isascii() and one.prefix.isalnum() and one.prefix.isupper()):
            yield _at(
                "Seriler", "Series", one.row, "prefix",
                f"'{one.prefix}' bir seri değil: üç karakter, A-Z ve 0-9.",
                f"'{one.prefix}' is no series: three characters, A-Z and 0-9.",
            )  # fmt: skip


def _lots(book: Book, at: datetime) -> Iterator[Finding]:
    for one in book.lots:
        if istanbul_midnight(one.last_day + timedelta(days=1)) <= at:
            yield _at(
                "Kontör", "Kontor", one.row, "last_day",
                f"Son kullanım günü geçmiş: {one.last_day:%d.%m.%Y}.",
                f"The last day is over: {one.last_day.isoformat()}.",
            )  # fmt: skip


def _doubles(book: Book) -> Iterator[Finding]:
    """Rows that say the same thing twice."""
    keyed: tuple[tuple[str, str, Iterable[tuple[int, Any]]], ...] = (
        ("Hesaplar", "Accounts", [(one.row, one.vkn_tckn) for one in book.accounts]),
        ("Kişiler", "People", [(one.row, (one.account, one.email.casefold())) for one in book.people]),
        ("Seriler", "Series", [(one.row, (one.account, one.prefix)) for one in book.series]),
        ("Kontör", "Kontor", [(one.row, (one.account, one.reference)) for one in book.lots]),
        ("Adres defteri", "Address book", [(one.row, (one.account, one.vkn_tckn, one.title)) for one in book.contacts]),
    )
    for tr, en, keys in keyed:
        listed = list(keys)
        twice = {key for key, count in Counter(key for _, key in listed).items() if count > 1}
        for row, key in listed:
            if key in twice:
                yield _at(tr, en, row, "twice", "Aynı satır dosyada iki kez var.", "The row stands twice in the file.")


def _taken(session: Session, old: OldDocuments, here: dict[str, Here]) -> Iterator[Finding]:
    """Outgoing documents whose ETTN is in use by anything else than this very file in this very account."""
    outgoing = [one for one in old.records if one.direction == "out"]
    for start in range(0, len(outgoing), BATCH):
        batch = outgoing[start : start + BATCH]
        keys = {locator.key_sha256(str(one.ettn)): one for one in batch}
        rows = session.execute(_TAKEN, {"kind": ettn_kind("live"), "keys": list(keys)}).all()
        for row in rows:
            one = keys[bytes(row.key_sha256)]
            account = here.get(one.account)
            same = account is not None and account.tenant_id == row.tenant_id and row.file_sha256 == one.sha256
            if not same:
                yield Finding(
                    "import.document.taken",
                    f"{one.name}: ETTN kullanımda.",
                    f"{one.name}: the ETTN is in use.",
                    path=one.name,
                )


BATCH = 1000
_TAKEN = text(
    "SELECT l.key_sha256, l.tenant_id, d.file_sha256 FROM locator l "
    "LEFT JOIN old_document d ON d.tenant_id = l.tenant_id AND d.document_id = l.object_id "
    "WHERE l.kind = :kind AND l.key_sha256 = ANY(:keys)"
)


def _sheets(book: Book) -> tuple[tuple[str, str, Sequence[Any]], ...]:
    return (
        ("Kişiler", "People", book.people),
        ("Seriler", "Series", book.series),
        ("Kontör", "Kontor", book.lots),
        ("Adres defteri", "Address book", book.contacts),
    )


def _at(tr: str, en: str, row: int, rule: str, said_tr: str, said_en: str) -> Finding:
    return Finding(f"import.{rule}", f"{tr}, satır {row}: {said_tr}", f"{en}, row {row}: {said_en}", line=row, path=tr)
