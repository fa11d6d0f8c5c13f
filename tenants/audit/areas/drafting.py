"""The address book, products, drafts and templates. What is being written is not noted: a document's timeline is."""

from typing import Final

from tenants.audit.areas.action import Action, Actions

_PARTY = (
    "vkn_tckn", "title", "first_name", "family_name", "tax_office", "street", "district", "city", "email", "phone",
    "alias",
)  # fmt: skip
_PRODUCT = ("code", "name", "percent", "currency")
ACTIONS: Final[Actions] = {
    "contact.added": Action("Kişilere ekledi", "Added a contact", (), _PARTY),
    "contact.changed": Action("Kişiyi değiştirdi", "Changed a contact", (), _PARTY),
    "contact.deleted": Action("Kişiyi sildi", "Deleted a contact", (), _PARTY),
    "contact.imported": Action("Kişileri dosyadan aldı", "Imported contacts", ("rows", "file")),
    "product.added": Action("Ürün ekledi", "Added a product", _PRODUCT),
    "product.changed": Action("Ürünü değiştirdi", "Changed a product", _PRODUCT),
    "product.deleted": Action("Ürünü sildi", "Deleted a product", _PRODUCT),
    "product.imported": Action("Ürünleri dosyadan aldı", "Imported products", ("rows", "file")),
    "draft.deleted": Action("Taslağı sildi", "Deleted a draft", ("kind", "name")),
    "draft.restored": Action("Taslağı geri aldı", "Restored a draft", ("kind", "name")),
    "template.saved": Action("Şablon kaydetti", "Saved a template", ("kind", "name")),
}
