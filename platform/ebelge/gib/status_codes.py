"""GİB's envelope status codes and SOAP fault codes: text, advised reaction, effect on kontör.

Codes and reactions: GİB, Sistem Yanıtı Şema Yapısı v1.5 (Nov 2017) and Yazılım Standartları v1.4, read
November 2026; the effect on kontör is the product's own rule (kept unless the document itself was refused).
The texts are ours: GİB's own come back in the answer and are stored beside the code.
"""

from dataclasses import dataclass
from enum import StrEnum


class Reaction(StrEnum):
    """What we do after an answer. One word per way to go on."""

    WAIT = "wait"  # ask again later, never send again
    DELIVERED = "delivered"  # final success
    DOCUMENT_ERROR = "document_error"  # final for this document: correct it
    SIGNATURE_ERROR = "signature_error"  # mend certificate or signer, sign again
    PACKAGING_ERROR = "packaging_error"  # our bug: same documents, new envelope id
    GIB_ERROR_RESEND_LATER = "gib_error_resend_later"  # their trouble: same documents, new envelope, later
    LOOK_UP_EARLIER = "look_up_earlier"  # already registered: ask for the earlier envelope first
    ACCOUNT_ERROR = "account_error"  # the sender's unit or mailbox is not authorised
    ADDRESS_ERROR = "address_error"  # refresh the user list, choose another alias
    USER_ACCOUNT_ERROR = "user_account_error"  # correct and send the user envelope again
    RESEND_ALLOWED = "resend_allowed"  # same signed document in a new envelope
    FINAL_CANCELLED = "final_cancelled"  # nothing more will happen
    UNCLEAR = "unclear"  # no known meaning: a person looks


class KontorEffect(StrEnum):
    """What an answer does to the captured kontör of the documents in the envelope."""

    KEEP = "keep"
    RETURN = "return"
    RETURN_IF_GIVEN_UP = "return_if_given_up"  # only when the user gives the delivery up


@dataclass(frozen=True, slots=True)
class StatusCode:
    """One envelope status. `final`: GİB will not change it by itself any more."""

    code: int
    text_tr: str
    text_en: str
    reaction: Reaction
    kontor: KontorEffect = KontorEffect.KEEP

    @property
    def final(self) -> bool:
        """True if asking again cannot bring another answer."""
        return self.reaction is not Reaction.WAIT

    @property
    def what_follows(self) -> tuple[str, str]:
        """What happens next by itself, or who has to act, in Turkish and English; may be empty."""
        return _FOLLOWS_CODE.get(self.code) or _FOLLOWS.get(self.reaction, ("", ""))


@dataclass(frozen=True, slots=True)
class FaultCode:
    """One SOAP fault. `stored`: GİB has the envelope nevertheless. `retry`: the same call may be repeated."""

    code: int
    text_tr: str
    text_en: str
    stored: bool = False
    retry: bool = False


_FOLLOWS: dict[Reaction, tuple[str, str]] = {
    Reaction.WAIT: ("Beklemeniz yeterli; GİB'e yeniden sorulacak.", "Nothing to do: GİB is asked again."),
    Reaction.DOCUMENT_ERROR: (
        "Kontör iade edildi; belgeyi düzeltip gönderin.", "The kontör came back; correct the document and send it."
    ),
    Reaction.SIGNATURE_ERROR: (
        "İmza sertifikası veya yetkisi düzeltilmeli; destek ekibi bilgilendirildi.",
        "Certificate or authority of the seal has to be mended.",
    ),
    Reaction.ACCOUNT_ERROR: (
        "GİB'deki hesabınız veya gönderici etiketiniz düzeltilmeli; sonra yeniden gönderin.",
        "Your account or sender alias at GİB has to be mended; then send it again.",
    ),
    Reaction.RESEND_ALLOWED: (
        "Aynı belge ücretsiz yeniden gönderilebilir.", "The same document may be sent again, free of charge."
    ),
    Reaction.UNCLEAR: ("Destek ekibi inceliyor.", "Support looks into it."),
}  # fmt: skip
_FOLLOWS_CODE: dict[int, tuple[str, str]] = {
    1210: (
        "GİB 2 saat arayla 4 kez yeniden dener; o zamana kadar yeniden gönderilmez.",
        "GİB tries 4 times, 2 hours apart; until then nothing is sent again.",
    ),
    1220: ("GİB alıcıya kendisi sorar; beklemeniz yeterli.", "GİB asks the receiver by itself; nothing to do."),
}
_R, _K = Reaction, KontorEffect
_TABLE = (
    StatusCode(1000, "Zarf kuyruğa alındı", "The envelope is queued", _R.WAIT),
    StatusCode(1100, "Zarf işleniyor", "The envelope is being processed", _R.WAIT),
    StatusCode(1110, "Gelen dosya zip değil", "The file is not a zip", _R.PACKAGING_ERROR),
    StatusCode(1111, "Zarf kimliğinin uzunluğu geçersiz", "The envelope id has a wrong length", _R.PACKAGING_ERROR),
    StatusCode(
        1120,
        "Zarf arşivden kopyalanamadı",
        "The envelope could not be copied from GİB's archive",
        _R.GIB_ERROR_RESEND_LATER,
    ),
    StatusCode(1130, "Zip açılamadı", "The zip could not be opened", _R.PACKAGING_ERROR),
    StatusCode(1131, "Zip içinde tek dosya olmalı", "The zip must hold exactly one file", _R.PACKAGING_ERROR),
    StatusCode(1132, "Zip içindeki dosya XML değil", "The file in the zip is not XML", _R.PACKAGING_ERROR),
    StatusCode(
        1133,
        "Zarf kimliği ile XML dosyasının adı farklı",
        "Envelope id and XML file name differ",
        _R.PACKAGING_ERROR,
    ),
    StatusCode(1140, "Zarf ayrıştırılamadı", "The envelope could not be parsed", _R.PACKAGING_ERROR),
    StatusCode(1141, "Zarf kimliği yok", "The envelope has no id", _R.PACKAGING_ERROR),
    StatusCode(
        1142,
        "Zarf kimliği ile zip dosyasının adı farklı",
        "Envelope id and zip file name differ",
        _R.PACKAGING_ERROR,
    ),
    StatusCode(1143, "Zarf sürümü geçersiz", "The envelope has a wrong version", _R.PACKAGING_ERROR),
    StatusCode(
        1150,
        "Belge şematron kurallarına uymuyor",
        "A document breaks the schematron rules",
        _R.DOCUMENT_ERROR,
        _K.RETURN,
    ),
    StatusCode(1160, "Belge XML şemasına uymuyor", "A document breaks the XML schema", _R.DOCUMENT_ERROR, _K.RETURN),
    StatusCode(1161, "İmzalayanın kimliği okunamadı", "The signer's id could not be read", _R.SIGNATURE_ERROR),
    StatusCode(1162, "İmza kaydedilemedi", "GİB could not store the signature", _R.GIB_ERROR_RESEND_LATER),
    StatusCode(
        1163,
        "Zarftaki fatura daha önce kaydedilmiş",
        "An invoice in the envelope is already registered",
        _R.LOOK_UP_EARLIER,
    ),
    StatusCode(
        1164,
        "Zarftaki belge daha önce kaydedilmiş",
        "A document in the envelope is already registered",
        _R.LOOK_UP_EARLIER,
    ),
    StatusCode(1170, "Yetki denetlenemedi", "GİB could not check the authority", _R.GIB_ERROR_RESEND_LATER),
    StatusCode(
        1171,
        "Gönderen birim yetkili değil",
        "The sending unit is not authorised",
        _R.ACCOUNT_ERROR,
        _K.RETURN_IF_GIVEN_UP,
    ),
    StatusCode(
        1172,
        "Posta kutusu yetkili değil",
        "The mailbox is not authorised",
        _R.ACCOUNT_ERROR,
        _K.RETURN_IF_GIVEN_UP,
    ),
    StatusCode(
        1175,
        "İmza yetkisi denetlenemedi",
        "GİB could not check the signer's authority",
        _R.GIB_ERROR_RESEND_LATER,
    ),
    StatusCode(1176, "İmzalayan yetkili değil", "The signer is not authorised", _R.SIGNATURE_ERROR),
    StatusCode(1177, "İmza geçersiz", "The signature is not valid", _R.SIGNATURE_ERROR),
    StatusCode(1180, "Adres denetlenemedi", "GİB could not check the address", _R.GIB_ERROR_RESEND_LATER),
    StatusCode(
        1181,
        "Alıcının adresi (etiketi) bulunamadı",
        "The receiver's address (alias) was not found",
        _R.ADDRESS_ERROR,
        _K.RETURN_IF_GIVEN_UP,
    ),
    StatusCode(1182, "Kullanıcı eklenemedi", "The user could not be added", _R.USER_ACCOUNT_ERROR),
    StatusCode(1183, "Kullanıcı çıkarılamadı", "The user could not be removed", _R.USER_ACCOUNT_ERROR),
    StatusCode(
        1190,
        "Sistem yanıtı hazırlanamadı",
        "The system response could not be prepared",
        _R.GIB_ERROR_RESEND_LATER,
    ),
    # Listed by GİB's schematron, without a text in the guides that were read.
    StatusCode(1191, "Anlamı yayımlanmamış yanıt", "An answer without a published meaning", _R.UNCLEAR),
    StatusCode(1195, "GİB sistem hatası", "A system error at GİB", _R.GIB_ERROR_RESEND_LATER),
    StatusCode(1200, "Zarf başarıyla işlendi", "The envelope was processed at this unit", _R.WAIT),
    # GİB itself tries again 4 times, 2 hours apart; a resend before 1215 is answered with 1163.
    StatusCode(
        1210,
        "Zarf alıcıya ulaştırılamadı, yeniden deneniyor",
        "Not delivered to the address yet; GİB is trying again",
        _R.WAIT,
    ),
    StatusCode(
        1215,
        "Zarf alıcıya ulaştırılamadı, denemeler bitti",
        "Could not be delivered; GİB's attempts are over",
        _R.RESEND_ALLOWED,
        _K.RETURN_IF_GIVEN_UP,
    ),
    StatusCode(1220, "Alıcıdan sistem yanıtı bekleniyor", "Waiting for the receiver's system response", _R.WAIT),
    StatusCode(
        1230,
        "Alıcı zarfı hatalı buldu",
        "The receiver's system answered with a failure",
        _R.RESEND_ALLOWED,
        _K.RETURN_IF_GIVEN_UP,
    ),
    StatusCode(1235, "Fatura iptal edildi", "The invoice was cancelled", _R.FINAL_CANCELLED),
    StatusCode(1300, "Başarıyla tamamlandı", "Completed", _R.DELIVERED),
)
STATUS_CODES: dict[int, StatusCode] = {row.code: row for row in _TABLE}

FAULT_CODES: dict[int, FaultCode] = {
    row.code: row
    for row in (
        FaultCode(2000, "Özet değerler eşit değil", "The hash does not match the file", retry=True),
        FaultCode(2001, "Bu zarf kimliği zaten var", "This envelope id already exists", stored=True),
        FaultCode(2002, "Zarf arşivlenemedi", "GİB could not archive the envelope", retry=True),
        FaultCode(2003, "Zarf kuyruğa konamadı", "GİB could not queue the envelope", retry=True),
        FaultCode(2004, "Zarf kimliği bulunamadı", "This envelope id is not known at GİB"),
        FaultCode(2005, "GİB sistem hatası", "A system error at GİB", retry=True),
        FaultCode(2006, "Zarf adı geçersiz", "The envelope's file name is not valid"),
        FaultCode(
            2007,
            "Gönderme ve sorgulama yetkisi geçici olarak kaldırıldı",
            "The right to send and to query is suspended",
            retry=True,
        ),
    )
}


def status_of(code: int) -> StatusCode:
    """The table's row for `code`; an unknown code is UNCLEAR and keeps the kontör (a person looks)."""
    return STATUS_CODES.get(code) or StatusCode(code, "Bilinmeyen durum kodu", "Unknown status code", Reaction.UNCLEAR)
