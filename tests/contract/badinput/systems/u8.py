"""用友 U8 OpenAPI: only two codes are known (yonyou.md 4.3, 4.4), so the words decide; they are the sandbox's where the note has none."""

from hub.errors import (
    ConfigInvalid,
    CredentialsRejected,
    PeriodClosed,
    PermissionMissing,
    RateLimited,
    Text,
    Unreachable,
    ValidationFailed,
)
from tests.contract.badinput.frame import AtConnection, AtRecord, Case, Cause, Ground, NotThere, Sees, Sheet, Suite
from tests.contract.badinput.pages import pages
from tests.contract.badinput.scene import Scene
from tests.contract.badinput.server import SandboxServer

PERSON = {"code": "YG1", "name": "张三", "cpsnmobilephone": "13800000001"}
GROUND = Ground(
    entities=("employee", "product", "customer", "order"),
    sheets={"customer": Sheet("customer", "name"), "order": Sheet("saleorder", "memo")},
    seed={
        "person": (PERSON,),
        "inventory": ({"code": "M-1", "name": "轴承", "specs": "M-1", "ccomunitname": "台", "tax_rate": "13"},),
    },
    usual={"order": {"owner": None}},
)
PLATFORM = "用友开放平台"


def remove_person(scene: Scene) -> None:
    """The salesman leaves, and his record goes."""
    assert isinstance(scene.server, SandboxServer)
    scene.server.control("DELETE", "records/person/YG1")


def _rejected(field: str) -> Sees:
    return Sees(CredentialsRejected, "hub_admin", ("不接受", field), (PLATFORM, "我的应用"))


CONNECTION: tuple[Case, ...] = (
    AtConnection(
        kind="secret_wrong",
        name=Text("app_secret 错", "app_secret"),
        sees=_rejected("app_secret"),
        cause=Cause(settings={"app_secret": "0" * 32}),
    ),
    AtConnection(
        kind="app_unknown",
        name=Text("app_key 不存在", "app_key"),
        sees=_rejected("app_key"),
        cause=Cause(settings={"app_key": "opa0000000000000000"}),
    ),
    AtConnection(
        kind="app_unknown",
        name=Text("调用方账号不存在", "from_account"),
        sees=_rejected("from_account"),
        cause=Cause(settings={"from_account": "nobody"}),
    ),
    AtConnection(
        kind="tenant_wrong",
        name=Text("提供方账号错，或企业没有授权", "to_account, or the company has not authorised the app"),
        sees=Sees(PermissionMissing, "system_admin", ("to_account",), ("授权", "数据源")),
        cause=Cause(settings={"to_account": "other_company"}),
    ),
    AtConnection(
        kind="tenant_wrong",
        name=Text("数据源序号错", "data source number"),
        sees=Sees(ConfigInvalid, "hub_admin", ("数据源[9]不存在",), ("数据源序号", "测试并恢复")),
        cause=Cause(settings={"ds_sequence": "9"}),
    ),
    AtConnection(
        kind="app_disabled",
        name=Text("应用订购到期", "the subscription has expired"),
        sees=Sees(PermissionMissing, "system_admin", ("已到期",), (PLATFORM, "续订")),
        cause=Cause(switches={"subscribed": False}),
    ),
    AtConnection(
        kind="permission_missing",
        name=Text("应用没有这个接口的权限", "no right to a resource"),
        sees=Sees(PermissionMissing, "system_admin", ("接口[customer]的权限",), ("授予",)),
        cause=Cause(switches={"denied": "customer"}),
        entity="customer",
    ),
    NotThere(
        kind="address_blocked",
        why=Text(
            "开放平台不按地址限制调用，U8 服务器上的客户端自己连出",
            "the platform does not restrict addresses; the client on the U8 server connects outwards by itself",
        ),
    ),
    NotThere(
        kind="user_unlicensed",
        why=Text(
            "调用方是应用而不是 U8 用户；订购到期见“应用停用”",
            "the caller is an app and no U8 user; an expired subscription stands under application disabled",
        ),
    ),
    AtConnection(
        kind="quota_used",
        name=Text("调用次数用完", "the call package is used up"),
        sees=Sees(RateLimited, "nobody", ("调用次数",), ("会自动重试",)),
        cause=Cause(faults=({"kind": "rate_limited"},)),
    ),
    AtConnection(
        kind="other",
        name=Text("U8 服务器上的客户端没有运行", "the client program on the U8 server does not run"),
        sees=Sees(Unreachable, "system_admin", ("用友开放平台客户端", "没有运行"), ("U8 服务器", "启动")),
        cause=Cause(switches={"client_online": False}),
    ),
)
RECORDS: tuple[Case, ...] = (
    AtRecord(
        kind="period_closed",
        name=Text("订单日期在已结账的期间", "an order dated in a closed period"),
        sees=Sees(PeriodClosed, "finance", ("会计期间已结账",), ("期末处理", "反结账")),
        entity="order",
        bad={"date": "2026-09-30"},
        cause=Cause(switches={"closed_periods": "2026-09"}),
    ),
    NotThere(
        kind="unit_unknown",
        why=Text(
            "存货只读，订单行总是用存货自己的主计量单位",
            "inventories are read only, and order lines always take the inventory's own unit",
        ),
    ),
    NotThere(
        kind="tax_unknown",
        why=Text(
            "订单行的税率是数字，U8 不对照税码",
            "the rate of an order line is a number that is compared with no code",
        ),
    ),
    AtRecord(
        kind="name_too_long",
        name=Text("客户名称超过映射的 98 字", "a customer's name over the mapping's 98 characters"),
        sees=Sees(None, "author", ("name", "98"), ("改正这条记录",)),
        entity="customer",
        bad={"name": "长" * 99},
        fixed={"name": "不再太长的公司"},
    ),
    AtRecord(
        kind="name_too_long",
        name=Text("客户名称超过 U8 的长度", "a name longer than U8 takes"),
        sees=Sees(ValidationFailed, "author", ("有字段过长", "客户名称长度不能超过60"), ("缩短", "max")),
        entity="customer",
        bad={"name": "长" * 80},
        fixed={"name": "不再太长的公司"},
        cause=Cause(switches={"text_length": 60}),
    ),
    AtRecord(
        kind="characters_forbidden",
        name=Text("客户名称含有 U8 不收的字符", "a name with signs that U8 does not take"),
        sees=Sees(ValidationFailed, "author", ("不允许的字符", "非法字符[']"), ("去掉这些字符",)),
        entity="customer",
        bad={"name": "乙'公司"},
        fixed={"name": "乙公司"},
        cause=Cause(switches={"forbidden_characters": "'"}),
    ),
    AtRecord(
        kind="reference_unknown",
        name=Text("业务员已不在 U8", "the salesman is not there any more"),
        sees=Sees(ValidationFailed, "author", ("人员[YG1]不存在",), ("补上它引用的资料",)),
        entity="order",
        bad={"owner": "@employee"},
        cause=Cause(at=remove_person, gone=lambda scene: scene.server.seed("person", PERSON)),
    ),
)
SUITES = (
    Suite(
        system="u8",
        title=Text("用友 U8", "Yonyou U8"),
        start=lambda: SandboxServer("u8", {"ping_after": "0"}),
        ground=GROUND,
        cases=(*CONNECTION, *pages("u8"), *RECORDS),
    ),
)
