"""What people ask about their data, and what happens to it on schedule."""

from typing import Final

from tenants.audit.areas.action import Action, Actions

ACTIONS: Final[Actions] = {
    "privacy.export_asked": Action("Verilerinin kopyasını istedi", "Asked for a copy of the data", ("due_at",)),
    "privacy.export_fetched": Action("Verilerinin kopyasını indirdi", "Fetched the copy of the data", ()),
    "privacy.request_noted": Action("Kişisel veri talebini kaydetti", "Noted a request about data", ("kind", "due_at")),
    "privacy.request_answered": Action(
        "Kişisel veri talebini yanıtladı", "Answered a request about data", ("kind", "state")
    ),
    "privacy.copy_made": Action("Kişinin veri kopyasını aldı", "Made a copy of a person's data", ("rows",)),
    "privacy.held": Action("Verilerin silinmesini durdurdu", "Kept data from being erased", ("reason", "until")),
    "privacy.released": Action("Saklama kararını bitirdi", "Ended a hold", ()),
    "privacy.log_exported": Action("Denetim kaydını dışa aktardı", "Exported the audit log", ("rows",)),
    "privacy.anonymised": Action("Kişisel veriler silindi", "Personal data were erased", ("data_class", "rows")),
}
