"""Documents to show, and stylesheets of strangers."""

from datetime import date, time
from uuid import UUID, uuid4

import pytest

from ebelge.paper.helpers import helpers
from ebelge.ubl import build, examples
from ebelge.ubl.types import DocumentKind

ETTN = UUID("6a1ad5a2-70fd-4c51-9a44-3a4c6b1d2e0f")
HEAD = (
    '<xsl:stylesheet version="1.0" xmlns:xsl="http://www.w3.org/1999/XSL/Transform" '
    'xmlns:cbc="urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2" '
    'xmlns:exsl="http://exslt.org/common" xmlns:dyn="http://exslt.org/dynamic" xmlns:str="http://exslt.org/strings" '
    'xmlns:func="http://exslt.org/functions" xmlns:saxon="http://saxon.sf.net/">'
)


@pytest.fixture(scope="session")
def document():
    """Make a document of a kind, ready for the seal."""

    def make(kind=DocumentKind.EARSIV, *, lines=3, n=1):
        return build.build(
            examples.example_draft(kind, n=n, lines=lines), supplier=examples.AKIN, kind=kind,
            number="AKN2026000000001", ettn=ETTN, issue_date=date(2026, 11, 30), issue_time=time(10, 20),
            signatory=examples.signatory(),
        )  # fmt: skip

    return make


@pytest.fixture(scope="session")
def sheet():
    """Make a stylesheet whose page has this body; `more`: further templates."""

    def make(body, *, more="", before=""):
        return (
            f'<?xml version="1.0" encoding="UTF-8"?>\n{before}{HEAD}<xsl:output method="html"/>\n{more}\n'
            f'<xsl:template match="/"><html><head><title>T</title></head>\n<body>{body}</body></html></xsl:template>'
            "</xsl:stylesheet>"
        ).encode()

    return make


@pytest.fixture
def owner():
    """A tenant's id."""
    return uuid4()


@pytest.fixture(scope="session", autouse=True)
def _no_helper_stays():
    yield
    helpers().close()
