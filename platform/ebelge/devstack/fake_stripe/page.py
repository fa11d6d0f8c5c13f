"""The checkout page that a person can use: pay by card, pay by bank (later), go back. No script is needed."""

from collections.abc import Mapping
from html import escape
from typing import Any

from ebelge.devstack.fake_http.server import amount_text
from ebelge.devstack.fake_stripe.objects import CARDS

_STYLE = (
    "body{font:16px/1.5 system-ui,sans-serif;max-width:34rem;margin:3rem auto;padding:0 1rem;color:#1a1f36}"
    "select,button{font:inherit;padding:.5rem .8rem;width:100%;margin:.3rem 0 .8rem}"
    "button{border:0;border-radius:.4rem;background:#635bff;color:#fff;cursor:pointer}"
    "button.plain{background:#e7e8f3;color:#1a1f36}.note{color:#5b6b7c;font-size:.9rem}"
)


def checkout_page(session: Mapping[str, Any], name: str, *, message: str = "") -> bytes:
    """The page under the session's url."""
    number = escape(str(session["id"]))
    price = escape(amount_text(int(session["amount_total"]), str(session["currency"])))
    cards = "".join(f'<option value="{card}">{card} · {escape(what)}</option>' for card, (what, *_) in CARDS.items())
    return _page(
        "Ödeme (deneme)",
        f"""<p class="note">Bu, geliştirme ortamının deneme ödeme sayfasıdır; para hareketi olmaz.</p>
<h1>{escape(name)}</h1><p>Sipariş {escape(str(session["client_reference_id"]))} ·
<strong>{price}</strong></p>
{f'<p role="alert">{escape(message)}</p>' if message else ""}
<form method="post" action="/pay/{number}/card"><label for="card">Kart</label>
<select id="card" name="card">{cards}</select><button>Öde</button></form>
<form method="post" action="/pay/{number}/bank"><button class="plain">Bankadan öde (sonra gelir)</button></form>
<form method="post" action="/pay/{number}/cancel"><button class="plain">Vazgeç</button></form>""",
    )


def closed_page() -> bytes:
    """For a session that is unknown, paid or over."""
    return _page("Ödeme sayfası kapalı", "<h1>Ödeme sayfası kapalı</h1>")


def _page(title: str, body: str) -> bytes:
    return (
        f'<!doctype html><html lang="tr"><head><meta charset="utf-8"><title>{title}</title>'
        f'<meta name="viewport" content="width=device-width,initial-scale=1"><style>{_STYLE}</style></head>'
        f"<body><main>{body}</main></body></html>"
    ).encode()
