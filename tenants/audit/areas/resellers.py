"""Customers of resellers, acting for them, moving between resellers."""

from typing import Final

from tenants.audit.areas.action import Action, Actions

ACTIONS: Final[Actions] = {
    "customer.onboarded": Action("Müşteri ekledi", "Onboarded a customer", ("vkn_tckn", "title", "reseller_id")),
    "customers.sheet_started": Action("Müşteri listesi yükledi", "Started a sheet of customers", ("rows", "whole")),
    "acting.consent_asked": Action(
        "Hesap adına işlem için izin istedi", "Asked to act for the account", ("by_tenant", "reason", "hours", "rights")
    ),
    "acting.consent_refused": Action("Adına işlem isteğini reddetti", "Refused a wish to act", ("by_tenant",)),
    "acting.consent_given": Action(
        "Adına işlem izni verdi", "Let somebody act for the account", ("by_tenant", "rights", "valid_until")
    ),
    "acting.consent_ended": Action("Adına işlem iznini bitirdi", "Ended a consent to act", ("by_tenant",)),
    "acting.started": Action("Hesap adına işleme başladı", "Began to act for the account", ("until", "reason")),
    "acting.ended": Action("Hesap adına işlemi bitirdi", "Ended acting for the account", ()),
    "reseller.change_asked": Action(
        "Bayi değişikliği istedi", "Asked for another reseller", ("from_reseller", "to_reseller", "state")
    ),
    "reseller.change_answered": Action(
        "Bayi değişikliğini yanıtladı", "Answered a change of reseller", ("side", "answer", "state")
    ),
    "reseller.changed": Action("Bayi değişti", "The reseller changed", ("reseller_id",)),
}
