"""Tags and saved searches of the archive."""

from datetime import datetime
from http import HTTPStatus
from uuid import UUID

from apiflask import APIBlueprint
from flask import Response
from sqlalchemy.orm import Session

from ebelge.api import archive_answers as answers
from ebelge.api.account import NoQuery
from ebelge.api.answers import Answer
from ebelge.api.archive_answers import (
    SavedSearchAnswer,
    SavedSearchBody,
    SavedSearchList,
    TagAnswer,
    TagBody,
    Tagged,
    Tagging,
    TagList,
)
from ebelge.api.described import described
from ebelge.api.reading import json_body, query, validated
from ebelge.archive import saved, search, tags
from ebelge.core.db import tenant_session
from ebelge.core.errors import NotFound
from ebelge.edge.access import bearer, needs
from ebelge.edge.actors import actor
from ebelge.edge.idempotency import json_response, perform, render

blueprint = APIBlueprint("archive_tags", __name__, tag="Archive")


class ArchiveRemoved(Answer):
    """It is gone."""

    removed: bool = True


@blueprint.get("/archive/tags")
@described(TagList, query=NoQuery)
@needs("archive:read")
def list_tags() -> Response:
    """Tags"""
    query(NoQuery)
    with tenant_session(bearer().tenant_id) as session:
        found = tags.listed(session, tenant_id=bearer().tenant_id)
        return json_response(render(TagList(items=[answers.tag(one) for one in found])))


@blueprint.post("/archive/tags")
@described(TagAnswer, status=HTTPStatus.CREATED, body=TagBody, idempotent=True, refusals=(409, 422))
@needs("archive:write")
def add_tag() -> Response:
    """Add a tag"""
    body = validated(TagBody, json_body())

    def work(session: Session, at: datetime) -> TagAnswer:
        return answers.tag(
            tags.create(session, tenant_id=bearer().tenant_id, name=body.name, colour=body.colour, actor=actor(), at=at)
        )

    return perform(work, status=HTTPStatus.CREATED)


@blueprint.put("/archive/tags/<uuid:tag_id>")
@described(TagAnswer, body=TagBody, idempotent=True, refusals=(404, 409, 422))
@needs("archive:write")
def change_tag(tag_id: UUID) -> Response:
    """Change a tag"""

    def work(session: Session, at: datetime) -> TagAnswer:
        known = {one.tag_id for one in tags.listed(session, tenant_id=bearer().tenant_id)}
        if tag_id not in known:
            raise NotFound("Böyle bir etiket yok.", "There is no such tag.")
        body = validated(TagBody, json_body())
        return answers.tag(
            tags.change(
                session,
                tenant_id=bearer().tenant_id,
                tag_id=tag_id,
                name=body.name,
                colour=body.colour,
                actor=actor(),
                at=at,
            )
        )

    return perform(work)


@blueprint.delete("/archive/tags/<uuid:tag_id>")
@described(ArchiveRemoved, idempotent=True, refusals=(404,))
@needs("archive:write")
def remove_tag(tag_id: UUID) -> Response:
    """Remove a tag from everything"""

    def work(session: Session, at: datetime) -> ArchiveRemoved:
        tags.remove(session, tenant_id=bearer().tenant_id, tag_id=tag_id, actor=actor(), at=at)
        return ArchiveRemoved()

    return perform(work)


@blueprint.post("/archive/tagging")
@described(Tagged, body=Tagging, idempotent=True, refusals=(404, 409, 422))
@needs("archive:write")
def hang() -> Response:
    """Tag entries

    Up to 1,000 entries at once, all or none.
    """
    body = validated(Tagging, json_body())

    def work(session: Session, at: datetime) -> Tagged:
        tenant_id = bearer().tenant_id
        known = search.within(session, tenant_id=tenant_id, entry_ids=body.entry_ids, series_ids=None)
        if len(known) != len(set(body.entry_ids)):
            raise NotFound("Arşivde olmayan bir kayıt var.", "One of the entries is not in the archive.")
        tags.hang(session, tenant_id=tenant_id, entry_ids=known, add=body.add, take=body.take, at=at)
        return Tagged(count=len(known))

    return perform(work)


@blueprint.get("/archive/searches")
@described(SavedSearchList, query=NoQuery)
@needs("archive:read")
def list_searches() -> Response:
    """Saved searches

    Those of this key, and everybody's.
    """
    query(NoQuery)
    with tenant_session(bearer().tenant_id) as session:
        found = saved.listed(session, tenant_id=bearer().tenant_id, owner=_me())
        return json_response(render(SavedSearchList(items=[answers.search(one) for one in found])))


@blueprint.post("/archive/searches")
@described(SavedSearchAnswer, status=HTTPStatus.CREATED, body=SavedSearchBody, idempotent=True, refusals=(409, 422))
@needs("archive:write")
def save_search() -> Response:
    """Save a search

    Under a name of its own; the same name again replaces it.
    """
    body = validated(SavedSearchBody, json_body())

    def work(session: Session, at: datetime) -> SavedSearchAnswer:
        return answers.search(
            saved.keep(
                session,
                tenant_id=bearer().tenant_id,
                owner=saved.EVERYBODY if body.shared else _me(),
                by=_me(),
                name=body.name,
                filters=answers.filters(body.filters),
                at=at,
            )
        )

    return perform(work, status=HTTPStatus.CREATED)


@blueprint.delete("/archive/searches/<uuid:search_id>")
@described(ArchiveRemoved, idempotent=True, refusals=(404,))
@needs("archive:write")
def remove_search(search_id: UUID) -> Response:
    """Forget a saved search"""

    def work(session: Session, at: datetime) -> ArchiveRemoved:
        saved.remove(session, tenant_id=bearer().tenant_id, search_id=search_id, owner=_me())
        return ArchiveRemoved()

    return perform(work)


def _me() -> str:
    return f"key:{bearer().key_id}"
