"""The checkout page that a person can use: choose a card, pay, be declined, walk away. No script is needed."""

from collections.abc import Mapping
from decimal import Decimal
from html import escape
from typing import Any

from ebelge.devstack.fake_http.server import amount_text
from ebelge.devstack.fake_iyzico.cards import CARDS

_STYLE = (
    "body{font:16px/1.5 system-ui,sans-serif;max-width:34rem;margin:3rem auto;padding:0 1rem;color:#1b2733}"
    "select,button{font:inherit;padding:.5rem .8rem;width:100%;margin:.3rem 0 .8rem}"
    "button{border:0;border-radius:.4rem;background:#1c64f2;color:#fff;cursor:pointer}"
    "button.plain{background:#e7ecf3;color:#1b2733}.note{color:#5b6b7c;font-size:.9rem}"
)


def checkout_page(token: str, form: Mapping[str, Any], *, message: str = "") -> bytes:
    """The page under paymentPageUrl."""
    request = form["request"]
    cards = "".join(
        f'<option value="{card.number}">{card.number} · {escape(card.what)}</option>' for card in CARDS.values()
    )
    counts = "".join(
        f'<option value="{count}">{"Tek çekim" if count == 1 else f"{count} taksit"}</option>'
        for count in request.get("enabledInstallments") or [1]
    )
    name = escape(str(request["basketItems"][0]["name"]))
    price = escape(amount_text(int(Decimal(request["paidPrice"]) * 100), str(request["currency"])))
    return _page(
        "Ödeme (deneme)",
        f"""<p class="note">Bu, geliştirme ortamının deneme ödeme sayfasıdır; para hareketi olmaz.</p>
<h1>{name}</h1><p>Sipariş {escape(str(request["basketId"]))} · <strong>{price}</strong></p>
{f'<p role="alert">{escape(message)}</p>' if message else ""}
<form method="post" action="/checkout/{escape(token)}/pay">
<label for="card">Kart</label><select id="card" name="card">{cards}</select>
<label for="installment">Taksit</label><select id="installment" name="installment">{counts}</select>
<label><input type="checkbox" name="save" value="1"> Kartımı sakla</label>
<button>Öde</button></form>
<form method="post" action="/checkout/{escape(token)}/decline"><button class="plain">Bankaya reddettir</button></form>
<form method="post" action="/checkout/{escape(token)}/leave"><button class="plain">Sayfadan ayrıl</button></form>""",
    )


def return_page(callback_url: str, token: str) -> bytes:
    """Sends the browser back by a form POST from another site, as iyzico does; by hand where scripts are off."""
    return _page(
        "Mağazaya dönülüyor",
        f"""<form id="back" method="post" action="{escape(callback_url)}">
<input type="hidden" name="token" value="{escape(token)}"><button>Mağazaya dön</button></form>
<script>document.getElementById("back").submit()</script>""",
    )


def left_page() -> bytes:
    """What a payer sees who walked away: nobody is told."""
    return _page(
        "Ödeme yapılmadı", "<h1>Ödeme yapılmadı</h1><p>Mağazaya haber verilmedi; sayfayı kapatabilirsiniz.</p>"
    )


def ended_page(message: str) -> bytes:
    """For a token that is unknown, used or over."""
    return _page("Ödeme sayfası kapalı", f"<h1>Ödeme sayfası kapalı</h1><p>{escape(message)}</p>")


def _page(title: str, body: str) -> bytes:
    return (
        f'<!doctype html><html lang="tr"><head><meta charset="utf-8"><title>{title}</title>'
        f'<meta name="viewport" content="width=device-width,initial-scale=1"><link rel="icon" href="data:,">'
        f"<style>{_STYLE}</style></head>"
        f"<body><main>{body}</main></body></html>"
    ).encode()
