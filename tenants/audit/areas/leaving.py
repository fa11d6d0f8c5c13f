"""Imports, closing of accounts, what leaves with them."""

from typing import Final

from tenants.audit.areas.action import Action, Actions

ACTIONS: Final[Actions] = {
    "import.done": Action("Veri aktardı", "Imported data", ("kind", "rows", "file_sha256", "totals")),
    "closing.started": Action("Kapanışı başlattı", "Began to close the account", ("last_day", "reason")),
    "closing.step_done": Action("Kapanış adımını tamamladı", "Finished a step of closing", ("step", "state", "note")),
    "closing.withdrawn": Action("Kapanıştan vazgeçti", "Withdrew the closing", ()),
    "closing.done": Action("Hesap kapandı", "The account was closed", ("closed_on",)),
    "archive.exported": Action(
        "Arşivi dışa aktardı", "Exported the archive", ("documents", "bytes", "manifest_sha256")
    ),
}
