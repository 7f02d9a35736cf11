"""What a tenant has before any customer: its organisation, kinds of documents, units, taxes, currencies, departments."""

from sandbox.yonyou.bip.account import FIRST_ID, Bip, Row

FIRST_BASE_ID = FIRST_ID - 1_000_000_000_000

ORGANISATION, DEPARTMENT, CLASS = "组织", "部门", "客户分类"
MERCHANT_TYPE, ORDER_TYPE, BUSINESS_TYPE = "客户类型", "交易类型", "业务类型"
UNIT, TAX, CURRENCY, RATE_TYPE, QUICK_TYPE = "计量单位", "税目税率", "币种", "汇率类型", "款项类型"

_ROWS: tuple[tuple[str, str, str, dict[str, object]], ...] = (
    (MERCHANT_TYPE, "SYCSR001", "通用客户", {}),
    (CLASS, "01", "全部客户", {}),
    (CLASS, "0101", "直销客户", {"parent": "01"}),
    (CLASS, "0102", "渠道客户", {"parent": "01"}),
    (ORDER_TYPE, "SO01", "普通销售", {"workflow": False}),
    (ORDER_TYPE, "SO02", "普通销售（审批流）", {"workflow": True}),
    (BUSINESS_TYPE, "ar_invoice", "销售应收", {}),
    (BUSINESS_TYPE, "ar_colsale", "销售收款", {}),
    (BUSINESS_TYPE, "arap_oar_other", "其他应收", {}),
    (BUSINESS_TYPE, "arap_receipt_other", "其他收款", {}),
    (UNIT, "PCS", "件", {}),
    (UNIT, "SET", "套", {}),
    (UNIT, "BOX", "箱", {}),
    (UNIT, "KG", "千克", {}),
    (UNIT, "M", "米", {}),
    (UNIT, "TAI", "台", {}),
    (TAX, "VAT13", "增值税13%", {"rate": "13"}),
    (TAX, "VAT9", "增值税9%", {"rate": "9"}),
    (TAX, "VAT6", "增值税6%", {"rate": "6"}),
    (TAX, "VAT0", "免税", {"rate": "0"}),
    (CURRENCY, "CNY", "人民币", {}),
    (CURRENCY, "USD", "美元", {}),
    (RATE_TYPE, "01", "基准汇率", {}),
    (QUICK_TYPE, "1", "应收款", {}),
    (QUICK_TYPE, "2", "预收款", {}),
    (DEPARTMENT, "D01", "公司", {"parent": ""}),
    (DEPARTMENT, "D02", "销售部", {"parent": "D01"}),
)


def seed_base(bip: Bip) -> None:
    """Fills the base data of a fresh tenant; ids are the same every time."""
    rows = ((ORGANISATION, bip.settings.org_code, "示例制造有限公司", {}), *_ROWS)
    for place, (kind, code, name, more) in enumerate(rows):
        row: Row = {"id": FIRST_BASE_ID + place, "type": kind, "code": code, "name": name, **more}
        bip.store.create("base", row)


def rows_of(bip: Bip, kind: str) -> list[Row]:
    """All rows of one kind."""
    return [row for row in bip.store.all("base") if row["type"] == kind]
