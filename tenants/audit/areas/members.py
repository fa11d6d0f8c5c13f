"""Who belongs to an account, and with which rights."""

from typing import Final

from tenants.audit.areas.action import Action, Actions

ACTIONS: Final[Actions] = {
    "member.invited": Action(
        "Kullanıcı davet etti", "Invited somebody", ("role", "branch_ids", "series_prefixes", "valid_until"), ("email",)
    ),
    "member.invitation_withdrawn": Action("Daveti geri çekti", "Withdrew an invitation", ("role",), ("email",)),
    "member.invited_again": Action("Daveti yeniden gönderdi", "Sent an invitation again", ("valid_until",), ("email",)),
    "member.added": Action("Kullanıcı ekledi", "Added a member", ("role", "branch_ids", "series_prefixes")),
    "member.joined": Action(
        "Daveti kabul etti", "Accepted an invitation", ("role", "branch_ids", "series_prefixes"), ("email",)
    ),
    "member.role_changed": Action(
        "Yetkiyi değiştirdi", "Changed a role", ("role", "branch_ids", "series_prefixes"), ("full_name",)
    ),
    "member.removed": Action("Kullanıcıyı çıkardı", "Removed a member", ("role",), ("full_name", "email")),
    "member.left": Action("Hesaptan ayrıldı", "Left the account", ("role",)),
}
