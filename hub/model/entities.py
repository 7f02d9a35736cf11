"""The golden entities as frozen models: what API, docs and JSON Schema show. Inside the hub, records are flat dicts."""

from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from hub.errors import Text
from hub.model.canonical import canonical, is_custom_name
from hub.model.spec import Kind, specs_of

TextField = Annotated[str | None, Kind("text")]
DecimalField = Annotated[str | None, Kind("decimal")]
MoneyField = Annotated[str | None, Kind("money")]
DerivedMoney = Annotated[str | None, Kind("money", derived=True)]
BoolField = Annotated[bool | None, Kind("bool")]
DateField = Annotated[str | None, Kind("date")]
TimeField = Annotated[str | None, Kind("time")]
TaxCode = Annotated[str | None, Kind("identifier")]
Reference = int | dict[str, Any] | None
CustomerRef = Annotated[Reference, Kind("ref", "customer")]
EmployeeRef = Annotated[Reference, Kind("ref", "employee")]
ProductRef = Annotated[Reference, Kind("ref", "product")]
OrderRef = Annotated[Reference, Kind("ref", "order")]
ReceivableRef = Annotated[Reference, Kind("ref", "receivable")]
ReceiptRef = Annotated[Reference, Kind("ref", "receipt")]
InUse = Annotated[Literal["active", "disabled"] | None, Kind("enum")]
Settling = Annotated[Literal["draft", "open", "settled", "cancelled"] | None, Kind("enum")]


def titled(zh: str, en: str, *, alias: str | None = None) -> Any:
    """A field that may be absent, with its titles and, for a grouped field, its dotted name."""
    return Field(default=None, title=f"{zh} / {en}", alias=alias)


class Golden(BaseModel):
    """Base of the entities. A field that was not given is unknown; None is known to be empty.

    Values are brought to canonical form on the way in (hub.model.canonical); `custom.<name>` keys are kept as given.
    """

    model_config = ConfigDict(frozen=True, extra="allow", populate_by_name=True)
    custom_fields: ClassVar[bool] = True

    @model_validator(mode="before")
    @classmethod
    def _canonical(cls, data: Any) -> Any:
        if not isinstance(data, dict):
            return data
        specs = specs_of(cls)
        names = {name: info.alias or name for name, info in cls.model_fields.items()}
        return {key: cls._value(specs, names.get(key) or key, value) for key, value in data.items()}

    @classmethod
    def _value(cls, specs: Any, name: str, value: Any) -> Any:
        if name in specs:
            return value if specs[name].type == "rows" else canonical(specs[name], value)
        if cls.custom_fields and is_custom_name(name):
            return value
        raise ValueError(Text(f"没有字段 {name}，可使用 custom.<名称>", f"no field {name}; use custom.<name>"))

    def golden(self) -> dict[str, Any]:
        """The flat golden dict: only the fields that are known."""
        return self.model_dump(mode="json", by_alias=True, exclude_unset=True)

    @classmethod
    def of(cls, data: dict[str, Any]) -> Self:
        """From a flat golden dict. Raises pydantic.ValidationError."""
        return cls.model_validate(data)


class Row(Golden):
    """A row of a document; `id` is the golden line id."""

    id: TextField = titled("行号", "Line id")


class Customer(Golden):
    name: TextField = titled("名称", "Name")
    short_name: TextField = titled("简称", "Short name")
    number: TextField = titled("编码", "Number")
    tax_code: TaxCode = titled("统一社会信用代码/税号", "Tax code")
    kind: Annotated[Literal["enterprise", "person"] | None, Kind("enum")] = titled("客户性质", "Kind")
    phone: TextField = titled("固定电话", "Fixed line")
    mobile: TextField = titled("手机", "Mobile")
    email: TextField = titled("邮箱", "Email")
    website: TextField = titled("网址", "Website")
    fax: TextField = titled("传真", "Fax")
    region_country: TextField = titled("国家", "Country", alias="region.country")
    region_province: TextField = titled("省", "Province", alias="region.province")
    region_city: TextField = titled("市", "City", alias="region.city")
    region_district: TextField = titled("区县", "District", alias="region.district")
    address: TextField = titled("地址", "Address")
    postcode: TextField = titled("邮编", "Postcode")
    industry: TextField = titled("行业", "Industry")
    level: TextField = titled("级别", "Level")
    status: InUse = titled("状态", "Status")
    owner: EmployeeRef = titled("负责人", "Owner")
    remark: TextField = titled("备注", "Remark")
    source: TextField = titled("来源", "Source")
    invoice_title: TextField = titled("发票抬头", "Invoice title", alias="invoice.title")
    invoice_bank_name: TextField = titled("开户银行", "Invoice bank", alias="invoice.bank_name")
    invoice_bank_account: TextField = titled("银行账号", "Invoice bank account", alias="invoice.bank_account")
    invoice_address: TextField = titled("开票地址", "Invoice address", alias="invoice.address")
    invoice_phone: TextField = titled("开票电话", "Invoice phone", alias="invoice.phone")
    currency: TextField = titled("币别", "Currency")


class Contact(Golden):
    name: TextField = titled("姓名", "Name")
    customer: CustomerRef = titled("客户", "Customer")
    mobile: TextField = titled("手机", "Mobile")
    phone: TextField = titled("固定电话", "Fixed line")
    email: TextField = titled("邮箱", "Email")
    title: TextField = titled("职务", "Title")
    gender: Annotated[Literal["male", "female", "unknown"] | None, Kind("enum")] = titled("性别", "Gender")
    wechat: TextField = titled("微信", "WeChat")
    remark: TextField = titled("备注", "Remark")
    status: InUse = titled("状态", "Status")


class Product(Golden):
    name: TextField = titled("名称", "Name")
    number: TextField = titled("编码", "Number")
    specification: TextField = titled("规格", "Specification")
    unit: TextField = titled("单位", "Unit")
    category: TextField = titled("分类", "Category")
    barcode: TextField = titled("条码", "Barcode")
    price: DecimalField = titled("价格", "Price")
    currency: TextField = titled("币别", "Currency")
    tax_rate: DecimalField = titled("税率%", "Tax rate, percent")
    status: InUse = titled("状态", "Status")


class Employee(Golden):
    name: TextField = titled("姓名", "Name")
    number: TextField = titled("工号", "Number")
    mobile: TextField = titled("手机", "Mobile")
    email: TextField = titled("邮箱", "Email")
    department: TextField = titled("部门", "Department")
    title: TextField = titled("职务", "Title")
    status: InUse = titled("状态", "Status")


class OrderLine(Row):
    product: ProductRef = titled("产品", "Product")
    product_name: TextField = titled("产品名称", "Product name")
    specification: TextField = titled("规格", "Specification")
    unit: TextField = titled("单位", "Unit")
    quantity: DecimalField = titled("数量", "Quantity")
    price: DecimalField = titled("含税单价", "Price, tax included")
    tax_rate: DecimalField = titled("税率%", "Tax rate, percent")
    discount_rate: DecimalField = titled("折扣率%", "Discount rate, percent")
    amount: DerivedMoney = titled("价税合计", "Amount, tax included")
    remark: TextField = titled("备注", "Remark")
    delivery_date: DateField = titled("交货日期", "Delivery date")


class Order(Golden):
    number: TextField = titled("单号", "Number")
    customer: CustomerRef = titled("客户", "Customer")
    date: DateField = titled("日期", "Date")
    owner: EmployeeRef = titled("销售员", "Owner")
    currency: TextField = titled("币别", "Currency")
    tax_included: BoolField = titled("含税", "Tax included")
    delivery_date: DateField = titled("交货日期", "Delivery date")
    address: TextField = titled("收货地址", "Address")
    contact_name: TextField = titled("联系人", "Contact name")
    contact_phone: TextField = titled("联系电话", "Contact phone")
    remark: TextField = titled("备注", "Remark")
    status: Annotated[Literal["open", "closed", "cancelled"] | None, Kind("enum")] = titled("状态", "Status")
    total: DerivedMoney = titled("价税合计", "Total, tax included")
    tax_total: DerivedMoney = titled("税额合计", "Tax total")
    lines: Annotated[tuple[OrderLine, ...] | None, Kind("rows")] = titled("明细", "Lines")


class Instalment(Row):
    due_date: DateField = titled("到期日", "Due date")
    amount: MoneyField = titled("应收金额", "Amount")
    settled_amount: MoneyField = titled("已核销金额", "Settled amount")


class Receivable(Golden):
    number: TextField = titled("单号", "Number")
    customer: CustomerRef = titled("客户", "Customer")
    order: OrderRef = titled("订单", "Order")
    order_number: TextField = titled("订单号", "Order number")
    owner: EmployeeRef = titled("销售员", "Owner")
    date: DateField = titled("业务日期", "Date")
    due_date: DateField = titled("到期日", "Due date")
    currency: TextField = titled("币别", "Currency")
    amount: MoneyField = titled("应收金额", "Amount")
    book_currency: TextField = titled("本位币", "Book currency")
    book_amount: MoneyField = titled("本位币金额", "Amount in book currency")
    settled_amount: MoneyField = titled("已核销金额", "Settled amount")
    status: Settling = titled("状态", "Status")
    remark: TextField = titled("备注", "Remark")
    instalments: Annotated[tuple[Instalment, ...] | None, Kind("rows")] = titled("收款计划", "Instalments")


class Receipt(Golden):
    number: TextField = titled("单号", "Number")
    customer: CustomerRef = titled("客户", "Customer")
    owner: EmployeeRef = titled("销售员", "Owner")
    date: DateField = titled("收款日期", "Date")
    currency: TextField = titled("币别", "Currency")
    amount: MoneyField = titled("收款金额", "Amount")
    book_currency: TextField = titled("本位币", "Book currency")
    book_amount: MoneyField = titled("本位币金额", "Amount in book currency")
    method: TextField = titled("结算方式", "Method")
    settled_amount: MoneyField = titled("已核销金额", "Settled amount")
    status: Settling = titled("状态", "Status")
    remark: TextField = titled("备注", "Remark")


class Settlement(Golden):
    """One matching of a receipt with an instalment. `amount` is signed: a reversal is a row of its own."""

    receivable: ReceivableRef = titled("应收单", "Receivable")
    receipt: ReceiptRef = titled("收款单", "Receipt")
    instalment: TextField = titled("收款计划行", "Instalment (native row id)")
    date: DateField = titled("核销日期", "Date")
    amount: MoneyField = titled("核销金额", "Amount")
    currency: TextField = titled("币别", "Currency")
    book_currency: TextField = titled("本位币", "Book currency")
    book_amount: MoneyField = titled("本位币金额", "Amount in book currency")
    number: TextField = titled("核销号", "Number")


class Approval(Golden):
    """One approval at an OA system. One that the hub started names the order that waits for it."""

    number: TextField = titled("审批编号", "Number")
    title: TextField = titled("标题", "Title")
    template: TextField = titled("审批模板", "Template")
    applicant: EmployeeRef = titled("申请人", "Applicant")
    order: OrderRef = titled("订单", "Order")
    customer: CustomerRef = titled("客户", "Customer")
    amount: MoneyField = titled("金额", "Amount")
    currency: TextField = titled("币别", "Currency")
    status: Annotated[Literal["pending", "approved", "rejected", "withdrawn"] | None, Kind("enum")] = titled(
        "状态", "Status"
    )
    started_at: TimeField = titled("发起时间", "Started at")
    decided_at: TimeField = titled("审批完成时间", "Decided at")
    decided_by: EmployeeRef = titled("审批人", "Decided by")
    remark: TextField = titled("备注", "Remark")


ENTITIES: dict[str, type[Golden]] = {
    "customer": Customer,
    "contact": Contact,
    "product": Product,
    "employee": Employee,
    "order": Order,
    "receivable": Receivable,
    "receipt": Receipt,
    "settlement": Settlement,
    "approval": Approval,
}
