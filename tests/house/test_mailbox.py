"""The mail sink: real SMTP in, files and a page out, and refusals to order."""

import json
import smtplib
import sys
from email.message import EmailMessage

import pytest
import requests

BUYER = "satinalma@bora.example"


@pytest.fixture
def ports(tmp_path, start):
    command = [sys.executable, "-m", "ebelge.devstack.mailbox", "--dir", str(tmp_path / "mail")]
    child = start([*command, "--announce", str(tmp_path / "ports.json")])
    ports = json.loads(child.stdout.readline())
    assert json.loads((tmp_path / "ports.json").read_text()) == ports
    return ports


@pytest.fixture
def page(ports):
    return f"http://127.0.0.1:{ports['http']}"


def send(ports, to=BUYER):
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = "belge@ebelge.example", to, "e-Arşiv faturanız: ĞÜŞİÖÇ"
    message.set_content("Faturanız ektedir.")
    message.add_alternative("<p>Faturanız <b>ektedir</b>.</p>", subtype="html")
    message.add_attachment(b"<Invoice/>", maintype="application", subtype="xml", filename="fatura.xml")
    with smtplib.SMTP("127.0.0.1", ports["smtp"], timeout=10) as server:
        server.send_message(message)


def test_a_mail_is_kept_as_it_came_and_can_be_read(ports, page, tmp_path):
    send(ports)
    (row,) = requests.get(f"{page}/messages", timeout=10).json()
    assert row["to"] == [BUYER]
    assert row["subject"] == "e-Arşiv faturanız: ĞÜŞİÖÇ"
    assert row["attachments"] == ["fatura.xml"]
    assert (tmp_path / "mail" / "1.eml").read_bytes().startswith(b"X-Envelope-From: belge@ebelge.example\r\n")
    assert "ektedir" in requests.get(f"{page}/messages/1/html", timeout=10).text
    assert "e-Arşiv faturanız" in requests.get(page, timeout=10).text


@pytest.mark.parametrize(("answer", "code"), [("refuse", 550), ("defer", 451)])
def test_a_recipient_can_be_refused_or_put_off(ports, page, answer, code):
    requests.put(f"{page}/rules", json={"recipient": BUYER, "answer": answer, "times": 1}, timeout=10)
    with pytest.raises(smtplib.SMTPRecipientsRefused) as refusal:
        send(ports)
    assert refusal.value.recipients[BUYER][0] == code
    send(ports)  # the rule was for one time
    assert len(requests.get(f"{page}/messages", timeout=10).json()) == 1
    assert requests.get(f"{page}/attempts/{BUYER}", timeout=10).json() == 2


def test_the_connection_can_be_dropped(ports, page):
    requests.put(f"{page}/rules", json={"recipient": BUYER, "answer": "drop"}, timeout=10)
    with pytest.raises(smtplib.SMTPServerDisconnected):
        send(ports)
    requests.delete(f"{page}/rules", timeout=10)
    send(ports)


def test_an_order_that_makes_no_sense_is_refused(page):
    assert requests.put(f"{page}/rules", json={"answer": "explode"}, timeout=10).status_code == 400
    assert requests.get(f"{page}/messages/7", timeout=10).status_code == 404
