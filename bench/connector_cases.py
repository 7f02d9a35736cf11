"""What bench_connectors measures at each system: how records are made and changed there."""

from collections.abc import Mapping

from bench.cases import Base, Case, Data, Measured, reviewed_order
from bench.tryton import TRYTON


def number(value: str) -> Data:
    return {"FNumber": value}


def kingdee_order(n: int) -> Data:
    row = {"FMaterialId": number("M1"), "FQty": "2", "FTaxPrice": "19.99", "FEntryTaxRate": "13"}
    head = {"FDate": "2025-02-01", "FCustId": number("C1"), "FSalerId": number("S1"), "FNote": f"备注 {n}"}
    return {**head, "FSaleOrderEntry": [dict(row) for _ in range(1 + n % 5)]}


def kingdee_receivable(n: int) -> Data:
    row = {"FMATERIALID": number("M1"), "FPRICEUNITID": number("Pcs"), "FPriceQty": "1", "FTaxPrice": "100"}
    head = {"FCUSTOMERID": number("C1"), "FDATE": "2025-02-01", "FENDDATE_H": "2025-03-01", "FREMARK": f"备注 {n}"}
    return {**head, "FEntityDetail": [row]}


KINGDEE_BASE: Base = {
    "BD_Customer": [{"FName": "华星贸易有限公司", "FNumber": "C1", "audited": True}],
    "BD_MATERIAL": [{"FName": "螺丝", "FNumber": "M1", "audited": True, "FBaseUnitId": number("Pcs")}],
    "BD_Saler": [{"FName": "李伟", "FNumber": "S1"}],
}
KINGDEE = (
    Case(
        "customer",
        "BD_Customer",
        lambda n: {"FName": f"杭州云栖{n}有限公司"},
        edit=lambda n: {"FDescription": f"改 {n}"},
        write=lambda n: {"FName": f"宁波海岸{n}有限公司"},
        change=lambda n: {"FDescription": f"推 {n}"},
        steps=("submit", "audit"),
    ),
    reviewed_order("SAL_SaleOrder", kingdee_order, "FNote"),
    Case("receivable", "AR_receivable", kingdee_receivable, edit=lambda n: {"FREMARK": f"改 {n}"}),
)

FIRM = 4017000001


def ec_firm(n: int) -> Data:
    person = {"name": f"李伟{n}", "mobile": f"139{n:08d}", "followUserId": 5001}
    return {**person, "company": f"华星贸易{n}有限公司", "crmType": 1}


def ec_contact(n: int) -> Data:
    return {"crmId": FIRM, "name": f"王芳{n}", "mobile": f"137{n:08d}"}


def ec_sale(n: int) -> Data:
    line = {"productId": 7000001, "productNum": 2, "saleMoney": 20}
    return {"projectName": f"项目 {n}", "crmId": FIRM, "userId": 5001, "product": [line]}


def ec_new_sale(n: int) -> Data:
    line = {"productId": 7000001, "productNum": 2, "saleMoney": 20}
    return {"projectName": f"新项目 {n}", "crmId": FIRM, "userId": 5001, "status": "1", "products": [line]}


EC_BASE: Base = {"customer": [ec_firm(0)], "product": [{"productName": "螺丝", "money": 20}]}
EC = (
    Case(
        "customer",
        "customer",
        lambda n: ec_firm(1 + n),
        edit=lambda n: {"memo": f"改 {n}"},
        write=lambda n: {**ec_firm(500_000 + n), "gender": "男", "channel": "官网"},
        change=lambda n: {"memo": f"推 {n}"},
    ),
    Case(
        "contact",
        "contact",
        ec_contact,
        write=lambda n: {"crmId": FIRM, "name": f"赵敏{n}", "mobile": f"136{n:08d}"},
        change=lambda n: {"memo": f"推 {n}"},
        id_of=lambda given: f"{FIRM}-{given}",
    ),
    Case(
        "order",
        "sale",
        ec_sale,
        edit=lambda n: {"remark": f"改 {n}"},
        write=ec_new_sale,
        change=lambda n: {"projectName": f"推 {n}"},
    ),
)

WECOM_BASE: Base = {"member": [{"userid": "zhangsan", "name": "张三", "mobile": "13800000001"}]}
WECOM = (
    Case("employee", "member", lambda n: {"userid": f"User{n}", "name": f"员工{n}", "department": [1]}),
    Case(
        "contact",
        "external_contact",
        lambda n: {"name": f"李伟{n}", "follow_user": [{"userid": "zhangsan", "remark": f"客户 {n}"}]},
        change=lambda n: {"follow_user": [{"userid": "zhangsan", "remark": f"推 {n}"}]},
    ),
)

U8_BASE: Base = {
    "person": [{"code": "P1", "name": "李伟", "cdept_num": "0101"}],
    "customer": [{"code": "C1", "name": "华星贸易有限公司"}],
    "inventory": [{"code": "M1", "name": "螺丝", "ccomunitname": "件", "tax_rate": "13"}],
}


def u8_order(n: int) -> Data:
    row = {"inventorycode": "M1", "quantity": f"{n % 7 + 1}", "taxunitprice": "19.99", "taxrate": "13"}
    return {"date": "2025-02-01", "custcode": "C1", "personcode": "P1", "memo": f"备注 {n}", "entry": [row]}


U8 = (
    Case(
        "customer",
        "customer",
        lambda n: {"code": f"KH{n:05d}", "name": f"杭州云栖{n}有限公司"},
        edit=lambda n: {"memo": f"改 {n}"},
        write=lambda n: {"name": f"杭州华星{n}有限公司"},
    ),
    Case("order", "saleorder", u8_order, write=u8_order),
)

YONBIP_BASE: Base = {
    "staff": [{"code": "YG001", "name": "李伟"}],
    "merchant": [{"code": "C1", "name": "华星贸易有限公司"}],
    "product": [{"code": "M1", "name": "螺丝", "unitCode": "PCS"}],
}


def yonbip_order(n: int) -> Data:
    line = {"productId": "M1", "qty": f"{n % 7 + 1}", "oriTaxUnitPrice": "19.99", "taxRate": "13"}
    return {
        "vouchdate": "2025-02-01",
        "agentId": "C1",
        "corpContact": "YG001",
        "memo": f"备注 {n}",
        "orderDetails": [line],
    }


YONBIP = (
    Case(
        "customer",
        "merchant",
        lambda n: {"name": f"杭州云栖{n}有限公司", "code": f"KH{n:05d}"},
        edit=lambda n: {"website": f"改 {n}"},
        write=lambda n: {"name": f"杭州华星{n}有限公司", "professSalesman": "YG001"},
        change=lambda n: {"website": f"推 {n}"},
    ),
    reviewed_order("order", yonbip_order, "memo"),
)

FORM_CODE = "PROC-SANDBOX-ORDER-0001"


def ding_form(n: int) -> dict[str, str]:
    return {"订单编号": f"SO{n}", "客户": f"华星 {n}", "金额": f"{n}.50", "币种": "CNY"}


def ding_started(n: int) -> Data:
    shown = [{"name": name, "value": value} for name, value in ding_form(n).items()]
    return {"processCode": FORM_CODE, "originatorUserId": "lisi", "formComponentValues": shown}


DINGTALK_BASE: Base = {
    "department": [{"dept_id": 2, "name": "销售部", "parent_id": 1}],
    "member": [
        {"userid": "zhangsan", "name": "张三", "mobile": "13800000001", "dept_id_list": [1]},
        {"userid": "lisi", "name": "李四", "dept_id_list": [2]},
    ],
}
DINGTALK = (
    Case("employee", "member", lambda n: {"userid": f"User{n}", "name": f"员工{n}", "dept_id_list": [2]}),
    Case("approval", "approval", ding_started, write=lambda n: {"originatorUserId": "zhangsan", "form": ding_form(n)}),
)


def jdy_firm(n: int) -> Data:
    return {"ext_no": f"C-{n:06d}", "name": f"华星贸易{n}有限公司", "mobile": f"139{n:08d}", "owner": "zhangsan"}


JIANDAOYUN = (
    Case(
        "customer",
        "customer",
        jdy_firm,
        edit=lambda n: {"remark": f"改 {n}"},
        write=jdy_firm,
        change=lambda n: {"remark": f"推 {n}"},
    ),
)


SYSTEMS: Mapping[str, Measured] = {
    "kingdee": Measured(KINGDEE_BASE, KINGDEE),
    "yonbip": Measured(YONBIP_BASE, YONBIP),
    "u8": Measured(U8_BASE, U8, {"window_days": 3650}, {"ping_after": "0"}),
    "ec": Measured(EC_BASE, EC, {"order_details": True}),
    "jiandaoyun": Measured({}, JIANDAOYUN),
    "wecom": Measured(WECOM_BASE, WECOM),
    "dingtalk": Measured(DINGTALK_BASE, DINGTALK, {"process_code": FORM_CODE}, {"qps": 0}),
    "tryton": TRYTON,
}
