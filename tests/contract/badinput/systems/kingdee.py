"""金蝶云星空: what the product refuses, with the codes and words of kingdee.md 2 and 3.2."""

from hub.errors import CredentialsRejected, Text
from tests.contract.badinput.frame import AtConnection, AtRecord, Cause, Ground, Sees, Sheet, Suite
from tests.contract.badinput.server import SandboxServer

GROUND = Ground(
    entities=("employee", "product", "customer", "order"),
    sheets={
        "product": Sheet("BD_MATERIAL", "FName"),
        "customer": Sheet("BD_Customer", "FName"),
        "order": Sheet("SAL_SaleOrder", "FNote"),
    },
    seed={
        "BD_Empinfo": ({"FNumber": "YG1", "FName": "张三", "FMobile": "13800000001"},),
        "BD_Saler": ({"FNumber": "XSY1", "FName": "张三", "FStaffId": "YG1", "FEmpNumber": "YG1"},),
        "BD_MATERIAL": (
            {
                "FNumber": "M-1",
                "FName": "轴承",
                "FSpecification": "M-1",
                "audited": True,
                "SubHeadEntity": {"FBaseUnitId": "TAI", "FTaxRateId": "SL04_SYS"},
            },
        ),
    },
)

CASES = (
    AtConnection(
        kind="secret_wrong",
        name=Text("应用密钥错（签名方式）", "application secret, signed calls"),
        sees=Sees(CredentialsRejected, "hub_admin", ("凭证",), ("第三方系统登录授权",)),
        cause=Cause(settings={"app_secret": "f" * 32}),
    ),
    AtRecord(
        kind="value_missing",
        name=Text("物料没有单位", "product without a unit"),
        sees=Sees(None, "author", ("unit",), ("按原因改正",)),
        entity="product",
        bad={"unit": None},
        fixed={"unit": "台"},
    ),
)

SUITES = (
    Suite(
        system="kingdee",
        title=Text("金蝶云星空", "Kingdee Cloud Galaxy"),
        start=lambda: SandboxServer("kingdee"),
        ground=GROUND,
        cases=CASES,
    ),
)
