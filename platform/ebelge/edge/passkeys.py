"""The two ceremonies of WebAuthn: adding a passkey, and signing in by one. Each challenge is good once, here only.

The page carries the options; a few lines of script ask the browser and send its answer as a form. No JSON route.
"""

import json
from datetime import datetime
from typing import Any, Final
from urllib.parse import urlsplit
from uuid import UUID

import webauthn
from flask import request, session
from webauthn.helpers import base64url_to_bytes, options_to_json
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    AuthenticatorTransport,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from ebelge.core.config import settings
from ebelge.core.db import role_session
from ebelge.core.errors import DomainError
from ebelge.edge.sign_in import SignedIn
from tenants.people import once, passkeys, persons
from tenants.people.models import Passkey

_CHALLENGE = "passkey"
ANSWER_MAX: Final = 16 * 1024


class PasskeyFailed(DomainError):
    """The browser's answer does not prove anything: another challenge, site or key, or no answer at all."""

    code, http_status = "passkey_failed", 401
    title_tr, title_en = "Geçiş anahtarı doğrulanamadı", "The passkey could not be verified"
    advice_tr = "Hiçbir şey değiştirilmedi. Sayfayı yeniden açıp bir daha deneyin."
    advice_en = "Nothing was changed. Open the page again and try once more."


def begin_adding(who: SignedIn, *, at: datetime) -> str:
    """The options for a new passkey of a person, as JSON for the page."""
    with role_session("people") as db:
        challenge = once.make(db, purpose="passkey.add", person_id=who.person_id, note=str(who.session_id), at=at)
        known = [_descriptor(one) for one in passkeys.listed(db, person_id=who.person_id)]
    options = webauthn.generate_registration_options(
        rp_id=_rp_id(),
        rp_name="Ebelge",
        user_id=who.person_id.bytes,
        user_name=who.email,
        user_display_name=who.full_name,
        challenge=challenge.encode(),
        exclude_credentials=known,
        authenticator_selection=AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.PREFERRED, user_verification=UserVerificationRequirement.REQUIRED
        ),
    )
    return options_to_json(options)


def finish_adding(who: SignedIn, *, answer: str, name: str, at: datetime) -> Passkey:
    """Keep the passkey that answered. :raises PasskeyFailed, PasskeyRefused: nothing was kept."""
    credential = _parsed(answer)
    with role_session("people") as db:
        challenge = _challenge(credential)
        meant = once.use(db, purpose="passkey.add", secret=challenge, at=at)
    if meant is None or meant.person_id != who.person_id or meant.note != str(who.session_id):
        raise PasskeyFailed()
    try:
        proved = webauthn.verify_registration_response(
            credential=credential,
            expected_challenge=challenge.encode(),
            expected_rp_id=_rp_id(),
            expected_origin=_origin(),
            require_user_verification=True,
        )
    except (WebAuthnException, ValueError, TypeError, KeyError) as error:
        raise PasskeyFailed() from error
    transports = credential.get("response", {}).get("transports") or []
    with role_session("people") as db:
        made = passkeys.add(
            db,
            person_id=who.person_id,
            credential_id=proved.credential_id,
            public_key=proved.credential_public_key,
            sign_count=proved.sign_count,
            transports=[str(one) for one in transports] if isinstance(transports, list) else [],
            backed_up=proved.credential_backed_up,
            name=name,
            at=at,
        )
        db.expunge(made)
    return made


def begin_signing_in(*, person_id: UUID | None, at: datetime) -> str:
    """The options for signing in: with any passkey of this site, or with one of a person whose password was right."""
    with role_session("people") as db:
        challenge = once.make(db, purpose="passkey.sign_in", person_id=person_id, at=at)
        known = [_descriptor(one) for one in passkeys.listed(db, person_id=person_id)] if person_id else None
    session[_CHALLENGE] = challenge
    options = webauthn.generate_authentication_options(
        rp_id=_rp_id(),
        challenge=challenge.encode(),
        allow_credentials=known,
        user_verification=UserVerificationRequirement.REQUIRED,
    )
    return options_to_json(options)


def finish_signing_in(*, person_id: UUID | None, answer: str, at: datetime) -> UUID:
    """Whose passkey answered; with `person_id` it must be his. The device has asked for finger, face or PIN.

    :raises PasskeyFailed: it proves nothing; all reasons look alike.
    """
    credential = _parsed(answer)
    challenge = _challenge(credential)
    if session.pop(_CHALLENGE, None) != challenge:
        raise PasskeyFailed()
    with role_session("people") as db:
        meant = once.use(db, purpose="passkey.sign_in", secret=challenge, at=at)
    if meant is None or meant.person_id != person_id:
        raise PasskeyFailed()
    with role_session("people") as db:
        known = passkeys.find(db, credential_id=_bytes(credential.get("rawId")), lock=True)
        if known is None or person_id not in (None, known.person_id):
            raise PasskeyFailed()
        if not persons.get(db, person_id=known.person_id).active:
            raise PasskeyFailed()
        try:
            proved = webauthn.verify_authentication_response(
                credential=credential,
                expected_challenge=challenge.encode(),
                expected_rp_id=_rp_id(),
                expected_origin=_origin(),
                credential_public_key=known.public_key,
                credential_current_sign_count=known.sign_count,
                require_user_verification=True,
            )
        except (WebAuthnException, ValueError, TypeError, KeyError) as error:
            raise PasskeyFailed() from error
        # a counter that does not grow is a copied key, and was refused
        known.sign_count, known.last_used_at = proved.new_sign_count, at
        known.backed_up = proved.credential_backed_up
        return known.person_id


def _parsed(answer: str) -> dict[str, Any]:
    try:
        found = json.loads(answer[:ANSWER_MAX])
    except (ValueError, RecursionError) as error:
        raise PasskeyFailed() from error
    if not isinstance(found, dict) or not isinstance(found.get("response"), dict):
        raise PasskeyFailed()
    return found


def _challenge(credential: dict[str, Any]) -> str:
    """The challenge that the browser says it answers; that it was ours, and is unused, is looked up."""
    try:
        said = json.loads(_bytes(credential["response"].get("clientDataJSON")))
        return _bytes(said.get("challenge")).decode("ascii")
    except (ValueError, AttributeError, RecursionError) as error:
        raise PasskeyFailed() from error


def _bytes(text: object) -> bytes:
    try:
        return base64url_to_bytes(str(text))
    except ValueError as error:
        raise PasskeyFailed() from error


def _descriptor(one: Passkey) -> PublicKeyCredentialDescriptor:
    kinds = {kind.value for kind in AuthenticatorTransport}
    transports = [AuthenticatorTransport(name) for name in one.transports if name in kinds]
    return PublicKeyCredentialDescriptor(id=one.credential_id, transports=transports or None)


def _rp_id() -> str:
    """The site's name: of the hosts that are ours (checked before) the one by which we were called."""
    return urlsplit(f"//{request.host}").hostname or ""


def _origin() -> str:
    return f"{urlsplit(settings().public_base_url).scheme}://{request.host}"
