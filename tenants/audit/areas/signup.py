"""Applications, texts that were accepted, leads."""

from typing import Final

from tenants.audit.areas.action import Action, Actions

ACTIONS: Final[Actions] = {
    "signup.applied": Action(
        "Başvuru yaptı", "Applied", ("package_code", "reseller_id", "kind"), ("email", "full_name")
    ),
    "signup.approved": Action("Başvuruyu onayladı", "Approved an application", ("state", "note")),
    "signup.refused": Action("Başvuruyu reddetti", "Refused an application", ("state", "reason")),
    "signup.asked": Action("Başvuru için bilgi istedi", "Asked an applicant for more", ("state", "note")),
    "signup.confirmed": Action("Başvuranın e-postası doğrulandı", "An applicant confirmed the address", ("state",)),
    "text.accepted": Action("Metni kabul etti", "Accepted a text", ("text", "version", "language")),
    "text.withdrawn": Action("Onayını geri aldı", "Withdrew a consent", ("text", "version")),
    "text.published": Action("Metnin yeni sürümünü yayımladı", "Published a version of a text", ("text", "version")),
    "lead.changed": Action("Talebi güncelledi", "Changed a lead", ("state", "topic", "assigned_to", "note")),
}
