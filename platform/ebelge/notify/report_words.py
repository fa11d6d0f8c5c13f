"""The words of letters about e-Arşiv reports."""

from collections.abc import Callable, Mapping
from datetime import date

from ebelge.notify.said import Facts, Words, count, minute


def _report_late(facts: Facts, tr: bool) -> Words:
    day, waiting = date.fromisoformat(facts["day"]), count(facts["documents"])
    until = minute(facts["due_at"])
    if tr:
        return Words(
            f"{day:%d.%m.%Y} e-Arşiv raporu henüz kabul edilmedi",
            f"{day:%d.%m.%Y} tarihli {waiting} kaydın e-Arşiv raporu GİB tarafından henüz kabul edilmedi.",
            "Rapor kendiliğinden yeniden gönderiliyor; işletmeci de haberdar. Belgeleriniz geçerli, sizin bir şey "
            "yapmanız gerekmez. Raporun durumunu Raporlar sayfasında görebilirsiniz.",
            [("Belge günü", f"{day:%d.%m.%Y}"), ("Bekleyen kayıt", waiting), ("Son an", until)],
        )
    return Words(
        f"The e-Arşiv report of {day:%d.%m.%Y} is not accepted yet",
        f"GİB has not accepted the e-Arşiv report of {day:%d.%m.%Y} with {waiting} entries yet.",
        "It goes on being sent by itself, and the operator knows. Your documents are valid and there is nothing for "
        "you to do. How it stands is shown on the page Reports.",
        [("Issue day", f"{day:%d.%m.%Y}"), ("Entries waiting", waiting), ("Due", until)],
    )


KINDS: Mapping[str, Callable[[Facts, bool], Words]] = {"report_late": _report_late}
