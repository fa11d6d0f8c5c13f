"""Requests made up from the OpenAPI document, as two tenants: every answer is one that the document describes."""

from __future__ import annotations

from typing import Any

import hypothesis
from schemathesis import checks, openapi
from schemathesis.specs.openapi import checks as conformance

from ebelge.devstack import seed

# What is asked of each answer. That data of the wrong form is refused has tests with sentences of their own.
ASKED = (
    checks.not_a_server_error,
    conformance.status_code_conformance,
    conformance.content_type_conformance,
    conformance.response_schema_conformance,
)


MADE_UP = hypothesis.settings(
    max_examples=4,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=list(hypothesis.HealthCheck),
    phases=[hypothesis.Phase.explicit, hypothesis.Phase.generate],
)


def test_every_operation_answers_as_the_document_says(app, world: seed.World) -> None:
    operations = requests = 0
    wrong: list[str] = []
    for found in openapi.from_wsgi("/api/v1/openapi.json", app).get_all_operations():
        operation = found.ok()
        operations += 1

        @MADE_UP
        @hypothesis.given(case=operation.as_strategy())
        def asked_as_two(case: Any) -> None:
            nonlocal requests
            for name, other in (("akin", "bora"), ("bora", "akin")):
                foreign = world.accounts[other]
                answer = case.call(headers={"Authorization": f"Bearer {world.accounts[name].key}"})
                case.validate_response(answer, checks=ASKED)
                assert foreign.tenant_id.encode() not in answer.content
                requests += 1

        try:
            asked_as_two()
        except (Exception, BaseExceptionGroup) as error:
            wrong.append(f"{operation.method.upper()} {operation.path}: {error}"[:900])
    print(f"{requests} requests over {operations} operations, as two tenants")
    assert not wrong, "\n\n".join(wrong)
    assert operations > 50
