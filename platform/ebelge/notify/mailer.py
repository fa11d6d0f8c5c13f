"""The mailer: hands letters to an SMTP server and says what its answer means."""

import smtplib
import ssl
from contextlib import suppress
from dataclasses import dataclass
from email.policy import SMTP, SMTPUTF8
from email.utils import formatdate
from typing import Literal

from ebelge.notify.letters import InvalidAddress, Letter

Result = Literal["taken", "refused", "deferred"]
_LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})


@dataclass(frozen=True, slots=True)
class Answer:
    """How a letter fared. `ours`: the server could not be reached at all, which says nothing of the recipient."""

    result: Result
    detail: str
    ours: bool = False


class Mailer:
    """One kept connection to our SMTP server; not for several threads."""

    def __init__(self, host: str, port: int, *, timeout_s: float, mail_from: str) -> None:
        self._host, self._port, self._timeout_s, self._from = host, port, timeout_s, mail_from
        self._smtp: smtplib.SMTP | None = None

    def send(self, letter: Letter) -> Answer:
        """Hand a letter over. 5xx for the recipient or the content: refused. 4xx, time-out, broken line: deferred.

        After a time-out the server may have taken the letter: sent again, it carries the same Message-ID.
        """
        try:
            message = letter.message(mail_from=self._from, date_header=formatdate(usegmt=True))
        except InvalidAddress as error:
            return Answer("refused", str(error))
        recipient = message["To"].addresses[0].addr_spec
        sender = message["From"].addresses[0].addr_spec
        utf8 = not recipient.isascii()
        try:
            smtp = self._connected()
        except (OSError, smtplib.SMTPException) as error:
            self.close()
            return Answer("deferred", f"{self._host}:{self._port}: {_words(error)}", ours=True)
        if utf8 and not smtp.has_extn("smtputf8"):
            return Answer("refused", "the server takes no addresses beyond ASCII")
        try:
            data = message.as_bytes(policy=SMTPUTF8 if utf8 else SMTP)
            return self._converse(smtp, sender, recipient, data, ["SMTPUTF8", "BODY=8BITMIME"] if utf8 else [])
        except (OSError, smtplib.SMTPException) as error:
            self.close()
            return Answer("deferred", _words(error))

    def close(self) -> None:
        """Give the connection up."""
        if self._smtp is not None:
            with suppress(OSError, smtplib.SMTPException):
                self._smtp.quit()
            self._smtp.close()
            self._smtp = None

    def _converse(self, smtp: smtplib.SMTP, sender: str, recipient: str, data: bytes, options: list[str]) -> Answer:
        code, text = smtp.mail(sender, options)
        if code != 250:
            # Our own address is refused: no fault of the recipient's, whatever the code.
            self._reset(smtp)
            return Answer("deferred", _reply(code, text))
        code, text = smtp.rcpt(recipient)
        if code not in (250, 251):
            self._reset(smtp)
            return Answer(_verdict(code), _reply(code, text))
        code, text = smtp.data(data)
        if code == 250:
            return Answer("taken", _reply(code, text))
        self._reset(smtp)
        return Answer(_verdict(code), _reply(code, text))

    def _connected(self) -> smtplib.SMTP:
        if self._smtp is not None:
            try:
                if self._smtp.noop()[0] == 250:
                    return self._smtp
            except (OSError, smtplib.SMTPException):
                pass
            self.close()
        smtp = smtplib.SMTP(self._host, self._port, timeout=self._timeout_s)
        self._smtp = smtp
        smtp.ehlo_or_helo_if_needed()
        if self._host not in _LOOPBACK and smtp.has_extn("starttls"):
            smtp.starttls(context=ssl.create_default_context())
            smtp.ehlo()
        return smtp

    def _reset(self, smtp: smtplib.SMTP) -> None:
        with suppress(OSError, smtplib.SMTPException):
            smtp.rset()


def _verdict(code: int) -> Result:
    return "refused" if 500 <= code <= 599 else "deferred"


def _reply(code: int, text: bytes) -> str:
    return f"{code} {' '.join(text.decode('utf-8', 'replace').split())}"[:500]


def _words(error: Exception) -> str:
    return f"{type(error).__name__}: {error}"[:500]
