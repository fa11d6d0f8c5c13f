"""Distinguished names as XML signatures write them (RFC 2253, as Java's verifiers read it)."""

from cryptography import x509
from cryptography.x509.oid import NameOID

# The types RFC 2253 has short names for; any other is written as its OID with the DER value in hex.
_SHORT_NAMED = frozenset(
    {
        NameOID.COMMON_NAME,
        NameOID.LOCALITY_NAME,
        NameOID.STATE_OR_PROVINCE_NAME,
        NameOID.ORGANIZATION_NAME,
        NameOID.ORGANIZATIONAL_UNIT_NAME,
        NameOID.COUNTRY_NAME,
        NameOID.STREET_ADDRESS,
        NameOID.DOMAIN_COMPONENT,
        NameOID.USER_ID,
    }
)


def distinguished_name(name: x509.Name) -> str:
    """`name`, the most specific part first: `CN=Akın Ltd.,2.5.4.5=#130a…,C=TR`."""
    return ",".join("+".join(_attribute(part) for part in rdn) for rdn in reversed(name.rdns))


def tax_number(name: x509.Name) -> str | None:
    """The VKN or TCKN in a seal's subject (its serialNumber), or None."""
    numbers = name.get_attributes_for_oid(NameOID.SERIAL_NUMBER)
    return str(numbers[0].value) if numbers else None


def _attribute(part: x509.NameAttribute[str | bytes]) -> str:
    if part.oid in _SHORT_NAMED:
        return part.rfc4514_string()
    return f"{part.oid.dotted_string}=#{_value_der(part).hex()}"


def _value_der(part: x509.NameAttribute[str | bytes]) -> bytes:
    """The DER of an attribute's value."""
    inner = x509.Name([part]).public_bytes()
    for _ in range(3):  # into the name, its one relative name, its one attribute
        inner = inner[2 if inner[1] < 0x80 else 2 + (inner[1] & 0x7F) :]
    return inner[2 + inner[1] :]  # behind the type's OID
