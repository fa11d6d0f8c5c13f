"""Files put into the archive, and tags."""

from typing import Final

from tenants.audit.areas.action import Action, Actions

ACTIONS: Final[Actions] = {
    "archive.file_added": Action(
        "Arşive dosya koydu", "Put a file into the archive", ("name", "kind", "bytes", "sha256")
    ),
    "tag.created": Action("Etiket ekledi", "Added a tag", ("name", "colour")),
    "tag.changed": Action("Etiketi değiştirdi", "Changed a tag", ("name", "colour")),
    "tag.removed": Action("Etiketi sildi", "Removed a tag", ("name", "colour")),
}
