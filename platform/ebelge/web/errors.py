"""Errors on pages: what happened, what was kept, what to do, and the request's id; never a trace."""

from http import HTTPStatus
from typing import Any, Final

from flask import Flask, Response, request

from ebelge.core.findings import Language
from ebelge.edge import sign_in
from ebelge.edge.people import READING
from ebelge.edge.problems import ERROR_PAGE
from ebelge.web.public import page

_Side = tuple[str, str]
# status -> what happened (where the refusal itself does not say it), and what to do
_SAYS: Final[dict[int, tuple[_Side, _Side]]] = {
    400: (
        (
            "Gönderilen bilgilerin bir bölümü eksik ya da okunamıyor.",
            "A part of what was sent is missing or unreadable.",
        ),
        ("Geri dönüp alanları denetleyin ve yeniden gönderin.", "Go back, check the fields and send again."),
    ),
    402: (
        ("Kullanılabilir kontör bu işe yetmiyor.", "There is not enough kontör for this."),
        ("Kontör alıp yineleyin.", "Buy kontör and try again."),
    ),
    403: (
        ("Bu sayfa ya da işlem rolünüze açık değil.", "This page or deed is not open to your role."),
        (
            "Şirketin yetkilisine danışın; iş başka bir şirketteyse önce o şirkete geçin.",
            "Ask the company's owner; if it belongs to another company, switch to that one first.",
        ),
    ),
    404: (
        (
            "Bu adreste bir kayıt yok ya da kayıt seçili şirkete ait değil.",
            "There is nothing at this address, or it belongs to another company.",
        ),
        (
            "Adresi denetleyin, doğru şirketi seçin ya da ana sayfadan başlayın.",
            "Check the address, choose the right company, or start from the first page.",
        ),
    ),
    405: (
        ("Bu adres yalnız sayfadaki bir düğmeyle açılır.", "This address is opened by a button on a page only."),
        ("Önceki sayfaya dönüp düğmeyi kullanın.", "Go back to the page before and use its button."),
    ),
    409: (
        (
            "Kayıt siz bakarken değişmiş ya da bu adıma uygun durumda değil.",
            "It has changed while you were looking, or this step does not fit its state.",
        ),
        ("Sayfayı yenileyip son durumuna bakın.", "Reload the page and see how it stands now."),
    ),
    413: (
        ("Gönderilen dosya ya da form izin verilenden büyük.", "The file or form is larger than what is taken."),
        ("Dosyayı küçültün ya da bölüp parça parça yükleyin.", "Make the file smaller, or send it in parts."),
    ),
    429: (
        ("Bağlantınızdan kısa sürede çok fazla istek geldi.", "Your connection asked too often in a short time."),
        ("Bir dakika bekleyip yineleyin.", "Wait a minute and try again."),
    ),
    500: (
        ("Sunucuda bir hata oldu ve kaydedildi.", "An error occurred on our side and was recorded."),
        (
            "Yineleyin; sürerse aşağıdaki istek numarasıyla bize yazın.",
            "Try again; if it stays, write to us with the request id below.",
        ),
    ),
    503: (
        ("Sunucu şu an yoğun.", "The server is busy just now."),
        ("Birkaç saniye sonra yineleyin.", "Try again in a few seconds."),
    ),
}
_KEPT: Final[_Side] = ("Hiçbir şey değiştirilmedi.", "Nothing was changed.")
_UNDONE: Final[_Side] = (
    "Yarım kalan işlem geri alındı; önceki kayıtlarınız duruyor.",
    "What was half done was taken back; all that you had before is there.",
)


def register(app: Flask) -> None:
    """Show errors outside the API as pages."""
    app.extensions[ERROR_PAGE] = error_page


def error_page(problem: dict[str, Any], language: Language) -> Response:
    """The problem as a page."""
    side = 0 if language == "tr" else 1
    return page(
        "error.html",
        problem=problem,
        sentences=_sentences(problem, side),
        home="/home" if sign_in.may_be_signed_in() else "/",
    )


def _sentences(problem: dict[str, Any], side: int) -> list[str]:
    """What happened, what was kept, what to do. A refusal that says more than one sentence itself says all of it."""
    status, said = int(problem.get("status", 400)), str(problem.get("detail") or "")
    what, todo = _SAYS.get(status, _SAYS[400])
    if status == HTTPStatus.INTERNAL_SERVER_ERROR:
        return [what[side], _UNDONE[side], todo[side]]
    if ". " in said:
        return [said]
    kept = [] if request.method in READING else [_KEPT[side]]
    return [said or what[side], *kept, todo[side]]
