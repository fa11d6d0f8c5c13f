"""A seal that may not sign: documents wait, told why, with their kontör held; signed when the seal is in order."""

from __future__ import annotations

from cryptography.hazmat.primitives.serialization import Encoding

from ebelge.core.clock import utc_now
from ebelge.signing.development import DevelopmentCa


def test_documents_wait_for_a_seal_that_is_not_trusted_and_none_is_lost(world, ca, tmp_path, monkeypatch) -> None:
    anchors = tmp_path / "anchors.pem"
    anchors.write_bytes(DevelopmentCa.create(at=utc_now()).certificate.public_bytes(Encoding.PEM))
    monkeypatch.setenv("EBELGE_SEAL_ANCHORS", str(anchors))
    (document_id,) = world.submit(world.draft("earsiv"))
    for _ in range(3):
        world.work("sign")
        world.promote()
    assert world.document(document_id).state == "accepted"
    assert world.charges() == {"held": 1}
    waited = world.rows(
        "SELECT code, text_tr FROM document_event WHERE document_id = :id AND kind = 'waiting'", id=document_id
    )
    assert [(code, "güvenilen bir köke ulaşmıyor" in said) for code, said in waited] == [("seal_refused", True)]

    anchors.write_bytes(ca.certificate_pem())  # a person acts
    world.settle()

    assert world.document(document_id).state in ("signed", "delivered")
    assert world.charges() == {"captured": 1}
