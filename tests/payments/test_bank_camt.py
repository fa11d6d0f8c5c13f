"""Statements as camt.053: old and new versions, batches, balances, hostile files."""

from __future__ import annotations

from datetime import date

import pytest

from billing.payments.bank.files import read_statement
from billing.payments.errors import StatementOfAnotherAccount, StatementUnreadable

IBAN = "TR330006100519786457841326"
SENDER = "TR320010009999901234567890"
VKN = "5088472891"


def entry(amount="1200.00", way="CRDT", *, status="BOOK", details="", ref="D-1", more="", currency="TRY") -> str:
    reference = f"<AcctSvcrRef>{ref}</AcctSvcrRef>" if ref else ""
    return (
        f'<Ntry><Amt Ccy="{currency}">{amount}</Amt><CdtDbtInd>{way}</CdtDbtInd><Sts>{status}</Sts>'
        f"<BookgDt><Dt>2026-12-31</Dt></BookgDt><ValDt><DtTm>2027-01-02T10:00:00+03:00</DtTm></ValDt>{reference}"
        f"<NtryDtls>{details}</NtryDtls>{more}</Ntry>"
    )


def transaction(text="KNT-7F3K-92", *, amount="", party="<Nm>IŞIK GIDA</Nm>") -> str:
    return (
        f"<TxDtls><Refs><EndToEndId>NOTPROVIDED</EndToEndId></Refs>{amount}<RltdPties><Dbtr>{party}</Dbtr><DbtrAcct><Id>"
        f"<IBAN>{SENDER}</IBAN></Id></DbtrAcct></RltdPties><RmtInf><Ustrd>{text}</Ustrd></RmtInf></TxDtls>"
    )


def balances(opening: str, closing: str) -> str:
    return "".join(
        f"<Bal><Tp><CdOrPrtry><Cd>{kind}</Cd></CdOrPrtry></Tp><Amt Ccy='TRY'>{amount}</Amt>"
        "<CdtDbtInd>CRDT</CdtDbtInd></Bal>"
        for kind, amount in (("OPBD", opening), ("CLBD", closing))
    )


def camt(*entries: str, iban=IBAN, version="02", before="", bal="") -> bytes:
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>{before}<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.053.001.'
        f'{version}"><BkToCstmrStmt><Stmt><Id>1</Id><Acct><Id><IBAN>{iban}</IBAN></Id></Acct>{bal}{"".join(entries)}'
        "</Stmt></BkToCstmrStmt></Document>"
    ).encode()


def lines(data: bytes):
    return read_statement(data, account=IBAN).lines


def test_an_entry_is_read_with_its_sender():
    statement = read_statement(camt(entry(details=transaction(party=f"<Nm>IŞIK GIDA</Nm>"
        f"<Id><OrgId><Othr><Id>{VKN}</Id></Othr></OrgId></Id>"))), account=IBAN)  # fmt: skip
    (line,) = statement.lines
    assert (statement.form, line.booked_on, line.value_on) == ("camt053", date(2026, 12, 31), date(2027, 1, 2))
    assert (line.amount_kurus, line.currency, line.bank_ref) == (1_200_00, "TRY", "D-1")
    assert (line.sender_name, line.sender_iban, line.description) == ("IŞIK GIDA", SENDER, "KNT-7F3K-92")


def test_newer_versions_put_names_and_states_one_step_deeper():
    data = camt(
        entry(status="<Cd>BOOK</Cd>", details=transaction(party="<Pty><Nm>IŞIK GIDA</Nm></Pty>")),
        entry("5.00", status="<Cd>PDNG</Cd>", ref="D-2"), version="08",
    )  # fmt: skip
    assert [(line.amount_kurus, line.sender_name) for line in lines(data)] == [(1_200_00, "IŞIK GIDA")]


def test_money_that_went_out_is_below_zero():
    assert [line.amount_kurus for line in lines(camt(entry("17.5", "DBIT")))] == [-17_50]


def test_a_batch_is_taken_apart_where_its_parts_add_up():
    def part(kurus: str, text: str) -> str:
        return transaction(text, amount=f'<AmtDtls><TxAmt><Amt Ccy="TRY">{kurus}</Amt></TxAmt></AmtDtls>')

    apart = lines(camt(entry("300.00", details=part("100.00", "A") + part("200.00", "B"))))
    assert [(line.amount_kurus, line.description, line.bank_ref) for line in apart] == [
        (100_00, "A", "D-1/1"), (200_00, "B", "D-1/2"),
    ]  # fmt: skip
    whole = lines(camt(entry("301.00", details=part("100.00", "A") + part("200.00", "B"))))
    assert [(line.amount_kurus, line.description, line.sender_name) for line in whole] == [(301_00, "A B", "")]


def test_entries_without_a_number_get_the_same_one_every_time():
    data = camt(entry(ref=""), entry(ref=""))
    first, second = lines(data), lines(data)
    assert [line.key for line in first] == [line.key for line in second]
    assert len({line.key for line in first}) == 2


def test_balances_that_do_not_add_up_refuse_the_file():
    assert len(lines(camt(entry(), bal=balances("100.00", "1300.00")))) == 1
    with pytest.raises(StatementUnreadable, match="do not give the closing balance") as refused:
        lines(camt(entry(), bal=balances("100.00", "1300.01")))
    assert "açılış bakiyesi ile hareketler kapanış bakiyesini vermiyor" in refused.value.detail_tr


def test_a_file_of_another_account_is_refused():
    with pytest.raises(StatementOfAnotherAccount):
        lines(camt(entry(), iban=SENDER))


@pytest.mark.parametrize(
    "data",
    [
        camt(entry("12,00")), camt(entry("-12.00")), camt(entry("1.001")), camt(entry(way="UP")),
        camt(entry()).replace(b"2026-12-31", b"31 Aralik"), camt(entry())[:-20],
        camt(entry()).replace(b"camt.053.001.02", b"camt.053.001.xx"), camt(entry("9" * 15)),
        camt(entry(), before='<!DOCTYPE Document [<!ENTITY a "b">]>'),
        camt(entry(more="<AddtlNtryInf>&a;</AddtlNtryInf>"), before='<!DOCTYPE D [<!ENTITY a SYSTEM "file:///etc/passwd">]>'),
        camt(entry(more="<AddtlNtryInf>" + "x" * 1_100 + "</AddtlNtryInf>")),
        camt("<a>" * 400 + "</a>" * 400),
    ],
)  # fmt: skip
def test_what_makes_no_sense_or_means_harm_is_refused_whole(data):
    with pytest.raises(StatementUnreadable):
        lines(data)
