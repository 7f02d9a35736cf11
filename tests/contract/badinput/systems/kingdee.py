"""金蝶云星空: what the product refuses, with the codes and words of kingdee.md 2 and 3.2."""

from hub.errors import (
    ConfigInvalid,
    CredentialsRejected,
    PeriodClosed,
    PermissionMissing,
    RateLimited,
    Text,
    ValidationFailed,
)
from tests.contract.badinput.frame import AtConnection, AtRecord, Case, Cause, Ground, NotThere, Sees, Sheet, Suite
from tests.contract.badinput.pages import page, pages
from tests.contract.badinput.scene import Scene
from tests.contract.badinput.server import SandboxServer

MATERIAL = {
    "FNumber": "M-1",
    "FName": "轴承",
    "FSpecification": "M-1",
    "audited": True,
    "SubHeadEntity": {"FBaseUnitId": "TAI", "FTaxRateId": "SL04_SYS"},
}
GROUND = Ground(
    entities=("employee", "product", "customer", "order"),
    sheets={
        "product": Sheet("BD_MATERIAL", "FName"),
        "customer": Sheet("BD_Customer", "FName"),
        "order": Sheet("SAL_SaleOrder", "FNote"),
    },
    seed={
        "BD_Empinfo": ({"FNumber": "YG1", "FName": "张三", "FMobile": "13800000001", "audited": True},),
        "BD_Saler": ({"FNumber": "XSY1", "FName": "张三", "FStaffId": "YG1", "FEmpNumber": "YG1", "audited": True},),
        "BD_MATERIAL": (MATERIAL,),
    },
)
PLACE = "系统管理 → 第三方系统登录授权"
SESSION = {"auth": "login_by_app_secret"}
PASSWORD = {"auth": "validate_user"}
FORBIDDEN_PAGE = "<html><head><title>403 Forbidden</title></head><body><h1>403 Forbidden</h1></body></html>"


def remove_unit(scene: Scene) -> None:
    """The administrator deletes the unit 箱, which the mapping knows as BOX."""
    [unit] = [row for row in scene.server.rows("BD_UNIT") if row["FNumber"] == "BOX"]
    assert isinstance(scene.server, SandboxServer)
    scene.server.control("DELETE", f"records/BD_UNIT/{unit['FUNITID']}")


def bring_unit_back(scene: Scene) -> None:
    scene.server.seed("BD_UNIT", {"FNumber": "BOX", "FName": "箱", "audited": True})


def forbid_salesman(scene: Scene, status: str = "B") -> None:
    [one] = scene.server.rows("BD_Saler")
    assert isinstance(scene.server, SandboxServer)
    scene.server.control("PUT", f"records/BD_Saler/{one['fid']}", {"FForbidStatus": status, "force": True})


def bring_salesman_back(scene: Scene) -> None:
    forbid_salesman(scene, "A")


def _credentials() -> tuple[Case, ...]:
    accepted = ("集成用户、应用 ID 或应用密钥不对",)
    rejected = Sees(CredentialsRejected, "hub_admin", accepted, (PLACE, "测试并恢复"))
    login = Sees(CredentialsRejected, "hub_admin", ("登录被拒绝", "密码错误"), (PLACE, "测试并恢复"))
    unknown = Sees(CredentialsRejected, "hub_admin", ("登录被拒绝", "用户不存在"), (PLACE, "测试并恢复"))
    not_allowed = Sees(PermissionMissing, "system_admin", ("第三方应用", "不允许用户demo"), (PLACE, "应用密钥"))
    other_app = "100009_QUJDREVGR0hJSktMTU5PUFFSU1RVVldY"
    return (
        AtConnection(
            kind="secret_wrong",
            name=Text("应用密钥错，签名方式", "application secret, signed calls"),
            sees=rejected,
            cause=Cause(settings={"app_secret": "f" * 32}),
        ),
        AtConnection(
            kind="secret_wrong",
            name=Text("应用密钥错，登录方式", "application secret, login"),
            sees=not_allowed,
            cause=Cause(settings={**SESSION, "app_secret": "f" * 32}),
        ),
        AtConnection(
            kind="secret_wrong",
            name=Text("密码错", "password"),
            sees=login,
            cause=Cause(settings={**PASSWORD, "password": "wrong-password"}),
        ),
        AtConnection(
            kind="app_unknown",
            name=Text("用户不存在，密码方式", "user unknown, password login"),
            sees=unknown,
            cause=Cause(settings={**PASSWORD, "username": "nobody"}),
        ),
        AtConnection(
            kind="app_unknown",
            name=Text("应用 ID 不存在，签名方式", "application id unknown, signed calls"),
            sees=rejected,
            cause=Cause(settings={"app_id": other_app}),
        ),
        AtConnection(
            kind="app_unknown",
            name=Text("用户不在应用的名单里，登录方式", "user not admitted by the application, login"),
            sees=Sees(PermissionMissing, "system_admin", (other_app, "不允许用户"), (PLACE,)),
            cause=Cause(settings={**SESSION, "app_id": other_app}),
        ),
        AtConnection(
            kind="tenant_wrong",
            name=Text("账套 ID 不存在", "data center id"),
            sees=Sees(ConfigInvalid, "hub_admin", ("nowhere", "60a0000000000a"), ("账套ID", "hub connections change")),
            cause=Cause(settings={"acct_id": "nowhere"}),
        ),
        AtConnection(
            kind="app_disabled",
            name=Text(
                "第三方授权停用或还原后丢失，签名方式", "authorization disabled or lost after a restore, signed calls"
            ),
            sees=rejected,
            cause=Cause(switches={"authorized": False}, at=lambda scene: scene.wait()),
        ),
        AtConnection(
            kind="app_disabled",
            name=Text("第三方授权停用，登录方式", "authorization disabled, login"),
            sees=not_allowed,
            cause=Cause(settings=SESSION, switches={"authorized": False}),
        ),
    )


def _rights() -> tuple[Case, ...]:
    return (
        AtConnection(
            kind="permission_missing",
            name=Text("没有新增、修改权限", "no right to add or change"),
            sees=Sees(PermissionMissing, "system_admin", ("客户", "新增、修改"), ("新增、修改、提交、审核权限",)),
            cause=Cause(switches={"denied": ["BD_Customer.save"]}),
            noticed_by="writing",
        ),
        AtConnection(
            kind="permission_missing",
            name=Text("没有审核权限", "no right to audit"),
            sees=Sees(PermissionMissing, "system_admin", ("客户", "审核"), ("审核权限",)),
            cause=Cause(switches={"denied": ["BD_Customer.audit"]}),
            noticed_by="writing",
        ),
        AtConnection(
            kind="permission_missing",
            name=Text("数据权限过滤（看不到探针）", "data rights filter rows (the probe is not visible)"),
            sees=Sees(PermissionMissing, "system_admin", ("employee", "XSY1"), ("BD_Saler", "数据权限")),
            cause=Cause(settings={"probes": {"employee": "XSY1"}}, switches={"hidden_forms": ["BD_Saler"]}),
            noticed_by="test",
        ),
        AtConnection(
            kind="address_blocked",
            name=Text("产品前面的防火墙拒绝", "refused by the firewall in front"),
            sees=Sees(PermissionMissing, "system_admin", ("HTTP 403", "403 Forbidden"), ("出口地址",)),
            cause=Cause(faults=(page(403, FORBIDDEN_PAGE),)),
        ),
        AtConnection(
            kind="user_unlicensed",
            name=Text("集成用户没有许可", "no licence"),
            sees=Sees(PermissionMissing, "system_admin", ("没有许可", "许可错误"), ("许可管理", "分配许可")),
            cause=Cause(switches={"licensed": False}),
        ),
        AtConnection(
            kind="quota_used",
            name=Text("调用限制", "call limit"),
            sees=Sees(RateLimited, "nobody", ("限制了调用", "调用次数已达上限"), ("会自动重试",)),
            cause=Cause(faults=({"kind": "rate_limited"},)),
        ),
    )


RECORDS: tuple[Case, ...] = (
    AtRecord(
        kind="period_closed",
        name=Text("订单日期在已关闭的期间", "an order dated in a closed period"),
        sees=Sees(PeriodClosed, "finance", ("会计期间已关闭", "2026-09-30"), ("反结账", "未结账的期间")),
        entity="order",
        bad={"date": "2026-09-30"},
        fixed={"date": "2026-11-19"},
        cause=Cause(switches={"closed_until": "2026-10-31"}),
    ),
    AtRecord(
        kind="period_closed",
        name=Text("财务反结账后重试", "replayed after finance reopened the period"),
        sees=Sees(PeriodClosed, "finance", ("会计期间已关闭", "2026-09-30"), ("反结账",)),
        entity="order",
        bad={"date": "2026-09-30"},
        cause=Cause(switches={"closed_until": "2026-10-31"}),
    ),
    AtRecord(
        kind="unit_unknown",
        name=Text("映射的对照表里没有这个单位", "not in the mapping's table"),
        sees=Sees(None, "hub_admin", ("unit", "打"), ("对照表", "hub mappings apply")),
        entity="product",
        bad={"unit": "打"},
        fixed={"unit": "箱"},
    ),
    AtRecord(
        kind="unit_unknown",
        name=Text("金蝶里没有这个单位", "not there in Kingdee"),
        sees=Sees(ValidationFailed, "system_admin", ("基本单位", "BOX", "不存在"), ("新增、审核或启用", "映射")),
        entity="product",
        bad={"unit": "箱"},
        cause=Cause(at=remove_unit, gone=bring_unit_back),
    ),
    NotThere(
        kind="tax_unknown",
        why=Text(
            "订单行的税率是数字（13 即 13%），金蝶不对照税码；物料的默认税率不由中枢写",
            "the rate of an order row is a number (13 = 13 %) that is compared with no code; the hub writes no default rate of materials",
        ),
    ),
    AtRecord(
        kind="name_too_long",
        name=Text("客户名称超过映射的 200 字", "a customer's name over the mapping's 200 characters"),
        sees=Sees(None, "author", ("name", "200"), ("改正这条记录",)),
        entity="customer",
        bad={"name": "长" * 201},
        fixed={"name": "不再太长的公司"},
    ),
    AtRecord(
        kind="name_too_long",
        name=Text("规格型号超过金蝶的长度", "a specification longer than Kingdee takes"),
        sees=Sees(ValidationFailed, "author", ("规格型号", "255"), ("缩短",)),
        entity="product",
        bad={"specification": "规" * 256},
        fixed={"specification": "规格 1"},
    ),
    AtRecord(
        kind="characters_forbidden",
        name=Text("防火墙拦截 <", "a firewall stops <"),
        sees=Sees(ValidationFailed, "author", ("FNote", "<", "防火墙"), ("去掉这个字符", "拦截规则")),
        entity="order",
        bad={"remark": "数量 < 5 时赠送"},
        fixed={"remark": "数量少于 5 时赠送"},
        cause=Cause(switches={"waf_decodes": True}),
    ),
    AtRecord(
        kind="value_missing",
        name=Text("物料没有单位", "product without a unit"),
        sees=Sees(None, "author", ("unit", "FBaseUnitId"), ("补填 unit",)),
        entity="product",
        bad={"unit": None},
        fixed={"unit": "台"},
    ),
    AtRecord(
        kind="reference_unknown",
        name=Text("销售员已被禁用", "the salesman was forbidden"),
        sees=Sees(ValidationFailed, "system_admin", ("销售员", "XSY1"), ("新增、审核或启用",)),
        entity="customer",
        good={"owner": None},
        bad={"owner": "@employee"},
        cause=Cause(switches={"references_need_audit": True}, at=forbid_salesman, gone=bring_salesman_back),
    ),
)

SUITES = (
    Suite(
        system="kingdee",
        title=Text("金蝶云星空", "Kingdee Cloud Galaxy"),
        start=lambda: SandboxServer("kingdee"),
        ground=GROUND,
        cases=(*_credentials(), *_rights(), *pages("kingdee"), *RECORDS),
        settings={},
    ),
)
