"""May this certificate sign? Chain and use are judged here, what revocation says comes from a cache in PostgreSQL.

Nobody is asked per document: an answer serves for EBELGE_REVOCATION_EVERY_MIN, a list until its own nextUpdate. While
nobody answers, the last good answer holds for EBELGE_REVOCATION_GRACE_H more (ADR 0125).
"""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from hashlib import sha256
from typing import Literal

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from ebelge.core.db import role_session
from ebelge.core.trust import TrustSettings, trust_settings
from ebelge.documents.seals.models import CertificateStatus, RevocationList
from ebelge.signing.asking import NobodyAnswers, ask_ocsp, fetch_crl
from ebelge.signing.certificate_path import Chain, Revocation, chain_of, revocation_of, sources_of
from ebelge.signing.configured import seal_anchors
from ebelge.signing.xades_levels import Evidence

log = logging.getLogger(__name__)
State = Literal["good", "unchecked", "expired", "untrusted", "wrong_use", "revoked", "unknown"]
# Where a list says nothing of its next one, it is fetched again after so long.
LIST_LASTS = timedelta(hours=6)
_WORDS: dict[State, tuple[str, str]] = {
    "good": ("Sertifika geçerli.", "The certificate is good."),
    "unchecked": (
        "Güvenilen kök tanımlı değil (EBELGE_SEAL_ANCHORS); sertifika denetlenmedi.",
        "No trusted authority is configured (EBELGE_SEAL_ANCHORS); the certificate was not judged.",
    ),
    "expired": ("Sertifika bu tarihte geçerli değil.", "The certificate is not valid at this time."),
    "untrusted": ("Sertifika güvenilen bir köke ulaşmıyor.", "The certificate leads to no trusted authority."),
    "wrong_use": ("Sertifika imza için verilmemiş.", "The certificate was not issued for signing."),
    "revoked": ("Sertifika iptal edilmiş.", "The certificate was revoked."),
    "unknown": (
        "Sertifikanın iptal durumu öğrenilemiyor.",
        "Whether the certificate was revoked cannot be learned.",
    ),
}


@dataclass(frozen=True)
class CertificateFinding:
    """What is to be said of a certificate. `stale`: good by an answer that nobody could renew in time."""

    state: State
    reason: str = ""
    revoked_at: datetime | None = None
    stale: bool = False

    @property
    def usable(self) -> bool:
        """True unless something stands against it."""
        return self.state in ("good", "unchecked")

    @property
    def text_tr(self) -> str:
        """The finding in Turkish."""
        return _WORDS[self.state][0] + (f" ({self.reason})" if self.reason else "")

    @property
    def text_en(self) -> str:
        """The finding in English."""
        return _WORDS[self.state][1] + (f" ({self.reason})" if self.reason else "")


def check_certificate(
    certificate: x509.Certificate, *, at: datetime, now: datetime, ask: bool = True
) -> CertificateFinding:
    """Judge a certificate at `at` (when it signed) by what can be known at `now`.

    Opens transactions of its own and may call responders between them (never inside): call it outside any. With `ask`
    False nobody is called. Without trusted authorities in the settings everything is `unchecked`.
    """
    trusted = seal_anchors()
    if not trusted:
        return CertificateFinding("unchecked")
    chain = _chain(certificate, trusted, at.replace(minute=0, second=0, microsecond=0))
    if not certificate.not_valid_before_utc <= at <= certificate.not_valid_after_utc:
        return CertificateFinding("expired")
    if chain.state != "good":
        return CertificateFinding(chain.state, chain.reason)
    patience = trust_settings()
    known = status_of(certificate)
    if ask and (known is None or known.asked_at + patience.revocation_every <= now):
        known = ask_about(chain, trusted=trusted, now=now, patience=patience)
    return judged(known, at=at, now=now, patience=patience)


def judged(
    known: CertificateStatus | None, *, at: datetime, now: datetime, patience: TrustSettings
) -> CertificateFinding:
    """What the cached answers allow to say."""
    if known is None or known.answered_at is None:
        return CertificateFinding("unknown", known.reason if known else "")
    if known.state == "revoked" and not (known.revoked_at and known.revoked_at > at):
        return CertificateFinding("revoked", known.reason, known.revoked_at)
    holds = max(known.next_update or known.answered_at, known.answered_at + patience.revocation_every)
    if now <= holds or known.state == "revoked":
        return CertificateFinding("good")
    if now <= holds + patience.revocation_grace:
        return CertificateFinding("good", known.reason, stale=True)
    return CertificateFinding("unknown", known.reason)


def status_of(certificate: x509.Certificate) -> CertificateStatus | None:
    """What is cached of a certificate."""
    with role_session("app") as session:
        return session.get(CertificateStatus, _mark(certificate))


def ask_about(
    chain: Chain, *, trusted: Sequence[x509.Certificate], now: datetime, patience: TrustSettings
) -> CertificateStatus | None:
    """Ask responder and lists about a good chain's certificates, and keep what they said; the new status.

    Both count: one that says revoked is enough. Where nobody answers the former answer stays, with the new reason.
    """
    certificate, issuer = chain.path[0], chain.path[1]
    _note(certificate, asked_at=now)  # others need not ask meanwhile
    sources, troubles = sources_of(certificate), list[str]()
    answers: list[bytes] = []
    for url in sources.ocsp:
        try:
            answer = ask_ocsp(url, certificate=certificate, issuer=issuer, timeout_s=patience.revocation_timeout_s)
        except NobodyAnswers as error:
            troubles.append(error.detail_en)
            continue
        answers.append(answer)
        break
    above = [url for step in chain.path[1:-1] for url in sources_of(step).crl]
    own, between = _lists(sources.crl, now, patience, troubles), _lists(above, now, patience, troubles)
    heard: list[tuple[str, Revocation]] = []
    if answers or not sources.ocsp:
        said = revocation_of(chain, trusted=trusted, ocsp=answers, crls=between, at=now)
        heard.append(("OCSP", said))
    if own:
        heard.append(("CRL", revocation_of(chain, trusted=trusted, ocsp=[], crls=own + between, at=now)))
    verdict = _verdict(heard, troubles)
    if verdict.state == "unknown":
        log.warning("certificate's state not learned", extra={"reason": verdict.reason})
        _note(certificate, reason=verdict.reason)
    else:
        ocsp = answers[0] if answers and any(name == "OCSP" and said == verdict for name, said in heard) else None
        _note(
            certificate, state=verdict.state, reason=verdict.reason, asked_at=now, answered_at=now,
            next_update=verdict.next_update, revoked_at=verdict.revoked_at, ocsp=ocsp,
            crl_urls=[*sources.crl, *above],
        )  # fmt: skip
    return status_of(certificate)


def evidence(certificate: x509.Certificate, *, at: datetime) -> Evidence:
    """Chain and cached answers, for an archive time stamp; empty where nothing is known. Calls nobody."""
    trusted = seal_anchors()
    chain = _chain(certificate, trusted, at) if trusted else Chain("untrusted")
    with role_session("app") as session:
        known = session.get(CertificateStatus, _mark(certificate))
        urls = known.crl_urls if known else []
        lists = session.scalars(select(RevocationList.der).where(RevocationList.url.in_(urls))).all()
        answers = [known.ocsp] if known and known.ocsp else []
    return Evidence(certificates=chain.path, crls=list(lists), ocsp_answers=answers)


def _verdict(heard: Sequence[tuple[str, Revocation]], troubles: Sequence[str]) -> Revocation:
    for state in ("revoked", "good", "undeclared"):
        for _, said in heard:
            if said.state == state:
                return said
    reasons = [*troubles, *(f"{name}: {said.reason}" for name, said in heard)]
    return Revocation("unknown", "; ".join(reasons)[:500] or "nobody answered")


def _lists(urls: Sequence[str], now: datetime, patience: TrustSettings, troubles: list[str]) -> list[bytes]:
    """The lists at these addresses, fetched where the kept one has run out."""
    found = []
    for url in urls:
        with role_session("app") as session:
            kept = session.get(RevocationList, url)
        lasts = None if kept is None else kept.next_update or kept.fetched_at + LIST_LASTS
        if kept is not None and lasts is not None and now < min(lasts, kept.fetched_at + LIST_LASTS):
            found.append(kept.der)
            continue
        try:
            der = fetch_crl(url, timeout_s=patience.revocation_timeout_s)
            next_update = x509.load_der_x509_crl(der).next_update_utc
        except (NobodyAnswers, ValueError) as error:
            troubles.append(f"{url}: {error}")
            found += [kept.der] if kept is not None else []
            continue
        row = {"url": url, "der": der, "fetched_at": now, "next_update": next_update}
        with role_session("app") as session:
            session.execute(insert(RevocationList).values(row).on_conflict_do_update(index_elements=["url"], set_=row))
        found.append(der)
    return found


def _note(certificate: x509.Certificate, **values: object) -> None:
    """Keep what was learned; a certificate never heard of begins as unknown."""
    row = {"certificate_sha256": _mark(certificate), "state": "unknown", "reason": "", "crl_urls": [], **values}
    if "asked_at" not in row:
        with role_session("app") as session:
            known = session.get(CertificateStatus, row["certificate_sha256"])
            for name, value in values.items():
                setattr(known, name, value)
        return
    with role_session("app") as session:
        session.execute(
            insert(CertificateStatus)
            .values(row)
            .on_conflict_do_update(index_elements=["certificate_sha256"], set_=dict(values))
        )


def _mark(certificate: x509.Certificate) -> bytes:
    return sha256(certificate.public_bytes(Encoding.DER)).digest()


def _chain(certificate: x509.Certificate, trusted: Sequence[x509.Certificate], at: datetime) -> Chain:
    """The chain, judged once an hour per process: building it costs some milliseconds."""
    first, last = certificate.not_valid_before_utc, certificate.not_valid_after_utc
    return _chain_known(certificate, tuple(trusted), min(max(at, first), last))


@lru_cache(maxsize=4096)
def _chain_known(certificate: x509.Certificate, trusted: tuple[x509.Certificate, ...], at: datetime) -> Chain:
    return chain_of(certificate, trusted=trusted, at=at)
