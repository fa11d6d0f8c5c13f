"""A reseller's sheet from upload to the last account: checked whole, started once, opened row by row or all at once.

Everything is done in the reseller's session. A row that was opened says which account it became, in the transaction
that opened it; so whoever goes on after a kill finds what is left, and the same file again finds its customers known.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from ebelge.core.errors import Conflict, DomainError, NotFound
from ebelge.core.findings import Finding
from ebelge.core.ids import new_id
from ebelge.core.workbooks import Sheet
from ebelge.onboarding import customer_sheet, customers
from ebelge.onboarding.customer_models import CustomerImport, CustomerImportRow
from ebelge.onboarding.customer_sheet import COLUMNS, NewCustomer, SheetRow
from ebelge.onboarding.customers import AlreadyYours, HasAccount, Invite, Onboarded
from ebelge.outbox import messages
from tenants.accounts import TenantExists
from tenants.audit.entries import Actor

TOPIC = "customers.import"
NAME_MAX = 200
# All or none is one transaction, which ends within 30 s; an account with its sandbox takes up to a tenth of a second.
WHOLE_MAX = 150


class ImportRefused(Conflict):
    """The sheet cannot be started as it was chosen; nothing was added."""

    code = "import_refused"
    title_tr, title_en = "Dosya işlenemez", "The sheet cannot be carried out"


@dataclass(frozen=True, slots=True)
class Progress:
    """How many rows stand where."""

    bad: int = 0
    good: int = 0
    known: int = 0
    made: int = 0
    failed: int = 0

    @property
    def total(self) -> int:
        """All rows."""
        return self.bad + self.good + self.known + self.made + self.failed


def check(
    session: Session,
    *,
    tenant_id: UUID,
    file_name: str,
    data: bytes,
    by: str,
    by_id: UUID | None,
    at: datetime,
) -> CustomerImport:
    """Keep a sheet and what is right and wrong in it; no account is opened by this.

    :raises SheetRefused: it cannot be read. :raises MayNotOnboard: no contract.
    """
    customers.may_onboard(session, tenant_id=tenant_id, at=at)
    rows = customer_sheet.read(data)
    made = CustomerImport(
        tenant_id=tenant_id,
        import_id=new_id(),
        file_name=file_name[:NAME_MAX],
        sha256=hashlib.sha256(data).digest(),
        state="checked",
        whole=False,
        created_by=by,
        created_by_id=by_id,
        created_at=at,
    )
    session.add(made)
    session.add_all(_row(session, made, row) for row in rows)
    session.flush()
    return made


def start(session: Session, *, tenant_id: UUID, import_id: UUID, whole: bool, at: datetime) -> CustomerImport:
    """Let the good rows be opened; `whole`: only if there is no bad one, and then all or none. Repeating it is fine.

    :raises NotFound: no such sheet. :raises ImportRefused: nothing to open, or bad rows where all was chosen.
    """
    found = get(session, tenant_id=tenant_id, import_id=import_id)
    if found.state in ("running", "done"):
        return found
    if found.state == "refused":
        raise ImportRefused("Bu dosya kapanmış; yeniden yükleyin.", "This sheet is over; upload it again.")
    count = progress(session, tenant_id=tenant_id, import_id=import_id)
    if not count.good:
        raise ImportRefused("Eklenecek satır yok.", "There is no row to add.")
    if whole and count.bad:
        raise ImportRefused(
            "Hatalı satırlar var: düzeltip yeniden yükleyin ya da yalnız doğru satırları ekleyin.",
            "Some rows are wrong: mend and upload again, or add the good rows only.",
        )
    if whole and count.good > WHOLE_MAX:
        raise ImportRefused(
            f"Hep birlikte en çok {WHOLE_MAX} satır eklenir; satır satır ekleyin ya da dosyayı bölün.",
            f"At most {WHOLE_MAX} rows are added all or none; add row by row, or split the file.",
        )
    found.state, found.whole = "running", whole
    messages.put(session, tenant_id=tenant_id, topic=TOPIC, key=import_id, at=at)
    session.flush()
    return found


def open_next(
    session: Session, *, tenant_id: UUID, import_id: UUID, actor: Actor, invite: Invite, at: datetime
) -> Onboarded | None:
    """Open the account of the next row that waits; None when there is none left, and then the sheet is done.

    A row that cannot be opened any more says why and is passed over; ask again for the next one.
    """
    found = get(session, tenant_id=tenant_id, import_id=import_id)
    while found.state == "running":
        row = session.scalars(_waiting(tenant_id, import_id).limit(1)).one_or_none()
        if row is None:
            found.state, found.ended_at = "done", at
            break
        try:
            with session.begin_nested():
                return _open(session, row, actor, invite, at)
        except DomainError as error:
            _failed(row, error)
            session.flush()
    session.flush()
    return None


def open_all(
    session: Session, *, tenant_id: UUID, import_id: UUID, actor: Actor, invite: Invite, at: datetime
) -> list[Onboarded]:
    """Open every row in this transaction, or none. :raises DomainError: a row cannot be opened any more; roll back,
    then `refuse_whole` with it."""
    found = get(session, tenant_id=tenant_id, import_id=import_id)
    if found.state != "running":
        return []
    rows = session.scalars(_waiting(tenant_id, import_id)).all()
    opened = []
    for row in rows:
        try:
            opened.append(_open(session, row, actor, invite, at))
        except DomainError as error:
            error.extra["row"] = row.row
            raise
    found.state, found.ended_at = "done", at
    session.flush()
    return opened


def refuse_whole(session: Session, *, tenant_id: UUID, import_id: UUID, error: DomainError, at: datetime) -> None:
    """End a sheet that was to be opened whole: the row that could not be says why, nothing was added."""
    found = get(session, tenant_id=tenant_id, import_id=import_id)
    if found.state == "running":
        row = session.get(CustomerImportRow, (tenant_id, import_id, error.extra.get("row")))
        if row is not None:
            _failed(row, error)
        found.state, found.ended_at = "refused", at
        session.flush()


def get(session: Session, *, tenant_id: UUID, import_id: UUID) -> CustomerImport:
    """A sheet of this reseller, locked. :raises NotFound: there is none."""
    found = session.get(CustomerImport, (tenant_id, import_id), with_for_update=True, populate_existing=True)
    if found is None:
        raise NotFound()
    return found


def imports(session: Session, *, tenant_id: UUID, limit: int = 20) -> Sequence[CustomerImport]:
    """The reseller's sheets, newest first."""
    return session.scalars(
        select(CustomerImport)
        .where(CustomerImport.tenant_id == tenant_id)
        .order_by(CustomerImport.import_id.desc())
        .limit(limit)
    ).all()


def progress(session: Session, *, tenant_id: UUID, import_id: UUID) -> Progress:
    """How far a sheet has come."""
    counted = session.execute(
        select(CustomerImportRow.state, func.count())
        .where(CustomerImportRow.tenant_id == tenant_id, CustomerImportRow.import_id == import_id)
        .group_by(CustomerImportRow.state)
    )
    return Progress(**{row.state: int(row[1]) for row in counted})


def rows(session: Session, *, tenant_id: UUID, import_id: UUID) -> Sequence[CustomerImportRow]:
    """Every row of a sheet, in its order."""
    return session.scalars(
        select(CustomerImportRow)
        .where(CustomerImportRow.tenant_id == tenant_id, CustomerImportRow.import_id == import_id)
        .order_by(CustomerImportRow.row)
    ).all()


def _row(session: Session, made: CustomerImport, row: SheetRow) -> CustomerImportRow:
    found, state, customer_id = list(row.findings), "bad" if row.customer is None else "good", None
    if row.customer is not None:
        vkn = row.customer.identity.vkn_tckn
        try:
            customers.check_free(session, tenant_id=made.tenant_id, vkn_tckn=vkn)
        except AlreadyYours as error:
            state, customer_id = "known", UUID(str(error.extra["customer_id"]))
        except HasAccount as error:
            state = "bad"
            found = [_about(row.number, vkn, error)]
    return CustomerImportRow(
        tenant_id=made.tenant_id,
        import_id=made.import_id,
        row=row.number,
        cells=row.cells,
        findings=[asdict(one) for one in found],
        state=state,
        customer_id=customer_id,
    )


def _open(session: Session, row: CustomerImportRow, actor: Actor, invite: Invite, at: datetime) -> Onboarded:
    customer = _customer(row)
    try:
        opened = customers.onboard(
            session, tenant_id=row.tenant_id, customer=customer, actor=actor, invite=invite, at=at
        )
    except TenantExists as error:  # somebody opened it a moment ago
        raise HasAccount() from error
    row.state, row.customer_id = "made", opened.tenant_id
    session.flush()
    return opened


def _customer(row: CustomerImportRow) -> NewCustomer:
    """The customer of a row that was good when it was checked; read again from the same cells."""
    head = [one.name_tr for one in COLUMNS]
    sheet = Sheet("", [list(head), [row.cells.get(one.field, "") for one in COLUMNS]])
    (again,) = customer_sheet.rows_of(sheet)
    assert again.customer is not None
    return again.customer


def _waiting(tenant_id: UUID, import_id: UUID) -> Select[CustomerImportRow]:
    return (
        select(CustomerImportRow)
        .where(
            CustomerImportRow.tenant_id == tenant_id,
            CustomerImportRow.import_id == import_id,
            CustomerImportRow.state == "good",
        )
        .order_by(CustomerImportRow.row)
    )


def _failed(row: CustomerImportRow, error: DomainError) -> None:
    if isinstance(error, AlreadyYours):
        row.state, row.customer_id = "known", UUID(str(error.extra["customer_id"]))
        return
    row.state = "failed"
    row.findings = [asdict(_about(row.row, row.cells.get("vkn_tckn", ""), error))]


def _about(number: int, vkn: str, error: DomainError) -> Finding:
    """A refusal of the account as what is wrong with the row."""
    return Finding(
        rule=f"sheet.{error.code}",
        message_tr=f"Satır {number}: {error.title_tr} ('{vkn}'). {error.detail_tr}".strip(),
        message_en=f"Row {number}: {error.title_en} ('{vkn}'). {error.detail_en}".strip(),
        mend_tr=error.advice_tr,
        mend_en=error.advice_en,
        line=number,
        path=COLUMNS[0].name_tr,
    )
