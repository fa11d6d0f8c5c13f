"""What a profile and type wants, said to a reader: the table of types as rows of words, for API and command."""

from dataclasses import dataclass

from ebelge.core.findings import Language
from ebelge.ubl import codes
from ebelge.ubl.type_fields import FIELDS
from ebelge.ubl.type_rules import allows, needs
from ebelge.ubl.type_table import PROFILES, TYPES, Need

VALUES_MAX = 60
_WHERE = {
    "once": {"tr": "belgede", "en": "on the document"},
    "every": {"tr": "her satırda", "en": "on every line"},
    "any": {"tr": "en az bir satırda", "en": "on one line or more"},
}


@dataclass(frozen=True, slots=True)
class FieldGuide:
    """One field: its JSON path, what it is, how it is written, where, and on which condition."""

    path: str
    what: str
    how: str
    where: str
    only_if: str | None
    pattern: str | None
    values: list[str] | None


@dataclass(frozen=True, slots=True)
class TypeGuide:
    """A profile and type with the fields it needs and those it may have beyond the general ones."""

    profile: str
    profile_title: str
    type_code: str
    type_title: str
    kind: str
    needs: list[FieldGuide]
    may_have: list[FieldGuide]


def guide(profile: str, type_code: str, language: Language) -> TypeGuide:
    """The guide of a type, in one language.

    :raises KeyError: there is no such profile, or it does not take the type.
    """
    rule = PROFILES[profile]
    if type_code not in rule.types:
        raise KeyError(type_code)
    wanted = needs(profile, type_code)
    further = sorted(allows(profile, type_code) - {need.field for need in wanted})
    turkish = language == "tr"
    return TypeGuide(
        profile=profile,
        profile_title=rule.tr if turkish else rule.en,
        type_code=type_code,
        type_title=TYPES[type_code].tr if turkish else TYPES[type_code].en,
        kind=rule.kind,
        needs=[_field(need, language) for need in wanted],
        may_have=[_field(Need(name), language) for name in further],
    )


def _field(need: Need, language: Language) -> FieldGuide:
    field = FIELDS[need.field]
    named = field.form.removeprefix("list:") if field.form.startswith("list:") else ""
    listed = sorted(codes.values(named)) if named else []
    return FieldGuide(
        path=field.path,
        what=field.tr if language == "tr" else field.en,
        how=field.mend_tr if language == "tr" else field.mend_en,
        where=_WHERE[field.where][language],
        only_if=f"{need.if_path} = {need.if_value}" if need.if_path else None,
        pattern=field.form if field.form and not named else None,
        values=listed if 0 < len(listed) <= VALUES_MAX else None,
    )
