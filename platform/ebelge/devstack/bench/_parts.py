"""What signing one document cannot do without, each part alone: check, charge, queue, seal, archive."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from uuid import uuid4

from cryptography.hazmat.primitives.asymmetric import rsa

from billing.catalogue.prices import price_of
from billing.ledger import charges
from ebelge.archive.store import ArchiveStore
from ebelge.core.clock import istanbul_date, utc_now
from ebelge.core.db import tenant_session
from ebelge.core.ids import new_id
from ebelge.devstack.bench._noop import ANSWER
from ebelge.devstack.bench._world import Sender
from ebelge.devstack.errors import StackError
from ebelge.jobs.queues import connection, queue
from ebelge.signing.development import DevelopmentCa
from ebelge.signing.seals import Pkcs12Seal
from ebelge.signing.signer import sign
from ebelge.ubl import validate
from ebelge.ubl.examples import AKIN, signatory
from ebelge.ubl.prepare import prepare
from ebelge.ubl.types import DocumentKind

_ANSWER_WITHIN_S = 30


def parts(sender: Sender, archive: Path) -> dict[str, Callable[[], object]]:
    """Name -> one run of the part, on the invoice that `sender` sends; `archive` is on the instance's disk."""
    at = utc_now()
    validate.warm_up()
    _, xml = sender.form.fill()
    today = istanbul_date(at)
    prepared = prepare(xml, signatory=signatory(AKIN), number=f"BNC{today.year}000000001")
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    certificate = DevelopmentCa.create(at=at).certify(key.public_key(), vkn_tckn=AKIN.vkn_tckn, name=AKIN.name, at=at)
    seal = Pkcs12Seal(certificate, key)
    signed = sign(prepared, seal, at=at)
    store, link = ArchiveStore(archive), connection()
    target = queue("sign", link)
    with tenant_session(sender.tenant_id) as session:
        price = price_of(session, kind="efatura.out", at=at, tenant_id=sender.tenant_id)

    def charge() -> None:
        charge_id = new_id()
        with tenant_session(sender.tenant_id) as session:
            charges.reserve(
                session,
                tenant_id=sender.tenant_id,
                charge_id=charge_id,
                kind="efatura.out",
                kontor=price.kontor,
                price_id=price.price_id,
                at=utc_now(),
            )
        with tenant_session(sender.tenant_id) as session:
            charges.capture(session, tenant_id=sender.tenant_id, charge_ids=[charge_id], at=utc_now())

    def round_trip() -> None:
        answer = f"bench:{uuid4()}"
        target.enqueue(ANSWER, answer, result_ttl=0)
        if link.blpop([answer], timeout=_ANSWER_WITHIN_S) is None:
            raise StackError("No signing worker answered a job that does nothing.")

    return {
        "check": lambda: validate.check(xml, kind=DocumentKind.EFATURA, today=today),
        "charge": charge,
        "round trip": round_trip,
        "sign": lambda: sign(prepared, seal, at=utc_now()),
        "store": lambda: store.put(sender.tenant_id, uuid4(), "signed.xml", signed),
    }
