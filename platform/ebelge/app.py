"""The web application: API, pages and what both need, put together."""

from importlib.metadata import PackageNotFoundError, version

from apiflask import APIFlask

from ebelge.api import (
    account,
    answering,
    archive,
    archive_tags,
    audit,
    billing,
    bulk,
    bundles,
    company,
    customers,
    decisions,
    designs,
    despatch_invoices,
    document_types,
    documents,
    gib_endpoint,
    incoming,
    lookups,
    mistakes,
    openapi,
    orders,
    payment_webhooks,
    pool,
    reference,
    refunds,
    reports,
    resale,
    series,
    services,
    statements,
    upkeep,
    webhooks,
)
from ebelge.core.config import settings
from ebelge.edge import (
    access,
    actors,
    cookies,
    csp,
    csrf,
    health,
    hosts,
    limits,
    problems,
    proxies,
    rates,
    requests,
    sign_in,
)
from ebelge.jobs.gateways import gateways
from ebelge.web import errors, filters, pages, preferences, static_files
from ebelge.web.sign_up_pages import BLUEPRINTS as SIGN_UP

API = "/api/v1"


def create_app() -> APIFlask:
    """An application with every route; makes no connection until the first request.

    :raises HalfConfigured: a payment gateway has a key without its secret.
    """
    gateways()
    app = APIFlask(
        "ebelge",
        title="Ebelge API",
        version=_version(),
        spec_path=None,
        docs_path=None,
        json_errors=False,
        static_folder=None,  # type: ignore[arg-type]  # Flask takes None: files are served before it (web.static_files)
    )
    app.config.update(
        OPENAPI_VERSION="3.1.0",
        AUTO_404_RESPONSE=False,
        AUTO_VALIDATION_ERROR_RESPONSE=False,
        AUTO_OPERATION_ID=True,
        AUTO_SERVERS=False,
        MAX_FORM_MEMORY_SIZE=limits.DOCUMENT_BYTES_MAX,
        MAX_FORM_PARTS=limits.FORM_PARTS_MAX,
        **cookies.session_cookie(settings().public_base_url),
    )
    app.json.sort_keys = False  # type: ignore[attr-defined]  # Flask's own provider has it
    app.wsgi_app = proxies.TrustedProxies(app.wsgi_app)  # type: ignore[method-assign]  # as Flask's own guide does
    requests.register(app)
    actors.register(app)
    hosts.register(app)
    access.register(app)
    sign_in.register(app)
    limits.register(app)
    csrf.register(app)
    rates.register(app)
    csp.register(app)
    problems.register(app)
    errors.register(app)
    trade = (billing, orders, refunds, pool, customers, resale, statements, upkeep, webhooks)
    set_up = (company, series, services, designs)
    sent = (documents, document_types, despatch_invoices, bulk, lookups, incoming, bundles, decisions, reports)
    answered, kept = (mistakes, answering), (archive, archive_tags, audit)
    for area in (*sent, *answered, *trade, account, *set_up, *kept, reference):
        app.register_blueprint(area.blueprint, url_prefix=API)
    for blueprint in (health.blueprint, payment_webhooks.blueprint, gib_endpoint.blueprint, *pages.BLUEPRINTS):
        app.register_blueprint(blueprint)
    for blueprint in SIGN_UP:
        app.register_blueprint(blueprint)
    openapi.register(app)
    filters.register(app)
    preferences.register(app)
    static_files.register(app)
    return app


def _version() -> str:
    try:
        return version("ebelge")
    except PackageNotFoundError:  # run from a source tree that was never installed
        return "0"
