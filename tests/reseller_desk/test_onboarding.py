"""A reseller onboards customers: an account, its sandbox and the owner's invitation, together or not at all."""

import pytest

from billing.resellers import contracts
from ebelge.core.db import set_tenant
from ebelge.jobs import customer_onboarding as desk
from ebelge.onboarding import customers
from ebelge.onboarding.customer_sheet import NewCustomer
from ebelge.onboarding.customers import AlreadyYours, HasAccount, MayNotOnboard
from tenants.accounts import Identity
from tenants.audit import entries
from tenants.members import invitations
from tenants.people.persons import InvalidPerson
from tests.reseller_desk.newcomers import WHO, someone


def test_account_sandbox_and_invitation_come_together(shop, trade, ece) -> None:
    made = desk.onboard(ece, someone(services=("efatura",)), actor=WHO)
    (tenant,) = trade.rows(made.tenant_id, "SELECT * FROM tenant")
    assert (tenant.state, tenant.reseller_id, tenant.kind) == ("applied", ece, "customer")
    (sandbox,) = trade.rows(made.sandbox_id, "SELECT * FROM tenant")
    assert (sandbox.state, sandbox.live_tenant_id) == ("active", made.tenant_id)
    services = {row.service: row.state for row in trade.rows(made.tenant_id, "SELECT * FROM service")}
    assert (services["efatura"], services["earsiv"]) == ("checklist", "not_wanted")
    (offer,) = trade.rows(made.tenant_id, "SELECT * FROM invitation")
    assert (offer.role, offer.invited_by_name) == ("owner", "Ece Ltd.")
    (letter,) = trade.rows(made.tenant_id, "SELECT * FROM letter")
    assert (letter.kind, letter.recipients, letter.state) == ("member_invited", [offer.email], "waiting")
    assert "invitations/" not in str(letter.facts)
    for log in (made.tenant_id, ece):
        noted = trade.rows(log, "SELECT action, actor_id, object_id FROM audit_entry WHERE action LIKE 'customer%'")
        assert [tuple(row) for row in noted] == [("customer.onboarded", WHO.id, str(made.tenant_id))]


def test_a_contract_may_let_customers_begin_active(shop, trade) -> None:
    reseller = trade.open("reseller")
    trade.do(
        contracts.conclude, reseller, model="resale", valid_from=trade.at(), created_by="test", onboarding="active"
    )
    made = desk.onboard(reseller, someone(), actor=WHO)
    assert trade.rows(made.tenant_id, "SELECT state FROM tenant")[0].state == "active"


def test_of_an_account_that_is_there_nothing_is_shown(shop, trade, ece, bora) -> None:
    mine = desk.onboard(ece, known := someone(), actor=WHO)
    with pytest.raises(AlreadyYours) as yours:
        desk.onboard(ece, known, actor=WHO)
    assert yours.value.extra == {"customer_id": str(mine.tenant_id)}
    for taken in (shop.vkn(bora), shop.vkn(shop.demir), shop.vkn(shop.operator), shop.vkn(ece)):
        other = NewCustomer(
            identity=Identity(vkn_tckn=taken, title="X", district="X", city="X"), owner_email="x@ornek.example"
        )
        with pytest.raises(HasAccount) as has:
            desk.onboard(ece, other, actor=WHO)
        assert has.value.extra == {}
        assert "Bora" not in str(has.value.problem("tr"))


def test_only_an_open_reseller_with_a_contract_onboards(shop, trade) -> None:
    without, customer = trade.open("reseller"), shop.customer(shop.ceren)
    suspended = trade.open("reseller")
    trade.do(contracts.conclude, suspended, model="resale", valid_from=trade.at(), created_by="test")
    trade.rows(suspended, "UPDATE tenant SET state = 'suspended' RETURNING 1")
    for wrong in (without, customer, suspended, shop.operator):
        with pytest.raises(MayNotOnboard):
            desk.onboard(wrong, someone(), actor=WHO)


def test_an_address_that_is_none_leaves_no_account(shop, trade, ece) -> None:
    wrong = someone()
    with pytest.raises(InvalidPerson):
        desk.onboard(ece, NewCustomer(identity=wrong.identity, owner_email="kim"), actor=WHO)
    desk.onboard(ece, wrong, actor=WHO)


def test_the_owners_yes_and_the_texts_make_the_account_active(shop, trade, ece, person, accept_texts) -> None:
    made = desk.onboard(ece, new := someone(), actor=WHO)
    owner = person(new.owner_email)
    with trade.session(made.tenant_id) as session:
        assert not customers.settle_in(session, tenant_id=made.tenant_id, person_id=owner, actor=WHO, at=trade.at())
    (offer,) = trade.rows(made.tenant_id, "SELECT invitation_id FROM invitation")
    with trade.session(made.tenant_id) as session:
        set_tenant(session, made.tenant_id)
        sent = invitations.send_again(
            session, tenant_id=made.tenant_id, invitation_id=offer.invitation_id, actor=entries.system("test"),
            at=trade.at() + invitations.SENT_AGAIN_AFTER,
        )  # fmt: skip
        invitations.accept(
            session, tenant_id=made.tenant_id, invitation_id=offer.invitation_id, token=sent.token, person_id=owner,
            email=new.owner_email, actor=entries.Actor("person", str(owner)), at=trade.at(),
        )  # fmt: skip
        assert not customers.settle_in(session, tenant_id=made.tenant_id, person_id=owner, actor=WHO, at=trade.at())
    accept_texts(made.tenant_id, owner)
    with trade.session(made.tenant_id) as session:
        assert customers.settle_in(session, tenant_id=made.tenant_id, person_id=owner, actor=WHO, at=trade.at())
        assert not customers.settle_in(session, tenant_id=made.tenant_id, person_id=owner, actor=WHO, at=trade.at())
    assert trade.rows(made.tenant_id, "SELECT state FROM tenant")[0].state == "active"
