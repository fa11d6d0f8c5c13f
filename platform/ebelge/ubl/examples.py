"""Valid drafts of every kind for demo, bench and tests: invented companies with valid VKN and TCKN."""

from typing import Any, Final

from ebelge.ubl.draft import Draft, read_draft
from ebelge.ubl.types import DocumentKind, Party, Signatory

AKIN: Final = Party(
    vkn_tckn="4810573263", name="Akın Endüstri Ltd. Şti.", tax_office="Çankaya", street="Atatürk Bulvarı",
    building_number="12", district="Çankaya", city="Ankara", postal_zone="06680",
    email="muhasebe@akin.example", phone="+90 312 000 00 01",
)  # fmt: skip
BORA: Final = Party(
    vkn_tckn="1920384751", name="Bora Gıda ve Tarım A.Ş.", tax_office="Konak", street="Cumhuriyet Caddesi",
    building_number="45", district="Konak", city="İzmir", postal_zone="35210",
    email="fatura@bora.example", phone="+90 232 000 00 02",
)  # fmt: skip


def check_digit(nine: str) -> str:
    """The tenth digit of a VKN (gib/FACTS 10)."""
    total = 0
    for index, digit in enumerate(nine, start=1):
        shifted = (int(digit) + 10 - index) % 10
        total += 0 if shifted == 0 else (shifted * 2 ** (10 - index)) % 9 or 9
    return str((10 - total % 10) % 10)


def vkn(n: int) -> str:
    """The n-th invented VKN with a right check digit."""
    nine = f"{481000000 + n % 100000000:09d}"
    return nine + check_digit(nine)


def tckn(n: int) -> str:
    """The n-th invented TCKN with right check digits."""
    digits = [int(d) for d in f"{234567000 + n % 100000:09d}"]
    tenth = (sum(digits[0::2]) * 7 - sum(digits[1::2])) % 10
    eleventh = (sum(digits) + tenth) % 10
    return "".join(map(str, digits)) + f"{tenth}{eleventh}"


def supplier(n: int = 1) -> Party:
    """The n-th invented company that issues documents."""
    if n == 1:
        return AKIN
    if n == 2:
        return BORA
    return Party(
        vkn_tckn=vkn(n), name=f"Örnek Ticaret {n} A.Ş.", tax_office="Kadıköy", street="Bağdat Caddesi",
        building_number=str(n), district="Kadıköy", city="İstanbul", postal_zone="34710",
        email=f"muhasebe{n}@ornek.example",
    )  # fmt: skip


def signatory(party: Party = AKIN) -> Signatory:
    """The party as the owner of its own seal."""
    return Signatory(vkn_tckn=party.vkn_tckn, name=party.name, city=party.city, district=party.district)


def example_json(kind: DocumentKind, *, n: int = 1, lines: int = 2, buyer: Party | None = None) -> dict[str, Any]:
    """The JSON body of a valid draft, as an API client would post it; `n` varies names and figures."""
    if kind is DocumentKind.EIRSALIYE:
        return _despatch(n, lines, buyer or BORA)
    if kind is DocumentKind.EMM:
        return _producer_receipt(n, lines)
    if kind is DocumentKind.ESMM:
        return _professional_receipt(n, lines, buyer or BORA)
    person = kind is DocumentKind.EARSIV and buyer is None
    return {
        "kind": str(kind),
        "buyer": _consumer(n) if person else party_json(buyer or BORA),
        "lines": [
            {
                "name": f"{_GOODS[(n + i) % len(_GOODS)]}",
                "quantity": str(1 + (n + i) % 7),
                "unit": "adet",
                "unit_price": f"{100 + 7 * ((n + i) % 50)}.{(n * 13 + i * 7) % 100:02d}",
                "kdv_rate": ("20", "10", "1")[i % 3],
            }
            for i in range(lines)
        ],
        "notes": [f"Sipariş {n} içindir."],
    }


def example_draft(kind: DocumentKind, *, n: int = 1, lines: int = 2, buyer: Party | None = None) -> Draft:
    """A valid draft of `kind`. Without `buyer`: Bora A.Ş. for e-Fatura and e-İrsaliye, a consumer for e-Arşiv."""
    return read_draft(example_json(kind, n=n, lines=lines, buyer=buyer))


_GOODS = ("Çelik boru", "Kompresör", "Vana DN50", "Rulman 6204", "Montaj hizmeti", "Bakım seti", "Conta")
_CROPS = ("Buğday", "Arpa", "Nohut", "Pamuk", "Zeytin")


def party_json(party: Party) -> dict[str, Any]:
    """A party as a draft has it."""
    fields = ("tax_office", "street", "building_number", "district", "city", "postal_zone", "email", "phone")
    values = {name: getattr(party, name) for name in fields}
    if party.scheme == "TCKN":
        return values | {
            "tckn": party.vkn_tckn, "first_name": party.first_name, "family_name": party.family_name
        }  # fmt: skip
    return values | {"vkn": party.vkn_tckn, "name": party.name}


def _consumer(n: int) -> dict[str, Any]:
    return {
        "tckn": tckn(n), "first_name": "Ceren", "family_name": "Işık", "district": "Nilüfer", "city": "Bursa",
        "street": "Lale Sokak", "building_number": str(1 + n % 90), "email": f"ceren.isik{n}@posta.example",
    }  # fmt: skip


def _despatch(n: int, lines: int, buyer: Party) -> dict[str, Any]:
    return {
        "kind": "eirsaliye",
        "buyer": party_json(buyer),
        "lines": [
            {"name": _GOODS[(n + i) % len(_GOODS)], "quantity": str(1 + (n + i) % 40), "unit": "adet"}
            for i in range(lines)
        ],
        "delivery_address": {
            "street": "Liman Yolu", "building_number": "7", "district": "Aliağa", "city": "İzmir",
            "postal_zone": "35800",
        },
        "drivers": [{"first_name": "Deniz", "family_name": "Kaya", "tckn": tckn(500 + n)}],
        "plate": "06ABC123",
    }  # fmt: skip


def _producer_receipt(n: int, lines: int) -> dict[str, Any]:
    return {
        "kind": "emm",
        "farmer": {
            "tckn": tckn(900 + n), "first_name": "Fatma", "family_name": "Yıldız", "district": "Polatlı",
            "city": "Ankara", "street": "Köy Yolu", "email": f"fatma.yildiz{n}@posta.example",
        },
        "lines": [
            {
                "name": _CROPS[(n + i) % len(_CROPS)],
                "quantity": str(500 + 10 * ((n + i) % 90)),
                "unit": "kg",
                "unit_price": f"{8 + (n + i) % 20}.{(n * 17 + i) % 100:02d}",
            }
            for i in range(lines)
        ],
        "deductions": [{"code": "0003", "percent": "2"}, {"code": "SGK_PRIM", "percent": "1"}],
    }  # fmt: skip


def _professional_receipt(n: int, lines: int, buyer: Party) -> dict[str, Any]:
    services = ("Hukuki danışmanlık", "Dava takibi", "Sözleşme incelemesi")
    return {
        "kind": "esmm",
        "buyer": party_json(buyer),
        "lines": [
            {"name": services[(n + i) % 3], "gross": f"{900 + n % 90}.{(n * 13 + i * 7) % 100:02d}", "kdv_rate": "20"}
            for i in range(lines)
        ],
        "stopaj_rate": "20",
    }
