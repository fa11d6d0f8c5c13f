"""The words of letters to people who are invited, or whose place in an account has changed."""

from collections.abc import Callable, Mapping

from ebelge.notify.said import Facts, Reader, Words, minute


def _member_invited(facts: Facts, tr: bool) -> Words:
    company, by = str(facts["company"]), str(facts["by"])
    until = minute(str(facts["until"]))
    if tr:
        return Words(
            f"{company} sizi Ebelge hesabına davet ediyor",
            "Bir şirketin e-belge hesabında çalışmaya davet edildiniz. Hesabınız varsa giriş yaparak, yoksa "
            "bağlantıdaki sayfada hesap açarak kabul edebilirsiniz.",
            "Bağlantı yalnız bu adres içindir ve bir kez kullanılır. Şirketi tanımıyorsanız bu e-postayı dikkate "
            "almayın; siz kabul etmedikçe bir şey değişmez.",
            [("Şirket", company), ("Yetki", str(facts["role_tr"])), ("Davet eden", by), ("Geçerlilik", until)],
            "Daveti açın",
        )
    return Words(
        f"{company} invites you to its Ebelge account",
        "You are invited to work in a company's e-document account. Accept by signing in, or, if you have no account, "
        "by making one on the page behind the link.",
        "The link is for this address only and works once. If you do not know the company, please ignore this mail; "
        "nothing changes unless you accept.",
        [("Company", company), ("Role", str(facts["role_en"])), ("Invited by", by), ("Valid until", until)],
        "Open the invitation",
    )


KINDS: Mapping[str, Callable[[Facts, bool], Words]] = {"member_invited": _member_invited}
READERS: Mapping[str, Reader] = {"member_invited": "invited"}
