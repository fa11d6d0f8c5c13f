"""Sign a prepared document with a seal: the one call that the workers make."""

from datetime import datetime
from typing import Literal

from ebelge.signing import reference, xades
from ebelge.signing.document import UBL_EXTENSION, Placement, read_for_signing
from ebelge.signing.errors import SealUnusable
from ebelge.signing.seals import Seal

Assembler = Literal["own", "signxml"]


def sign(
    xml: bytes,
    seal: Seal,
    *,
    at: datetime,
    placement: Placement = UBL_EXTENSION,
    assembler: Assembler = "own",
) -> bytes:
    """The signed document (UTF-8) of a prepared one; `at` becomes its SigningTime.

    The result is the document's canonical form with the signature put in its place: comments and processing
    instructions are gone, since they would not be signed. The same bytes, seal and `at` give the same RSA
    signature from both assemblers.
    :raises NotSignable: the document cannot be signed as it is.
    :raises SealUnusable: the certificate is not valid at `at`, or the key cannot be used.
    """
    _check_validity(seal, at)
    document = read_for_signing(xml, placement)
    if assembler == "signxml":
        return reference.assemble(document, seal, at=at)
    return xades.assemble(document, seal, at=at)


def _check_validity(seal: Seal, at: datetime) -> None:
    certificate = seal.certificate
    if not certificate.not_valid_before_utc <= at <= certificate.not_valid_after_utc:
        raise SealUnusable(
            f"Sertifika {certificate.not_valid_before_utc:%d.%m.%Y} ile "
            f"{certificate.not_valid_after_utc:%d.%m.%Y} arasında geçerli.",
            f"The certificate is valid from {certificate.not_valid_before_utc.isoformat()} "
            f"to {certificate.not_valid_after_utc.isoformat()}.",
        )
