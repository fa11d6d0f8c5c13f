"""Who verifies signatures and is not us: signxml's verifier, and the C tool xmlsec1 where it is installed."""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from lxml import etree
from signxml.algorithms import CanonicalizationMethod
from signxml.exceptions import SignXMLException
from signxml.xades.xades import XAdESSignatureConfiguration, XAdESVerifier

_PROPERTIES = "http://uri.etsi.org/01903/v1.3.2#:SignedProperties"


@dataclass(frozen=True)
class Witness:
    """Somebody who says whether a signed document is genuine, trusting one authority only."""

    name: str
    accepts: Callable[[bytes], bool]


def witnesses(authority: Path) -> list[Witness]:
    """Those that are on this machine; signxml always is."""
    found = [Witness("signxml", lambda xml: _signxml(xml, authority))]
    tool = shutil.which("xmlsec1")
    if tool is not None:
        found.insert(0, Witness("xmlsec1", lambda xml: _xmlsec1(tool, xml, authority)))
    return found


def verdict(xml: bytes, sha256: str, asked: list[Witness]) -> tuple[list[str], list[str]]:
    """(who accepted, what is wrong) of one signed document; also that it is the one whose hash is booked."""
    accepted = [witness.name for witness in asked if witness.accepts(xml)]
    wrong = [f"{witness.name} refuses the signature" for witness in asked if witness.name not in accepted]
    if hashlib.sha256(xml).hexdigest() != sha256:
        wrong.append("the archive's bytes are not those that the document names")
    return accepted, wrong


def tampering_is_noticed(xml: bytes, asked: list[Witness]) -> bool:
    """True if nobody accepts the document with one digit of its number changed."""
    place = xml.index(b"</cbc:ID>") - 1
    forged = xml[:place] + (b"8" if xml[place : place + 1] != b"8" else b"9") + xml[place + 1 :]
    return not any(witness.accepts(forged) for witness in asked)


def for_each(
    fetch: Callable[[str], bytes], hashes: dict[str, str], asked: list[Witness]
) -> Iterator[tuple[str, tuple[list[str], list[str]]]]:
    """`verdict` of many documents (id -> hash), a few at a time, in their order."""
    with ThreadPoolExecutor(4, thread_name_prefix="witness") as pool:
        yield from zip(hashes, pool.map(lambda one: verdict(fetch(one), hashes[one], asked), hashes), strict=True)


def _signxml(xml: bytes, authority: Path) -> bool:
    expected = XAdESSignatureConfiguration(
        expect_references=2, default_reference_c14n_method=CanonicalizationMethod.CANONICAL_XML_1_0
    )
    try:
        results = XAdESVerifier().verify(xml, expect_config=expected, ca_pem_file=str(authority))
    except (SignXMLException, InvalidSignature, etree.LxmlError, ValueError):
        return False
    root = etree.fromstring(xml, etree.XMLParser(resolve_entities=False, no_network=True)).tag
    return any(result.signed_xml is not None and result.signed_xml.tag == root for result in results)


def _xmlsec1(tool: str, xml: bytes, authority: Path) -> bool:
    with tempfile.NamedTemporaryFile(suffix=".xml") as file:
        file.write(xml)
        file.flush()
        trust = ("--trusted-pem", str(authority), "--enabled-key-data", "x509")
        command = (tool, "--verify", *trust, "--id-attr:Id", _PROPERTIES, file.name)
        done = subprocess.run(command, capture_output=True, timeout=30, check=False)
    return done.returncode == 0
