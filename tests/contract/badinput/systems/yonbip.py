"""用友 YonBIP: gateway codes of yonyou.md 1.1-1.6; business refusals are words under 999 and 0."""

from hub.errors import (
    ConfigInvalid,
    CredentialsRejected,
    PeriodClosed,
    PermissionMissing,
    RateLimited,
    Text,
    ValidationFailed,
)
from tests.contract.badinput.frame import AtConnection, AtRecord, Case, Cause, Ground, NotThere, Row, Sees, Sheet, Suite
from tests.contract.badinput.pages import pages
from tests.contract.badinput.scene import Scene
from tests.contract.badinput.server import SandboxServer


def _name(row: Row) -> str:
    name = row["name"]
    return str(name.get("simplifiedName") or "") if isinstance(name, dict) else str(name)


STAFF = {"code": "YG1", "name": "张三", "mobile": "13800000001"}
GROUND = Ground(
    entities=("employee", "product", "customer", "order"),
    sheets={"customer": Sheet("merchant", _name), "order": Sheet("order", "memo")},
    seed={
        "staff": (STAFF,),
        "product": ({"code": "M-1", "name": "轴承", "modelDescription": "M-1", "unitCode": "TAI", "taxRate": "13"},),
    },
    usual={"order": {"owner": None}},
)
APPS = "API 应用"


def remove_staff(scene: Scene) -> None:
    """The salesman leaves, and his record goes."""
    [one] = scene.server.rows("staff")
    assert isinstance(scene.server, SandboxServer)
    scene.server.control("DELETE", f"records/staff/{one['id']}")


def bring_staff_back(scene: Scene) -> None:
    """The same record as before: the hub knows it by its id."""
    scene.server.seed("staff", {**STAFF, "id": "2048000020000000001"})


def at_rate(rate: str) -> Row:
    line = {"product": "@product", "quantity": "2", "price": "100.10", "tax_rate": rate}
    return {"lines": [{**line, "delivery_date": "2026-11-30"}]}


CONNECTION: tuple[Case, ...] = (
    AtConnection(
        kind="secret_wrong",
        name=Text("appSecret 错", "appSecret"),
        sees=Sees(CredentialsRejected, "hub_admin", ("签名不对", "appSecret"), (APPS, "测试并恢复")),
        cause=Cause(settings={"app_secret": "wrong-secret-0001"}),
    ),
    AtConnection(
        kind="app_unknown",
        name=Text("appKey 不存在", "appKey"),
        sees=Sees(CredentialsRejected, "hub_admin", ("应用不存在或appKey已停用",), (APPS, "启用")),
        cause=Cause(settings={"app_key": "k9999"}),
    ),
    AtConnection(
        kind="tenant_wrong",
        name=Text("租户ID 错", "tenant id"),
        sees=Sees(ConfigInvalid, "hub_admin", ("没有这个租户ID",), ("企业信息", "测试并恢复")),
        cause=Cause(settings={"tenant_id": "t0nobody"}),
    ),
    AtConnection(
        kind="tenant_wrong",
        name=Text("财务版本选错", "the wrong finance generation"),
        sees=Sees(ConfigInvalid, "hub_admin", ("没有接口", "fi/"), ("财务版本",)),
        cause=Cause(settings={"finance": "fi"}),
        noticed_by="test",
    ),
    AtConnection(
        kind="app_disabled",
        name=Text("应用停用，令牌还在", "stopped while its token lives"),
        sees=Sees(CredentialsRejected, "hub_admin", ("停用",), (APPS, "启用")),
        cause=Cause(switches={"app_enabled": False}),
    ),
    AtConnection(
        kind="permission_missing",
        name=Text("接口没有授权给应用", "an API that is not authorised"),
        sees=Sees(PermissionMissing, "system_admin", ("digitalModel/merchant", "授权"), (APPS, "API 分类")),
        cause=Cause(switches={"unauthorised": "digitalModel/merchant"}),
        entity="customer",
    ),
    AtConnection(
        kind="permission_missing",
        name=Text("应用没有绑定用户", "no user bound to the app"),
        sees=Sees(PermissionMissing, "system_admin", ("绑定用户",), (APPS, "绑定集成用户")),
        cause=Cause(switches={"user_bound": False}),
    ),
    AtConnection(
        kind="permission_missing",
        name=Text("集成用户没有新增权限", "no right to add"),
        sees=Sees(PermissionMissing, "system_admin", ("没有[newinsert]的权限",), ("角色",)),
        cause=Cause(switches={"denied": "newinsert"}),
        noticed_by="writing",
    ),
    AtConnection(
        kind="address_blocked",
        name=Text("出口 IP 不在白名单", "not on the allow list"),
        sees=Sees(PermissionMissing, "system_admin", ("IP[127.0.0.1]", "白名单"), (APPS, "IP 白名单")),
        cause=Cause(switches={"allowed_ips": "10.9.9.9"}),
    ),
    AtConnection(
        kind="quota_used",
        name=Text("调用频率超限", "too many calls"),
        sees=Sees(RateLimited, "nobody", ("调用频率", "次数超过限制"), ("会自动重试",)),
        cause=Cause(faults=({"kind": "rate_limited"},)),
    ),
    NotThere(
        kind="user_unlicensed",
        why=Text(
            "接口按应用授权和调用包计费，厂商资料里没有用户许可的检查",
            "APIs are authorised and paid per app; the vendor's pages know no check of user licences",
        ),
    ),
)
RECORDS: tuple[Case, ...] = (
    AtRecord(
        kind="period_closed",
        name=Text("订单日期在已结账的期间", "an order dated in a closed period"),
        sees=Sees(PeriodClosed, "finance", ("会计期间已结账",), ("期末处理", "反结账")),
        entity="order",
        bad={"date": "2026-09-30"},
        fixed={"date": "2026-11-19"},
        cause=Cause(switches={"closed_periods": "2026-09"}),
    ),
    AtRecord(
        kind="period_closed",
        name=Text("财务反结账后重试", "replayed after finance reopened the period"),
        sees=Sees(PeriodClosed, "finance", ("会计期间已结账",), ("反结账",)),
        entity="order",
        bad={"date": "2026-09-30"},
        cause=Cause(switches={"closed_periods": "2026-09"}),
    ),
    NotThere(
        kind="unit_unknown",
        why=Text(
            "物料只读，订单行总是用物料自己的主计量单位",
            "products are read only, and order lines always take the product's own unit",
        ),
    ),
    AtRecord(
        kind="tax_unknown",
        name=Text("连接设置里没有这个税率", "a rate that the settings do not know"),
        sees=Sees(ValidationFailed, "hub_admin", ("税率 17", "没有税目编码"), ("税率 → 税目编码",)),
        entity="order",
        bad=at_rate("17"),
        fixed=at_rate("13"),
    ),
    AtRecord(
        kind="tax_unknown",
        name=Text("用友里没有这个税目", "a tax code that the tenant does not have"),
        sees=Sees(ValidationFailed, "system_admin", ("税目税率[VAT3]不存在",), ("基础档案", "对照表")),
        entity="order",
        bad=at_rate("3"),
        fixed=at_rate("6"),
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
        name=Text("客户名称超过用友的长度", "a name longer than YonBIP takes"),
        sees=Sees(ValidationFailed, "author", ("有字段过长", "客户名称长度不能超过100"), ("缩短", "max")),
        entity="customer",
        bad={"name": "长" * 120},
        fixed={"name": "不再太长的公司"},
        cause=Cause(switches={"text_length": 100}),
    ),
    AtRecord(
        kind="characters_forbidden",
        name=Text("客户名称含有网关不放行的字符", "a name that the gateway's pattern does not let through"),
        sees=Sees(ValidationFailed, "author", ("正则校验失败", "[#]"), ("来源系统改正",)),
        entity="customer",
        bad={"name": "乙公司#二部"},
        fixed={"name": "乙公司二部"},
        cause=Cause(switches={"forbidden_characters": "#"}),
    ),
    AtRecord(
        kind="reference_unknown",
        name=Text("销售业务员已不在用友", "the salesman is not there any more"),
        sees=Sees(ValidationFailed, "author", ("销售业务员", "不存在"), ("补上它引用的资料",)),
        entity="order",
        bad={"owner": "@employee"},
        cause=Cause(at=remove_staff, gone=bring_staff_back),
    ),
)
SUITES = (
    Suite(
        system="yonbip",
        title=Text("用友 YonBIP / YonSuite", "Yonyou YonBIP, YonSuite"),
        start=lambda: SandboxServer("yonbip"),
        ground=GROUND,
        cases=(*CONNECTION, *pages("yonbip"), *RECORDS),
    ),
)
