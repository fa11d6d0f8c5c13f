"""Public samples against today's rules: which pass and which fail, and why, is known (FACTS 11 of the standards)."""

import pytest

from ebelge.ubl.types import DocumentKind

EFATURA, EARSIV, EIRSALIYE, EMM, ESMM = DocumentKind

PASS = (
    ("fatura/gecerli_TEMELFATURA.xml", EFATURA),
    ("fatura/SARJ.xml", EFATURA),
    ("fatura/IDIS_Fatura.xml", EFATURA),
    ("fatura/YTB_Iade_Efatura.xml", EFATURA),
    ("fatura/YTB_Satis_Efatura.xml", EFATURA),
    ("earsiv/YTB_Istisna_EArsiv.xml", EARSIV),
    ("earsiv/YTB_TevkifatIade_EArsiv.xml", EARSIV),
    ("earsiv/YTB_Tevkifat_EArsiv.xml", EARSIV),
    # These fail elsewhere only because they are unsigned; unsigned is what a client sends us.
    ("fatura/HKS-Ornek1.xml", EFATURA),
    ("earsiv/izibiz_FATURA_21_EARSIV.xml", EARSIV),
    ("mustahsil/ornek_mustahsil_makbuzu.xml", EMM),
    ("mustahsil/izibiz_mustahsil_merafonu.xml", EMM),
)
FAIL = (
    ("fatura/TemelFaturaOrnegi.xml", EFATURA, "sch-InvoiceIDCheck-1"),
    ("fatura/TemelFaturaOrnegi.xml", EFATURA, "sch-PartyIdentificationTCKNVKNCheck-2"),
    ("fatura/IadeFaturasiOrnegi.xml", EFATURA, "sch-InvoiceTypeCodeCheck-2"),
    ("fatura/IadeFaturasiOrnegi.xml", EFATURA, "sch-IADEInvioceCheck-1"),
    ("fatura/TEVKIFAT.xml", EFATURA, "sch-InvoicedQuantityCheck-1"),
    ("fatura/OZELMATRAH.xml", EFATURA, "sch-InvoicedQuantityCheck-1"),
    ("fatura/HASTANE.xml", EFATURA, "sch-InvoicedQuantityCheck-1"),
    ("fatura/ISTISNA-1.xml", EFATURA, "sch-CurrencyCodeCheck-6"),
    ("irsaliye/Irsaliye-Ornek1.xml", EIRSALIYE, "sch-DespatchAddressCheck-1"),
    ("irsaliye/Irsaliye-Ornek2.xml", EIRSALIYE, "sch-DespatchAddressCheck-1"),
    ("irsaliye/Irsaliye-Matbudan.xml", EIRSALIYE, "sch-DespatchAddressCheck-4"),
    ("irsaliye/izibiz_irsaliye_temel.xml", EIRSALIYE, "sch-DespatchAddressCheck-4"),
    ("mustahsil/izibiz_mustahsil_vergisiz.xml", EMM, "xsd-cvc-datatype-valid-1-2-1"),
)


@pytest.mark.parametrize(("path", "kind"), PASS, ids=lambda value: str(value))
def test_this_sample_passes(shared_dir, faults, path, kind):
    assert faults((shared_dir / "gib" / "samples" / path).read_bytes(), kind) == []


@pytest.mark.parametrize(("path", "kind", "rule"), FAIL, ids=lambda value: str(value))
def test_this_sample_fails_for_this_reason(shared_dir, faults, path, kind, rule):
    assert rule in faults((shared_dir / "gib" / "samples" / path).read_bytes(), kind)
