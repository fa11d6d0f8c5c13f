"""What is refused where people are let in, and why."""

from ebelge.core.errors import Conflict, DomainError


class RoleRefused(DomainError):
    """The role does not exist in this kind of tenant, or whoever gives it has less than it."""

    code, http_status = "role_refused", 403
    title_tr, title_en = "Bu yetki verilemez", "This role cannot be given"
    advice_tr = "Hiçbir şey değiştirilmedi."
    advice_en = "Nothing was changed."


class LastHead(Conflict):
    """A tenant keeps one person at least who may manage it."""

    code = "last_head"
    title_tr, title_en = "Hesapta en az bir yetkili kalmalı", "An account keeps one head at least"

    def __init__(self) -> None:
        super().__init__(
            "Bu kişi hesabın son yetkilisi; ayrılamaz, çıkarılamaz, yetkisi düşürülemez. Hiçbir şey değiştirilmedi. "
            "Önce bir başkasına aynı yetkiyi verin.",
            "This is the last person who may manage the account: he can neither leave nor be removed nor get a lesser "
            "role. Nothing was changed. Give the same role to somebody else first.",
        )


class AlreadyMember(Conflict):
    """The person is a member of the tenant already."""

    code = "already_member"
    title_tr, title_en = "Bu kişi zaten kullanıcı", "This person is a member already"


class NotMember(DomainError):
    """The person is no member of the tenant, or is no more (also where there is no such person)."""

    code, http_status = "not_found", 404
    title_tr, title_en = "Kullanıcı bulunamadı", "There is no such member"


class InvitationGone(DomainError):
    """The link was used, revoked, replaced or never existed, or its time is over: which of these is not told."""

    code, http_status = "invitation_gone", 404
    title_tr, title_en = "Bu davet artık geçerli değil", "This invitation is no longer valid"

    def __init__(self) -> None:
        super().__init__(
            "Bağlantı kullanılmış, geri alınmış ya da süresi dolmuş olabilir. Davet edenden yenisini isteyin.",
            "The link may have been used or withdrawn, or its time may be over. Ask whoever invited you for a new one.",
        )


class OtherAddress(DomainError):
    """The invitation was sent to another address than the one that is signed in."""

    code, http_status = "invitation_for_other_address", 403
    title_tr, title_en = "Bu davet başka bir adrese gönderildi", "This invitation was sent to another address"
    advice_tr = "Davet bekliyor. Çıkış yapıp davetin geldiği e-posta adresiyle giriş yapın."
    advice_en = "The invitation is kept. Sign out, then sign in with the address that it came to."
