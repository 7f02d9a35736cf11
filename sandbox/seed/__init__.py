"""Invented but realistic Chinese test data: the same for the same seed, made without touching anything outside."""

from datetime import date
from random import Random

from sandbox.seed.companies import make_companies, make_products, make_salespeople
from sandbox.seed.model import World
from sandbox.seed.orders import Market, make_orders
from sandbox.seed.populations import find_lookalikes, make_populations

__all__ = ["make_world"]


def make_world(seed: int = 1, *, customers: int = 2000, orders: int = 5000, today: date) -> World:
    """`customers` companies known to one or both systems, and `orders` made in the CRM until the day before today.

    The CRM holds about 0.88, the ERP about 0.57 of the companies; World.truth says which of their records belong
    together. Raises ValueError for less than one customer.
    """
    if customers < 1 or orders < 0:
        raise ValueError(f"customers {customers} must be at least 1 and orders {orders} at least 0")
    random = Random(seed)
    salespeople = make_salespeople(random)
    companies = make_companies(random, customers, salespeople)
    products = make_products(random)
    known, truth = make_populations(random, companies.values(), today)
    buyers = [customer for customer in known if customer.system == "crm"]
    market = Market(buyers, companies, [*products.values()])
    made = make_orders(random, orders if buyers else 0, market=market, today=today)
    return World(
        today,
        tuple(salespeople),
        companies,
        products,
        tuple(known),
        tuple(made),
        tuple(truth),
        tuple(find_lookalikes(known)),
    )
