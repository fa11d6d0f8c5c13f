"""A person at a browser without script: opens pages, fills in their forms."""

import html
import re
from dataclasses import dataclass
from uuid import UUID

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

PASSWORD = "kırmızı bisiklet 42"
_TOKEN = re.compile(r'name="csrf_token" value="([^"]+)"')


@dataclass
class Browser:
    """One signed-in person."""

    client: FlaskClient
    person_id: UUID
    tenant_id: UUID
    language: str = "en"

    def open(self, path: str, status: int = 200) -> str:
        """The text of a page."""
        answer = self.get(path)
        assert answer.status_code == status, answer.get_data(as_text=True)[-2000:]
        return answer.get_data(as_text=True)

    def get(self, path: str) -> TestResponse:
        """A page as it comes."""
        return self.client.get(path, headers={"Accept-Language": self.language})

    def submit(self, path: str, *, form: str, status: int = 303, **fields: object) -> str:
        """Send a form that stands on the page `form` to `path`; where it led, or the page that refused."""
        page = self.get(form).get_data(as_text=True)
        token = _TOKEN.search(page)
        assert token, page[-2000:]
        answer = self.client.post(
            path,
            data={"csrf_token": html.unescape(token[1]), **fields},
            headers={"Accept-Language": self.language},
            content_type="multipart/form-data",
        )
        assert answer.status_code == status, answer.get_data(as_text=True)[-3000:]
        return answer.headers.get("Location") or answer.get_data(as_text=True)
