"""What a service still needs before it can be activated, and who must act: computed from facts, no question asked.

Rules stand in `tenants.services.RULES` and here (TRADE.md 1 and 2); `readiness` collects the facts. An item that is
done may still say something (`note`): that GİB's portal closes, that a seal ends soon.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Literal

from tenants.services import RULES

# you: the tenant. us: the operator's staff. gib: GİB.
Who = Literal["you", "us", "gib"]
WHO_NAMES: Final[Mapping[Who, tuple[str, str]]] = {"you": ("Siz", "You"), "us": ("Biz", "We"), "gib": ("GİB", "GİB")}
LIST_AGE_MAX: Final = timedelta(hours=24)
ASKED: Final = frozenset({"asked_at_gib", "active", "closing", "closed"})


@dataclass(frozen=True, slots=True)
class Item:
    """One thing a service needs. `note`: it is done, and there is something to know all the same."""

    code: str
    done: bool
    who: Who
    text_tr: str
    text_en: str
    note: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What is known of a service and its tenant."""

    service: str
    state: str
    live: bool
    seal_mode: str
    has_tax_office: bool
    first_states: Mapping[str, str]
    contract_missing: tuple[str, ...]
    seal_until: datetime | None
    seal_warn: timedelta
    leave_to_seal: bool
    activation_signed: bool
    petition: bool
    series: bool
    own_aliases: frozenset[tuple[str, str]]  # (role, alias) that are asked for or confirmed
    foreign_aliases: frozenset[str]  # open in GİB's list, and not ours
    account_types: frozenset[str]
    list_loaded_at: datetime | None


def missing(items: tuple[Item, ...], *, besides: frozenset[str] = frozenset()) -> tuple[Item, ...]:
    """The items that are not done, without those named."""
    return tuple(item for item in items if not item.done and item.code not in besides)


def items(facts: Facts, *, at: datetime) -> tuple[Item, ...]:
    """Everything the service needs, in the order in which people do it. A sandbox needs a series, if anything."""
    if not facts.live:
        return (_series(facts),) if RULES[facts.service].issues else ()
    return tuple(_items(facts, at))


def _items(facts: Facts, at: datetime) -> Iterator[Item]:
    rule = RULES[facts.service]
    yield Item(
        "contract", not facts.contract_missing, "you",
        "Sözleşmeyi okuyup onaylayın.", "Read and accept the contract.",
    )  # fmt: skip
    yield Item(
        "company", facts.has_tax_office, "you",
        "Şirket bilgilerinde vergi dairesini tamamlayın.", "Complete the tax office in the company's data.",
    )  # fmt: skip
    for first in rule.needs_first:
        name, state = RULES[first], facts.first_states.get(first, "not_wanted")
        words = (f"Önce {name.name_tr} hizmetini başlatın.", f"Start {name.name_en} first.")
        if state in ("checklist", "authorised"):
            words = (f"Önce {name.name_tr} adımlarını tamamlayın.", f"Complete the steps of {name.name_en} first.")
        yield Item(f"needs_{first}", state in ("asked_at_gib", "active"), "you", *words)
    if rule.needs_seal:
        yield from _seal(facts, at)
    if rule.document_type is not None:
        yield from _method(facts, at)
        yield from _aliases(facts)
    if rule.issues:
        yield _series(facts)
    if not rule.needs_seal:
        yield Item(
            "activation", facts.activation_signed, "you",
            "Saklama için verdiğiniz izni (muvafakat) imzalayıp bize iletin; mali mühür gerekmez.",
            "Sign the consent to storage and send it to us; no seal is needed.",
        )  # fmt: skip
    else:
        yield Item(
            "activation", facts.activation_signed, "you",
            "Aktivasyonu mali mührünüz ya da e-imzanızla imzalayıp bize iletin.",
            "Sign the activation with your mali mühür or e-imza and send it to us.",
        )  # fmt: skip
    yield Item(
        "asked", facts.state in ASKED, "us",
        "Başvuruyu GİB'e iletiyoruz.", "We hand the application to GİB.",
    )  # fmt: skip
    yield Item(
        "answer", facts.state in ASKED - {"asked_at_gib"}, "gib",
        "GİB hizmeti açar; genellikle birkaç iş günü sürer.", "GİB opens the service; it usually takes some days.",
    )  # fmt: skip


def _series(facts: Facts) -> Item:
    return Item(
        "series", facts.series, "you",
        "Bu belge türü için varsayılan bir seri tanımlayın.", "Set up a default series for this kind of document.",
    )  # fmt: skip


def _seal(facts: Facts, at: datetime) -> Iterator[Item]:
    if facts.seal_mode == "operator":
        yield Item(
            "seal_leave", facts.leave_to_seal, "you",
            "Entegratörün mührüyle imza için yazılı yetkiyi imzalayıp bize iletin.",
            "Sign the written authorisation for the integrator's seal and send it to us.",
        )  # fmt: skip
    valid = facts.seal_until is not None and facts.seal_until > at
    by_us = facts.seal_mode == "operator"
    soon = valid and facts.seal_until is not None and facts.seal_until - at < facts.seal_warn
    if soon:
        text = ("Mührün süresi yakında doluyor; yenileyin.", "The seal ends soon; renew it.")
    elif by_us:
        text = ("Entegratörün mührünü hazırlıyoruz.", "We make the integrator's seal ready.")
    else:
        text = (
            "Geçerli bir mühür tanımlı değil; mali mührünüzün HSM'e yüklenmesi için bizimle randevulaşın.",
            "No valid seal is entered; make an appointment with us to have your mali mühür put into the HSM.",
        )
    yield Item("seal", valid, "us" if by_us else "you", *text, note=soon)


def _method(facts: Facts, at: datetime) -> Iterator[Item]:
    """A taxpayer uses e-Fatura by one method only: by GİB's portal, by his own integration, or by an integrator."""
    if facts.list_loaded_at is None:
        yield Item(
            "method", False, "us",
            "GİB'in kullanıcı listesini alıyoruz; kaydınıza ondan bakılır.",
            "We are fetching GİB's user list; your registration is looked up there.",
        )  # fmt: skip
        return
    if at - facts.list_loaded_at > LIST_AGE_MAX:
        yield Item(
            "list_age", True, "us",
            "GİB listesi 24 saatten eski; kaydınıza yeniden bakılacak.",
            "GİB's list is older than 24 hours; your registration will be looked up again.", note=True,
        )  # fmt: skip
    clash = sorted(alias for _, alias in facts.own_aliases if alias in facts.foreign_aliases)
    if not facts.foreign_aliases:
        yield Item(
            "method", True, "gib", "GİB'de başka bir kullanım yöntemi kayıtlı değil.", "GİB knows no other method."
        )
    elif facts.account_types == {"GIBPORTAL"}:
        yield Item(
            "method", True, "gib",
            "Bugün GİB Portal kullanıyorsunuz; hizmet burada açılınca portal kapanır. Portaldaki belgeleri indirin.",
            "You use GİB's portal today; it closes when the service opens here. Download your documents from it.",
            note=True,
        )  # fmt: skip
    elif "ENTEGRASYON" in facts.account_types:
        yield Item(
            "method", facts.petition, "you",
            "Kendi entegrasyonunuz kayıtlı: yöntem değişikliği dilekçesini GİB'e verip bir örneğini bize iletin.",
            "Your own integration is registered: hand in the petition to GİB to change the method, and send us a copy.",
        )  # fmt: skip
    elif clash:
        yield Item(
            "method", False, "you",
            f"{clash[0]} etiketi başka bir entegratörde açık: başka bir etiket seçin ya da eski entegratörünüzün"
            " kapatacağı günü bize bildirin.",
            f"The alias {clash[0]} is open at another integrator: choose another one, or tell us the day on which your"
            " former integrator closes it.",
        )  # fmt: skip
    else:
        yield Item(
            "method", True, "you",
            "Başka bir entegratörde de kayıtlısınız; gelen belgeler oraya da ulaşır. Ayrılıyorsanız orayı kapattırın.",
            "You are registered at another integrator as well, and documents reach you there, too. If you are leaving,"
            " have it closed.", note=True,
        )  # fmt: skip


def _aliases(facts: Facts) -> Iterator[Item]:
    roles = {role for role, _ in facts.own_aliases}
    yield Item(
        "alias_gb", "GB" in roles, "you",
        "Gönderici birim etiketini (GB) seçin.", "Choose the sender unit's alias (GB).",
    )  # fmt: skip
    yield Item(
        "alias_pk", "PK" in roles, "you",
        "Posta kutusu etiketini (PK) seçin.", "Choose the mailbox's alias (PK).",
    )  # fmt: skip
