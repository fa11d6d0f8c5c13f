"""Our assembler against signxml's signer bent to the same profile."""

from datetime import datetime

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lxml import etree

from ebelge.signing.seals import Pkcs12Seal
from ebelge.signing.signer import sign
from ebelge.signing.verify import verify
from tests.ubl.kinds import UBL_KINDS

DS = "{http://www.w3.org/2000/09/xmldsig#}"


def _canonical(xml: bytes) -> bytes:
    return etree.tostring(etree.fromstring(xml), method="c14n")


def _without_value(xml: bytes) -> bytes:
    root = etree.fromstring(xml)
    next(root.iter(DS + "SignatureValue")).text = ""
    return etree.tostring(root, method="c14n")


@pytest.mark.parametrize("kind", UBL_KINDS)
def test_both_assemblers_make_the_same_document_with_an_rsa_seal(
    kind, prepared, rsa_seal: Pkcs12Seal, at: datetime
) -> None:
    document = prepared(kind)
    ours, reference = (sign(document, rsa_seal, at=at, assembler=name) for name in ("own", "signxml"))
    assert _canonical(ours) == _canonical(reference)


def test_with_a_p384_seal_they_differ_in_the_random_value_only(
    invoice: bytes, ec_seal: Pkcs12Seal, at: datetime
) -> None:
    ours, reference = (sign(invoice, ec_seal, at=at, assembler=name) for name in ("own", "signxml"))
    assert _canonical(ours) != _canonical(reference)
    assert _without_value(ours) == _without_value(reference)


_NAMES = st.from_regex(r"[a-z][a-z0-9]{0,5}", fullmatch=True).filter(lambda name: not name.startswith("xml"))
_URIS = st.text(st.sampled_from("abcxyz'?=/;"), max_size=8).map(lambda tail: "urn:x" + tail)
_TEXTS = st.text(st.characters(codec="utf-8", exclude_categories=["Cs", "Cc"]) | st.sampled_from("\r\n\t&<>]"))


def _escaped(value: str) -> str:
    return "".join(f"&#{ord(character)};" if character in '&<>"\r\n\t' else character for character in value)


@given(
    root_scope=st.dictionaries(_NAMES | st.just("ds") | st.just("xades"), _URIS, max_size=4),
    holder_scope=st.dictionaries(_NAMES | st.just("ds"), _URIS, max_size=3),
    note=_TEXTS,
)
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_namespaces_are_in_scope_both_agree(
    invoice: bytes, rsa_seal: Pkcs12Seal, at: datetime, root_scope, holder_scope, note
) -> None:
    taken = etree.fromstring(invoice).nsmap

    def declarations(scope: dict[str, str]) -> str:
        return "".join(f' xmlns:{prefix}="{_escaped(uri)}"' for prefix, uri in scope.items() if prefix not in taken)

    text = invoice.decode()
    text = text.replace("<Invoice ", f"<Invoice{declarations(root_scope)} ", 1)
    text = text.replace("<ext:ExtensionContent", f"<ext:ExtensionContent{declarations(holder_scope)}", 1)
    text = text.replace("<cbc:Note>", f"<cbc:Note>{_escaped(note)}", 1)
    document = text.encode()
    ours, reference = (sign(document, rsa_seal, at=at, assembler=name) for name in ("own", "signxml"))
    assert _canonical(ours) == _canonical(reference)
    assert verify(ours, trust=None).certificate == rsa_seal.certificate


def test_a_default_namespace_that_is_switched_off_is_not_in_scope(
    invoice: bytes, rsa_seal: Pkcs12Seal, at: datetime
) -> None:
    document = invoice.replace(b"<ext:ExtensionContent", b'<ext:ExtensionContent xmlns=""', 1)
    ours, reference = (sign(document, rsa_seal, at=at, assembler=name) for name in ("own", "signxml"))
    assert _canonical(ours) == _canonical(reference)
    assert verify(ours, trust=None)
