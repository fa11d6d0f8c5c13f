"""Companies without an account, as a reseller enters them."""

import itertools
import secrets

from ebelge.onboarding.customer_sheet import NewCustomer
from ebelge.ubl.examples import vkn
from tenants.accounts import Identity
from tenants.audit import entries

WHO = entries.Actor("person", "01a229b8-db26-70e3-a336-271f9c7beba1", name="Selin Kaya")
_numbers = itertools.count(secrets.randbelow(40_000_000))


def someone(**changes) -> NewCustomer:
    number = next(_numbers)
    identity = Identity(vkn_tckn=vkn(number), title="Işık Ltd.", district="Şişli", city="İstanbul")
    return NewCustomer(identity=identity, owner_email=f"isik{number}@ornek.example", **changes)
