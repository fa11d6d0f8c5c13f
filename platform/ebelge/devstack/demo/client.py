"""The API as a client uses it: send, correct, follow, look at kontör."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import requests

FINAL = frozenset({"delivered", "undelivered", "refused", "given_up", "withdrawn", "failed", "cancelled"})
_PAGE = 100
_POLL_S = 0.4

Json = dict[str, Any]


class Refused(Exception):
    """The API answered with a problem; `problem` is its body."""

    def __init__(self, status: int, problem: Json) -> None:
        detail = problem.get("detail") or problem.get("title") or ""
        super().__init__(f"{status} {problem.get('code', '')}: {detail}")
        self.status, self.problem = status, problem


@dataclass(frozen=True)
class Kontor:
    """An account's kontör: what can be spent, what is reserved, and each lot by its id."""

    spendable: int
    held: int
    lots: dict[str, Json]


class Client:
    """One account's key on one instance."""

    def __init__(self, base_url: str, key: str, *, title: str = "", vkn: str = "", language: str = "en") -> None:
        self.base_url, self.title, self.vkn = base_url.rstrip("/"), title, vkn
        self._api = f"{self.base_url}/api/v1"
        self._http = requests.Session()
        self._http.headers.update({"Authorization": f"Bearer {key}", "Accept-Language": language})

    def send(self, content: Json | bytes, *, key: str | None = None, path: str = "/documents", **wishes: str) -> Json:
        """Send one document, JSON or XML. `key`: its Idempotency-Key, new when absent. :raises Refused: a problem."""
        headers = {"Idempotency-Key": key or uuid4().hex}
        if isinstance(content, bytes):
            headers["Content-Type"] = "application/xml"
            answer = self._http.post(self._api + path, params=wishes, data=content, headers=headers, timeout=60)
        else:
            answer = self._http.post(self._api + path, params=wishes, json=content, headers=headers, timeout=60)
        return _body(answer)

    def send_many(self, drafts: Iterable[Json], *, key: str | None = None) -> list[Json]:
        """Send many drafts at once, all or none. :raises Refused: a problem."""
        body = {"documents": [{"draft": draft} for draft in drafts]}
        headers = {"Idempotency-Key": key or uuid4().hex}
        answer = self._http.post(f"{self._api}/documents/bulk", json=body, headers=headers, timeout=120)
        return list(_body(answer)["documents"])

    def correct(self, document_id: str, draft: Json) -> Json:
        """Correct a refused document. :raises Refused: a problem."""
        return self.send(draft, path=f"/documents/{document_id}/correct")

    def document(self, document_id: str) -> Json:
        """A document as it stands."""
        return self.get(f"/documents/{document_id}")

    def events(self, document_id: str) -> list[Json]:
        """Its timeline, oldest first."""
        return list(self.get(f"/documents/{document_id}/events")["items"])

    def signed_xml(self, document_id: str) -> bytes:
        """The sealed original."""
        answer = self._http.get(f"{self._api}/documents/{document_id}/xml", timeout=30)
        if not answer.ok:
            _body(answer)
        return answer.content

    def all_documents(self) -> dict[str, Json]:
        """Every document of the account, by id."""
        return {row["document_id"]: row for row in self._all("/documents")}

    def series(self) -> dict[str, str | None]:
        """Last number of each series, by its letters."""
        return {row["prefix"]: row["last_number"] for row in self.get("/series")["items"]}

    def kontor(self) -> Kontor:
        """Balance and lots."""
        balance = self.get("/balance")
        return Kontor(balance["spendable"], balance["held"], {row["lot_id"]: row for row in self._all("/lots")})

    def follow(
        self,
        document_ids: Iterable[str],
        *,
        timeout_s: float,
        tell: Callable[[int, int], None] = lambda done, total: None,
        each: Callable[[], None] = lambda: None,
    ) -> dict[str, Json]:
        """Wait until all are final; returns them as they are then, final or not. `tell` hears how many are.

        `each` is called at every look (a test keeps its servers alive there). An instance that is away is waited for.
        """
        wanted = set(document_ids)
        deadline = time.monotonic() + timeout_s
        found: dict[str, Json] = {}
        while True:
            each()
            try:
                found = self._newest(wanted)
            except (requests.RequestException, Refused) as error:
                if isinstance(error, Refused) and error.status < 500:
                    raise
            final = sum(row["state"] in FINAL for row in found.values())
            tell(final, len(wanted))
            if final == len(wanted) or time.monotonic() > deadline:
                return found
            time.sleep(_POLL_S)

    def get(self, path: str, **query: str | int) -> Json:
        """A GET of the API. :raises Refused: a problem."""
        return _body(self._http.get(self._api + path, params=query, timeout=30))

    def _newest(self, wanted: set[str]) -> dict[str, Json]:
        """The documents wanted, from the newest pages down to the last of them."""
        found: dict[str, Json] = {}
        cursor = ""
        while len(found) < len(wanted):
            page = self.get("/documents", limit=_PAGE, **({"cursor": cursor} if cursor else {}))
            found |= {row["document_id"]: row for row in page["items"] if row["document_id"] in wanted}
            cursor = page["next_cursor"] or ""
            if not cursor:
                break
        return found

    def _all(self, path: str) -> list[Json]:
        rows: list[Json] = []
        cursor = ""
        while True:
            page = self.get(path, limit=_PAGE, **({"cursor": cursor} if cursor else {}))
            rows += page["items"]
            cursor = page["next_cursor"] or ""
            if not cursor:
                return rows


def _body(answer: requests.Response) -> Json:
    try:
        body: Json = answer.json()
    except requests.JSONDecodeError:
        body = {"code": f"http_{answer.status_code}", "detail": answer.text[:200]}
    if not answer.ok:
        raise Refused(answer.status_code, body)
    return body
