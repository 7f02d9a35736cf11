"""Base data every data center has: organizations, currencies, units, tax rates, users and the small lists."""

from typing import Any

from sandbox.kingdee.database import Database
from sandbox.kingdee.documents import Document
from sandbox.kingdee.values import stored_value

Rows = tuple[dict[str, Any], ...]

_UNITS = (("Pcs", "件"), ("TAI", "台"), ("kg", "千克"), ("m", "米"), ("SET", "套"), ("BOX", "箱"))
_RATES = (
    ("SL04_SYS", "增值税13%", "13"),
    ("SL05_SYS", "增值税9%", "9"),
    ("SL06_SYS", "增值税6%", "6"),
    ("SL00_SYS", "免税", "0"),
)
_CURRENCIES = (
    ("PRE001", "人民币", "CNY", 2),
    ("PRE002", "香港元", "HKD", 2),
    ("PRE003", "欧元", "EUR", 2),
    ("PRE004", "日本日圆", "JPY", 0),
    ("PRE007", "美元", "USD", 2),
)
_LISTS: dict[str, tuple[tuple[str, str], ...]] = {
    "BD_Department": (("BM000001", "销售部"), ("BM000002", "财务部")),
    "BD_SETTLETYPE": (("JSFS01_SYS", "现金"), ("JSFS04_SYS", "电汇"), ("JSFS06_SYS", "商业承兑汇票")),
    "BD_RecCondition": (("SKTJ01_SYS", "货到收款"), ("SKTJ02_SYS", "月结30天"), ("SKTJ03_SYS", "分期收款")),
    "BOS_BillType": (("XSDD01_SYS", "标准销售订单"), ("YSD01_SYS", "标准应收单"), ("SKDLX01_SYS", "销售收款单")),
    "BD_RATETYPE": (("HLTX01_SYS", "固定汇率"),),
    "CN_RECPAYPURPOSE": (("SFKYT01_SYS", "销售收款"), ("SFKYT02_SYS", "预收款")),
    "BD_CustomerGroup": (("01", "国内客户"), ("02", "海外客户")),
    "BD_MATERIALGROUP": (("01", "产成品"),),
    "BD_MATERIALCATEGORY": (("CHLB05_SYS", "产成品"),),
    "BD_UNIT": _UNITS,
}


def seed(database: Database) -> None:
    """Fills an empty database."""
    orgs = ({"FNumber": "100", "FName": "总公司", "id": 1}, {"FNumber": "200", "FName": "华东分公司", "id": 2})
    _add(database, "ORG_Organizations", orgs)
    _add(
        database,
        "SEC_User",
        (
            {"FNumber": database.settings.username, "FName": "集成用户", "FUserAccount": database.settings.username},
            {"FNumber": "wang.kuaiji", "FName": "王会计", "FUserAccount": "wang.kuaiji"},
        ),
    )
    _add(
        database,
        "BD_Currency",
        tuple({"FNumber": n, "FName": name, "FCODE": code, "FAMOUNTDIGITS": d} for n, name, code, d in _CURRENCIES),
    )
    _add(database, "BD_TaxRate", tuple({"FNumber": n, "FName": name, "FTaxRate": rate} for n, name, rate in _RATES))
    for form_id, items in _LISTS.items():
        _add(database, form_id, tuple({"FNumber": number, "FName": name} for number, name in items))


def _add(database: Database, form_id: str, rows: Rows) -> None:
    """Audited records, as a system administrator would have left them."""
    table, now = database.table(form_id), database.now_text()
    for row in rows:
        values = {"fdocumentstatus": "C", "fforbidstatus": "A", "fcreatedate": now, "fmodifydate": now}
        for key, value in row.items():
            if key != "id":
                values[key.lower()] = stored_value(table.form.head[key.lower()], value)
        table.put(Document(int(row.get("id") or 0) or table.new_id(), values))
