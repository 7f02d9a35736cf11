"""The generated CRM side as records of the EC sandbox's control interface."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sandbox.seed.model import Company, Contact, Customer, Order, OrderLine, Product, World

Record = dict[str, Any]
SHANGHAI = ZoneInfo("Asia/Shanghai")
FIRST_CUSTOMER = 4017100000
FIRST_SALE = 91000000
FIRST_PRODUCT = 7100000
FIRST_USER = 5100
DEPARTMENT = 102
TAX_CODE_FIELD = "81010002"  # 统一社会信用代码 in config/getFieldMapping of a fresh account
DEAL_DONE = "2"


def ec_records(world: World) -> dict[str, list[Record]]:
    """Records by object, in the order in which they must be made: users, products, customers, contacts, sales."""
    users = {person.key: FIRST_USER + int(person.key[1:]) for person in world.salespeople}
    customers = list(world.of_system("crm"))
    contacts = [record for c in customers for record in _contacts(world.companies[c.company], c)]
    return {
        "user": [_user(person.name, person.mobile, users[person.key]) for person in world.salespeople],
        "product": [_product(product) for product in world.products.values()],
        "customer": [_customer(world.companies[c.company], c, users) for c in customers],
        "contact": contacts,
        "sale": [_sale(order, users) for order in world.orders],
    }


def crm_id(key: str) -> int:
    """The crmId that the customer CRM000001 gets, and so on."""
    return FIRST_CUSTOMER + int(key.removeprefix("CRM"))


def sale_id(key: str) -> int:
    """The saleId that the order O000001 gets, and so on."""
    return FIRST_SALE + int(key.removeprefix("O"))


def product_id(key: str) -> int:
    """The productId that the product P0001 gets, and so on."""
    return FIRST_PRODUCT + int(key.removeprefix("P"))


def _user(name: str, mobile: str, user_id: int) -> Record:
    return {"userId": user_id, "userName": name, "account": mobile, "deptId": DEPARTMENT, "title": "销售"}


def _product(product: Product) -> Record:
    """The item number stands in 规格: EC's catalogue has no field for it, and order lines show 规格."""
    return {
        "productId": product_id(product.key),
        "productName": f"{product.name} {product.spec}",
        "productUnit": product.unit,
        "specs": product.number,
        "money": f"{product.price:f}",
    }


def _customer(company: Company, customer: Customer, users: Mapping[str, int]) -> Record:
    """An enterprise customer: the person is its first contact, the company stands in `company`."""
    contact, region = company.contacts[0], company.region
    fields = {TAX_CODE_FIELD: customer.tax_code} if customer.tax_code else {}
    return {
        "crmId": crm_id(customer.key),
        "crmType": 1,
        "name": contact.name,
        "mobile": contact.mobile,
        "phone": customer.phone,
        "email": contact.email,
        "title": contact.title,
        "company": customer.name,
        "companyAddress": customer.address,
        "prefecture": f"中国|{region.province}|{region.city}|{region.district}",
        "vocation": company.industry,
        "channelId": 1 + int(customer.key[-1]) % 5,
        "followUserId": users[company.salesperson],
        "step": "3" if int(customer.key[-1]) % 2 else "2",
        "fields": fields,
        "createTime": _text(customer.modified),
        "modifyTime": _text(customer.modified),
    }


def _contacts(company: Company, customer: Customer) -> list[Record]:
    """Contacts hang on the first record of a company only, as they do where somebody typed a customer in twice."""
    return [] if customer.copy else [_contact(contact, customer) for contact in company.contacts]


def _contact(contact: Contact, customer: Customer) -> Record:
    return {
        "crmId": crm_id(customer.key),
        "name": contact.name,
        "title": contact.title,
        "mobile": contact.mobile,
        "email": contact.email,
        "createTime": _text(customer.modified),
        "modifyTime": _text(customer.modified),
    }


def _sale(order: Order, users: Mapping[str, int]) -> Record:
    return {
        "id": sale_id(order.key),
        "crmId": crm_id(order.customer),
        "userId": users[order.salesperson],
        "projectName": f"{order.title} {order.number}",
        "status": DEAL_DONE,
        "dealDate": _text(order.made),
        "remark": order.remark,
        "product": [_line(line) for line in order.lines],
        "createTime": _text(order.made),
        "changeTime": _text(order.made),
    }


def _line(line: OrderLine) -> Record:
    return {
        "productId": product_id(line.product),
        "productNum": f"{line.quantity:f}",
        "originalMoney": f"{line.list_price:f}",
        "saleDiscount": f"{line.discount:f}",
        "saleMoney": f"{line.price:f}",
    }


def _text(moment: datetime) -> str:
    return moment.astimezone(SHANGHAI).strftime("%Y-%m-%d %H:%M:%S")
