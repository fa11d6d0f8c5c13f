"""What the table of types says about one draft: its type, the fields that are missing, wrong or out of place."""

import re
from collections.abc import Iterator
from functools import cache
from typing import Any

from ebelge.core.findings import Finding
from ebelge.ubl import codes
from ebelge.ubl.draft import DespatchDraft, Draft, InvoiceDraft
from ebelge.ubl.draft_special import CUSTOMS_PROFILES
from ebelge.ubl.type_fields import FIELDS
from ebelge.ubl.type_table import BEARS_OTHER_TAXES, PAIRS, PROFILES, TYPES, Field, Need, arithmetic_of
from ebelge.ubl.types import DocumentKind

FINDINGS_MAX = 300
# A code of the exemption lists says which type the invoice is, when the client names none.
_TYPE_OF_GROUP = {"istisna": "ISTISNA", "ozel_matrah": "OZELMATRAH", "ihrac": "IHRACKAYITLI"}


def type_code(draft: InvoiceDraft | DespatchDraft) -> str:
    """The type that follows from what is on the document, when the client gives none."""
    if draft.type_code is not None:
        return draft.type_code
    if isinstance(draft, DespatchDraft):
        return "MATBUDAN" if draft.paper else "SEVK"
    if draft.returned_invoices:
        return "IADE"
    if draft.charging is not None or draft.profile == "ENERJI":
        return "SARJ" if draft.charging is None or draft.charging.report_id else "SARJANLIK"
    if any(line.withholding_code for line in draft.lines):
        return "TEVKIFAT"
    if any(line.accommodation_tax_rate is not None for line in draft.lines):
        return "KONAKLAMAVERGISI"
    groups = {codes.exemption_group(line.exemption_code) for line in draft.lines if line.exemption_code}
    return next((code for group, code in _TYPE_OF_GROUP.items() if group in groups), "SATIS")


def scenario(draft: InvoiceDraft, default: str) -> str:
    """The profile of an e-Fatura draft: as written, else the tenant's `default` where it takes the type, else one that
    does."""
    if "profile" in draft.model_fields_set:
        return draft.profile
    code = type_code(draft)
    takes = (default, draft.profile, *(name for name, rule in PROFILES.items() if rule.kind == "efatura"))
    return next((name for name in takes if code in PROFILES[name].types), default)


def bound_profile(draft: Draft) -> str:
    """The profile that a draft insists on, "" where e-Arşiv would do as well."""
    if not isinstance(draft, InvoiceDraft) or "profile" not in draft.model_fields_set:
        return ""
    return "" if draft.profile in ("TEMELFATURA", "TICARIFATURA") else draft.profile


@cache
def needs(profile: str, code: str) -> tuple[Need, ...]:
    """All that a document of this profile and type needs beyond the general fields, each once."""
    pair = PAIRS.get((profile, code))
    whole = (*PROFILES[profile].needs, *TYPES[code].needs, *(pair.needs if pair else ()))
    return tuple(dict.fromkeys(whole))


@cache
def allows(profile: str, code: str) -> frozenset[str]:
    """The reserved fields that it may have."""
    extra = {*PROFILES[profile].allows, *TYPES[code].allows, *(need.field for need in needs(profile, code))}
    if TYPES[code].kind == "efatura" and arithmetic_of(profile, code) in BEARS_OTHER_TAXES:
        extra.add("other_taxes")
    return frozenset(extra)


def type_findings(draft: Draft, *, kind: DocumentKind) -> list[Finding]:
    """What the table says against a draft: no such type, then what is missing, wrongly written or out of place."""
    if not isinstance(draft, InvoiceDraft | DespatchDraft):
        return []
    profile, code = "EARSIVFATURA" if kind is DocumentKind.EARSIV else draft.profile, type_code(draft)
    if code not in PROFILES[profile].types:
        return [_no_such_type(profile, code)]
    found = [*_missing(draft, profile, code), *_out_of_place(draft, profile, code)]
    return found[:FINDINGS_MAX]


def _missing(draft: Draft, profile: str, code: str) -> Iterator[Finding]:
    for need in needs(profile, code):
        field = FIELDS[need.field]
        places = list(values(draft, field.path))
        if need.if_path:
            wanted = {path.rpartition(".")[0] for path, value in values(draft, need.if_path) if value == need.if_value}
            places = [(path, value) for path, value in places if path.rpartition(".")[0] in wanted]
        elif field.where == "any":
            if not any(value and _fits(field, value) for _, value in places):
                yield _needs(field, profile, code, field.path.replace("[]", "[0]"))
            continue
        for path, value in places:
            if not value:
                yield _needs(field, profile, code, path)
            elif not _fits(field, value):
                yield _wrong(field, profile, code, path)


def _out_of_place(draft: InvoiceDraft | DespatchDraft, profile: str, code: str) -> Iterator[Finding]:
    allowed = allows(profile, code)
    # Nearly every draft names none of them: only what was written is looked for.
    written = draft.model_fields_set.union(*(line.model_fields_set for line in draft.lines))
    for name, field in FIELDS.items():
        if not field.reserved or name in allowed or field.path.removeprefix("lines[].").split("[")[0] not in written:
            continue
        for path, value in values(draft, field.path):
            if value not in (None, "", [], ()):
                yield _keeps_out(name, profile, code, path)


def values(draft: Any, path: str) -> Iterator[tuple[str, Any]]:
    """Every place that a path of the table means in this draft, with what stands there (None: nothing)."""
    yield from _walk(draft, path.split("."), "")


def _walk(at: Any, parts: list[str], done: str) -> Iterator[tuple[str, Any]]:
    if not parts:
        yield done, at
        return
    name, _, inside = parts[0].partition("[")
    value = getattr(at, name, None)
    here = f"{done}.{name}" if done else name
    if not inside:
        if value is None:
            yield ".".join([here, *parts[1:]]), None
        else:
            yield from _walk(value, parts[1:], here)
    elif inside == "]":
        if not value:
            yield here, None
        for index, one in enumerate(value or ()):
            yield from _walk(one, parts[1:], f"{here}[{index}]")
    else:
        schemes = inside.rstrip("]").split("|")
        found = [(f"{here}[{n}].value", one.value) for n, one in enumerate(value or ()) if one.scheme in schemes]
        yield from found or [(here, None)]


def _fits(field: Field, value: Any) -> bool:
    if not field.form:
        return True
    if field.form.startswith("list:"):
        return value in codes.values(field.form.removeprefix("list:"))
    return (
        re.fullmatch(field.form, "".join(str(value).split()) if field.path.endswith("iban") else str(value)) is not None
    )


def _title(profile: str, code: str) -> tuple[str, str]:
    return f"{profile} / {code} ({TYPES[code].tr})", f"{profile} / {code} ({TYPES[code].en})"


def _needs(field: Field, profile: str, code: str, path: str) -> Finding:
    tr, en = _title(profile, code)
    return Finding(
        "EB-TYPE-NEEDS", f"{tr} için {field.tr} gerekir.", f"{en} needs {field.en}.",
        field.mend_tr, field.mend_en, path=path,
    )  # fmt: skip


def _wrong(field: Field, profile: str, code: str, path: str) -> Finding:
    tr, en = _title(profile, code)
    return Finding(
        "EB-TYPE-FORM", f"{tr}: {field.tr} beklenen biçimde değil.", f"{en}: {field.en} has not the expected form.",
        field.mend_tr, field.mend_en, path=path,
    )  # fmt: skip


def _keeps_out(name: str, profile: str, code: str, path: str) -> Finding:
    tr, en = _title(profile, code)
    field = FIELDS[name]
    at_home = (
        [one for one in TYPES if _is_of(field, TYPES[one])]
        or [one for one in PROFILES if _is_of(field, PROFILES[one])]
        or [one for one in PROFILES[profile].types if name in allows(profile, one)]
    )
    where = ", ".join(at_home[:8])
    return Finding(
        "EB-TYPE-EXTRA", f"{tr} belgesinde {field.tr} olamaz.", f"{en} cannot have {field.en}.",
        f"Alanı kaldırın ya da tipi/senaryoyu değiştirin: {where}.",
        f"Leave it out, or change type or profile: {where}.", path=path,
    )  # fmt: skip


def _is_of(field: Field, rule: Any) -> bool:
    return any(FIELDS[name] is field for name in (*rule.allows, *(need.field for need in rule.needs)))


def _no_such_type(profile: str, code: str) -> Finding:
    types = ", ".join(PROFILES[profile].types)
    takers = [name for name, rule in PROFILES.items() if code in rule.types]
    customs = " (VKN 1460415308)" if profile in CUSTOMS_PROFILES else ""
    return Finding(
        "EB-TYPE",
        f"{profile}{customs} senaryosunda {code} tipi olamaz.",
        f"The profile {profile}{customs} takes no {code}.",
        f"type_code şunlardan biri olmalı: {types}. {code} tipinin senaryoları: {', '.join(takers)}.",
        f"type_code must be one of: {types}. Profiles that take {code}: {', '.join(takers)}.",
        path="type_code",
    )
