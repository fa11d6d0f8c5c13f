"""An envelope of a hundred signed invoices, beside the zip and the hash that no envelope can avoid."""

from __future__ import annotations

import hashlib
import io
import zipfile
from datetime import time
from statistics import median
from uuid import uuid4

from ebelge.core.clock import istanbul_date, utc_now
from ebelge.core.ids import new_id
from ebelge.devstack.bench._figures import Row, in_turn, row
from ebelge.gib.zarf import Mailbox, build_zarf
from ebelge.signing.development import DevelopmentCa
from ebelge.signing.seals import Pkcs12Seal
from ebelge.signing.signer import sign
from ebelge.ubl.build import build
from ebelge.ubl.examples import AKIN, BORA, example_draft, signatory
from ebelge.ubl.types import DocumentKind

NAMES = ("envelope_100",)
DOCUMENTS, LINES, CALLS = 100, 10, 3


def rows(rounds: int) -> list[Row]:
    """The one row: parse and check each document's parties, wrap, zip and hash them all."""
    documents = _signed()
    at, instance_id = utc_now(), new_id()
    sender = Mailbox("urn:mail:defaultgb@akin.example", AKIN.vkn_tckn, AKIN.name)
    receiver = Mailbox("urn:mail:defaultpk@bora.example", BORA.vkn_tckn, BORA.name)

    def ours() -> bytes:
        return build_zarf(
            documents, instance_id=instance_id, sender=sender, receiver=receiver, element_type="INVOICE", at=at
        ).xml

    whole = ours()

    def bare() -> str:
        held = io.BytesIO()
        with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr(f"{instance_id}.xml", whole)
        return hashlib.md5(held.getvalue(), usedforsecurity=False).hexdigest()

    took, limit = (median(times) for times in in_turn(rounds, CALLS, ours, bare))
    against = f"zip and MD5 of the same {len(whole) / 1e6:.1f} MB"
    return [row("envelope_100", took, "ms", against=against, limit=limit, reach="<= 3")]


def _signed() -> list[bytes]:
    at = utc_now()
    sealed = DevelopmentCa.create(at=at).issue(vkn_tckn=AKIN.vkn_tckn, name=AKIN.name, password="x", at=at)
    seal, day = Pkcs12Seal.load(sealed, "x"), istanbul_date(at)
    draft = example_draft(DocumentKind.EFATURA, lines=LINES)
    return [
        sign(
            build(
                draft, supplier=AKIN, kind=DocumentKind.EFATURA, number=f"EBL{day.year}{n:09}", ettn=uuid4(),
                issue_date=day, issue_time=time(12), signatory=signatory(AKIN),
            ),
            seal, at=at,
        )
        for n in range(1, DOCUMENTS + 1)
    ]  # fmt: skip
