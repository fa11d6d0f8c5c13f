"""Every kind of document goes its whole way: signed, charged, delivered."""

import email
import email.policy

from ebelge.signing.verify import verify


def test_each_kind_arrives(world, ca):
    drafts = [world.draft(kind, n=index) for index, kind in enumerate(("efatura", "earsiv", "eirsaliye", "emm"))]
    ids = world.submit(*drafts)
    assert world.balance() == (996, 4)
    world.settle()
    documents = [world.document(document_id) for document_id in ids]
    assert [document.state for document in documents] == ["delivered"] * 4, world.waiting()
    assert world.balance() == (996, 0)
    assert world.charges() == {"captured": 4}
    for document in documents:
        signed = world.store.get(world.akin, document.ettn, "signed.xml")
        assert verify(signed, trust=[ca.certificate]).trusted
    assert [world.document(i).gib_code for i in ids] == [1300, None, 1300, None]
    assert world.rows("SELECT state, count(*) FROM report_line WHERE tenant_id = :akin GROUP BY state") == [
        ("pending", 2)
    ]
    assert world.events(ids[0]) == ["accepted", "signed", "sent", "delivered"]
    assert world.events(ids[1]) == ["accepted", "signed", "mail"]


def test_the_mail_carries_the_signed_document_and_the_link(world):
    before = {message["number"] for message in world.mail.messages()}
    (document_id,) = world.submit(world.draft("earsiv", n=3))
    world.settle()
    document = world.document(document_id)
    (listed,) = [message for message in world.mail.messages() if message["number"] not in before]
    assert listed["to"] == [document.buyer_email]
    message = email.message_from_bytes(world.mail.raw(listed["number"]), policy=email.policy.default)
    (attachment,) = message.iter_attachments()
    assert attachment.get_content() == world.store.get(world.akin, document.ettn, "signed.xml")
    assert attachment.get_filename() == f"{document.number}.xml"
    for kind in ("plain", "html"):
        assert f"https://belge.example/b/{document.link_token}" in message.get_body((kind,)).get_content()
    (mail_id,) = world.rows("SELECT mail_id FROM mail_delivery WHERE tenant_id = :akin")[0]
    assert message["Message-ID"] == f"<{mail_id}@ebelge.example>"


def test_without_an_address_the_document_goes_on_paper(world):
    draft = world.draft("earsiv", n=4)
    del draft["buyer"]["email"]
    (document_id,) = world.submit(draft)
    world.settle()
    document = world.document(document_id)
    assert (document.channel, document.state) == ("paper", "delivered")
    assert document.final_at is not None
    assert world.events(document_id) == ["accepted", "signed", "delivered"]
    assert world.charges() == {"captured": 1}
