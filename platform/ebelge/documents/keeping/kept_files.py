"""What lies in the archive, table by table: which file, under whose id, with which SHA-256. The one list of it.

Whoever puts a file into the archive enters it here; verification, files without a row, backups, integrity checks and
the hand-out of an archive then know it. The statements are fixed; nothing of them comes from outside.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from ebelge.archive.files import FILE_NAME
from ebelge.documents.answers.models import ANSWER_NAME, PAPER_NAME
from ebelge.documents.incoming.models import INCOMING_NAME, INCOMING_ZARF_NAME, SYSTEM_RESPONSE_NAME
from ebelge.documents.keeping.old_models import OLD_NAME
from ebelge.documents.registered.user_models import GIVEN_NAME
from ebelge.documents.registered.user_models import SIGNED_NAME as COUNTERSIGNED_NAME
from ebelge.documents.reports.models import REPORT_NAME
from ebelge.documents.sign import SIGNED_NAME
from ebelge.documents.travel.send import ZARF_NAME


@dataclass(frozen=True, slots=True)
class KeptFile:
    """One kind of file. `object_column`: the id it lies under; `id_column`: the row's own; `label`: SQL, for people.

    `name`: its file name, or the column (`name_column`) that holds it where rows have several.
    """

    table: str
    object_column: str
    sha256_column: str
    label: str
    name: str = ""
    name_column: str = ""
    id_column: str = ""
    verified: bool = True  # whether `ebelge verify` reads it each time

    @property
    def key(self) -> str:
        """The row's own id."""
        return self.id_column or self.object_column

    @property
    def file(self) -> str:
        """SQL: the file's name."""
        return self.name_column or f"'{self.name}'"

    def select(self, where: str) -> str:
        """SQL: its files where `where` holds; columns tenant_id, row_id, object_id, name, sha256, label."""
        return (
            f"SELECT tenant_id, {self.key} AS row_id, {self.object_column} AS object_id, {self.file}::text AS name, "
            f"{self.sha256_column} AS sha256, {self.label} AS label FROM {self.table} "
            f"WHERE {self.sha256_column} IS NOT NULL AND {where}"
        )


_PUSHED: Final = "(SELECT holder_id AS tenant_id, zarf_id, sha256, response_sha256 FROM incoming_zarf) AS pushed"
_STAMPS: Final = (
    "(SELECT s.tenant_id, d.object_id, md5(d.object_id::text || s.number)::uuid AS stamp_id, s.token_sha256, s.day, "
    "'stamp-' || lpad(s.number::text, 4, '0') || '.tsr' AS name "
    "FROM day_stamp s JOIN stamped_day d ON d.tenant_id = s.tenant_id AND d.day = s.day) AS day_stamps"
)
KEPT: Final[tuple[KeptFile, ...]] = (
    KeptFile("document", "ettn", "signed_sha256", "number", name=SIGNED_NAME, id_column="document_id"),
    KeptFile("old_document", "document_id", "file_sha256", "number", name=OLD_NAME),
    KeptFile("answer", "answer_id", "signed_sha256", "number", name=ANSWER_NAME),
    KeptFile("mistake_record", "record_id", "file_sha256", "way", name=PAPER_NAME, verified=False),
    KeptFile("report", "report_id", "sha256", "report_id::text", name=REPORT_NAME),
    KeptFile("archive_file", "file_id", "sha256", "name", name=FILE_NAME),
    KeptFile("zarf", "zarf_id", "sha256", "zarf_id::text", name=ZARF_NAME, verified=False),
    KeptFile("user_envelope", "request_id", "given_sha256", "service", name=GIVEN_NAME, verified=False),
    KeptFile("user_envelope", "request_id", "signed_sha256", "service", name=COUNTERSIGNED_NAME, verified=False),
    KeptFile("incoming_document", "document_id", "signed_sha256", "number", name=INCOMING_NAME),
    KeptFile("incoming_answer", "response_id", "signed_sha256", "ettn::text", name=INCOMING_NAME),
    KeptFile("stamped_day", "object_id", "manifest_sha256", "day::text", name_column="manifest"),
    KeptFile(_STAMPS, "object_id", "token_sha256", "day::text", name_column="name", id_column="stamp_id"),
    # envelopes came before it was known whose they are: they lie under the operator's own tenant
    KeptFile(_PUSHED, "zarf_id", "sha256", "zarf_id::text", name=INCOMING_ZARF_NAME, verified=False),
    KeptFile(_PUSHED, "zarf_id", "response_sha256", "zarf_id::text", name=SYSTEM_RESPONSE_NAME, verified=False),
)


def union(kept: Iterable[KeptFile], where: str) -> str:
    """SQL: the files of all these kinds."""
    return " UNION ALL ".join(one.select(where) for one in kept)
