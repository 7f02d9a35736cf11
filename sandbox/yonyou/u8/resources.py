"""The resources of the OpenAPI: their keys, fields and filters, as the vendor's field sheets name them."""

from dataclasses import dataclass

_SELF = tuple(f"self_define{number}" for number in range(1, 17))
_HEAD_DEFINES = tuple(f"define{number}" for number in range(1, 17))
_LINE_DEFINES = tuple(f"define{number}" for number in range(22, 38))
_FREE = tuple(f"free{number}" for number in range(1, 11))


@dataclass(frozen=True, kw_only=True)
class Resource:
    """One resource. `listed` is the name of its batch_get; `dated` the date field of a document ("" for archives).

    `equal` maps filters of batch_get to fields; `numbered` archives carry the change counter.
    """

    name: str
    title: str
    fields: tuple[str, ...]
    key: str = "code"
    listed: str = ""
    dated: str = ""
    equal: tuple[tuple[str, str], ...] = ()
    needed: tuple[str, ...] = ()
    lines: tuple[str, ...] = ()
    numbered: bool = False
    indexed: tuple[str, ...] = ()


CUSTOMER = Resource(
    name="customer",
    title="客户",
    fields=(
        "code", "name", "abbrname", "sort_code", "domain_code", "industry", "address", "bank_open", "bank_acc_number",
        "contact", "phone", "fax", "mobile", "devliver_site", "memo", "seed_date", "end_date", "ModifyDate",
        "ccusexch_name", "bcusdomestic", "bcusoverseas", "bserviceattribute", "ccusmngtypecode", "ccusmngtypename",
        "spec_operator", "spec_operator_name", "timestamp", *_SELF,
    ),
    needed=("code", "name", "abbrname", "sort_code"),
    numbered=True,
)  # fmt: skip
CONTACT = Resource(
    name="customercontacts",
    title="客户联系人",
    fields=(
        "code",
        "name",
        "ccuscode",
        "ccusname",
        "be_main_linker",
        "mobile_phone",
        "office_phone",
        "email",
        "wechat",
    ),
    equal=(("ccuscode", "ccuscode"),),
    needed=("name", "ccuscode"),
    indexed=("ccuscode",),
)
INVENTORY = Resource(
    name="inventory",
    title="存货",
    fields=(
        "code", "name", "invaddcode", "specs", "sort_code", "sort_name", "main_measure", "ccomunitname", "unitgroup_code",
        "iimptaxrate", "tax_rate", "start_date", "end_date", "modifydate", "timestamp", *_SELF,
    ),
    needed=("code", "name"),
    lines=("invcode", *_FREE),
    numbered=True,
)  # fmt: skip
PERSON = Resource(
    name="person",
    title="人员",
    fields=("code", "name", "cdept_num", "cpsnmobilephone", "cpsnemail", "cuser_id"),
    equal=(("code", "code"), ("name", "name")),
    needed=("code", "name"),
)
DEPARTMENT = Resource(
    name="department",
    title="部门",
    fields=("code", "name", "endflag", "rank", "manager", "timestamp"),
    equal=(("code", "code"), ("name", "name")),
    needed=("code", "name"),
    numbered=True,
)
SALEORDER = Resource(
    name="saleorder",
    title="销售订单",
    listed="saleorderlist",
    fields=(
        "code", "date", "businesstype", "typecode", "typename", "state", "custcode", "cusname", "cusabbname", "deptcode",
        "deptname", "personcode", "personname", "dpredatebt", "dpremodatebt", "sendaddress", "ccusperson",
        "ccuspersoncode", "caddcode", "taxrate", "memo", "maker", "verifier", "closer", "money", "sum", "fhstatus",
        "createsystime", "verifysystime", *_HEAD_DEFINES,
    ),
    dated="date",
    equal=(("custcode", "custcode"), ("state", "state")),
    needed=("date", "custcode"),
    lines=(
        "inventorycode", "inventoryname", "invstd", "unitname", "quantity", "num", "unitcode", "unitrate", "quotedprice",
        "unitprice", "taxunitprice", "money", "tax", "sum", "natmoney", "nattax", "natsum", "taxrate", "discount",
        "irowno", "dpredate", *_FREE, *_LINE_DEFINES,
    ),
    indexed=("custcode",),
)  # fmt: skip
CONSIGNMENT = Resource(
    name="consignment",
    title="发货单",
    listed="consignmentlist",
    fields=("code", "date", "custcode", "cusname", "memo"),
    dated="date",
    needed=("date", "custcode"),
    lines=("inventorycode", "quantity"),
)
OUGHTRECEIVE = Resource(
    name="oughtreceive",
    title="应收单",
    listed="oughtreceivelist",
    fields=(
        "vouchertype", "code", "date", "cust_vendor_code", "cust_vendor_name", "deptcode", "personcode", "currency_name",
        "operator", "currency_rate", "amount", "natamount", "digest", "subjectcode", "item_classcode", "item_code",
        "bdebitcredit", "paycondition_code", "relatevouchercode", "flag", "startflag", "verifier", *_HEAD_DEFINES,
    ),
    dated="date",
    equal=(("cust_vendor_code", "cust_vendor_code"),),
    needed=("vouchertype", "code", "date", "cust_vendor_code", "deptcode", "personcode", "currency_name", "operator"),
    lines=(
        "cust_vendor_code", "deptcode", "personcode", "digest", "subjectcode", "currency_name", "currency_rate",
        "bdebitcredit", "amount", "natamount", "item_code", *_LINE_DEFINES,
    ),
    indexed=("cust_vendor_code", "relatevouchercode"),
)  # fmt: skip
ACCEPT = Resource(
    name="accept",
    title="收款单",
    key="vouchcode",
    listed="acceptlist",
    fields=(
        "vouchtype", "vouchcode", "vouchdate", "period", "customercode", "customername", "departmentcode", "personcode",
        "balancecode", "foreigncurrency", "operator", "itemcode", "orderid", "notecode", "currencyrate", "amount",
        "originalamount", "digest", "oppositebankcode", "oppositebankname", "balanceitemcode", "flag", "verifier",
        *_HEAD_DEFINES,
    ),
    dated="vouchdate",
    equal=(("customercode", "customercode"),),
    needed=("vouchtype", "vouchcode", "vouchdate", "customercode", "operator"),
    lines=(
        "type", "customercode", "amount", "originalamount", "itemcode", "departmentcode", "personcode", "orderid",
        *_LINE_DEFINES,
    ),
    indexed=("customercode",),
)  # fmt: skip
RESOURCES = {
    one.name: one
    for one in (CUSTOMER, CONTACT, INVENTORY, PERSON, DEPARTMENT, SALEORDER, CONSIGNMENT, OUGHTRECEIVE, ACCEPT)
}
LISTS = {one.listed or one.name: one for one in RESOURCES.values()}
