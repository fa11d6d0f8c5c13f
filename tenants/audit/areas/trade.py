"""Kontör and money: what staff, resellers and buyers decide about them."""

from typing import Final

from tenants.audit.areas.action import Action, Actions

ACTIONS: Final[Actions] = {
    "grant.asked": Action("Kontör verilmesini istedi", "Asked for a grant", ("kind", "kontor", "state", "reason")),
    "grant.decided": Action(
        "Kontör talebini karara bağladı", "Decided on a grant", ("kind", "kontor", "state", "reason")
    ),
    "emergency.lent": Action("Acil kontör verdi", "Lent emergency kontör", ("kontor", "reason")),
    "bank.line_decided": Action(
        "Banka satırını karara bağladı",
        "Decided on a bank line",
        ("state", "amount_kurus", "currency", "reference", "order", "receivable_id", "reason", "decision"),
    ),
    "refund.asked": Action(
        "İade istedi", "Asked for a refund", ("state", "gross_kurus", "kontor", "reason", "order_id")
    ),
    "refund.decided": Action(
        "İadeyi karara bağladı", "Decided on a refund", ("state", "gross_kurus", "kontor", "reason")
    ),
    "refund.return_dismissed": Action(
        "İade faturasını ilgisiz buldu", "Found a return invoice to be about something else", ("state", "reason")
    ),
    "dispute.decided": Action(
        "İtirazı karara bağladı", "Decided on a dispute", ("state", "amount_kurus", "gateway_ref", "kontor")
    ),
    "terms.set": Action(
        "Açık hesap koşullarını belirledi",
        "Set credit terms",
        ("limit_kurus", "due_days", "block_when_overdue", "freeze_when_overdue", "emergency_kontor", "valid_from"),
    ),
    "package.published": Action(
        "Paketi satışa çıkardı",
        "Put a package on sale",
        (
            "code",
            "kontor",
            "bonus_kontor",
            "net_price_kurus",
            "kdv_percent",
            "validity_months",
            "valid_from",
            "note",
            "scope",
        ),
    ),
    "package.ended": Action("Paketin satışını bitirdi", "Ended a package", ("code", "valid_until", "scope")),
    "price.set": Action(
        "Kontör ücretini belirledi", "Set a price in kontör", ("kind", "kontor", "valid_from", "note", "scope")
    ),
    "price.ended": Action("Özel ücreti bitirdi", "Ended a price", ("kind", "valid_until")),
    "contract.agreed": Action(
        "Bayi sözleşmesini yaptı",
        "Agreed on a reseller's contract",
        ("model", "basis_points", "refund_window_days", "passing", "onboarding", "valid_from", "valid_until"),
    ),
    "contract.ended": Action("Bayi sözleşmesini bitirdi", "Ended a reseller's contract", ("model", "valid_until")),
    "kontor.passed": Action("Kontör aktardı", "Passed kontör on", ("kontor", "to_tenant", "from_tenant")),
    "take_back.asked": Action("Kontörü geri istedi", "Asked kontör back", ("kontor", "from_tenant", "state")),
    "take_back.answered": Action("Geri isteme talebini yanıtladı", "Answered a take-back", ("kontor", "state")),
    "pool.right_offered": Action(
        "Havuz hakkı önerdi",
        "Offered a right to draw",
        ("member", "pool", "block", "monthly_cap", "threshold_kontor"),
    ),
    "pool.right_accepted": Action("Havuz hakkını kabul etti", "Accepted a right to draw", ("member", "pool", "state")),
    "pool.right_ended": Action("Havuz hakkını bitirdi", "Ended a right to draw", ("member", "pool", "state")),
    "pool.recalled": Action("Kontörü havuza geri çağırdı", "Recalled kontör to the pool", ("member", "pool", "kontor")),
    "topup.set": Action(
        "Otomatik yüklemeyi ayarladı",
        "Set automatic top-up",
        ("threshold_kontor", "package_code", "monthly_cap_kurus", "failure_limit", "state"),
    ),
    "topup.ended": Action("Otomatik yüklemeyi kapattı", "Ended automatic top-up", ("active",)),
    "break.taken": Action("Mutabakat farkını üstlendi", "Took a break on", ("kind",)),
    "break.noted": Action("Mutabakat farkına not ekledi", "Noted something about a break", ("kind", "reason")),
    "break.decided": Action(
        "Mutabakat farkını karara bağladı",
        "Decided on a break",
        ("kind", "state", "reason", "resolved_by"),
    ),
}
