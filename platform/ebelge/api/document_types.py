"""Profiles and types: which there are, which fields each needs, and an example of each that passes as it stands."""

from typing import Any

from apiflask import APIBlueprint
from flask import Response
from pydantic import Field

from ebelge.api.account import NoQuery
from ebelge.api.answers import Answer
from ebelge.api.described import described
from ebelge.api.reading import query
from ebelge.core.errors import NotFound
from ebelge.core.findings import Language
from ebelge.edge.access import needs
from ebelge.edge.idempotency import json_response, render
from ebelge.edge.languages import language
from ebelge.ubl import type_examples
from ebelge.ubl.type_guide import FieldGuide, guide

blueprint = APIBlueprint("document_types", __name__, tag="Documents")


class DocumentType(Answer):
    """A profile with one of the types it takes."""

    profile: str = Field(examples=["TEMELFATURA"])
    profile_title: str
    type_code: str = Field(examples=["TEVKIFAT"])
    type_title: str
    kind: str = Field(
        examples=["efatura"], description="Kind of document; the profile of earsiv and emm is not written"
    )
    url: str


class DocumentTypePage(Answer):
    """Every profile with every type it takes."""

    items: list[DocumentType]


class TypeField(Answer):
    """A field of the draft that a type needs or may have."""

    path: str = Field(examples=["lines[].gtip"], description="[] is each line; identifiers[A|B] those of a scheme")
    what: str
    how: str
    where: str
    only_if: str | None = Field(default=None, description="Needed only where this other field has this value")
    pattern: str | None = Field(default=None, description="Regular expression of the whole value")
    values: list[str] | None = Field(default=None, description="GİB's list, where it is short")


class DocumentTypeAnswer(DocumentType):
    """What a type needs beyond the general fields of a draft, and an example."""

    needs: list[TypeField]
    may_have: list[TypeField]
    example: dict[str, Any] = Field(description="A draft for POST /documents that passes; put your buyer and goods in")


@blueprint.get("/document-types")
@described(DocumentTypePage, query=NoQuery)
@needs("documents:read")
def list_types() -> Response:
    """List document types

    Every profile (senaryo) with every type it takes, as GİB's rules and the trade have it.
    """
    query(NoQuery)
    items = [DocumentType(**_head(profile, code, language())) for profile, code in type_examples.all_types()]
    return json_response(render(DocumentTypePage(items=items)))


@blueprint.get("/document-types/<string:profile>/<string:type_code>")
@described(DocumentTypeAnswer, query=NoQuery, refusals=(404,))
@needs("documents:read")
def get_type(profile: str, type_code: str) -> Response:
    """A document type

    The fields it needs and may have beyond the general ones, how each is written, and an example draft.
    """
    query(NoQuery)
    try:
        head, found = _head(profile, type_code, language()), guide(profile, type_code, language())
    except KeyError as error:
        raise NotFound() from error
    answer = DocumentTypeAnswer(
        **head,
        needs=[_field(one) for one in found.needs],
        may_have=[_field(one) for one in found.may_have],
        example=type_examples.example(profile, type_code),
    )
    return json_response(render(answer))


def _head(profile: str, code: str, reader: Language) -> dict[str, Any]:
    found = guide(profile, code, reader)
    return {
        "profile": profile, "profile_title": found.profile_title, "type_code": code, "type_title": found.type_title,
        "kind": found.kind, "url": f"/api/v1/document-types/{profile}/{code}",
    }  # fmt: skip


def _field(one: FieldGuide) -> TypeField:
    return TypeField(
        path=one.path, what=one.what, how=one.how, where=one.where, only_if=one.only_if, pattern=one.pattern,
        values=one.values,
    )  # fmt: skip
