"""Letters: the words and looks of a mail, Turkish first, English below, as plain text and HTML."""

from dataclasses import dataclass
from datetime import date
from email.errors import MessageError
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from functools import cache
from uuid import UUID

from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape

from ebelge.core.money import lira_text
from ebelge.notify.said import Language, Reader, Words

HEADINGS: dict[str, tuple[str, str]] = {
    "efatura": ("e-Fatura", "e-Invoice"),
    "earsiv": ("e-Arşiv Fatura", "e-Archive invoice"),
    "eirsaliye": ("e-İrsaliye", "e-Despatch advice"),
    "emm": ("e-Müstahsil Makbuzu", "e-Producer receipt"),
    "esmm": ("e-Serbest Meslek Makbuzu", "e-SMM receipt"),
}
_TITLE_MAX = 120


class InvalidAddress(ValueError):
    """The recipient's address cannot be written into a mail."""


@dataclass(frozen=True, slots=True)
class Letter:
    """A mail without its sender: the mailer adds From, Date and Message-ID."""

    mail_id: UUID
    recipient: str
    subject: str
    sender_title: str
    reply_to: str
    text: str
    html: str
    attachment: bytes = b""
    file_name: str = ""
    pdf: bytes = b""

    def message(self, *, mail_from: str, date_header: str) -> EmailMessage:
        """The mail as it goes over the wire. :raises InvalidAddress: the recipient's address is none."""
        message = EmailMessage(policy=SMTP)
        sender = _address(mail_from)
        name = f"{_one_line(self.sender_title)} · Ebelge" if self.sender_title else "Ebelge"
        message["From"] = Address(name, sender.username, sender.domain)
        message["To"] = _address(self.recipient)
        if self.reply_to:
            message["Reply-To"] = _address(self.reply_to)
        message["Subject"] = self.subject
        message["Date"] = date_header
        # The same mail sent again (its answer was lost) is the same message to every mail server.
        message["Message-ID"] = f"<{self.mail_id}@{sender.domain}>"
        message["Auto-Submitted"] = "auto-generated"
        message.set_content(self.text)
        message.add_alternative(self.html, subtype="html")
        if self.attachment:
            message.add_attachment(self.attachment, maintype="application", subtype="xml", filename=self.file_name)
        if self.pdf:
            name = f"{self.file_name.removesuffix('.xml')}.pdf"
            message.add_attachment(self.pdf, maintype="application", subtype="pdf", filename=name)
        return message


def link(base_url: str, token: str) -> str:
    """Address of a document's page for whoever holds its token."""
    return f"{base_url.rstrip('/')}/b/{token}"


def document_letter(
    *,
    mail_id: UUID,
    recipient: str,
    sender_title: str,
    sender_email: str,
    buyer_title: str,
    kind: str,
    number: str,
    issue_date: date,
    payable_kurus: int,
    currency: str,
    link: str,
    sandbox: bool,
    attachment: bytes,
    pdf: bytes = b"",
) -> Letter:
    """The letter that brings a signed document to its buyer; `payable_kurus` 0 shows no amount. `pdf`: goes with the
    XML where the sender wishes it."""
    heading_tr, heading_en = HEADINGS[kind]
    amount = f"{lira_text(payable_kurus)} {'TL' if currency == 'TRY' else currency}" if payable_kurus else ""
    facts = {
        "sender": _one_line(sender_title),
        "buyer": _one_line(buyer_title),
        "heading_tr": heading_tr,
        "heading_en": heading_en,
        "number": number,
        "day": issue_date.strftime("%d.%m.%Y"),
        "amount": amount,
        "link": link,
        "sandbox": sandbox,
        "can_reply": bool(sender_email),
        "file_name": f"{number}.xml",
    }
    mark = "[TEST] " if sandbox else ""
    return Letter(
        mail_id=mail_id,
        recipient=recipient,
        subject=f"{mark}{_one_line(sender_title)}: {heading_tr} {number}",
        sender_title=sender_title,
        reply_to=sender_email,
        text=_templates().get_template("document.txt").render(facts),
        html=_templates().get_template("document.html").render(facts),
        attachment=attachment,
        file_name=f"{number}.xml",
        pdf=pdf,
    )


def notice_letter(
    *,
    mail_id: UUID,
    recipient: str,
    tenant_title: str,
    language: Language,
    says: Words,
    other: Words,
    link: str,
    sandbox: bool,
    reader: Reader = "account",
) -> Letter:
    """A letter whole in the reader's language, in short in the other one. Without a title it greets nobody by name:
    what a stranger typed into a form is never sent on."""
    facts = {
        "reader": reader,
        "language": language,
        "title": _one_line(tenant_title),
        "says": says,
        "other": other,
        "link": link,
        "sandbox": sandbox,
    }
    return Letter(
        mail_id=mail_id,
        recipient=recipient,
        subject=("[TEST] " if sandbox else "") + _one_line(says.subject),
        sender_title="",
        reply_to="",
        text=_templates().get_template("notice.txt").render(facts),
        html=_templates().get_template("notice.html").render(facts),
    )


def _one_line(text: str) -> str:
    """`text` without line breaks and control characters, short enough for a header."""
    line = " ".join("".join(letter if letter.isprintable() else " " for letter in text).split())
    return line if len(line) <= _TITLE_MAX else line[: _TITLE_MAX - 1] + "…"


def _address(text: str) -> Address:
    """One plain address out of "Name <a@b>" or "a@b". :raises InvalidAddress: it is none, or more than one."""
    bare = text.rpartition("<")[2].removesuffix(">").strip() if text.endswith(">") else text.strip()
    try:
        address = Address(addr_spec=bare)
    except (ValueError, IndexError, MessageError) as error:
        raise InvalidAddress(f"not a mail address: {text[:80]!r}") from error
    if not address.username or not address.domain or not bare.isprintable() or " " in bare:
        raise InvalidAddress(f"not a mail address: {text[:80]!r}")
    return address


@cache
def _templates() -> Environment:
    return Environment(
        loader=PackageLoader("ebelge.notify"),
        autoescape=select_autoescape(["html"]),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
