"""The working world of the sending jobs, and parcels in it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import pytest

from ebelge.core.clock import utc_now
from ebelge.core.db import tenant_session
from ebelge.core.ids import new_id
from ebelge.documents.travel import parcels
from ebelge.gib.system_response import system_response_document
from ebelge.gib.user_account import Account, build_user_account
from ebelge.gib.zarf import GIB_ALIAS, GIB_VKN, Mailbox
from ebelge.jobs import parcels as parcel_jobs
from ebelge.signing.countersign import ready_for_countersigning
from ebelge.signing.document import USER_ACCOUNT
from ebelge.signing.seals import Pkcs12Seal
from ebelge.signing.signer import sign
from ebelge.ubl.examples import BORA
from tests.jobs.conftest import _gib, _mail, _rules_are_loaded, ca, ground, operator_p12, world
from tests.jobs.world import World
from tests.registered_users.countersigner import countersign

__all__ = ["_gib", "_mail", "_rules_are_loaded", "ca", "ground", "operator_p12", "world"]

BORA_GB = Mailbox("urn:mail:defaultgb@bora.example", BORA.vkn_tckn, BORA.name)
AKIN_PK = Mailbox("urn:mail:defaultpk@akin.example", "1234567808", "Akın Ltd.")


@dataclass
class Posted:
    """Parcels that were posted, and what their owner heard of them."""

    world: World
    account: bytes
    heard: list[dict[str, Any]] = field(default_factory=list)

    def post(self, cargo: str = "answer", *, archived: bool = True) -> tuple[UUID, UUID]:
        """Archive something that GİB takes (a user account; a system response), and post it; (object, envelope)."""
        object_id, at = new_id(), utc_now()
        if cargo == "system":
            document = system_response_document(
                about=object_id, about_type="SENDERENVELOPE", code=1200, text="Alındı", sender=AKIN_PK,
                receiver=BORA_GB, at=at,
            ).encode()  # fmt: skip
            kind = {"zarf_type": "SYSTEMENVELOPE", "element_type": "APPLICATIONRESPONSE", "receiver": BORA_GB}
        else:
            document = self.account
            kind = {
                "zarf_type": "USERENVELOPE", "element_type": "PROCESSUSERACCOUNT",
                "receiver": Mailbox(GIB_ALIAS, GIB_VKN),
            }  # fmt: skip
        if archived:
            self.world.store.put(self.world.akin, object_id, "yanit.xml", document)
        with tenant_session(self.world.akin) as session:
            zarf_id = parcels.post(
                session, tenant_id=self.world.akin, cargo=cargo, object_id=object_id, file_name="yanit.xml", at=at,
                sender=AKIN_PK if cargo == "system" else Mailbox("earchive", AKIN_PK.vkn_tckn), **kind,
            )  # fmt: skip
        return object_id, zarf_id

    def told(self) -> list[tuple[UUID, int, str]]:
        return [(one["object_id"], one["code"], one["reaction"].value) for one in self.heard]

    def sends(self) -> list[str]:
        return [call["instance_id"] for call in self.world.gib.calls() if call["operation"] == "sendDocument"]

    def questions(self) -> int:
        return sum(call["operation"] == "getApplicationResponse" for call in self.world.gib.calls())


@pytest.fixture(scope="session")
def account(operator_p12: bytes) -> bytes:
    """A user account as GİB takes it: signed and counter-signed."""
    at = utc_now()
    xml = build_user_account(
        action="open", service="earsiv", account=Account("1234567808", "Akın Ltd.", False, ()),
        integrator_vkn="1234567808", document_id=new_id(), at=at,
    )  # fmt: skip
    signed = sign(xml, Pkcs12Seal.load(operator_p12, "x"), at=at, placement=USER_ACCOUNT)
    return countersign(ready_for_countersigning(signed), operator_p12)


@pytest.fixture
def posted(world: World, account: bytes, monkeypatch: pytest.MonkeyPatch) -> Posted:
    """Parcels, with an owner who writes down what he hears."""
    made = Posted(world, account)

    def listening(cargo: str) -> Callable[..., None]:
        def hear(session: Any, **said: Any) -> None:
            made.heard.append({**said, "cargo": cargo})

        return hear

    for cargo in ("answer", "system"):
        monkeypatch.setitem(parcel_jobs.ENDED, cargo, listening(cargo))
    return made
