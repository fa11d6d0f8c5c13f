"""Companies without an account, as a reseller enters them."""

import io
import itertools
import secrets

import openpyxl

from ebelge.onboarding.customer_sheet import COLUMNS, NewCustomer
from ebelge.ubl.examples import vkn
from tenants.accounts import Identity
from tenants.audit import entries

WHO = entries.Actor("person", "01a229b8-db26-70e3-a336-271f9c7beba1", name="Selin Kaya")
_numbers = itertools.count(secrets.randbelow(40_000_000))


def someone(**changes) -> NewCustomer:
    number = next(_numbers)
    identity = Identity(vkn_tckn=vkn(number), title="Işık Ltd.", district="Şişli", city="İstanbul")
    return NewCustomer(identity=identity, owner_email=f"isik{number}@ornek.example", **changes)


def book(*customers, **wrong) -> bytes:
    made = openpyxl.Workbook()
    made.active.append([one.name_tr for one in COLUMNS])
    for one in customers:
        cells = {
            "vkn_tckn": one.identity.vkn_tckn, "title": one.identity.title, "district": "Şişli", "city": "İstanbul",
            "owner_email": one.owner_email,
        }  # fmt: skip
        made.active.append([cells.get(column.field) for column in COLUMNS])
    for field, value in wrong.items():
        made.active.append([value if column.field == field else None for column in COLUMNS])
    out = io.BytesIO()
    made.save(out)
    return out.getvalue()
