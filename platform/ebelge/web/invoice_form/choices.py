"""What the form's lists offer: units, rates, codes and types, out of the tables that documents are judged by."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from itertools import groupby
from types import UnionType
from typing import Any, Final, Union, get_args, get_origin

from pydantic import BaseModel

from ebelge.ubl import codes, withholding
from ebelge.ubl.draft import DespatchDraft, DespatchLineDraft, InvoiceDraft
from ebelge.ubl.draft_line import LineDraft
from ebelge.ubl.exemptions import REASONS
from ebelge.ubl.kdv_rates import rates_on
from ebelge.ubl.other_taxes import OTHER_TAXES
from ebelge.ubl.type_fields import FIELDS
from ebelge.ubl.type_rules import allows, needs
from ebelge.ubl.type_table import PROFILES, TYPES, Field
from ebelge.web.invoice_form import special_fields
from ebelge.web.invoice_form.fields import FIGURES

KIND_NAMES: Final[dict[str, tuple[str, str]]] = {
    "auto": ("Fatura", "Invoice"), "efatura": ("e-Fatura", "e-Fatura"), "earsiv": ("e-Arşiv", "e-Arşiv"),
    "eirsaliye": ("e-İrsaliye", "e-İrsaliye"), "emm": ("e-Müstahsil", "e-Müstahsil"), "esmm": ("e-SMM", "e-SMM"),
}  # fmt: skip
MEANS: Final = (
    ("42", "Banka havalesi", "Bank transfer"), ("48", "Kart", "Card"), ("10", "Nakit", "Cash"), ("1", "Diğer", "Other"),
)  # fmt: skip
# In the order of the codes; in the document they bear GİB's own names, in capitals.
_DEDUCTIONS: Final[dict[str, tuple[str, str]]] = {
    "0003": ("Gelir vergisi stopajı", "Income tax"),
    "8001": ("Borsa tescil ücreti", "Exchange registration fee"),
    "9040": ("Mera fonu", "Pasture fund"),
    "SGK_PRIM": ("SGK prim kesintisi", "Social security"),
}
# Paths that the form shows by itself, whatever the type.
_OWN: Final = (
    "returned_invoices", "payment", "lines[].withholding_code", "lines[].exemption_code", "lines[].gtip", "buyer",
    "lines[].other_taxes",
)  # fmt: skip
_MODELS: Final = {False: (InvoiceDraft, LineDraft), True: (DespatchDraft, DespatchLineDraft)}  # document and line
_INTERNET: Final = "internet_sale"
Option = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Extra:
    """A field that only this type has: its path (of a line: within the line), name, how it is written.

    `kind`: of the input. `options`: what it is chosen from.
    """

    path: str
    name: str
    hint: str
    kind: str
    options: Sequence[Option] = ()

    @property
    def figure(self) -> bool:
        """Whether a number is typed in it."""
        return self.path.rpartition(".")[2] in FIGURES

    @property
    def lone(self) -> str:
        """The only choice, which is made already."""
        return self.options[0][0] if len(self.options) == 1 else ""


@dataclass(frozen=True, slots=True)
class Group:
    """Fields of one object, what stands above them, and what must be known to fill them in; "" for loose ones."""

    name: str
    hint: str
    fields: Sequence[Extra]


@dataclass(frozen=True, slots=True)
class Choices:
    """The lists of one form."""

    units: Sequence[Option]
    rates: Sequence[Option]
    withholdings: Sequence[Option]
    exemptions: Sequence[Option]
    taxes: Sequence[Option]
    profiles: Sequence[Option]
    types: Sequence[Option]
    means: Sequence[Option]
    deductions: Sequence[Option]
    extras: Sequence[Group]
    internet: Sequence[Extra]  # what an invoice says of its sale over the internet
    line_extras: Sequence[Extra]


def of(body: dict[str, Any], *, today: date, side: int) -> Choices:
    """The lists for a document of this body."""
    profile, code = str(body.get("profile", "")), str(body.get("type_code", ""))
    invoice = body["kind"] in ("auto", "efatura", "earsiv")
    wanted = "eirsaliye" if body["kind"] == "eirsaliye" else "efatura"
    profiles = [(name, (rule.tr, rule.en)[side]) for name, rule in PROFILES.items() if rule.kind == wanted]
    taken = PROFILES[profile].types if profile in PROFILES else _all_types(invoice=invoice)
    special = bool(profile or code) and (invoice or wanted == "eirsaliye")
    usual = "TEMELFATURA" if invoice else "TEMELIRSALIYE"
    extras = list(_extras(profile or usual, code, body, side)) if special else []
    return Choices(
        units=list(codes.UNIT_NAMES.items()),
        rates=[(str(rate), f"%{rate}") for rate in rates_on(today)],
        withholdings=[
            (one, f"{one} · %{withholding.current_percent(one)} · {words}") for one, words in withholding.NAMES.items()
        ],
        exemptions=list(REASONS.items()),
        taxes=[(one, (tax.tr, tax.en)[side]) for one, tax in OTHER_TAXES.items()],
        profiles=profiles,
        types=[(one, (TYPES[one].tr, TYPES[one].en)[side]) for one in taken],
        means=[(code, (tr, en)[side]) for code, tr, en in MEANS],
        deductions=[(code, _DEDUCTIONS[code][side]) for code in codes.PRODUCER_DEDUCTIONS],
        extras=[
            _group(key, list(ones), side)
            for key, ones in groupby((one for one in extras if not one.path.startswith("lines[].")), _object_of)
        ],
        internet=[_extra(path, kind, side) for path, kind in _leaves(_INTERNET, despatch=False) if _is_known(path)],
        line_extras=[
            replace(one, path=one.path.removeprefix("lines[]."))
            for one in extras if one.path.startswith("lines[].")
        ],
    )  # fmt: skip


def _extras(profile: str, code: str, body: Mapping[str, Any], side: int) -> Iterator[Extra]:
    """The fields that profile and type need or allow beyond the general ones, from the table of types."""
    if profile not in PROFILES:
        return
    if code not in TYPES:
        code = PROFILES[profile].types[0]
    wanted = [need.field for need in needs(profile, code)]
    seen: set[str] = set()
    for name in dict.fromkeys([*wanted, *sorted(allows(profile, code))]):
        field = FIELDS[name]
        if field.path.startswith(_OWN) or (name not in wanted and _is_short_for_another(name, body)):
            continue
        for path, kind in _leaves(field.path, despatch=PROFILES[profile].kind == "eirsaliye"):
            if path not in seen:
                seen.add(path)
                yield _extra(path, kind, side, schemes=_schemes(field))


def _extra(path: str, kind: str, side: int, *, schemes: Sequence[str] = ()) -> Extra:
    """A field by its words; `schemes`: of a number of the goods, which kinds of it the type knows."""
    key = special_fields.plain(path)
    name, hint = special_fields.NAMES[key], special_fields.HINTS.get(key, ("", ""))
    options = special_fields.CHOICES.get(key, ())
    if schemes:
        options = tuple(one for one in options if one[0] in schemes)
        if key.endswith(".value") and len(schemes) == 1:
            name, hint = special_fields.IDENTIFIERS[schemes[0]]
    return Extra(path, name[side], hint[side], kind, [(one[0], one[1 + side]) for one in options])


def _schemes(field: Field) -> list[str]:
    """`lines[].identifiers[ILAC|DIGER]`: ILAC and DIGER."""
    found = re.search(r"identifiers\[(.+)\]", field.path)
    return found[1].split("|") if found else []


def _is_known(path: str) -> bool:
    """Of a carrier, only what names it has a place in the form."""
    return special_fields.plain(path) in special_fields.NAMES


def _object_of(one: Extra) -> str:
    return one.path.partition(".")[0] if "." in one.path else ""


def _group(key: str, fields: Sequence[Extra], side: int) -> Group:
    nothing = ("", "")
    name, hint = special_fields.GROUPS.get(key, nothing), special_fields.GROUP_HINTS.get(key, nothing)
    return Group(name[side], hint[side], fields)


def _is_short_for_another(name: str, body: Mapping[str, Any]) -> bool:
    """The rate of the accommodation tax has a place among the other taxes; it is shown where it was written so."""
    lines = body.get("lines", [])
    return name == "accommodation_tax_rate" and not any(isinstance(one, dict) and one.get(name) for one in lines)


def _all_types(*, invoice: bool) -> tuple[str, ...]:
    kinds = ("efatura", "earsiv") if invoice else ("eirsaliye",)
    return tuple(dict.fromkeys(one for rule in PROFILES.values() if rule.kind in kinds for one in rule.types))


def _leaves(path: str, *, despatch: bool) -> Iterator[tuple[str, str]]:
    """The single fields that a path of the table means, and the kind of their input: of an object each of its own."""
    line = path.startswith("lines[].")
    model: Any = _MODELS[despatch][line]
    parts, done = path.removeprefix("lines[].").split("."), "lines[]" if line else ""
    for part in parts:
        name = part.partition("[")[0]
        if name not in model.model_fields:
            return
        many, model = _model(model.model_fields[name].annotation)
        done = f"{done}.{name}" if done else name
        done += "[0]" if many else ""
    yield from _within(done, model)


def _within(path: str, model: Any) -> Iterator[tuple[str, str]]:
    if isinstance(model, type) and issubclass(model, BaseModel):
        for name, field in model.model_fields.items():
            many, below = _model(field.annotation)
            yield from _within(f"{path}.{name}" + ("[0]" if many else ""), below)
    else:
        yield path, {date: "date", datetime: "datetime-local"}.get(model, "text")


def _model(annotation: Any) -> tuple[bool, Any]:
    """What stands in a field, and whether it is a list of such."""
    if get_origin(annotation) in (Union, UnionType):
        annotation = next(one for one in get_args(annotation) if one is not type(None))
    if hasattr(annotation, "__metadata__"):
        annotation = get_args(annotation)[0]
    if get_origin(annotation) is list:
        inner = get_args(annotation)[0]
        return True, get_args(inner)[0] if hasattr(inner, "__metadata__") else inner
    return False, annotation
