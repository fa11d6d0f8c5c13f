"""Requests -> submissions: XML or JSON, one or many; bounded and refused with the place that is wrong."""

import base64
import binascii
import json
from typing import Annotated, Any, TypeVar

from flask import request
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from ebelge.core.errors import DomainError, InvalidRequest
from ebelge.documents.submission import Submission
from ebelge.edge import limits
from ebelge.edge.languages import language
from ebelge.ubl import draft_findings

DOCUMENTS_MAX = 1000
M = TypeVar("M", bound=BaseModel)
XML_TYPES = ("application/xml", "text/xml")
Kind = Annotated[str, Field(pattern="^(auto|efatura|earsiv|eirsaliye|emm)$")]
Series = Annotated[str, Field(pattern="^[A-Z0-9]{3}$")]
Alias = Annotated[str, Field(min_length=3, max_length=255, pattern=r"^[\x21-\x7e]+$")]
Email = Annotated[str, Field(min_length=3, max_length=254, pattern=r"^[^@\s]+@[^@\s]+\.[^@\s]+$")]


class UnsupportedMediaType(DomainError):
    """The body is neither XML nor JSON."""

    code, http_status = "unsupported_media_type", 415
    title_tr, title_en = "Bu içerik türü kabul edilmiyor", "This media type is not accepted"


class Wishes(BaseModel):
    """What a client may say about a document beside the document itself; a JSON draft can also say it inside."""

    model_config = ConfigDict(extra="forbid")

    kind: Kind = Field(default="auto", description="auto decides e-Fatura or e-Arşiv by GİB's list of registered users")
    series: Series | None = Field(default=None, description="Series that is to number it; the kind's default if absent")
    receiver_alias: Alias | None = Field(default=None, description="The buyer's mailbox at GİB if he has several")
    buyer_email: Email | None = Field(default=None, description="Where an e-Arşiv or e-Müstahsil document is mailed to")


class BulkItem(Wishes):
    """One document of many: `xml_base64` or `draft`."""

    xml_base64: str | None = Field(default=None, description="A whole UBL-TR document")
    draft: dict[str, Any] | None = Field(default=None, description="A draft as POST /documents takes it")

    @model_validator(mode="after")
    def _one_form(self) -> "BulkItem":
        if (self.xml_base64 is None) == (self.draft is None):
            raise ValueError("exactly one of xml_base64 and draft")
        return self


class BulkRequest(BaseModel):
    """Up to 1,000 documents that are accepted together or not at all."""

    model_config = ConfigDict(extra="forbid")

    documents: Annotated[list[BulkItem], Field(min_length=1, max_length=DOCUMENTS_MAX)]


def submission() -> Submission:
    """The document in the body, with the wishes of the query.

    :raises InvalidRequest: the body or a wish cannot be read. :raises UnsupportedMediaType: not XML nor JSON.
    """
    wishes = query(Wishes)
    if request.mimetype in XML_TYPES:
        return _submission(wishes, xml=limits.body())
    if request.mimetype == "application/json":
        draft = json_body()
        if not isinstance(draft, dict):
            raise _unreadable("bir nesne", "an object")
        return _submission(wishes, draft=draft)
    raise UnsupportedMediaType(
        "Belgeyi application/xml ya da application/json olarak gönderin.",
        "Send the document as application/xml or application/json.",
        accepted=[*XML_TYPES, "application/json"],
    )


def submissions() -> list[Submission]:
    """The documents of a bulk request, in order. :raises InvalidRequest: with the place that is wrong."""
    if request.mimetype != "application/json":
        raise UnsupportedMediaType(
            "application/json gönderin.", "Send application/json.", accepted=["application/json"]
        )
    items = validated(BulkRequest, json_body()).documents
    return [_from_item(index, item) for index, item in enumerate(items)]


def query(model: type[M]) -> M:
    """The query string as a model. :raises InvalidRequest: an unknown, repeated or wrong parameter."""
    repeated = [name for name, values in request.args.lists() if len(values) > 1]
    if repeated:
        raise InvalidRequest(
            f"Parametre birden çok kez verilmiş: {repeated[0]}", f"Parameter given twice: {repeated[0]}"
        )
    return validated(model, request.args.to_dict())


def validated(model: type[M], data: object) -> M:
    """`data` as a model. :raises InvalidRequest: `fields` says what is wrong where."""
    try:
        return model.model_validate(data)
    except ValidationError as error:
        fields = [
            {"path": ".".join(str(part) for part in found["loc"]), "message": _message(dict(found))}
            for found in error.errors(include_url=False, include_input=False)[:20]
        ]
        places = ", ".join(field["path"] or "-" for field in fields[:5])
        raise InvalidRequest(f"Geçersiz alan: {places}", f"Invalid field: {places}", fields=fields) from error


def _message(found: dict[str, Any]) -> str:
    said = draft_findings.finding(found)
    return said.message_tr if language() == "tr" else said.message_en


def json_body() -> Any:
    """The decoded JSON body. Numbers with a fraction stay readable as floats: drafts refuse them by name."""
    body = limits.body()
    try:
        return json.loads(body.decode(json.detect_encoding(body)), parse_constant=_no_constant)
    except UnicodeDecodeError as error:
        raise _unreadable("UTF-8 ile yazılmış", "encoded in UTF-8") from error
    except json.JSONDecodeError as error:
        place = error.lineno, error.colno
        raise InvalidRequest(
            "Gövde geçerli JSON değil: {}. satır, {}. karakter.".format(*place),
            "The body is no valid JSON: line {}, character {}.".format(*place),
        ) from error
    except (ValueError, RecursionError) as error:
        raise _unreadable("geçerli JSON", "valid JSON") from error


def _no_constant(name: str) -> object:
    raise ValueError(f"{name} is not JSON")


def _unreadable(turkish: str, english: str) -> InvalidRequest:
    return InvalidRequest(f"Gövde {turkish} olmalı.", f"The body must be {english}.")


def _submission(wishes: Wishes, *, xml: bytes | None = None, draft: dict[str, Any] | None = None) -> Submission:
    return Submission(
        xml=xml,
        draft=draft,
        kind=wishes.kind,
        series=wishes.series,
        receiver_alias=wishes.receiver_alias,
        buyer_email=wishes.buyer_email,
    )


def _from_item(index: int, item: BulkItem) -> Submission:
    if item.xml_base64 is None:
        return _submission(item, draft=item.draft)
    try:
        xml = base64.b64decode(item.xml_base64, validate=True)
    except binascii.Error as error:
        raise InvalidRequest(
            f"Geçersiz base64: documents.{index}.xml_base64", f"Invalid base64: documents.{index}.xml_base64"
        ) from error
    if len(xml) > limits.DOCUMENT_BYTES_MAX:
        raise limits.too_large(limits.DOCUMENT_BYTES_MAX)
    return _submission(item, xml=xml)
