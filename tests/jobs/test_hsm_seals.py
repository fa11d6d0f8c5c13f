"""A tenant's seal in the HSM, from the command that enters it to the delivered document, in processes of their own.

Processes, because SoftHSM reads its configuration once per process and other tests open tokens of theirs.
"""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest
from click.testing import CliRunner
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from sqlalchemy import text

from ebelge.cli.main import cli
from ebelge.core.clock import utc_now
from ebelge.core.db import tenant_session
from ebelge.documents.seals import tokens
from ebelge.jobs.claims import to_json
from ebelge.signing.errors import SealRefused, SealUnusable
from ebelge.signing.verify import verify

ROOT = Path(__file__).resolve().parents[2]
MODULE = Path("/usr/lib/softhsm/libsofthsm2.so")
PIN = "246813"
LABEL = "MUHURSIGN0"
PUT = """
import sys, pkcs11
from pathlib import Path
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from pkcs11 import Attribute, CertificateType, ObjectClass
from pkcs11.util.rsa import decode_rsa_private_key
module, token, pin, label, key, certificate = sys.argv[1:]
stored = x509.load_der_x509_certificate(Path(certificate).read_bytes())
with pkcs11.lib(module).get_token(token_label=token).open(rw=True, user_pin=pin) as session:
    named = {Attribute.LABEL: label, Attribute.TOKEN: True}
    session.create_object(decode_rsa_private_key(Path(key).read_bytes()) | named | {Attribute.SIGN: True})
    session.create_object(named | {
        Attribute.CLASS: ObjectClass.CERTIFICATE, Attribute.CERTIFICATE_TYPE: CertificateType.X_509,
        Attribute.SUBJECT: stored.subject.public_bytes(), Attribute.VALUE: stored.public_bytes(Encoding.DER)})
"""
# A worker whose HSM restarts between two jobs: one meets the dead session and waits, the next opens a new one.
RESTARTED = """
import json, sys
from ebelge.core.clock import utc_now
from ebelge.jobs import tasks
before, during, after = json.loads(sys.argv[1])
tasks.sign([before], utc_now().isoformat())
(seal,) = tasks.signer().seals._seals.values()
seal._token.session.close()
tasks.sign([during], utc_now().isoformat())
tasks.sign([after], utc_now().isoformat())
"""

# Both of a tenant's seals, opened side by side in one process.
BOTH = """
import sys
from uuid import UUID
from ebelge.core.db import tenant_session
from ebelge.documents.seals import open_seals
from ebelge.documents.seals import entered as seals
with tenant_session(UUID(sys.argv[1])) as session:
    opened = [open_seals._open(row) for row in seals.rows(session, tenant_id=UUID(sys.argv[1]))]
    print(*(len(seal.sign_digest_input(b"x")) for seal in opened))
"""
TWICE = """
import sys
from uuid import UUID
from ebelge.core.clock import utc_now
from ebelge.documents.seals.open_seals import OpenSeals
from ebelge.documents.seals.entered import SealOwner
from ebelge.signing.errors import SealUnusable
seals = OpenSeals()
for _ in range(2):
    try:
        seals.of(SealOwner(UUID(sys.argv[1])), at=utc_now())
    except SealUnusable as error:
        print(error)
"""
# A call to the HSM that does not come back for a while; told meanwhile, and taken back when the seal is chosen again.
HUNG = """
import sys, time
from datetime import timedelta
from uuid import UUID
from sqlalchemy import text
from ebelge.core.clock import utc_now
from ebelge.core.db import role_session
from ebelge.documents.seals import hung
from ebelge.documents.seals.entered import SealOwner
from ebelge.documents.seals.open_seals import OpenSeals

def told():
    with role_session("app") as session:
        return session.execute(text("SELECT text_en FROM seal_trouble")).scalars().all()

hung.HUNG_AFTER_S, hung.LOOK_EVERY_S = 0.2, 0.05
seals, owner = OpenSeals(), SealOwner(UUID(sys.argv[1]))
seal = seals.of(owner, at=utc_now())
print(told())
with seal._token.turn():
    until = time.monotonic() + 30
    while not told() and time.monotonic() < until:
        time.sleep(0.02)
    print(told())
seals.of(owner, at=utc_now() + timedelta(seconds=6))
print(told())
"""


@dataclass
class Hsm:
    """A token that holds Akın's seal, and the variables by which a process finds it."""

    variables: dict[str, str]
    folder: Path

    def run(self, world, *command: str) -> subprocess.CompletedProcess[str]:
        variables = {**os.environ, **world.environment, **self.variables, "PYTHONPATH": f"{ROOT}/platform:{ROOT}"}
        return subprocess.run(
            [sys.executable, *command], env=variables, cwd=ROOT, capture_output=True, text=True, timeout=120
        )

    def put(self, world, ca, *, token: str, pin: str) -> None:
        """Make a token and put a seal of Akın's into it."""
        subprocess.run(
            ["softhsm2-util", "--init-token", "--free", "--label", token, "--pin", pin, "--so-pin", "135792"],
            check=True, capture_output=True, timeout=30, env={**os.environ, **self.variables},
        )  # fmt: skip
        ((vkn,),) = world.rows("SELECT vkn_tckn FROM tenant WHERE tenant_id = :akin")
        key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        certificate = ca.certify(key.public_key(), vkn_tckn=vkn, name="Akın Ltd.", at=utc_now())
        key_file, certificate_file = self.folder / "key.der", self.folder / "certificate.der"
        key_file.write_bytes(key.private_bytes(Encoding.DER, PrivateFormat.TraditionalOpenSSL, NoEncryption()))
        certificate_file.write_bytes(certificate.public_bytes(Encoding.DER))
        done = self.run(world, "-c", PUT, str(MODULE), token, pin, LABEL, str(key_file), str(certificate_file))
        assert done.returncode == 0, done.stderr


@pytest.fixture
def hsm(world, ca, tmp_path: Path) -> Hsm:
    if shutil.which("softhsm2-util") is None or not MODULE.exists():
        message = "SoftHSM 2 is missing: install the Debian package softhsm2"
        pytest.skip(message) if os.environ.get("EBELGE_ALLOW_MISSING_TOOLS") else pytest.fail(message)
    (tmp_path / "tokens").mkdir()
    (tmp_path / "softhsm2.conf").write_text(f"directories.tokendir = {tmp_path / 'tokens'}\nlog.level = ERROR\n")
    made = Hsm(
        {
            "SOFTHSM2_CONF": str(tmp_path / "softhsm2.conf"),
            "EBELGE_SEAL_PKCS11_MODULE": str(MODULE),
            "EBELGE_SEAL_TOKEN": "ebelge",
            "EBELGE_SEAL_PIN": PIN,
        },
        tmp_path,
    )
    made.put(world, ca, token="ebelge", pin=PIN)
    with tenant_session(world.akin) as session:
        session.execute(text("UPDATE service SET seal_mode = 'own_hsm' WHERE tenant_id = :id"), {"id": world.akin})
    return made


@pytest.fixture
def enter(world, hsm: Hsm) -> Callable[..., subprocess.CompletedProcess[str]]:
    """`ebelge seals add` for Akın (or Bora)."""

    def seals_add(tenant: str = "akin", label: str = LABEL, *more: str) -> subprocess.CompletedProcess[str]:
        ((vkn,),) = world.rows("SELECT vkn_tckn FROM tenant WHERE tenant_id = :id", id=getattr(world, tenant))
        return hsm.run(world, "-m", "ebelge.cli.main", "seals", "add", vkn, "--key-label", label, *more)

    return seals_add


def test_a_tenants_own_seal_in_the_hsm_signs_what_the_worker_delivers(world, hsm, enter, ca) -> None:
    entered = enter()
    assert (entered.returncode, entered.stdout.count("signs")) == (0, 1), entered.stderr
    world.environment |= hsm.variables
    ids = world.submit(*(world.draft(kind) for kind in ("efatura", "earsiv", "eirsaliye", "emm")))
    world.start("relay")
    world.start("worker", "--queues", "sign")
    world.wait_for(lambda: world.states() == {"signed": 4}, within_s=60)
    ((vkn, pkcs11),) = world.rows(
        "SELECT t.vkn_tckn, s.storage FROM seal s JOIN tenant t USING (tenant_id) WHERE tenant_id = :akin"
    )
    assert pkcs11 == "pkcs11"
    for document_id in ids:
        signed = world.store.get(world.akin, world.document(document_id).ettn, "signed.xml")
        assert verify(signed, trust=[ca.certificate]).vkn_tckn == vkn
    assert world.charges() == {"captured": 4}
    world.stop()
    world.sweep()  # what the relay had handed over
    world.settle()
    assert world.states() == {"delivered": 4}  # GİB's simulator has verified the signatures, too


def test_a_seal_that_is_anothers_absent_or_known_is_not_entered(world, enter) -> None:
    assert "of another" in enter("bora").stderr
    assert "cannot be used" in enter(label="NOBODYSIGN0").stderr
    assert enter().returncode == 0
    assert "entered already" in enter().stderr
    assert world.rows("SELECT count(*) FROM seal WHERE tenant_id = ANY (:ours)") == [(1,)]


def test_each_token_is_opened_with_its_own_pin(world, hsm, enter, ca) -> None:
    hsm.put(world, ca, token="akin-ltd", pin="975310")
    assert "PIN of the HSM's token akin-ltd is not configured" in enter("akin", LABEL, "--token", "akin-ltd").stderr
    hsm.variables["EBELGE_SEAL_PINS"] = json.dumps({"akin-ltd": "975310"})
    for token in ("ebelge", "akin-ltd"):
        entered = enter("akin", LABEL, "--token", token)
        assert (entered.returncode, entered.stdout.count("signs")) == (0, 1), entered.stderr
    signed = hsm.run(world, "-c", BOTH, str(world.akin))
    assert (signed.returncode, signed.stdout.split()) == (0, ["256", "256"]), signed.stderr


def test_a_pin_that_the_token_refused_is_not_tried_again(world, hsm, enter) -> None:
    """A token locks after a few wrong PINs, and a worker asks for its seal again and again."""
    assert enter().returncode == 0
    hsm.variables["EBELGE_SEAL_PIN"] = "000000"
    told = [hsm.run(world, "-c", TWICE, str(world.akin)).stdout.splitlines() for _ in range(2)]
    assert [line for run in told for line in run if "PinIncorrect" not in line] == []
    assert [["not tried again" in line for line in run] for run in told] == [[False, True], [True, True]]

    hsm.variables["EBELGE_SEAL_PIN"] = PIN  # another PIN: it is tried without a word
    assert hsm.run(world, "-c", TWICE, str(world.akin)).stdout == ""


def test_a_login_is_tried_by_one_process_at_a_time_and_its_end_is_remembered(world, monkeypatch) -> None:
    at, later = utc_now(), utc_now() + timedelta(minutes=2)
    first, second = (tokens.KnownLogins(lambda: at) for _ in range(2))
    monkeypatch.setattr(tokens, "_WAIT_S", 0.1)
    first.ask("t", "1111", doubtful=False)
    with pytest.raises(SealUnusable, match="Another process"):
        second.ask("t", "1111", doubtful=False)
    first.tell("t", "1111")
    second.ask("t", "1111", doubtful=False)
    second.tell("t", "1111", refused="PinIncorrect")
    for _ in range(2):
        with pytest.raises(SealRefused, match="not tried again"):
            first.ask("t", "1111", doubtful=False)
    first.ask("t", "2222", doubtful=False)  # another PIN, and its process dies
    with pytest.raises(SealRefused):  # the token says that a login failed
        tokens.KnownLogins(lambda: later).ask("t", "2222", doubtful=True)
    with pytest.raises(SealRefused):
        first.ask("t", "2222", doubtful=False)
    assert CliRunner().invoke(cli, ["seals", "pin", "t"]).exit_code == 0
    assert CliRunner().invoke(cli, ["seals", "pin", "t"]).exit_code == 1
    first.ask("t", "2222", doubtful=False)
    assert b"2222" not in world.rows("SELECT pin_mark FROM token_login WHERE token_label = 't'")[0][0]


def test_an_hsm_that_restarted_is_opened_anew_by_the_same_worker(world, hsm, enter) -> None:
    assert enter().returncode == 0
    ids = world.submit(*(world.draft(n=n) for n in range(3)))
    claims = sorted(world.claim("sign"), key=lambda claim: ids.index(claim.key))
    worked = hsm.run(world, "-c", RESTARTED, json.dumps([to_json(claim) for claim in claims]))
    assert worked.returncode == 0, worked.stderr
    assert [world.document(document_id).state for document_id in ids] == ["signed", "accepted", "signed"]
    ((state, reason),) = world.rows(
        "SELECT state, last_error FROM outbox_message WHERE topic = 'document.sign' AND state <> 'done'"
    )
    assert (state, "SessionHandleInvalid" in reason or "SessionClosed" in reason) == ("scheduled", True), (
        state,
        reason,
    )


def test_an_hsm_that_does_not_answer_is_told_of_while_it_hangs(world, hsm, enter) -> None:
    assert enter().returncode == 0
    done = hsm.run(world, "-c", HUNG, str(world.akin))
    assert done.returncode == 0, done.stderr
    before, meanwhile, after = done.stdout.splitlines()
    assert (before, "has not answered for 0 seconds" in meanwhile, after) == ("[]", True, "[]")
