"""A reseller adds one customer by a form: the same columns, read the same way, as a sheet's row."""

from uuid import UUID

from flask import Blueprint, Response, request
from werkzeug.wrappers import Response as WerkzeugResponse

from ebelge.core.db import reseller_session, role_session
from ebelge.core.errors import DomainError, NotFound
from ebelge.core.findings import Finding
from ebelge.core.workbooks import Sheet
from ebelge.edge.actors import actor
from ebelge.edge.languages import language
from ebelge.edge.people import member, right
from ebelge.jobs import customer_onboarding
from ebelge.onboarding import customer_sheet
from ebelge.onboarding.customer_sheet import COLUMNS
from ebelge.onboarding.customers import AlreadyYours, HasAccount
from ebelge.web.forms import field, go_to, told
from ebelge.web.frame import account_page
from tenants.leads import desk
from tenants.resellers import lookup
from tenants.services import SERVICES

blueprint = Blueprint("reseller_onboarding", __name__, url_prefix="/reseller/onboard")
CELL_MAX = 300


@blueprint.get("")
@right("customers:onboard")
def form() -> Response:
    """The empty form; with `lead` in the address what an assigned lead says already."""
    lead = request.args.get("lead", "")
    return _page(_of_lead(lead) if lead else {})


@blueprint.post("")
@right("customers:onboard")
def onboard() -> WerkzeugResponse:
    """Open the account and invite its owner; what is wrong stands beside its field."""
    given = {one.field: field(one.field, longest=CELL_MAX) for one in COLUMNS if one.field != "services"}
    given["services"] = ", ".join(name for name in request.form.getlist("services")[:9] if name in SERVICES)
    sheet = Sheet("Form", [[one.name_tr for one in COLUMNS], [given[one.field] or None for one in COLUMNS]])
    if not any(given.values()):
        return _page(given, refusal=told(customer_sheet.SheetRefused()), status=422)
    (row,) = customer_sheet.rows_of(sheet)
    if row.customer is None:
        return _page(given, wrong={one.rule.removeprefix("sheet."): _words(one) for one in row.findings}, status=422)
    try:
        made = customer_onboarding.onboard(member().tenant_id, row.customer, actor=actor())
    except DomainError as error:
        return _page(given, refusal=told(error), error=error, status=error.http_status)
    return go_to(f"/reseller/customers/{made.tenant_id}")


def _of_lead(typed: str) -> dict[str, str]:
    """:raises NotFound: no lead that was assigned to this reseller."""
    try:
        lead_id = UUID(typed)
    except ValueError as error:
        raise NotFound() from error
    with role_session("app") as session:
        operator = lookup.operator_id(session)
    with reseller_session(member().tenant_id) as session:
        lead = desk.get(session, tenant_id=operator, lead_id=lead_id)
        first, _, family = lead.full_name.rpartition(" ")
        return {
            "vkn_tckn": lead.vkn_tckn, "title": lead.company, "first_name": first, "family_name": family,
            "city": lead.city, "phone": lead.phone, "email": lead.email, "owner_email": lead.email,
            "language": lead.language, "services": ", ".join(lead.services),
        }  # fmt: skip


def _page(
    given: dict[str, str],
    *,
    wrong: dict[str, str] | None = None,
    refusal: str = "",
    error: DomainError | None = None,
    status: int = 200,
) -> Response:
    return account_page(
        "reseller/onboard.html",
        status=status,
        columns=COLUMNS,
        services=SERVICES,
        given=given,
        wrong=wrong or {},
        refusal=refusal,
        known=error.extra.get("customer_id") if isinstance(error, AlreadyYours) else None,
        has_account=given.get("vkn_tckn") if isinstance(error, HasAccount) else None,
    )


def _words(found: Finding) -> str:
    """What is wrong with a field of the form: the row's number says nothing here."""
    message, mend = (found.message_tr, found.mend_tr) if language() == "tr" else (found.message_en, found.mend_en)
    if found.rule == "sheet.vkn_tckn":  # a form has no cells to format
        mend = "Numarayı vergi levhasından alın." if language() == "tr" else "Take the number from the tax plate."
    said = message.partition(": ")[2]
    return said if mend in customer_sheet.MEND else f"{said} {mend}"
