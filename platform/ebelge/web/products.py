"""Ürünler: goods and services sold often, as a list, one by one, from a sheet and as one, and for the form."""

from typing import Final
from uuid import UUID

from flask import Blueprint, Response, request, url_for
from werkzeug.wrappers import Response as WerkzeugResponse

from ebelge.core.clock import istanbul_date
from ebelge.documents.drafting import products
from ebelge.documents.drafting.products import ProductData
from ebelge.edge.limits import body_up_to
from ebelge.edge.people import member, right
from ebelge.edge.requests import request_at
from ebelge.ubl import codes, withholding
from ebelge.ubl.kdv_rates import rates_on
from ebelge.web import books
from ebelge.web.books import BookPages
from ebelge.web.forms import plain_figure
from ebelge.web.frame import account_page
from ebelge.web.public import page
from ebelge.web.set_up.forms import EMPTY, FORM_BYTES_MAX, Form, own_rows, text

blueprint = Blueprint("product_pages", __name__, url_prefix="/products")
FIELDS: Final = tuple(ProductData.__dataclass_fields__)
PAGES: Final = BookPages(
    "products",
    "product_pages.index",
    products.listed,
    key=lambda row: (row.folded_name, row.product_id),
    further={"unit_names": codes.UNIT_NAMES},
)


@blueprint.get("")
@right("documents:read")
def index() -> Response:
    """Products by name, narrowed by words of name or code."""
    return PAGES.show()


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
    return PAGES.change(products.add, show=lambda form: _one(None, form), data=_data())


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
    return PAGES.change(products.change, show=lambda form: _one(product_id, form), product_id=product_id, data=_data())


@blueprint.post("/<uuid:product_id>/delete")
@right("documents:send")
def delete(product_id: UUID) -> Response | WerkzeugResponse:
    """Take a product away."""
    return PAGES.change(products.delete_one, show=lambda form: _one(product_id, form), product_id=product_id)


@blueprint.get("/export")
@right("documents:read")
def export() -> Response:
    """All products as a sheet."""
    return books.export("products")


@blueprint.post("/import")
@right("documents:send")
@body_up_to(books.BYTES_MAX)
def take_in() -> Response | WerkzeugResponse:
    """Enter the rows of a sheet, all or none."""
    return PAGES.take_in()


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
