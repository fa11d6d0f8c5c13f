"""`python -m ebelge.devstack.senders`: somebody outside issues documents to Bora; the simulated GİB pushes them to us.

For a running instance (`make run`): its development authority makes the seal, its simulator's desk takes the envelopes.
"""

from __future__ import annotations

import argparse
import base64
import json
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

import requests

from ebelge.devstack.companies import BORA_AS, DENIZ
from ebelge.devstack.receiving import SERVICES
from ebelge.gib.zarf import Mailbox, Zarf, build_zarf
from ebelge.signing.development import DevelopmentCa
from ebelge.signing.seals import Pkcs12Seal
from ebelge.signing.signer import sign
from ebelge.ubl.build import build
from ebelge.ubl.examples import example_draft, signatory
from ebelge.ubl.types import DocumentKind

MISBEHAVIOURS = ("none", "hash", "again", "broken", "signature")
_SENDER = Mailbox("urn:mail:defaultgb@deniz.example", DENIZ.vkn_tckn, DENIZ.title)
_RECEIVER = Mailbox(BORA_AS.receiver_alias, BORA_AS.party.vkn_tckn, BORA_AS.party.title)


def main(arguments: list[str] | None = None) -> int:
    """Issue and push; print an envelope's id a line."""
    parser = argparse.ArgumentParser(prog="python -m ebelge.devstack.senders", description=__doc__)
    parser.add_argument("--var", type=Path, default=Path("var"), help="folder of the running instance")
    parser.add_argument("--count", type=int, default=1)
    parser.add_argument("--kind", choices=["efatura", "eirsaliye"], default="efatura")
    parser.add_argument("--profile", choices=["TEMELFATURA", "TICARIFATURA"], default="TICARIFATURA")
    parser.add_argument("--misbehave", choices=MISBEHAVIOURS, default="none")
    given = parser.parse_args(arguments)
    env = json.loads((given.var / "run" / "env.json").read_text(encoding="utf-8"))
    desk = env["EBELGE_GIB_LIVE_URL"].removesuffix("/EFaturaMerkez") + "/control/pushes"
    ca = DevelopmentCa.load((given.var / "development-ca.pem").read_bytes())
    at = datetime.now(UTC)
    seal = Pkcs12Seal.load(ca.issue(vkn_tckn=DENIZ.vkn_tckn, name=DENIZ.title, password="x", at=at), "x")
    for _ in range(given.count):
        zarf = _zarf(seal, DocumentKind(given.kind), given.profile, tampered=given.misbehave == "signature")
        for body in _pushes(zarf, env["EBELGE_PUBLIC_URL"] + SERVICES["gib"], given.misbehave):
            requests.post(desk, json=body, timeout=10).raise_for_status()
        print(zarf.instance_id)
    return 0


def _zarf(seal: Pkcs12Seal, kind: DocumentKind, profile: str, *, tampered: bool) -> Zarf:
    at = datetime.now(UTC)
    draft = example_draft(kind, n=at.microsecond % 1000 + 1)
    if kind is DocumentKind.EFATURA:
        draft = draft.model_copy(update={"profile": profile})
    xml = build(
        draft, supplier=DENIZ, kind=kind, number=f"DNZ{at.year}{uuid4().int % 10**9:09d}", ettn=uuid4(),
        issue_date=at.date(), issue_time=at.time().replace(microsecond=0), signatory=signatory(DENIZ),
    )  # fmt: skip
    signed = sign(xml, seal, at=at)
    if tampered:
        signed = signed.replace(b"<cbc:Note>", b"<cbc:Note>!", 1)
    return build_zarf(
        [signed], instance_id=uuid4(), sender=_SENDER, receiver=_RECEIVER, at=at,
        element_type="INVOICE" if kind is DocumentKind.EFATURA else "DESPATCHADVICE",
    )  # fmt: skip


def _pushes(zarf: Zarf, url: str, misbehave: str) -> list[dict[str, str]]:
    data = zarf.zip_bytes[:-40] if misbehave == "broken" else zarf.zip_bytes
    body = {"instance_id": str(zarf.instance_id), "url": url, "zip_base64": base64.b64encode(data).decode()}
    if misbehave == "hash":
        body["md5"] = "0" * 32
    return [body, body] if misbehave == "again" else [body]


if __name__ == "__main__":
    raise SystemExit(main())
