"""Whatever is ordered, discounted, taxed and withheld: the figures agree to the kuruş and GİB's rules hold."""

from decimal import Decimal

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ebelge.ubl.draft import InvoiceDraft, read_draft
from ebelge.ubl.parse import parse
from ebelge.ubl.sums import InvoiceSums, invoice_sums, shares
from ebelge.ubl.types import DocumentKind

BUYER = {"vkn": "1920384751", "name": "Bora A.Ş.", "district": "Konak", "city": "İzmir"}


def decimals(low: int, high: int, places: int) -> st.SearchStrategy[str]:
    return st.integers(low, high).map(lambda n: str(Decimal(n).scaleb(-places)))


@st.composite
def lines(draw: st.DrawFn) -> dict[str, object]:
    rate = draw(st.sampled_from(["0", "1", "8", "10", "18", "20"]))
    line: dict[str, object] = {
        "name": draw(st.sampled_from(["Vana", "İğne & iplik", "ışık <b>"])),
        "quantity": draw(decimals(1, 5_000_000, 3)),
        "unit": draw(st.sampled_from(["adet", "kg", "HUR", "m2"])),
        "unit_price": draw(decimals(0, 50_000_000, 4)),
        "kdv_rate": rate,
    }
    if rate == "0":
        line["exemption_code"] = "351"
    elif draw(st.booleans()):
        line["withholding_code"] = draw(st.sampled_from(["601", "606", "616", "624", "801"]))
    if draw(st.booleans()):
        line["discounts"] = [{"percent": draw(decimals(0, 1000, 1))}]
    return line


@st.composite
def bodies(draw: st.DrawFn) -> dict[str, object]:
    body: dict[str, object] = {"buyer": BUYER, "lines": draw(st.lists(lines(), min_size=1, max_size=12))}
    if draw(st.booleans()):
        body["discounts"] = [{"percent": draw(decimals(0, 1000, 1))} for _ in range(draw(st.integers(1, 2)))]
    if draw(st.booleans()):
        body |= {"currency": "EUR", "exchange_rate": draw(decimals(1, 99_000_000, 6))}
    return body


def sums_of(body: dict[str, object]) -> InvoiceSums:
    draft = read_draft(body)
    assert isinstance(draft, InvoiceDraft)
    return invoice_sums(draft)


@given(bodies())
@settings(max_examples=300, deadline=None)
def test_every_part_adds_up_to_its_whole(body):
    sums = sums_of(body)
    assert sums.line_extension_kurus == sum(line.net_kurus for line in sums.lines)
    assert sums.tax_exclusive_kurus == sum(line.base_kurus for line in sums.lines)
    assert sums.tax_exclusive_kurus == sum(group.base_kurus for group in sums.groups)
    assert sums.kdv_kurus == sum(line.tax_kurus for line in sums.lines) == sum(g.tax_kurus for g in sums.groups)
    withheld = [line.withholding.withheld_kurus for line in sums.lines if line.withholding]
    assert sums.withheld_kurus == sum(withheld) == sum(w.withheld_kurus for w in sums.withholdings)
    assert sums.payable_kurus == sums.tax_exclusive_kurus + sums.kdv_kurus - sums.withheld_kurus
    assert 0 <= sums.withheld_kurus <= sums.kdv_kurus
    assert all(line.base_kurus >= 0 and line.tax_kurus >= 0 for line in sums.lines)


@given(bodies())
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_every_draft_becomes_an_invoice_that_gib_accepts(write, faults, body):
    xml = write(DocumentKind.EFATURA, **body)
    assert faults(xml, DocumentKind.EFATURA) == []
    facts, sums = parse(xml), sums_of(body)
    assert facts.payable_kurus == sums.payable_kurus
    assert facts.line_extension * 100 == sums.line_extension_kurus


@given(st.integers(0, 10**9), st.lists(st.integers(0, 10**7), min_size=1, max_size=30))
def test_shares_sum_to_the_whole_and_stay_within_a_kurus(total, weights):
    whole = sum(weights)
    if whole == 0:
        return
    parts = shares(total, weights)
    assert sum(parts) == total
    for part, weight in zip(parts, weights, strict=True):
        assert abs(part - Decimal(total) * weight / whole) <= 1


@given(
    st.lists(st.tuples(decimals(1, 9_999_999, 3), decimals(0, 999_999, 4)), min_size=1, max_size=8),
    st.lists(st.sampled_from(["0003", "8001", "9040", "SGK_PRIM"]), unique=True, max_size=4),
    st.lists(decimals(0, 500, 2), min_size=4, max_size=4),
)
@settings(max_examples=60, deadline=None)
def test_every_producer_receipt_keeps_its_rules(write, faults, products, kinds, percents):
    body = [{"name": "Ürün", "quantity": q, "unit": "kg", "unit_price": p} for q, p in products]
    deductions = [{"code": c, "percent": p} for c, p in zip(kinds, percents, strict=False)]
    xml = write(DocumentKind.EMM, lines=body, deductions=deductions)
    assert faults(xml, DocumentKind.EMM) == []
