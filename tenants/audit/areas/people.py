"""What people do to their own sign-in, told to each account they belong to."""

from typing import Final

from tenants.audit.areas.action import Action, Actions

ACTIONS: Final[Actions] = {
    "person.password_changed": Action("Parolasını değiştirdi", "Changed the password"),
    "person.password_reset": Action("Parolasını e-posta ile yeniledi", "Reset the password by e-mail"),
    "person.email_changed": Action("E-posta adresini değiştirdi", "Changed the e-mail address", (), ("email",)),
    "person.factor_added": Action("İkinci adım ekledi", "Added a second factor", ("factor", "label")),
    "person.factor_removed": Action("İkinci adımı kaldırdı", "Removed a second factor", ("factor", "label")),
    "person.recovery_codes_made": Action("Kurtarma kodlarını yeniledi", "Made new recovery codes", ("count",)),
    "person.recovery_code_used": Action("Kurtarma kodu kullandı", "Used a recovery code", ("left",)),
    "person.signed_in": Action("Oturum açtı", "Signed in", ("factor", "session_id")),
    "person.signed_out": Action("Oturum kapattı", "Signed out", ("session_id", "sessions")),
    "person.state_set": Action("Girişi açıldı ya da kapatıldı", "Was let in or kept out", ("state",)),
    "person.factors_reset": Action("Destek ikinci adımlarını sıfırladı", "Support reset the factors", ("what",)),
    "person.identity_added": Action("Kurumsal girişi bağladı", "Connected single sign-on", ("issuer",)),
    "person.locked": Action("Girişi geçici olarak kilitlendi", "Was locked out for a while", ("failures", "until")),
}
