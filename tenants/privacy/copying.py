"""A copy of everything the database holds about one person, and of nobody else: JSON for machines, a page for people.

Read as the role `reader`, each statement bound to the person's id or address.
"""

import html
import io
import json
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import text
from sqlalchemy.orm import Session

from ebelge.core.clock import ISTANBUL
from tenants.privacy.register import CLASSES, period_text

ROWS_MAX: Final = 20_000
_STYLE: Final = (
    "<style>body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem}"
    "table{border-collapse:collapse;width:100%;font-size:14px}td,th{border-bottom:1px solid #ccc;padding:4px 8px;"
    "text-align:left;vertical-align:top;overflow-wrap:anywhere}</style>"
)


@dataclass(frozen=True, slots=True)
class Section:
    """A part of the copy: which class of data it is, its title, and the statement that reads it."""

    data_class: str
    title: tuple[str, str]
    sql: str


# Binds: id (uuid), mark (its text), email. No secret, and no other person's data, is ever selected.
SECTIONS: Final[Mapping[str, Section]] = {
    "profile": Section("people", ("Profil", "Profile"), (
        "SELECT person_id, email, full_name, language, state, created_at, confirmed_at, password_changed_at, "
        "password IS NOT NULL AS has_password, closed_totp IS NOT NULL AS has_totp FROM person WHERE person_id = :id")),
    "memberships": Section("people", ("Üyelikler", "Memberships"), (
        "SELECT t.title AS account, m.role, m.joined_at, m.changed_at, m.ended_at FROM membership m "
        "JOIN tenant t ON t.tenant_id = m.tenant_id WHERE m.person_id = :id ORDER BY m.joined_at")),
    "passkeys": Section("factors", ("Geçiş anahtarları", "Passkeys"), (
        "SELECT name, created_at, last_used_at FROM passkey WHERE person_id = :id ORDER BY created_at")),
    "recovery_codes": Section("factors", ("Kurtarma kodları", "Recovery codes"), (
        "SELECT created_at, used_at FROM recovery_code WHERE person_id = :id ORDER BY created_at")),
    "identities": Section("factors", ("Dış kimlikler", "Outer identities"), (
        "SELECT issuer, subject, created_at FROM person_identity WHERE person_id = :id ORDER BY created_at")),
    "sessions": Section("sessions", ("Oturumlar", "Sessions"), (
        "SELECT method, second_factor, address, agent, created_at, last_seen_at, ended_at FROM person_session "
        "WHERE person_id = :id ORDER BY created_at DESC")),
    "invitations": Section("invitations", ("Size gelen davetler", "Invitations to you"), (
        "SELECT t.title AS account, i.email, i.role, i.created_at, i.expires_at, i.accepted_at, i.revoked_at "
        "FROM invitation i JOIN tenant t ON t.tenant_id = i.tenant_id "
        "WHERE i.email = :email OR i.accepted_by = :id ORDER BY i.created_at")),
    "acceptances": Section("texts", ("Kabul edilen metinler", "Accepted texts"), (
        "SELECT t.title AS account, a.* FROM text_acceptance a JOIN tenant t ON t.tenant_id = a.tenant_id "
        "WHERE a.person_id = :id")),
    "applications": Section("applications", ("Başvurular", "Applications"), (
        "SELECT t.title AS account, a.state, a.full_name, a.email, a.phone, a.address, a.agent, a.created_at, "
        "a.confirmed_at, a.decided_at FROM application a JOIN tenant t ON t.tenant_id = a.tenant_id "
        "WHERE a.person_id = :id ORDER BY a.created_at")),
    "leads": Section("leads", ("Talepler", "Leads"), (
        "SELECT created_at, source, topic, full_name, company, phone, email, city, message, address FROM lead "
        "WHERE email = :email ORDER BY created_at")),
    "acting": Section("acting", ("Hesap adına işlem izinleriniz", "Consents for you to act"), (
        "SELECT t.title AS account, c.person_name, c.reason, c.state, c.asked_at, c.expires_at, c.ended_at "
        "FROM acting_consent c JOIN tenant t ON t.tenant_id = c.tenant_id WHERE c.person_id = :id "
        "ORDER BY c.asked_at")),
    "audit": Section("audit", ("Denetim kaydındaki işlemleriniz", "Your deeds in the audit log"), (
        "SELECT t.title AS account, n.at, n.action, n.object_kind, n.object_id, "
        "(SELECT d.value FROM audit_detail d WHERE d.tenant_id = n.tenant_id AND d.entry_id = n.entry_id "
        "AND d.part = 'who') AS name, (SELECT d.value FROM audit_detail d WHERE d.tenant_id = n.tenant_id "
        "AND d.entry_id = n.entry_id AND d.part = 'from') AS from_where "
        "FROM audit_entry n LEFT JOIN tenant t ON t.tenant_id = n.tenant_id "
        "WHERE n.actor_id = :mark AND n.actor_kind IN ('person', 'staff') ORDER BY n.at DESC, n.entry_id DESC")),
    "letters": Section("letters", ("Size gönderilen bildirimler", "Letters to you"), (
        "SELECT t.title AS account, l.kind, l.state, l.created_at FROM letter l "
        "JOIN tenant t ON t.tenant_id = l.tenant_id WHERE :email = ANY (l.recipients) AND l.tenant_id IN "
        "(SELECT m.tenant_id FROM membership m WHERE m.person_id = :id) ORDER BY l.created_at DESC")),
    "requests": Section("requests", ("Başvurularınız", "Your requests"), (
        "SELECT kind, state, asked_at, due_at, answered_at, note FROM privacy_request WHERE person_id = :id "
        "ORDER BY asked_at")),
}  # fmt: skip


def collect(session: Session, *, person_id: UUID) -> dict[str, list[dict[str, Any]]]:
    """Everything about a person, section by section (role reader); an unknown person has empty sections."""
    email = session.execute(text("SELECT email FROM person WHERE person_id = :id"), {"id": person_id}).scalar()
    values = {"id": person_id, "mark": str(person_id), "email": email or ""}
    found = {}
    for name, section in SECTIONS.items():
        used = {key: value for key, value in values.items() if f":{key}" in section.sql}
        rows = session.execute(text(f"{section.sql} LIMIT {ROWS_MAX}"), used).mappings()
        found[name] = [{key: value for key, value in row.items() if not isinstance(value, bytes)} for row in rows]
    return found


def zip_of(data: Mapping[str, Sequence[Mapping[str, Any]]], *, language: str, at: datetime) -> bytes:
    """The copy as a ZIP: `data.json`, and `data.html` that opens anywhere and loads nothing."""
    out = io.BytesIO()
    told = {"made_at": at.isoformat(), "sections": {name: list(rows) for name, rows in data.items()}}
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as book:
        book.writestr("data.json", json.dumps(told, ensure_ascii=False, indent=1, default=_plain))
        book.writestr("data.html", _page(data, language=language, at=at))
    return out.getvalue()


def _page(data: Mapping[str, Sequence[Mapping[str, Any]]], *, language: str, at: datetime) -> str:
    turkish = 0 if language == "tr" else 1
    title = ("Ebelge: kişisel verileriniz", "Ebelge: your personal data")[turkish]
    kept, none = ("Saklama süresi", "Kept for")[turkish], ("Kayıt yok.", "Nothing.")[turkish]
    parts = [
        f'<!doctype html><html lang="{"tr" if turkish == 0 else "en"}"><meta charset="utf-8"><title>{title}</title>',
        _STYLE,
        f"<h1>{title}</h1><p>{at.astimezone(ISTANBUL):%d.%m.%Y %H:%M}</p>",
    ]
    for name, rows in data.items():
        section = SECTIONS[name]
        period = period_text(CLASSES[section.data_class].kept, language)
        parts.append(f"<h2>{html.escape(section.title[turkish])}</h2><p>{kept}: {html.escape(period)}</p>")
        if not rows:
            parts.append(f"<p>{none}</p>")
            continue
        head = "".join(f"<th>{html.escape(str(column))}</th>" for column in rows[0])
        body = "".join(
            "<tr>" + "".join(f"<td>{html.escape(_shown(value))}</td>" for value in row.values()) + "</tr>"
            for row in rows
        )
        parts.append(f"<table><tr>{head}</tr>{body}</table>")
    return "\n".join(parts)


def _shown(value: object) -> str:
    if isinstance(value, datetime):
        return f"{value.astimezone(ISTANBUL):%d.%m.%Y %H:%M}"
    return "–" if value is None else str(value)


def _plain(value: object) -> str:
    return value.isoformat() if isinstance(value, datetime | date) else str(value)
