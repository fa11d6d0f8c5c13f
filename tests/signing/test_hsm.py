"""Seals in an HSM (SoftHSM 2): the key is used where it lies."""

import ctypes
import os
from collections.abc import Callable
from datetime import datetime

import pkcs11
import pytest

from ebelge.signing.development import DevelopmentCa
from ebelge.signing.errors import SealUnusable
from ebelge.signing.seals import Pkcs11Seal
from ebelge.signing.signer import sign
from ebelge.signing.verify import verify
from ebelge.ubl.examples import AKIN


@pytest.mark.parametrize(("label", "algorithm"), [("RSA", "rsa-sha256"), ("EC", "ecdsa-sha384")])
@pytest.mark.parametrize("assembler", ["own", "signxml"])
def test_a_seal_in_a_token_signs(
    hsm, invoice: bytes, ca: DevelopmentCa, at: datetime, xmlsec1: Callable[[bytes], bool], label, algorithm, assembler
) -> None:
    seal = Pkcs11Seal.open(hsm.module, hsm.token_label, hsm.pin, label)
    signed = sign(invoice, seal, at=at, assembler=assembler)
    assert seal.algorithm == algorithm
    assert verify(signed, trust=[ca.certificate]).vkn_tckn == AKIN.vkn_tckn
    assert xmlsec1(signed)


def test_seals_in_one_token_share_its_login(hsm, invoice: bytes, at: datetime) -> None:
    first, second = (Pkcs11Seal.open(hsm.module, hsm.token_label, hsm.pin, label) for label in ("RSA", "EC"))
    assert sign(invoice, first, at=at)
    assert sign(invoice, second, at=at)


@pytest.mark.parametrize(
    ("token_label", "pin", "label", "reason"),
    [
        ("ebelge", "246813", "NOBODY", "NoSuchKey"),
        ("ebelge", "246813", "BARE", "0 certificates"),
        ("ebelge", "246813", "UNPAIRED", "do not belong together"),
        ("nowhere", "246813", "RSA", "NoSuchToken"),
        ("ebelge", "000000", "RSA", "ebelge: "),
    ],
)
def test_a_seal_that_cannot_sign_is_not_opened(hsm, token_label, pin, label, reason) -> None:
    with pytest.raises(SealUnusable, match=reason):
        Pkcs11Seal.open(hsm.module, token_label, pin, label)


def test_a_module_that_is_not_there_is_refused() -> None:
    with pytest.raises(SealUnusable):
        Pkcs11Seal.open("/nowhere/libpkcs11.so", "ebelge", "246813", "RSA")


def test_a_seal_is_not_used_behind_a_fork(hsm, invoice: bytes, at: datetime) -> None:
    seal = Pkcs11Seal.open(hsm.module, hsm.token_label, hsm.pin, "RSA")
    child = os.fork()
    if child == 0:
        try:
            seal.sign_digest_input(b"x")
        except SealUnusable:
            try:
                Pkcs11Seal.open(hsm.module, hsm.token_label, hsm.pin, "RSA")
            except SealUnusable:
                os._exit(7)
        os._exit(1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 7
    assert sign(invoice, seal, at=at)


def test_a_lost_session_is_refused_and_opened_anew(hsm, invoice: bytes, at: datetime) -> None:
    seal = Pkcs11Seal.open(hsm.module, hsm.token_label, hsm.pin, "RSA")
    seal._token.session.close()  # what a restart of the HSM does
    with pytest.raises(SealUnusable):
        sign(invoice, seal, at=at)
    assert sign(invoice, Pkcs11Seal.open(hsm.module, hsm.token_label, hsm.pin, "RSA"), at=at)


@pytest.mark.parametrize("label", ["RSA", "EC"])
@pytest.mark.parametrize("how", ["all sessions closed", "module finalised"])
def test_whoever_ends_the_sessions_from_outside_ends_no_seal(
    hsm, invoice: bytes, ca: DevelopmentCa, at: datetime, how: str, label: str
) -> None:
    seal = Pkcs11Seal.open(hsm.module, hsm.token_label, hsm.pin, label)
    slot = pkcs11.lib(hsm.module).get_token(token_label=hsm.token_label).slot.slot_id
    outsider = ctypes.CDLL(hsm.module)  # a second handle on the same module, as another library in the process has it
    ended = outsider.C_CloseAllSessions(ctypes.c_ulong(slot)) if "closed" in how else outsider.C_Finalize(None)
    assert ended == 0
    with pytest.raises(SealUnusable):
        sign(invoice, seal, at=at)
    again = Pkcs11Seal.open(hsm.module, hsm.token_label, hsm.pin, label)
    assert verify(sign(invoice, again, at=at), trust=[ca.certificate])
