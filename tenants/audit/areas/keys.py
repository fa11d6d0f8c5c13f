"""API keys, seals' secrets, and the addresses of customers' systems."""

from typing import Final

from tenants.audit.areas.action import Action, Actions

ACTIONS: Final[Actions] = {
    "key.created": Action(
        "API anahtarı oluşturdu", "Made an API key", ("name", "scopes", "expires_at", "allowed_networks", "mode")
    ),
    "key.changed": Action(
        "API anahtarını değiştirdi", "Changed an API key", ("name", "scopes", "expires_at", "allowed_networks")
    ),
    "key.rotated": Action(
        "API anahtarını yeniledi", "Rotated an API key", ("name", "replaced_by", "replaces", "ends_at", "overlap_until")
    ),
    "key.old_secret_ended": Action(
        "API anahtarının eski sırrını sonlandırdı", "Ended the old secret of an API key", ("name",)
    ),
    "key.revoked": Action("API anahtarını iptal etti", "Revoked an API key", ("name", "reason")),
    "webhook.added": Action("Web kancası ekledi", "Added a webhook", ("url", "topics", "state")),
    "webhook.changed": Action("Web kancasını değiştirdi", "Changed a webhook", ("url", "topics", "state")),
    "webhook.secret_rotated": Action("Web kancası sırrını yeniledi", "Rotated a webhook's secret", ("overlap_until",)),
    "webhook.removed": Action("Web kancasını kaldırdı", "Removed a webhook", ("url",)),
    "master_key.rotated": Action("Ana anahtar yenilendi", "The master key was rotated", ("closed_again", "key_ids")),
}
