"""A statement file of any kind, told by its content and never by its name."""

import hashlib

from billing.payments.bank.camt_format import is_camt, read_camt
from billing.payments.bank.csv_format import read_csv
from billing.payments.bank.mt940_format import read_mt940
from billing.payments.bank.statement import FILE_BYTES_MAX, Statement, repeated
from billing.payments.bank.xlsx_format import read_xlsx
from billing.payments.errors import StatementUnreadable
from ebelge.core.findings import Finding

FINDINGS_MAX = 20


def read_statement(data: bytes, *, account: str) -> Statement:
    """Read a file whole. `sha256` tells the same file a second time.

    :raises StatementUnreadable: empty, too large, no known form, a row that makes no sense, one bank number twice.
    """
    if not data.strip():
        raise StatementUnreadable("Dosya boş", "the file is empty")
    if len(data) > FILE_BYTES_MAX:
        raise StatementUnreadable("Dosya 10 MB'tan büyük", "the file is larger than 10 MB")
    if data.startswith(b"PK\x03\x04"):
        form, lines = "xlsx", read_xlsx(data, account=account)
    elif is_camt(data):
        form, lines = "camt053", read_camt(data, account=account)
    elif b":61:" in data and b":60" in data:
        form, lines = "mt940", read_mt940(data, account=account)
    else:
        form, lines = "csv", read_csv(data, account=account)
    if twice := repeated(lines):
        raise StatementUnreadable(
            "Aynı banka referansı aynı gün ve tutarla iki kez geçiyor",
            "one bank reference stands twice with the same day and amount",
            findings=[
                Finding("statement.repeated", f"Yinelenen satır: {line.bank_ref}", f"repeated: {line.bank_ref}",
                        line=line.row)
                for line in twice[:FINDINGS_MAX]
            ],
        )  # fmt: skip
    return Statement(form, hashlib.sha256(data).hexdigest(), lines)
