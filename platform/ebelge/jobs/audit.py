"""Everything that must agree, derived anew and compared: ledger, documents and audit log by tenant, then money."""

from collections.abc import Iterator
from datetime import datetime
from typing import Protocol
from uuid import UUID

from sqlalchemy import Connection

from billing.ledger.verify import Difference, tenants_to_verify, verify_tenant
from billing.reconciliation import charge_checks
from billing.reconciliation.checks import Finding
from billing.reconciliation.kinds import KINDS
from billing.reconciliation.run import CHECKS, findings
from ebelge.archive.store import open_store
from ebelge.core.db import engine
from ebelge.documents.verify import count_files, verify_documents
from tenants.audit import verify as audit_log

# These say that something waits for a person or a job, not that the books are wrong.
WAITING = frozenset({"order_without_invoice", "receivable_overdue", "bank_line_waits", "refund_waits"})
# What documents and charges say of each other is told tenant by tenant (I9), sandboxes too.
BOOKS = tuple(check for check in CHECKS if check not in charge_checks.CHECKS and check.kind not in WAITING)
LABEL = "books"


class Progress(Protocol):
    """Who is told how far it is."""

    def stage(self, text: str, total: int) -> None:
        """A stage of so many units begins."""

    def advance(self, units: int) -> None:
        """So many more are done."""


def differences(
    progress: Progress, *, at: datetime, tenant_id: UUID | None = None, files: bool = True
) -> Iterator[Difference]:
    """What is wrong: everybody's ledger, everybody's documents, then payments, orders, bank and revenue of all.

    Reads as the role `reader`, each tenant and then the books in one snapshot; keeps no break and changes nothing.
    :param tenant_id: only this tenant's. :param files: False: the archived files are not read.
    """
    pool = engine("reader").execution_options(isolation_level="REPEATABLE READ")
    with pool.connect() as connection:
        with connection.begin():
            tenants = [(id_, entries) for id_, entries in tenants_to_verify(connection) if tenant_id in (None, id_)]
        progress.stage("ledger", sum(entries for _, entries in tenants))
        for id_, _ in tenants:
            with connection.begin():
                yield from verify_tenant(connection, id_, progress=progress.advance)
        yield from _documents(connection, [id_ for id_, _ in tenants], progress, files)
        yield from _logs(connection, progress, at, tenant_id)
        progress.stage(LABEL, len(BOOKS))
        with connection.begin():
            for found in findings(connection, at=at, checks=BOOKS, progress=lambda _: progress.advance(1)):
                if tenant_id in (None, found.tenant_id):
                    yield Difference(LABEL, found.tenant_id, f"{found.kind} {found.subject}", _sentence(found))


def _documents(
    connection: Connection, tenants: list[UUID], progress: Progress, files: bool
) -> Iterator[Difference]:  # fmt: skip
    with connection.begin():
        signed = sum(count_files(connection, id_) for id_ in tenants)
    progress.stage("documents", signed)
    archive = open_store() if files else None
    for id_ in tenants:
        with connection.begin():
            yield from verify_documents(connection, id_, archive=archive, progress=progress.advance)


def _logs(
    connection: Connection, progress: Progress, at: datetime, tenant_id: UUID | None
) -> Iterator[Difference]:  # fmt: skip
    with connection.begin():
        logs = [(id_, sealed) for id_, sealed in audit_log.tenants_to_verify(connection) if tenant_id in (None, id_)]
    progress.stage("audit", sum(sealed for _, sealed in logs))
    for id_, sealed in logs:
        with connection.begin():
            for found in audit_log.verify_tenant(connection, id_, at=at):
                yield Difference("audit", id_, found.object, found.text)
        progress.advance(sealed)


def _sentence(found: Finding) -> str:
    facts = ", ".join(f"{name} {value}" for name, value in found.data.items() if value is not None)
    return f"{KINDS[found.kind].title_en}: {facts}"
