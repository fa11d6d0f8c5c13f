"""A reseller brings a customer: the owner accepts, secures the login, makes a key and sends the first document.

Everything goes through pages and forms as a browser without script sends them, and through the mails that arrive.
"""

from __future__ import annotations

import html
import re
import secrets
import subprocess
import time
from base64 import b32decode
from collections.abc import Callable
from typing import Any
from urllib.parse import urljoin

import requests
from cryptography.hazmat.primitives.hashes import SHA1
from cryptography.hazmat.primitives.twofactor.totp import TOTP

from ebelge.devstack import programs
from ebelge.devstack.demo.client import Client
from ebelge.devstack.demo.findings import Story
from ebelge.devstack.demo.place import Place
from ebelge.devstack.errors import StackError
from ebelge.ubl.examples import example_json, vkn
from ebelge.ubl.types import DocumentKind

STEP_S = 30
WAIT_S = 60.0
POLL_S = 0.3
PASSWORD = "mavi vapur iskelede 1923"
TITLE = "Yeni Müşteri Ltd. Şti."
_FIELD = re.compile(r'<input[^>]*type="hidden"[^>]*>')


class Browser:
    """A person at a browser without script."""

    def __init__(self, base_url: str) -> None:
        self._base, self._http = base_url, requests.Session()
        self._http.headers["Accept-Language"] = "en"

    @property
    def cookies(self) -> dict[str, str]:
        """What the browser keeps of us."""
        return dict(self._http.cookies)

    def open(self, path: str) -> str:
        """A page's text. :raises StackError: the page answers with an error."""
        return self._text(self._http.get(urljoin(self._base, path), timeout=30))

    def submit(self, path: str, page: str, **fields: Any) -> str:
        """Fill in the form on `page` that is sent to `path`, hidden fields and all; the page that it leads to."""
        form = re.search(rf'<form[^>]*action="{re.escape(path)}"[^>]*>(.*?)</form>', page, re.S)
        inside = form[1] if form else page
        hidden = {_of(tag, "name"): _of(tag, "value") for tag in _FIELD.findall(inside)}
        return self._text(self._http.post(urljoin(self._base, path), data=hidden | fields, timeout=30))

    def _text(self, answer: requests.Response) -> str:
        if not answer.ok:
            said = re.search(r"<h1>(.*?)</h1>", answer.text, re.S)
            raise StackError(f"{answer.request.method} {answer.url}: {answer.status_code} {said[1] if said else ''}")
        return answer.text


def come(place: Place, story: Story, tell: Callable[[str], None]) -> None:
    """The whole way of a new customer, from the reseller's form to a delivered document."""
    number = secrets.randbelow(40_000_000)
    seller_mail, owner_mail = f"selin{number}@ceren.example", f"ece{number}@yeni.example"
    seller = _reseller(place, seller_mail)
    page = seller.open("/reseller/onboard")
    customer = vkn(number)
    onboarded = seller.submit(
        "/reseller/onboard", page, vkn_tckn=customer, title=TITLE, tax_office="Kadıköy", district="Kadıköy",
        city="İstanbul", owner_email=owner_mail, language="en", services=["efatura", "earsiv"],
    )  # fmt: skip
    tell(f"Ceren's Selin onboarded {TITLE} ({customer}); its owner is invited by mail")
    story.check("A new customer is an applicant until its owner accepts", "Applied" not in onboarded)
    owner = Browser(place.base_url)
    _join(owner, place, owner_mail, "Ece Yeni")
    waiting = owner.open("/account/texts")
    texts = re.findall(r'name="seen" value="([^"]+)"', waiting)
    if texts:
        owner.submit("/account/texts", waiting, seen=texts)
    tell(f"The owner accepted the invitation and {len(texts)} texts")
    found = seller.open(f"/reseller/customers?q={customer}")
    story.check("With the owner's yes the account is active", ">Active<" not in found)
    app = _second_factor(owner)
    owner.submit("/sign-out", owner.open("/account"))
    page = owner.open("/sign-in")
    page = owner.submit("/sign-in", page, email=owner_mail, password=PASSWORD)
    story.check("The password alone lets nobody in", "/sign-in/factor" not in page)
    owner.submit("/sign-in/factor", page, code=_code(app, time.time() + STEP_S))
    tell("The owner set up a second factor, and signed in again with password and code")
    key = _key(owner)
    client = Client(place.base_url, key, title=TITLE, vkn=customer)
    row = client.send(example_json(DocumentKind.EARSIV, n=number % 97 + 1))
    row = client.follow([str(row["document_id"])], timeout_s=WAIT_S)[str(row["document_id"])]
    tell(f"With a test key of its own the customer sent {row['number']}: {row['state']}")
    story.check("The new customer's first document was delivered", row["state"] != "delivered")


def _reseller(place: Place, email: str) -> Browser:
    """One of Ceren's people, let in by the operator's command and her own mail."""
    command = [*programs.EBELGE, "members", "invite", place.reseller_vkn, email, "--role", "reseller_staff",
               "--language", "en", "--by", "demo"]  # fmt: skip
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    if done.returncode:
        raise StackError(f"`ebelge members invite` ended with {done.returncode}: {done.stderr.strip()[-300:]}")
    browser = Browser(place.base_url)
    _join(browser, place, email, "Selin Kaya")
    return browser


def _join(browser: Browser, place: Place, email: str, name: str) -> None:
    """Take the invitation that came by mail, with a login of one's own."""
    path = place.mails.link(email, r"/invitations/[A-Za-z0-9_-]{43}", timeout_s=WAIT_S)
    page = browser.open(path)
    browser.submit(f"{path}/new", page, full_name=name, password=PASSWORD)


def _second_factor(browser: Browser) -> bytes:
    """Set up an authenticator app; returns the key that it keeps."""
    page = browser.submit("/account/factors/totp/begin", browser.open("/account/factors"), password=PASSWORD)
    shown = re.search(r'<span class="mono">([A-Z2-7 \-]+)</span>', page)
    if shown is None:
        raise StackError("The page that sets up an authenticator app shows no key.")
    text = re.sub(r"[^A-Z2-7]", "", shown[1])
    app = b32decode(text + "=" * (-len(text) % 8))
    browser.submit("/account/factors/totp", page, code=_code(app, time.time()))
    return app


def _code(app: bytes, at: float) -> str:
    """What the app shows at an instant."""
    return TOTP(app, 6, SHA1(), STEP_S, enforce_key_length=False).generate(int(at)).decode()  # noqa: S303  # RFC 6238


def _key(browser: Browser) -> str:
    """Make a test key; its only showing is the answer."""
    page = browser.open("/settings/keys")
    scopes = ["documents:read", "documents:write", "billing:read"]
    made = browser.submit("/settings/keys", page, mode="test", name="ERP", scope=scopes, days="", addresses="")
    token = re.search(r"eb_test_[0-9a-f]{16}_[0-9a-f]{64}", made)
    if token is None:
        raise StackError("The page that makes a key shows none.")
    return token[0]


def _of(tag: str, name: str) -> str:
    found = re.search(rf'{name}="([^"]*)"', tag)
    return html.unescape(found[1]) if found else ""
