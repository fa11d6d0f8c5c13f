"""Where somebody goes on who was refused: the page that removes the obstacle, by the code of the refusal."""

from typing import Final

from flask import current_app, url_for

from ebelge.edge import access
from ebelge.edge.languages import language
from ebelge.edge.people import member

# code -> endpoint of the page, and the words of its link; the first that is open to the person. Who may not buy sees
# the packages and nothing to press, so buying is asked for by its deed, whose path is the page's.
_WAYS: Final[dict[str, tuple[tuple[str, tuple[str, str]], ...]]] = {
    "insufficient_kontor": (
        ("kontor_buying.buy", ("Kontör alın", "Buy kontör")),
        ("kontor_pages.show", ("Kontör sayfasını açın", "Open the kontör page")),
        ("prices.show", ("Paketlere bakın", "See the packages")),
    ),
    "texts_outstanding": (("texts.mine", ("Metinleri okuyup onaylayın", "Read and accept the texts")),),
    "service_not_active": (("service_pages.show", ("Hizmetlerin durumuna bakın", "See where the services stand")),),
    "sender_alias_missing": (("service_pages.show", ("Hizmetlerin durumuna bakın", "See where the services stand")),),
    "tenant_not_active": (("enquiries.contact_form", ("Bize yazın", "Write to us")),),
    "not_correctable": (("portal_documents.index", ("Belgelere dönün", "Back to the documents")),),
}


# These lead back by `next` to where one was refused.
_LEAD_BACK: Final = frozenset({"texts.mine"})


def way_out(code: str, *, back: str | None = None) -> tuple[str, str] | None:
    """Address and words of the way out; None where there is none to offer. `back`: the path to come back to after."""
    side = 0 if language() == "tr" else 1
    for endpoint, words in _WAYS.get(code, ()):
        needed = access.needed_right(current_app, endpoint)
        if needed is None or needed in member().rights:
            return url_for(endpoint, next=back if endpoint in _LEAD_BACK else None), words[side]
    return None
