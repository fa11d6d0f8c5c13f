"""(B) Charges against documents, by the view that the documents own: one pass over all of them."""

from billing.reconciliation.checks import Check

HELD_AT_MOST = "24 hours"
DOCUMENT_KINDS = "('efatura.out', 'earsiv.out', 'eirsaliye.out', 'emm.out', 'esmm.out')"

# What is wrong with a document and its charge, by the kind of break.
_WRONG = {
    "signed_without_charge": "d.signed AND d.kontor > 0 AND coalesce(c.state, 'held') = 'held'",
    "charged_without_signature": "NOT d.signed AND c.state IN ('captured', 'restored')",
    "released_but_signed": "d.signed AND c.state = 'released'",
    "held_too_long": f"c.state = 'held' AND c.reserved_at < CAST(:at AS timestamptz) - interval '{HELD_AT_MOST}'",
    "return_differs": "c.state IN ('captured', 'restored') AND d.signed"
    " AND (c.state = 'restored') <> (d.charge_due = 'restored')",
    "charge_differs_from_document": "(c.kontor, c.price_id, c.kind, c.reference)"
    " IS DISTINCT FROM (d.kontor, d.price_id, d.charge_kind, d.reference) AND c.charge_id IS NOT NULL",
}
_BESIDE = """
      FROM document_outcomes d
      JOIN tenant t ON t.tenant_id = d.tenant_id AND t.mode = 'live'
      LEFT JOIN charge c ON c.tenant_id = d.tenant_id AND c.charge_id = d.document_id
"""
_CHARGES = f"""
    SELECT d.tenant_id, d.document_id::text, NULL::bigint, d.kontor,
           jsonb_build_object('number', d.reference, 'state', d.state, 'charge', coalesce(c.state, 'missing'),
                              'charged_kontor', c.kontor),
           k.kind
    {_BESIDE}
     CROSS JOIN LATERAL (VALUES {", ".join(f"('{kind}', {wrong})" for kind, wrong in _WRONG.items())}) AS k(kind, wrong)
     WHERE ({" OR ".join(f"({wrong})" for wrong in _WRONG.values())}) AND k.wrong
"""
_WITHOUT_DOCUMENT = f"""
    SELECT c.tenant_id, c.charge_id::text, NULL::bigint, c.kontor,
           jsonb_build_object('kind', c.kind, 'reference', c.reference, 'charge', c.state)
      FROM charge c JOIN tenant t ON t.tenant_id = c.tenant_id AND t.mode = 'live'
     WHERE c.kind IN {DOCUMENT_KINDS}
       AND NOT EXISTS (SELECT 1 FROM document_outcomes d
                        WHERE d.tenant_id = c.tenant_id AND d.document_id = c.charge_id)
"""

CHECKS: tuple[Check, ...] = (
    Check("charges_of_documents", _CHARGES, kinds=tuple(_WRONG)),
    Check("charge_without_document", _WITHOUT_DOCUMENT),
)
