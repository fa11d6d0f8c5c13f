"""Findings that follow from the tenant, its series and GİB's list, in words for the person who has to mend them."""

from collections.abc import Sequence
from datetime import date, datetime
from uuid import UUID

from ebelge.core.findings import Finding, Severity
from ebelge.ubl.types import DocumentKind


def finding(
    rule: str,
    message_tr: str,
    message_en: str,
    mend_tr: str = "",
    mend_en: str = "",
    *,
    path: str = "",
    severity: Severity = "error",
) -> Finding:
    """A finding of ours; `path` names the place in the draft or the XML."""
    return Finding(rule, message_tr, message_en, mend_tr, mend_en, path=path, severity=severity)


def supplier_is_another(vkn_tckn: str) -> Finding:
    """The document is issued by somebody else than the tenant."""
    return finding(
        "EB-SUPPLIER",
        f"Belgeyi düzenleyen ({vkn_tckn or 'VKN yok'}) bu hesabın mükellefi değil.",
        f"The supplier of the document ({vkn_tckn or 'no VKN'}) is not the taxpayer of this account.",
        "Satıcı VKN/TCKN'sini düzeltin ya da belgeyi o mükellefin hesabından gönderin.",
        "Correct the supplier's VKN/TCKN, or send from that taxpayer's account.",
        path="supplier",
    )


def too_old(day: date) -> Finding:
    """Before electronic invoices existed."""
    return finding(
        "EB-OLD-DATE",
        f"Düzenleme tarihi {day.isoformat()} çok eski; 2005'ten önce belge düzenlenemez.",
        f"The issue date {day.isoformat()} is too old: no document before 2005.",
        "Düzenleme tarihini düzeltin.",
        "Correct the issue date.",
        path="issue_date",
    )


def amount_too_large() -> Finding:
    """More than can be counted in kuruş."""
    return finding(
        "EB-AMOUNT", "Ödenecek tutar çok büyük.", "The payable amount is too large.",
        "Tutarı düzeltin.", "Correct the amount.", path="payable",
    )  # fmt: skip


def late(day: date, today: date) -> Finding:
    """More than seven days back (a warning)."""
    return finding(
        "EB-LATE",
        f"Düzenleme tarihi {(today - day).days} gün öncesi ({day.isoformat()}).",
        f"The issue date lies {(today - day).days} days back ({day.isoformat()}).",
        "Fatura mal teslimi ya da hizmetten sonra yedi gün içinde düzenlenir; tarihin doğru olduğundan emin olun.",
        "An invoice is issued within seven days of the delivery; make sure that the date is right.",
        path="issue_date",
        severity="warning",
    )


def list_is_old(loaded_at: datetime, at: datetime, *, waits: bool) -> Finding:
    """GİB's list of users, which said how the document goes, is more than a day old (a warning).

    `waits`: it is an e-Arşiv document, which is signed only after another look or a while.
    """
    hours = int((at - loaded_at).total_seconds() // 3600)
    return finding(
        "EB-LIST-AGE",
        f"GİB kullanıcı listesi {hours} saattir yenilenemedi; belgenin türü bu listeye göre belirlendi.",
        f"GİB's list of users could not be renewed for {hours} hours; the document's kind was decided by it.",
        "Alıcıya imzadan önce yeni listede bakılır; imza bunu bekler, ama sınırsız değil. Alıcı bu arada "
        "e-Fatura'ya geçtiyse belge imzalanmaz, kontörü geri gelir."
        if waits
        else "Alıcının etiketine gönderimden önce yeniden bakılır.",
        "The buyer is looked up in a new list before it is signed; it waits for that, but not for ever. If he has "
        "become an e-Fatura user it is not signed and its kontör come back."
        if waits
        else "The mailbox is looked up again before it is sent.",
        severity="warning",
    )


def kind_and_document_differ(wish: str, kinds: Sequence[DocumentKind]) -> Finding:
    """The kind asked for is not one the document can be."""
    possible = ", ".join(kind.value for kind in kinds)
    return finding(
        "EB-KIND",
        f"İstenen tür '{wish}', ama belge yalnız şu türde olabilir: {possible}.",
        f"The kind asked for is '{wish}', but the document can only be: {possible}.",
        "kind alanını düzeltin ya da 'auto' yazın.",
        "Correct `kind`, or write 'auto'.",
        path="kind",
    )


def profile_and_kind_differ(profile: str, kind: DocumentKind) -> Finding:
    """ProfileID says the other kind of invoice."""
    return finding(
        "EB-PROFILE",
        f"ProfileID {profile}, istenen tür {kind.heading} ile uyuşmuyor.",
        f"ProfileID {profile} does not go with the kind asked for, {kind.heading}.",
        "ProfileID'yi düzeltin (e-Arşiv: EARSIVFATURA) ya da kind için 'auto' yazın; GİB listesi belirler.",
        "Correct ProfileID (e-Arşiv: EARSIVFATURA), or write 'auto' for kind: GİB's list then decides both.",
        path="/Invoice/cbc:ProfileID",
    )


def buyer_is_registered(vkn_tckn: str) -> Finding:
    """An e-Arşiv invoice to a registered e-Fatura user is not lawful."""
    return finding(
        "EB-BUYER-REGISTERED",
        f"Alıcı {vkn_tckn} kayıtlı e-Fatura kullanıcısı; ona e-Arşiv Fatura düzenlenemez.",
        f"The buyer {vkn_tckn} is a registered e-Fatura user and cannot get an e-Arşiv invoice.",
        "Türü 'efatura' ya da 'auto' yapın.",
        "Set the kind to 'efatura' or 'auto'.",
        path="buyer",
    )


def buyer_is_not_registered(vkn_tckn: str) -> Finding:
    """An e-Fatura needs an open mailbox of its buyer."""
    return finding(
        "EB-BUYER-NOT-REGISTERED",
        f"Alıcı {vkn_tckn} GİB listesinde açık bir e-Fatura posta kutusuna sahip değil.",
        f"The buyer {vkn_tckn} has no open e-Fatura mailbox in GİB's list.",
        "Alıcının VKN/TCKN'sini kontrol edin; kayıtlı değilse türü 'earsiv' ya da 'auto' yapın.",
        "Check the buyer's VKN/TCKN; if he is not registered, set the kind to 'earsiv' or 'auto'.",
        path="buyer",
    )


def no_such_mailbox(wished: str, names: Sequence[str]) -> Finding:
    """The mailbox asked for is not open for this buyer."""
    return finding(
        "EB-RECEIVER-ALIAS",
        f"Alıcının '{wished}' adında açık bir posta kutusu yok.",
        f"The buyer has no open mailbox '{wished}'.",
        f"Açık olanlardan birini seçin: {', '.join(names[:10])}",
        f"Choose one that is open: {', '.join(names[:10])}",
        path="receiver_alias",
    )


def mailbox_chosen(names: Sequence[str], *, used: bool) -> Finding:
    """The buyer has several mailboxes and none was asked for (a warning). `used`: the first is that of last time."""
    return finding(
        "EB-RECEIVER-CHOSEN",
        f"Alıcının {len(names)} posta kutusu var; {names[0]} seçildi{' (en son kullandığınız)' if used else ''}.",
        f"The buyer has {len(names)} mailboxes; {names[0]} was chosen{', the one you used last' if used else ''}.",
        f"Başkası için alıcı etiketini verin: {', '.join(names[1:10])}",
        f"For another one give its alias: {', '.join(names[1:10])}",
        path="receiver_alias",
        severity="warning",
    )


def virtual_mailbox(vkn_tckn: str, box: str) -> Finding:
    """The recipient of a despatch is not registered (a warning)."""
    return finding(
        "EB-VIRTUAL-MAILBOX",
        f"Alıcı {vkn_tckn} kayıtlı e-İrsaliye kullanıcısı değil; belge GİB sanal posta kutusuna ({box}) gidecek.",
        f"The recipient {vkn_tckn} is no registered e-İrsaliye user; it goes to GİB's virtual mailbox ({box}).",
        "Malla birlikte belgenin çıktısını da gönderin.",
        "Send a printed copy with the goods.",
        path="receiver_alias",
        severity="warning",
    )


def profile_changed(old: str, new: str) -> Finding:
    """ "auto" wrote another profile into the client's XML (a warning)."""
    return finding(
        "EB-PROFILE-CHANGED",
        f"GİB listesine göre ProfileID {old} yerine {new} yazıldı.",
        f"By GİB's list, ProfileID {old} was replaced by {new}.",
        severity="warning",
        path="/Invoice/cbc:ProfileID",
    )


def ettn_changed(ettn: UUID) -> Finding:
    """A correction came with the ETTN of the document it replaces (a warning)."""
    return finding(
        "EB-ETTN-CHANGED",
        f"Düzeltme belgesi yeni bir ETTN aldı: {ettn}.",
        f"The correction got a new ETTN: {ettn}.",
        severity="warning",
        path="cbc:UUID",
    )


def no_email_address(inside: str) -> Finding:
    """What stands as the buyer's e-mail in the document is no address (a warning)."""
    return finding(
        "EB-EMAIL",
        f"Belgedeki e-posta adresi geçersiz: {inside[:80]}. Belge KAGIT olarak hazırlanır.",
        f"The e-mail address in the document is invalid: {inside[:80]}. The document goes on paper.",
        "Adresi düzeltin ya da buyer_email verin.",
        "Correct the address, or give buyer_email.",
        path="buyer.email",
        severity="warning",
    )


def internet_sale_left_out() -> Finding:
    """A draft tells of a sale over the internet, but its buyer gets an e-Fatura (a warning)."""
    return finding(
        "EB-INTERNET-SALE",
        "Alıcı e-Fatura mükellefi olduğu için belge e-Fatura oldu; internet satışı bilgileri e-Fatura'ya yazılmaz.",
        "The buyer is a registered user, so this is an e-Fatura; what was told of the internet sale is not in it.",
        "Yapmanız gereken bir şey yok; ödeme ve teslim bilgisi alıcıya gerekiyorsa not olarak yazın.",
        "Nothing needs to be done; if the buyer needs to know of payment and delivery, write it as a note.",
        path="internet_sale",
        severity="warning",
    )
