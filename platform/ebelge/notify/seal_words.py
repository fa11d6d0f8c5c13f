"""The words of letters about seals (one that ends, one that cannot sign) and about archives that are not stamped."""

from collections.abc import Callable, Mapping

from ebelge.notify.said import Facts, Words, day, minute, written


def _seal_ending(facts: Facts, tr: bool) -> Words:
    days, ends, whose, holder = facts["days"], day(facts["ends_at"]), str(facts["whose"]), str(facts["holder"])
    ours = whose == "operator"
    if tr:
        advice = (
            "Yenisini HSM'e yükleyip `ebelge seals add … --from` ile önceden tanımlayın; geçiş kendiliğinden olur."
            if ours
            else "Yeni mali mührünüzü şimdi Kamu SM'den isteyin; hazırlanması günler sürer. HSM'e yüklenince geçişi "
            "biz yaparız, önceki belgeleriniz doğrulanabilir kalır."
        )
        return Words(
            f"Mali mührün süresi {days} gün içinde bitiyor",
            f"Belgelerinizi imzalayan mali mührün sertifikası {ends} günü bitiyor. Yenisi tanımlanmazsa o günden sonra "
            "belge imzalanamaz.",
            advice,
            [("Mühür", holder), ("Son gün", ends)],
        )
    advice = (
        "Put the new one into the HSM and enter it ahead with `ebelge seals add … --from`; it takes over by itself."
        if ours
        else "Order your new seal from Kamu SM now; it takes days. Once it is in the HSM we change over to it, and "
        "earlier documents can still be verified."
    )
    return Words(
        f"Your seal ends within {days} days",
        f"The certificate of the seal that signs your documents ends on {ends}. Without a new one nothing can be "
        "signed after that day.",
        advice,
        [("Seal", holder), ("Last day", ends)],
    )


def _seal_trouble(facts: Facts, tr: bool) -> Words:
    since, holder = minute(facts["since"]), str(facts["holder"])
    if tr:
        return Words(
            "Mali mühür imzalayamıyor; belgeler bekliyor",
            "Bu mührün imzalayacağı belgeler kabul ediliyor ve kaybolmadan bekliyor; kontörleri ayrılmış durumda.",
            "Neden giderilince belgeler kendiliğinden imzalanır. Ayrıntı: `ebelge seals list`.",
            [("Mühür", holder), ("Başlangıç", since), ("Neden", str(facts["text_tr"]))],
        )
    return Words(
        "A seal cannot sign; documents wait",
        "Documents that this seal signs are accepted and wait, none is lost; their kontör are held.",
        "They are signed by themselves once the reason is gone. Details: `ebelge seals list`.",
        [("Seal", holder), ("Since", since), ("Reason", str(facts["text_en"]))],
    )


def _stamps_late(facts: Facts, tr: bool) -> Words:
    count, since = str(facts["count"]), written(facts["since"])
    if tr:
        return Words(
            "Arşivin zaman damgası gecikti",
            f"{count} hesap gününün arşivi henüz zaman damgalanmadı.",
            "Makamın yanıtına bakın: `ebelge stamps list`. Damga alınınca gecikme kendiliğinden kapanır.",
            [("En eski gün", since), ("Son sorun", str(facts["reason"]) or "-")],
        )
    return Words(
        "The archive's time stamps are late",
        f"{count} account days of the archive have no time stamp yet.",
        "See what the time-stamping authority answers: `ebelge stamps list`. It catches up by itself.",
        [("Oldest day", since), ("Last trouble", str(facts["reason"]) or "-")],
    )


KINDS: Mapping[str, Callable[[Facts, bool], Words]] = {
    "seal_ending": _seal_ending,
    "seal_trouble": _seal_trouble,
    "stamps_late": _stamps_late,
}
