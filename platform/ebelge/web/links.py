"""The pages that the frame leads to, in this order. Who sees a link is said by the right at its view, not here."""

from typing import Final

# endpoint, Turkish, English
LINKS: Final[tuple[tuple[str, str, str], ...]] = (
    ("portal_documents.index", "Belgeler", "Documents"),
    ("members.index", "Kullanıcılar", "People"),
    ("audit_pages.index", "Denetim kaydı", "Audit log"),
    ("audit_pages.everywhere", "Tüm kayıtlar", "All logs"),
)
