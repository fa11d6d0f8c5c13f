"""The pages of a company's people, its settings and its documents, for the application to register."""

from typing import Final

from flask import Blueprint

from ebelge.web import (
    archive,
    clients,
    companies,
    document_deeds,
    invitations,
    list_tools,
    members,
    month_end,
    pool_pages,
    portal_answers,
    portal_documents,
    reports,
    settings_index,
)

BLUEPRINTS: Final[tuple[Blueprint, ...]] = (
    companies.blueprint,
    clients.blueprint,
    invitations.blueprint,
    members.blueprint,
    month_end.blueprint,
    pool_pages.blueprint,
    settings_index.blueprint,
    portal_documents.blueprint,
    document_deeds.blueprint,
    list_tools.blueprint,
    reports.blueprint,
    portal_answers.blueprint,
    archive.blueprint,
)
