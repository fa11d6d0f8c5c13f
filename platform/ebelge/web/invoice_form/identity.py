"""A party in the form: one field for VKN or TCKN and one for its name, as people think of it."""

from collections.abc import Mapping
from typing import Any, Final

from ebelge.documents.drafting.contacts import split_name
from ebelge.documents.drafting.models import Contact

FINAL_CONSUMER: Final = "11111111111"
_TCKN: Final = 11
ADDRESS: Final = (
    "tax_office", "street", "building_number", "district", "city", "postal_zone", "country", "email", "phone",
)  # fmt: skip


def parted(party: Mapping[str, Any]) -> dict[str, Any]:
    """`number` and `name` of the form as `vkn` with `name`, or `tckn` with `first_name` and `family_name`."""
    said = {name: value for name, value in party.items() if name not in ("number", "name", "family_name")}
    number = "".join(str(party.get("number", "")).split())
    name = " ".join(str(party.get("name", "")).split())
    if len(number) == _TCKN:
        first, last = split_name(name, family=str(party.get("family_name", "")))
        names = {"tckn": number, "first_name": first, "family_name": last}
    else:
        names = {"vkn": number, "name": name}
    return {key: value for key, value in names.items() if value} | said


def joined(party: Mapping[str, Any]) -> dict[str, Any]:
    """The same the other way round."""
    named = ("vkn", "tckn", "name", "first_name", "family_name")
    said = {name: value for name, value in party.items() if name not in named}
    number = party.get("vkn") or party.get("tckn") or ""
    family = party.get("family_name") or ""
    name = party.get("name") or f"{party.get('first_name', '')} {family}".strip()
    return {"number": number, "name": name, "family_name": family} | said


def of_contact(row: Contact) -> dict[str, str]:
    """A card of the address book as fields of the form."""
    fields = {name: getattr(row, name) or "" for name in ADDRESS}
    if fields["country"] == "Türkiye":
        fields["country"] = ""
    known = {"number": row.vkn_tckn, "name": row.title, "family_name": row.family_name or ""} | fields
    return {name: value for name, value in known.items() if value}
