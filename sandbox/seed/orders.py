"""Orders made in the CRM: one to six lines, discounts, amounts exact to the cent."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from random import Random

from sandbox.seed.model import Company, Customer, Order, OrderLine, Product, to_cents

NO_DISCOUNT = Decimal(100)
DISCOUNTS = (NO_DISCOUNT,) * 6 + (Decimal(98), Decimal(95), Decimal("88.5"), Decimal(80))
COUNTED = frozenset("个台桶袋箱套次年")
HISTORY_DAYS = 180
REMARKS = ("", "", "", "请周五前发货", "含安装调试", "客户自提", "分两批发货；第二批等通知", "开专票 & 寄合同")


@dataclass(frozen=True)
class Market:
    """Who buys what."""

    customers: Sequence[Customer]
    companies: Mapping[str, Company]
    products: Sequence[Product]


def make_orders(random: Random, count: int, *, market: Market, today: date) -> list[Order]:
    """Orders of CRM customers over the last half year, oldest first."""
    moments = sorted(_moment(random, today) for _ in range(count))
    return [_order(random, number, market=market, moment=moment) for number, moment in enumerate(moments, 1)]


def _order(random: Random, number: int, *, market: Market, moment: datetime) -> Order:
    customer = random.choice(market.customers)
    company = market.companies[customer.company]
    lines = tuple(_line(random, product) for product in random.sample(market.products, random.randint(1, 6)))
    return Order(
        f"O{number:06d}",
        f"SO-{moment:%Y%m}-{number:05d}",
        customer.key,
        company.salesperson,
        moment,
        f"{company.name[:20]}{moment:%m}月采购",
        random.choice(REMARKS),
        lines,
    )


def _line(random: Random, product: Product) -> OrderLine:
    discount = random.choice(DISCOUNTS)
    price = to_cents(product.price * discount / NO_DISCOUNT)
    return OrderLine(product.key, _quantity(random, product), product.price, discount, price, product.tax_rate)


def _quantity(random: Random, product: Product) -> Decimal:
    """Whole for what is counted, with up to three decimals for what is weighed or measured."""
    whole = random.choice((1, 2, 3, 5, 8, 10, 12, 20, 50, 100))
    if product.unit in COUNTED or random.random() < 0.5:
        return Decimal(whole)
    return Decimal(whole) + Decimal(random.randint(1, 999)) / 1000


def _moment(random: Random, today: date) -> datetime:
    day = today - timedelta(days=random.randint(1, HISTORY_DAYS))
    return datetime.combine(day, time(1), UTC) + timedelta(seconds=random.randint(0, 9 * 3600))
