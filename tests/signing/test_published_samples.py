"""GİB's and integrators' published documents, prepared and signed by us."""

from datetime import datetime
from pathlib import Path

import pytest
from efatura_kontrol import kontrol

from ebelge.signing.seals import Pkcs12Seal
from ebelge.signing.signer import sign
from ebelge.signing.verify import verify
from ebelge.ubl.examples import AKIN, signatory
from ebelge.ubl.prepare import prepare


@pytest.mark.parametrize("folder", ["fatura", "earsiv", "irsaliye", "mustahsil"])
def test_published_documents_are_signed_and_verified(
    folder: str, shared_dir: Path, seal: Pkcs12Seal, at: datetime, xmlsec1
) -> None:
    samples = sorted((shared_dir / "gib" / "samples" / folder).glob("*.xml"))
    assert samples
    for sample in samples:
        signed = sign(prepare(sample.read_bytes(), signatory=signatory(AKIN)), seal, at=at)
        assert verify(signed, trust=None).vkn_tckn == AKIN.vkn_tckn, sample.name
        assert xmlsec1(signed), sample.name
        findings = kontrol.kontrol_et(signed).bulgular
        about_signatures = [finding for finding in findings if finding.seviye != "bilgi" and "ds:" in finding.mesaj]
        assert about_signatures == [], sample.name
