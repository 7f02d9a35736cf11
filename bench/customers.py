"""The bench's customers: pages of records with 26 Chinese fields, made from their number, the same on every machine."""

import json
from typing import Any

PAGE = 500
BATCH = 100
_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_WEIGHTS = tuple(pow(3, i, 31) for i in range(17))

# 15 fields are mapped, 11 are not (a vendor sends more than anyone asked for).
_RECORD = """{"id":"%(id)s","编码":"KH%(n)07d","名称":"%(name)s","简称":"华星%(n)07d","税号":"%(tax)s",\
"手机":"1%(mobile)010d","地址":"浙江省杭州市西湖区文三路 %(n)d 号 华星时代广场","邮编":"310012",\
"网址":"https://www.huaxing%(n)d.example.cn","传真":"","行业":"批发和零售业","级别":"%(level)s",\
"来源":"展会","备注":"%(note)s","状态":"%(status)s","开户行":"中国工商银行杭州分行","账号":"62220212%(n)010d",\
"信用额度":"%(credit)d.50","成立日期":"2015-03-18","法人":"李建国","注册资本":"5000000.00","员工人数":120,\
"经营范围":"服装、鞋帽、日用百货的销售及技术服务","创建人":"王芳","创建时间":"2024-06-01 09:30:00","修改时间":"%(modified)s"}"""
FIELDS = 26
MAPPED = {
    "编码": "number", "名称": "name", "简称": "short_name", "税号": "tax_code", "手机": "mobile", "地址": "address",
    "邮编": "postcode", "网址": "website", "行业": "industry", "级别": "level", "来源": "source", "备注": "remark",
    "开户行": "invoice.bank_name", "账号": "invoice.bank_account", "状态": "status",
}  # fmt: skip
"""Native field -> golden field: 15 lines, used by the hub's mapping and by the bare loops alike."""
STATUS = {"启用": "active", "停用": "disabled"}


def tax_code(number: int) -> str:
    """A 统一社会信用代码 with its check character (GB 32100)."""
    body = f"91330106{number:09d}"
    total = sum(_ALPHABET.index(mark) * weight for mark, weight in zip(body, _WEIGHTS, strict=True))
    return body + _ALPHABET[(31 - total % 31) % 31]


def record_text(number: int, note: str, tick: int) -> str:
    """One record as JSON text."""
    return _RECORD % {
        "id": f"S{number}",
        "n": number,
        "name": f"杭州华星{number}贸易有限公司",
        "tax": tax_code(number),
        "mobile": 3_000_000_000 + number,
        "level": "ABC"[number % 3],
        "note": note,
        "status": "停用" if number % 97 == 0 else "启用",
        "credit": number % 9000,
        "modified": tick,
    }


def page_text(first: int, last: int, *, note: str, tick: int, more: bool) -> bytes:
    """Records first .. last - 1 as one reply."""
    rows = ",".join(record_text(number, note, tick) for number in range(first, last))
    return f'{{"rows":[{rows}],"tick":{tick},"more":{"true" if more else "false"}}}'.encode()


def mapping_spec(system: str) -> dict[str, Any]:
    """The mapping of both bench systems, which keep customers alike."""
    lines: list[dict[str, Any]] = []
    for native, golden in MAPPED.items():
        steps: list[Any] = ["trim"]
        if golden == "mobile":
            steps = ["phone"]
        elif golden == "status":
            steps = [{"lookup": {"table": STATUS}}]
        lines.append({"field": golden, "native": native, "steps": steps})
    return {"system": system, "entity": "customer", "object": "customer", "fields": lines}


def map_bare(native: dict[str, Any]) -> dict[str, Any]:
    """The same 15 fields as the bare loops map them."""
    mapped = {name: native[name].strip() for name in MAPPED}
    mapped["状态"] = "启用" if STATUS[mapped["状态"]] == "active" else "停用"
    return mapped


def sample() -> dict[str, Any]:
    """One record, decoded."""
    record: dict[str, Any] = json.loads(record_text(1, "无", 1))
    return record
