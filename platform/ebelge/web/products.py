"""Ürünler: goods and services sold often, as a list, one by one, from a sheet and as one, and for the form."""

from typing import Final
from uuid import UUID

from flask import Blueprint, Response, request, url_for
from werkzeug.wrappers import Response as WerkzeugResponse

from ebelge.core.clock import istanbul_date
from ebelge.core.errors import DomainError
from ebelge.documents.drafting import products
from ebelge.documents.drafting.products import ProductData
from ebelge.edge.languages import language
from ebelge.edge.limits import body_up_to
from ebelge.edge.people import member, right
from ebelge.edge.requests import request_at
from ebelge.ubl import codes, withholding
from ebelge.ubl.kdv_rates import rates_on
from ebelge.web import book_files
from ebelge.web.book_files import after_of, next_page
from ebelge.web.frame import account_page
from ebelge.web.invoice_form.fields import plain_figure
from ebelge.web.public import page
from ebelge.web.set_up.forms import EMPTY, FORM_BYTES_MAX, Form, attempt, own_rows, text

blueprint = Blueprint("product_pages", __name__, url_prefix="/products")
HERE: Final = "product_pages.index"
FIELDS: Final = tuple(ProductData.__dataclass_fields__)


@blueprint.get("")
@right("documents:read")
def index() -> Response:
    """Products by name, narrowed by words of name or code."""
    return _list()


@blueprint.get("/options")
@right("documents:send")
def options() -> Response:
    """The products that fit what stands in a line, for its list of suggestions."""
    with own_rows() as session:
        rows = products.listed(session, tenant_id=member().tenant_id, wanted=request.args.get("q", "")[:100])
        return page("books/product_options.html", rows=rows)


@blueprint.get("/new")
@right("documents:send")
def new() -> Response:
    """An empty product."""
    return _one(None, EMPTY)


@blueprint.post("")
@right("documents:send")
@body_up_to(FORM_BYTES_MAX)
def add() -> Response | WerkzeugResponse:
    """Enter a product."""

    def done() -> None:
        with own_rows() as session:
            products.add(session, tenant_id=member().tenant_id, data=_data(), by=member().mark, at=request_at())

    return attempt(done, show=lambda form: _one(None, form), to=HERE)


@blueprint.get("/<uuid:product_id>")
@right("documents:read")
def one(product_id: UUID) -> Response:
    """A product."""
    return _one(product_id, EMPTY)


@blueprint.post("/<uuid:product_id>")
@right("documents:send")
@body_up_to(FORM_BYTES_MAX)
def save(product_id: UUID) -> Response | WerkzeugResponse:
    """Change a product."""

    def done() -> None:
        with own_rows() as session:
            products.change(
                session, tenant_id=member().tenant_id, product_id=product_id, data=_data(), by=member().mark,
                at=request_at(),
            )  # fmt: skip

    return attempt(done, show=lambda form: _one(product_id, form), to=HERE)


@blueprint.post("/<uuid:product_id>/delete")
@right("documents:send")
def delete(product_id: UUID) -> Response | WerkzeugResponse:
    """Take a product away."""

    def done() -> None:
        with own_rows() as session:
            products.delete_one(
                session, tenant_id=member().tenant_id, product_id=product_id, by=member().mark, at=request_at()
            )

    return attempt(done, show=lambda form: _one(product_id, form), to=HERE)


@blueprint.get("/export")
@right("documents:read")
def export() -> Response:
    """All products as a sheet."""
    return book_files.export("products")


@blueprint.post("/import")
@right("documents:send")
@body_up_to(book_files.BYTES_MAX)
def take_in() -> Response | WerkzeugResponse:
    """Enter the rows of a sheet, all or none."""
    try:
        count = book_files.take_in("products")
    except DomainError as refusal:
        return _list(refusal)
    return book_files.done(HERE, count)


def _list(refusal: DomainError | None = None) -> Response:
    wanted = request.args.get("q", "").strip()[:100]
    with own_rows() as session:
        rows = products.listed(
            session, tenant_id=member().tenant_id, wanted=wanted, after=after_of(), limit=book_files.PER_PAGE + 1
        )
        shown = rows[: book_files.PER_PAGE]
        return account_page(
            "books/products.html", status=refusal.http_status if refusal else 200, rows=shown, wanted=wanted,
            problem=refusal.problem(language()) if refusal else None, said=book_files.said(),
            may_write="documents:send" in member().rights, unit_names=codes.UNIT_NAMES,
            more=next_page(HERE, wanted, rows, [(row.folded_name, row.product_id) for row in shown]),
        )  # fmt: skip


def _one(product_id: UUID | None, form: Form) -> Response:
    with own_rows() as session:
        row = None if product_id is None else products.get(session, tenant_id=member().tenant_id, product_id=product_id)
        return account_page(
            "books/product.html", form=form, row=row, may_write="documents:send" in member().rights,
            units=list(codes.UNIT_NAMES.items()), rates=[str(one) for one in rates_on(istanbul_date(request_at()))],
            withholdings=[(code, f"{code} · {name}") for code, name in withholding.NAMES.items()],
            path=url_for("product_pages.save", product_id=product_id) if row else url_for("product_pages.add"),
        )  # fmt: skip


def _data() -> ProductData:
    said = {name: text(name) for name in FIELDS}
    return ProductData(**said | {name: plain_figure(said[name]) for name in ("unit_price", "kdv_rate")})
