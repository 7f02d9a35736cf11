"""The generated ERP side as records of the 金蝶 sandbox's control interface, and its orders read back as facts."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from sandbox.seed.model import Company, Customer, Product, Salesperson, World
from sandbox.seed.receivables import Books, LineFact, OrderFact, Receipt, Receivable

Record = dict[str, Any]
SHANGHAI = ZoneInfo("Asia/Shanghai")
UNITS = {"台": "TAI", "千克": "kg", "米": "m", "套": "SET", "箱": "BOX"}
PIECE = "Pcs"
TAX_RATES = {13: "SL04_SYS", 9: "SL05_SYS", 6: "SL06_SYS", 0: "SL00_SYS"}
METHODS = {"transfer": "JSFS04_SYS", "cash": "JSFS01_SYS", "bill": "JSFS06_SYS"}
INSTALMENTS = "SKTJ03_SYS"
MONTHLY = "SKTJ02_SYS"


def kingdee_records(world: World) -> dict[str, list[Record]]:
    """Records by form, in the order in which they must be made: employees, salesmen, materials, customers, contacts."""
    people = {person.key: person for person in world.salespeople}
    customers = list(world.of_system("erp"))
    return {
        "BD_Empinfo": [_employee(person) for person in world.salespeople],
        "BD_Saler": [_saler(person) for person in world.salespeople],
        "BD_MATERIAL": [_material(product) for product in world.products.values()],
        "BD_Customer": [_customer(world.companies[c.company], c, people) for c in customers],
        "BD_CommonContact": [r for c in customers for r in _contacts(world.companies[c.company], c)],
    }


def customer_number(key: str) -> str:
    """The FNumber that the customer ERP000001 gets, and so on."""
    return f"KH{key.removeprefix('ERP')}"


def saler_number(person: Salesperson) -> str:
    return f"XSY{person.number.removeprefix('YG')}"


def order_facts(orders: Iterable[Mapping[str, Any]]) -> list[OrderFact]:
    """Audited orders, as GET /_sandbox/records/SAL_SaleOrder shows them, in the words of `receivables`."""
    return [_fact(order) for order in orders if order["FDocumentStatus"] == "C"]


def receivable_record(receivable: Receivable) -> Record:
    """An audited AR_receivable for an order, its instalments as the collection plan."""
    order = receivable.order
    last = max(part.due for part in receivable.instalments)
    return {
        "audited": True,
        "FDATE": receivable.day.isoformat(),
        "FENDDATE_H": last.isoformat(),
        "FCUSTOMERID": order.customer,
        "FSALEERID": order.salesperson,
        "FPayConditon": INSTALMENTS if len(receivable.instalments) > 1 else MONTHLY,
        "FSOURCETYPE": "SAL_SaleOrder",
        "FSourceBillNo": order.number,
        "FEntityDetail": [_detail(line) for line in order.lines],
        "FEntityPlan": [
            {"FENDDATE": part.due.isoformat(), "FPAYRATE": f"{part.percent:f}", "FPAYAMOUNTFOR": f"{part.amount:f}"}
            for part in receivable.instalments
        ],
    }


def receipt_record(receivable: Receivable, receipt: Receipt) -> Record:
    """An audited AR_RECEIVEBILL of the receivable's customer."""
    amount = f"{receipt.amount:f}"
    return {
        "audited": True,
        "FDATE": receipt.day.isoformat(),
        "FCONTACTUNIT": receivable.order.customer,
        "FPAYUNIT": receivable.order.customer,
        "FSALEERID": receivable.order.salesperson,
        "FREMARK": "" if receipt.matched else "预收款",
        "FRECEIVEBILLENTRY": [
            {
                "FSETTLETYPEID": METHODS[receipt.method],
                "FPURPOSEID": "SFKYT01_SYS" if receipt.matched else "SFKYT02_SYS",
                "FRECTOTALAMOUNTFOR": amount,
                "FRECAMOUNTFOR_E": amount,
            }
        ],
    }


def match_record(receivable: str, receipt: str, paid: Receipt) -> Record:
    """The write-off of a receipt against a receivable, both by number."""
    return {"receivable": receivable, "receipt": receipt, "amount": f"{paid.amount:f}", "date": paid.day.isoformat()}


def _employee(person: Salesperson) -> Record:
    return {"FNumber": person.number, "FName": person.name, "FMobile": person.mobile, "FStaffNumber": person.number}


def _saler(person: Salesperson) -> Record:
    number = saler_number(person)
    return {"FNumber": number, "FName": person.name, "FStaffId": person.number, "FEmpNumber": person.number}


def _material(product: Product) -> Record:
    unit = UNITS.get(product.unit, PIECE)
    return {
        "audited": True,
        "FNumber": product.number,
        "FName": product.name,
        "FSpecification": product.spec,
        "SubHeadEntity": {"FBaseUnitId": unit, "FTaxRateId": TAX_RATES[int(product.tax_rate)]},
        "SubHeadEntity1": {"FStoreUnitID": unit},
        "SubHeadEntity2": {"FSaleUnitId": unit, "FSalePriceUnitId": unit},
    }


def _customer(company: Company, customer: Customer, people: Mapping[str, Salesperson]) -> Record:
    code = customer.tax_code or ""
    return {
        "audited": True,
        "FNumber": customer_number(customer.key),
        "FName": customer.name,
        "FTAXREGISTERCODE": code,
        "FSOCIALCRECODE": code,
        "FINVOICETITLE": customer.name.strip(),
        "FTEL": customer.phone,
        "FADDRESS": customer.address,
        "FSELLER": saler_number(people[company.salesperson]),
        "FCreateDate": _text(customer.modified),
        "FModifyDate": _text(customer.modified),
    }


def _contacts(company: Company, customer: Customer) -> list[Record]:
    if customer.copy:
        return []
    return [
        {
            "audited": True,
            "FName": contact.name,
            "FMobile": contact.mobile,
            "FEmail": contact.email,
            "FPost": contact.title,
            "FCompany": customer_number(customer.key),
            "FCustId": customer_number(customer.key),
        }
        for contact in company.contacts[:1]
    ]


def _fact(order: Mapping[str, Any]) -> OrderFact:
    return OrderFact(
        order["FBillNo"],
        order["FCustId.FNumber"],
        order["FSalerId.FNumber"],
        date.fromisoformat(order["FDate"][:10]),
        Decimal(order["FBillAllAmount"]),
        tuple(_line_fact(line) for line in order["FSaleOrderEntry"]),
    )


def _line_fact(line: Mapping[str, Any]) -> LineFact:
    return LineFact(
        line["FMaterialId.FNumber"],
        Decimal(line["FQty"]),
        Decimal(line["FTaxPrice"]),
        Decimal(line["FEntryTaxRate"] or 0),
        Decimal(line["FDiscountRate"] or 0),
    )


def _detail(line: LineFact) -> Record:
    price = line.tax_price * (1 - line.discount_rate / 100)
    return {
        "FMATERIALID": line.material,
        "FPriceQty": f"{line.quantity:f}",
        "FTaxPrice": f"{price:f}",
        "FEntryTaxRate": f"{line.tax_rate:f}",
    }


def _text(moment: datetime) -> str:
    return moment.astimezone(SHANGHAI).strftime("%Y-%m-%dT%H:%M:%S.000")


BOOKS = Books(
    order="SAL_SaleOrder",
    receivable="AR_receivable",
    receipt="AR_RECEIVEBILL",
    write_off="AR_MATCHRECORD",
    source="FSourceBillNo",
    numbers=("FBillNo", "FBILLNO"),
    facts=order_facts,
    owed=receivable_record,
    paid=receipt_record,
    match=match_record,
)
