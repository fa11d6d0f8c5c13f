"""A company's own set-up, and the states of account and services."""

from typing import Final

from tenants.audit.areas.action import Action, Actions

ACTIONS: Final[Actions] = {
    "company.changed": Action(
        "Şirket bilgilerini değiştirdi",
        "Changed the company's data",
        ("title", "tax_office", "street", "district", "city", "postal_zone", "country"),
        ("first_name", "family_name", "email", "phone"),
    ),
    "company.settings_changed": Action(
        "Ayarları değiştirdi", "Changed settings", ("default_scenario", "mail_language", "seal_warn_days", "mail_pdf")
    ),
    "company.state_changed": Action("Hesabın durumu değişti", "The account's state changed", ("state", "reason")),
    "branch.added": Action("Şube ekledi", "Added a branch", ("code", "name", "city", "district", "active")),
    "branch.changed": Action("Şubeyi değiştirdi", "Changed a branch", ("code", "name", "city", "district", "active")),
    "alias.added": Action("Etiket ekledi", "Added a mailbox", ("kind", "alias", "service", "state")),
    "alias.changed": Action("Etiketi değiştirdi", "Changed a mailbox", ("kind", "alias", "service", "state", "branch")),
    "service.state_changed": Action(
        "Hizmetin durumu değişti",
        "A service's state changed",
        ("service", "state", "active_from", "active_until", "note"),
    ),
    "service.user_envelope": Action(
        "Hizmet için GİB'e kullanıcı zarfı",
        "A user envelope to GİB for a service",
        ("service", "kind", "state", "code"),
    ),
    "service.seal_mode_changed": Action("Mühür biçimi değişti", "The seal mode changed", ("service", "seal_mode")),
    "service.settings_changed": Action(
        "Hizmet ayarlarını değiştirdi", "Changed a service's settings", ("service", "sender_alias", "name", "value")
    ),
    "authorisation.recorded": Action(
        "İmzalı belgeyi kaydetti",
        "Recorded a signed paper",
        ("service", "purpose", "signed_on", "paper", "withdrawn_on"),
    ),
    "authorisation.withdrawn": Action(
        "İmzalı belge geri alındı",
        "A signed paper was withdrawn",
        ("service", "purpose", "signed_on", "paper", "withdrawn_on"),
    ),
    "design.added": Action("Belge tasarımı ekledi", "Added a design", ("kind", "name", "is_default")),
    "design.changed": Action(
        "Belge tasarımını değiştirdi",
        "Changed a design",
        ("kind", "name", "is_default", "version", "logo", "xslt", "notes", "bank_account"),
    ),
}
