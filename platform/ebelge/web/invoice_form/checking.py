"""What stands beside the form: figures, findings at their fields, what it costs. Nothing is stored, no number taken."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from billing.catalogue.prices import price_of
from billing.ledger import balance
from ebelge.core.clock import istanbul_date
from ebelge.core.db import tenant_session
from ebelge.core.errors import DomainError
from ebelge.core.findings import Finding
from ebelge.documents import reached
from ebelge.documents.check import Checked
from ebelge.documents.correct import check_correction
from ebelge.documents.facts import SeriesFacts, TenantFacts
from ebelge.documents.submit import Submission, check_all, facts
from ebelge.edge.access import reach
from ebelge.edge.languages import language
from ebelge.edge.people import member
from ebelge.edge.requests import request_at
from ebelge.ubl.live_sums import LiveSums, live_sums
from ebelge.web.invoice_form import buyer, words
from ebelge.web.invoice_form.buyer import Known
from ebelge.web.invoice_form.fields import Posted, is_empty
from ebelge.web.invoice_form.words import Mend


@dataclass(frozen=True, slots=True)
class Shown:
    """A finding in the reader's language, at its field."""

    field: str
    label: str
    message: str
    mend: str
    mends: tuple[Mend, ...]
    warns: bool
    rule: str


@dataclass(frozen=True, slots=True)
class Live:
    """`missing`: fields that are only empty yet. `refusal`: what stops the whole. `checked`: it may go."""

    known: Known
    sums: LiveSums | None
    rows: tuple[int, ...]
    currency: str
    findings: tuple[Shown, ...]
    missing: tuple[tuple[str, str], ...]
    kontor: int
    spendable: int
    refusal: dict[str, Any] | None
    checked: Checked | None
    tenant: TenantFacts
    series: tuple[SeriesFacts, ...]

    @property
    def faults(self) -> dict[str, list[Shown]]:
        """Findings by field."""
        found: dict[str, list[Shown]] = {}
        for one in self.findings:
            found.setdefault(one.field, []).append(one)
        return found

    def line_kurus(self, row: int) -> int | None:
        """The net of the form's row."""
        if self.sums is None or row not in self.rows:
            return None
        return self.sums.lines.get(self.rows.index(row))


def look(posted: Posted, *, alias: str, corrects: UUID | None, asked: bool) -> Live:
    """Look at what is being written; `asked`: somebody pressed a button, so an empty field is a fault."""
    me, turkish, body = member(), language() == "tr", posted.body
    with tenant_session(me.tenant_id) as session:
        tenant = facts(session, tenant_id=me.tenant_id, at=request_at())
        known = buyer.known(session, tenant=tenant, body=body, turkish=turkish)
        left = balance.balance(session, tenant_id=me.tenant_id, at=request_at()).spendable
    wished = alias if alias in known.aliases else None
    likely = _likely(body, known)
    open_series = series_of(tenant, likely, internet=likely == "earsiv" and "internet_sale" in body)
    answer = checked_of(_numbered(body, open_series), alias=wished, corrects=corrects)
    checked, problem, found = None, None, list[Finding]()
    if isinstance(answer, Checked):
        checked, found = answer, list(answer.warnings)
    elif answer.findings:
        found = list(answer.findings)
    else:
        problem = answer.problem(language())
    kontor = _cost(tenant, checked.kind.value if checked is not None else likely)
    shown, missing = _shown(found, posted, asked=asked)
    if is_empty(body):  # nothing is missing where nothing was begun
        missing = ()
    fills = {posted.field_of(field): value for field, value in known.fills.items()}
    return Live(
        known=replace(known, fills=fills), sums=live_sums(body, default_profile=tenant.default_scenario),
        rows=posted.rows, currency=str(body.get("currency") or "TRY"), findings=shown, missing=missing, kontor=kontor,
        spendable=left, refusal=problem, checked=checked, tenant=tenant, series=open_series,
    )  # fmt: skip


def checked_of(body: dict[str, Any], *, alias: str | None, corrects: UUID | None) -> Checked | DomainError:
    """The document as it would be accepted, or its refusal."""
    me, submission = member(), Submission(draft=body, receiver_alias=alias)
    if corrects is None:
        _, (answer,) = check_all([submission], tenant_id=me.tenant_id, at=request_at())
    else:
        try:
            _, answer = check_correction(
                submission, tenant_id=me.tenant_id, document_id=corrects, at=request_at(), reach=reach()
            )
        except DomainError as refusal:
            return refusal
    return answer


def series_of(tenant: TenantFacts, kind: str, *, internet: bool) -> tuple[SeriesFacts, ...]:
    """The series of ours that this person may number a document of the kind with, the usual one first."""
    with tenant_session(tenant.tenant_id) as session:
        within = reached.series_ids(session, tenant_id=tenant.tenant_id, reach=reach())
    found = [
        one
        for one in tenant.series
        if one.kind == kind and one.active and one.owner == "ours" and one.internet == internet
        and (within is None or one.series_id in within)
    ]  # fmt: skip
    return tuple(sorted(found, key=lambda one: (not one.is_default, one.prefix)))


def _numbered(body: dict[str, Any], open_series: Sequence[SeriesFacts]) -> dict[str, Any]:
    """With the first series of a narrowed member, where he names none: the company's usual one may not be his."""
    if reach().whole or body.get("series") or not open_series:
        return body
    return body | {"series": open_series[0].prefix}


def _likely(body: dict[str, Any], known: Known) -> str:
    kind = str(body["kind"])
    return kind if kind != "auto" else "efatura" if known.aliases else "earsiv"


def _cost(tenant: TenantFacts, kind: str) -> int:
    """What a document of the kind costs."""
    with tenant_session(tenant.tenant_id) as session:
        return price_of(
            session, kind=f"{kind}.out", at=request_at(), tenant_id=tenant.tenant_id, reseller_id=tenant.reseller_id
        ).kontor


def _shown(
    found: Sequence[Finding], posted: Posted, *, asked: bool
) -> tuple[tuple[Shown, ...], tuple[tuple[str, str], ...]]:
    side, today = (0 if language() == "tr" else 1), istanbul_date(request_at())
    shown: list[Shown] = []
    missing: dict[str, str] = {}
    at_places = [(one, path) for one in found for path in words.paths_of(one, posted.body)]
    for one, path in at_places:
        field = words.field_of(posted.field_of(path))
        name = words.label(field, side)
        if one.rule in words.EMPTY_RULES and not asked:
            missing[field] = name
            continue
        message, mend = words.said(one, side)
        shown.append(
            Shown(
                field=field, label=name, message=message, mend=mend,
                mends=words.mends(one, field, body=posted.body, today=today),
                warns=one.severity == "warning", rule=one.rule,
            )
        )  # fmt: skip
    return tuple(shown), tuple(missing.items())
