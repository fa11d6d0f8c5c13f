"""e-Defter files: names, sizes, signatures, what a month lacks."""

import hashlib
import io
import tracemalloc
import zipfile
from datetime import date

import pytest

from ebelge.gib import edefter
from ebelge.gib.edefter import EdefterRefused, LedgerName

VKN, TODAY = "1234567808", date(2026, 4, 10)
YEVMIYE = f"{VKN}-202601-Y-000000.xml"
JANUARY = date(2026, 1, 1)


def xml(kind="Y", value="AAA=", repeats=""):
    root = "berat" if kind.endswith("B") else "defter"
    repeated = f"<e:SignatureValue>{repeats}</e:SignatureValue>" if repeats else ""
    signature = (
        f'<ds:Signature xmlns:ds="{edefter.DS}"><ds:SignatureValue>\n {value}</ds:SignatureValue></ds:Signature>'
    )
    text = f'<e:{root} xmlns:e="{edefter.NAMESPACE}"><x>1</x>{repeated}{signature}</e:{root}>'
    return f'<?xml version="1.0"?>{text}'.encode()


def zipped(name, data):
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as target:
        target.writestr(name, data)
    return file.getvalue()


def read(name):
    return edefter.read_name(name, vkn_tckn=VKN, today=TODAY)


def check(name, data):
    return edefter.check(io.BytesIO(data), read(name))


def refused(name, data=None):
    with pytest.raises(EdefterRefused) as raised:
        read(name) if data is None else check(name, data)
    return raised.value.code


@pytest.mark.parametrize(
    ("name", "said"),
    [
        (YEVMIYE, LedgerName(JANUARY, "", "Y", 0, VKN)),
        (f"{VKN}-202601-KB-000002.zip", LedgerName(JANUARY, "", "KB", 2, VKN, form="zip")),
        (f"{VKN}-202601-DR-000000-0001.xml", LedgerName(JANUARY, "0001", "DR", 0, VKN)),
        (f"GIB-{VKN}-202601-YB-000000.zip", LedgerName(JANUARY, "", "YB", 0, VKN, True, "zip")),
    ],
)
def test_names_say_what_files_are(name, said):
    assert read(name) == said
    assert f"{said.base}.{said.form}" == name


def test_a_berat_names_the_ledger_it_belongs_to():
    assert read(f"GIB-{VKN}-202601-KB-000003-0002.xml").bound_to == f"{VKN}-202601-K-000003-0002"
    assert read(YEVMIYE).bound_to == ""


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("defter.xml", "edefter_name"), (f"{VKN}-202613-Y-000000.xml", "edefter_name"),
        (f"{VKN}-202601-Z-000000.xml", "edefter_name"), (f"{VKN}-202601-Y-0.xml", "edefter_name"),
        (f"GIB-{VKN}-202601-Y-000000.xml", "edefter_name"), (f"{VKN}-202601-Y-000000.xml.exe", "edefter_name"),
        ("9876543217-202601-Y-000000.xml", "edefter_owner"), (f"{VKN}-202601-Y-000000-0000.xml", "edefter_branch"),
        (f"{VKN}-202605-Y-000000.xml", "edefter_month"), (f"../{VKN}-202601-Y-000000.xml", "edefter_name"),
    ],
)  # fmt: skip
def test_names_that_break_a_rule_are_refused(name, code):
    assert refused(name) == code


def test_signature_values_are_read_of_ledger_and_berat_also_in_a_zip():
    ledger = check(YEVMIYE, xml("Y", "SIG=\n\n"))
    assert (ledger.own, ledger.bound) == (hashlib.sha256(b"SIG=").digest(), None)
    name = f"{VKN}-202601-YB-000000"
    berat = check(f"{name}.zip", zipped(f"{name}.xml", xml("YB", "OTHER=", repeats="SIG=")))
    assert (berat.own, berat.bound) == (hashlib.sha256(b"OTHER=").digest(), ledger.own)


@pytest.mark.parametrize(
    ("name", "data", "code"),
    [
        (YEVMIYE, b"<a/>", "edefter_root"), (YEVMIYE, b"not xml", "edefter_xml"),
        (YEVMIYE, xml("YB"), "edefter_root"), (f"{VKN}-202601-YB-000000.xml", xml(), "edefter_root"),
        (YEVMIYE, xml().replace(b"Signature", b"Sign"), "edefter_unsigned"),
        (YEVMIYE, b'<!DOCTYPE d [<!ENTITY a "b">]>' + xml()[21:], "edefter_xml"),
        (YEVMIYE, xml().replace(b"<x>1</x>", b"<x>" * 300 + b"</x>" * 300), "edefter_xml"),
        (f"{VKN}-202601-Y-000000.zip", b"no zip", "edefter_zip"),
        (f"{VKN}-202601-Y-000000.zip", zipped("other.xml", xml()), "edefter_zip"),
        (f"{VKN}-202601-Y-000000.zip", zipped("../../x", xml()), "edefter_zip"),
        (f"{VKN}-202601-Y-000000.zip", zipped(YEVMIYE, xml())[:-60], "edefter_zip"),
    ],
)  # fmt: skip
def test_files_that_break_a_rule_are_refused(name, data, code):
    assert refused(name, data) == code


def test_a_ledger_over_the_limit_must_be_split_whatever_its_zip_claims_and_memory_stays_bounded(monkeypatch):
    monkeypatch.setattr(edefter, "XML_BYTES_MAX", 20 * 1024 * 1024)
    name = f"{VKN}-202601-Y-000000"
    big = xml().replace(b"<x>1</x>", b"<x>" + b"1" * 21 * 1024 * 1024 + b"</x>")
    packed = zipped(f"{name}.xml", big)
    del big
    tracemalloc.start()
    assert refused(f"{name}.zip", packed) == "edefter_size"
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 12 * 1024 * 1024


def month(*names):
    return edefter.month_state(JANUARY, "", vkn_tckn=VKN, names=[read(one) for one in names])


def full(part, prefixes=("Y", "K", "YB", "KB")):
    own = [f"{VKN}-202601-{kind}-{part}.xml" for kind in prefixes]
    return [*own, *(f"GIB-{VKN}-202601-{kind}-{part}.xml" for kind in prefixes if kind.endswith("B"))]


def test_a_month_says_what_it_lacks():
    assert month(*full("000000")).complete
    assert month(*full("000001"), *full("000002")).complete
    assert len(month().missing) == 6
    assert month(*full("000000")[1:]).missing == (f"{VKN}-202601-Y-000000",)
    gap = month(*full("000001"), *full("000003"))
    assert [one for one in gap.missing if "-Y-" in one] == [f"{VKN}-202601-Y-000002"]
    assert month(*full("000000"), f"{VKN}-202601-Y-000001.xml").mixed == (f"{VKN}-202601-Y",)
