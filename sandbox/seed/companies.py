"""Invented salespeople, companies with their contacts, and products."""

from dataclasses import replace
from decimal import Decimal
from random import Random

from sandbox.seed import words
from sandbox.seed.model import Company, Contact, Product, Region, Salesperson
from sandbox.seed.taxcode import ALPHABET, credit_code

REGIONS = tuple(Region(*row) for row in words.REGIONS)
SALESPEOPLE = 20
PRODUCTS = 200
WITHOUT_TAX_CODE = 0.06
WITH_LANDLINE = 0.3
SAME_PHONE_EVERY = 97  # every so many companies one shares the phone of the company before it


def make_salespeople(random: Random, count: int = SALESPEOPLE) -> list[Salesperson]:
    """Salespeople with mobiles of their own."""
    return [
        Salesperson(
            f"S{number:03d}", f"YG{number:04d}", person_name(random), f"1380000{number:04d}", f"sales{number:03d}"
        )
        for number in range(1, count + 1)
    ]


def make_companies(random: Random, count: int, salespeople: list[Salesperson]) -> dict[str, Company]:
    """Companies by key; the first ones carry the awkward names, a few share a phone, some have no tax code."""
    names = _names(random, count)
    made: dict[str, Company] = {}
    phone = ""
    for number, (name, region) in enumerate(names.items(), 1):
        shared = phone if number % SAME_PHONE_EVERY == 0 else ""
        company = _company(random, number, name, region=region, phone=shared)
        phone = company.phone
        made[company.key] = replace(company, salesperson=random.choice(salespeople).key)
    return made


def make_products(random: Random, count: int = PRODUCTS) -> dict[str, Product]:
    """Products by key, no two alike in name and specification."""
    made: dict[str, Product] = {}
    seen: set[tuple[str, str]] = set()
    while len(made) < count:
        name, unit, rate, low, high, form = words.GOODS[len(made) % len(words.GOODS)]
        spec = form.format(n=random.randint(2, 99), m=random.randint(1, 9))
        if (name, spec) in seen:
            spec = f"{spec}-{len(made)}"
        seen.add((name, spec))
        number = len(made) + 1
        price = Decimal(random.randint(low, high)) / 100
        made[f"P{number:04d}"] = Product(
            f"P{number:04d}", f"WL-{number:05d}", name, spec, unit, price.quantize(Decimal("0.01")), Decimal(rate)
        )
    return made


def person_name(random: Random) -> str:
    """Two to four characters."""
    surname = random.choice(words.DOUBLE_SURNAMES) if random.random() < 0.02 else random.choice(words.SURNAMES)
    return surname + "".join(random.choice(words.GIVEN) for _ in range(random.choice((1, 2, 2))))


def mobile(random: Random) -> str:
    """Eleven digits with a prefix in use."""
    return random.choice(("135", "136", "139", "150", "158", "177", "186", "189")) + f"{random.randrange(10**8):08d}"


def _names(random: Random, count: int) -> dict[str, Region]:
    """Company names with the region they are from, no name twice."""
    names = {name: _region_of(random, name) for name in words.AWKWARD_NAMES[:count]}
    while len(names) < count:
        region = random.choice(REGIONS)
        names.setdefault(_company_name(random, region.city.removesuffix("市")), region)
    return names


def _region_of(random: Random, name: str) -> Region:
    named = [region for region in REGIONS if region.city.removesuffix("市") in name]
    return random.choice(named or REGIONS)


def _company_name(random: Random, city: str) -> str:
    brand = random.choice(words.BRAND_FIRST) + random.choice(words.BRAND_SECOND)
    if random.random() < 0.3:
        brand += random.choice(words.BRAND_SECOND)
    trade = random.choice(words.TRADES)[0]
    shape = random.random()
    if shape < 0.12:
        return f"{brand}（{city}）{trade}有限公司"
    if shape < 0.4:
        return f"{city}市{brand}{trade}有限公司"
    return f"{city}{brand}{trade}{random.choice(('有限公司', '有限公司', '有限公司', '股份有限公司'))}"


def _company(random: Random, number: int, name: str, *, region: Region, phone: str) -> Company:
    key = f"K{number:06d}"
    contacts = tuple(_contact(random, key, place) for place in range(1, random.choice((2, 2, 3))))
    landline = f"{region.area}-{random.randint(2, 8)}{random.randrange(10**7):07d}"
    own = landline if random.random() < WITH_LANDLINE else contacts[0].mobile
    body = "".join(random.choice(ALPHABET) for _ in range(8))
    code = credit_code(region.code, body)
    industry = next((trade for word, trade in words.TRADES if word in name), "其他")
    street = f"{random.choice(words.STREETS)}{random.randint(1, 2000)}号"
    address = f"{region.province.removesuffix('市')}{region.city}{region.district}{street}"
    if region.province == region.city:
        address = f"{region.city}{region.district}{street}"
    coded = code if len(name) > 4 and random.random() >= WITHOUT_TAX_CODE else None
    return Company(key, name, coded, region, address, industry, phone or own, "", contacts)


def _contact(random: Random, company: str, place: int) -> Contact:
    name = person_name(random)
    email = f"{company.lower()}.{place}@example.com" if random.random() < 0.7 else ""
    return Contact(f"{company}-{place}", company, name, random.choice(words.TITLES), mobile(random), email)
