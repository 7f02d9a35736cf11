"""EC CRM: no public list of codes exists, so that its own words decide (crm.md section 1)."""

from collections.abc import Callable
from typing import cast

from connectors.ec.errors import SignatureRefused
from hub.errors import (
    ConfigInvalid,
    MappingInvalid,
    PermissionMissing,
    RateLimited,
    RecordRejected,
    Text,
    ValidationFailed,
)
from tests.contract.badinput.frame import (
    AtConnection,
    AtRecord,
    Case,
    Cause,
    Ground,
    NotThere,
    Sees,
    Sheet,
    Suite,
)
from tests.contract.badinput.pages import page, pages
from tests.contract.badinput.scene import Scene
from tests.contract.badinput.server import SandboxServer

SELLER = 5101
GROUND = Ground(
    entities=("employee", "customer", "contact"),
    sheets={
        "customer": Sheet("customer", "company"),
        "contact": Sheet("contact", "name"),
    },
    seed={
        "user": ({"userId": SELLER, "userName": "张三", "account": "13800000001", "deptId": 102, "title": "销售"},),
    },
    usual={"customer": {"owner": None, "kind": "enterprise"}},
)
KEYS = ("应用互联 → API 开发接口", "测试并恢复")
OPERATOR = ("opt_user_id", "测试并恢复")
LATER = ("会自动重试",)
WRITES = {"path": "customer/addCustomer"}


def sandbox(scene: Scene) -> SandboxServer:
    return cast(SandboxServer, scene.server)


def user(user_id: int, **changes: object) -> Callable[[Scene], None]:
    """A user of EC changes an employee."""
    return lambda scene: sandbox(scene).control("PUT", f"records/user/{user_id}", changes) and None


def gone(scene: Scene) -> None:
    sandbox(scene).control("DELETE", f"records/user/{SELLER}")


def back(scene: Scene) -> None:
    scene.server.seed("user", *GROUND.seed["user"])


def without_tax_field(scene: Scene) -> None:
    sandbox(scene).control("DELETE", "records/customer_field/81010002")
    scene.feed_another("customer", "有税号的公司", tax_code="913301065898765431")


CONNECTION: tuple[Case, ...] = (
    AtConnection(
        kind="secret_wrong",
        name=Text("应用密钥错", "application secret"),
        sees=Sees(SignatureRefused, "hub_admin", ("EC 拒绝了身份验证", "签名不正确"), ("app_secret", *KEYS)),
        cause=Cause(settings={"app_secret": "wrongwrongwrongwrong"}),
        entity="employee",
    ),
    AtConnection(
        kind="secret_wrong",
        name=Text("应用密钥错，错误在 HTTP 200 里", "application secret, said inside HTTP 200"),
        sees=Sees(SignatureRefused, "hub_admin", ("EC 拒绝了身份验证", "签名不正确"), ("app_secret", *KEYS)),
        cause=Cause(settings={"app_secret": "wrongwrongwrongwrong"}, switches={"sign_error": "code"}),
        entity="employee",
    ),
    AtConnection(
        kind="app_unknown",
        name=Text("应用 ID 不对", "application ID"),
        sees=Sees(SignatureRefused, "hub_admin", ("EC 拒绝了身份验证",), ("app_id", *KEYS)),
        cause=Cause(settings={"app_id": "317592306421858305"}),
        entity="employee",
    ),
    AtConnection(
        kind="app_unknown",
        name=Text("操作人不存在", "operator unknown"),
        sees=Sees(ConfigInvalid, "hub_admin", ("操作人", "59999"), OPERATOR),
        cause=Cause(settings={"opt_user_id": 59999}),
        entity="contact",
    ),
    AtConnection(
        kind="tenant_wrong",
        name=Text("企业 ID 不对", "corp ID"),
        sees=Sees(SignatureRefused, "hub_admin", ("企业ID不正确",), ("corp_id", *KEYS)),
        cause=Cause(settings={"corp_id": "21000009"}),
        entity="employee",
    ),
    AtConnection(
        kind="app_disabled",
        name=Text("操作人已停用", "operator switched off"),
        sees=Sees(ConfigInvalid, "hub_admin", ("操作人已停用", "5001"), OPERATOR),
        cause=Cause(at=user(5001, status=0), gone=user(5001, status=1)),
        entity="contact",
    ),
    AtConnection(
        kind="permission_missing",
        name=Text("接口没有开通", "interface not opened"),
        sees=Sees(SignatureRefused, "hub_admin", ("EC 拒绝了身份验证", "没有接口权限"), ("接口是否开通", *KEYS)),
        cause=Cause(switches={"closed_calls": "customer/queryCustomer,customer/queryList"}),
        entity="customer",
    ),
    AtConnection(
        kind="permission_missing",
        name=Text("HTTP 403", "HTTP 403"),
        sees=Sees(PermissionMissing, "system_admin", ("HTTP 403",), ("权限",)),
        cause=Cause(faults=(page(403, "<html><body>Forbidden</body></html>"),)),
        entity="employee",
    ),
    AtConnection(
        kind="quota_used",
        name=Text("调用过于频繁", "too many calls"),
        sees=Sees(RateLimited, "nobody", ("ec", "频率"), LATER),
        cause=Cause(faults=({"kind": "rate_limited"},)),
        entity="employee",
    ),
    AtConnection(
        kind="quota_used",
        name=Text("调用过于频繁，错误在 HTTP 200 里", "too many calls, said inside HTTP 200"),
        sees=Sees(RateLimited, "nobody", ("EC 调用过于频繁",), LATER),
        cause=Cause(switches={"rate_limit_answer": "code"}, faults=({"kind": "rate_limited"},)),
        entity="employee",
    ),
    *pages("ec", match=WRITES),
    AtConnection(
        kind="other",
        name=Text("没有对接编号字段", "no custom field for the hub's key"),
        sees=Sees(ConfigInvalid, "system_admin", ("没有的字段",), ("EC 后台", "测试并恢复")),
        cause=Cause(settings={"key_field": "没有的字段"}),
        noticed_by="writing",
        entity="customer",
    ),
    AtConnection(
        kind="other",
        name=Text("映射里的自定义字段编号不属于这个账户", "the mapping names another account's custom field"),
        sees=Sees(MappingInvalid, "hub_admin", ("自定义字段不存在：81010002",), ("映射 ec",)),
        cause=Cause(
            at=without_tax_field,
            gone=lambda scene: scene.server.seed(
                "customer_field", {"fieldId": "81010002", "fieldName": "信用代码", "filedType": 1, "fieldParam": []}
            ),
        ),
        noticed_by="writing",
        entity="customer",
    ),
)
RECORD: tuple[Case, ...] = (
    AtRecord(
        kind="name_too_long",
        name=Text("客户名称", "customer"),
        sees=Sees(None, "author", ("name", "200"), ("按原因改正",)),
        entity="customer",
        bad={"name": "长" * 201},
        fixed={"name": "改短了的公司"},
    ),
    AtRecord(
        kind="name_too_long",
        name=Text("联系人姓名", "contact"),
        sees=Sees(None, "author", ("name", "50"), ("按原因改正",)),
        entity="contact",
        bad={"name": "长" * 51},
        fixed={"name": "李四改短了"},
    ),
    AtRecord(
        kind="characters_forbidden",
        name=Text("客户名称（开关，真实 EC 未知）", "customer (a switch, not known of the real EC)"),
        sees=Sees(RecordRejected, "author", ("不允许的字符", "甲<公司"), ("按原因改正",)),
        entity="customer",
        bad={"name": "甲<公司"},
        fixed={"name": "甲公司二"},
        cause=Cause(switches={"refused_characters": "<>"}),
    ),
    AtRecord(
        kind="reference_unknown",
        name=Text("负责人在 EC 中已删除", "the owner is not in EC any more"),
        sees=Sees(ValidationFailed, "author", ("EC 不接受负责人", "跟进人", str(SELLER)), ("在职的负责人",)),
        entity="customer",
        bad={"owner": "@employee"},
        cause=Cause(at=gone, gone=back),
    ),
)
NOT_THERE: tuple[Case, ...] = (
    NotThere(
        kind="address_blocked",
        why=Text("公开资料中没有按地址的限制", "no public source knows a list of addresses"),
    ),
    NotThere(
        kind="user_unlicensed",
        why=Text(
            "公开资料中没有许可的检查，停用的操作人见上",
            "no public source knows licences; an operator switched off is above",
        ),
    ),
    NotThere(kind="period_closed", why=Text("CRM 没有会计期间", "a CRM has no accounting periods")),
    NotThere(
        kind="unit_unknown",
        why=Text("单位是产品目录里的文字，订单明细只引用产品", "units are text of the catalogue; lines name products"),
    ),
    NotThere(kind="tax_unknown", why=Text("EC 的订单没有税率", "sales in EC have no tax")),
)

SUITES = (
    Suite(
        system="ec",
        title=Text("EC 客户管理", "EC CRM"),
        start=lambda: SandboxServer("ec"),
        ground=GROUND,
        cases=(*CONNECTION, *RECORD, *NOT_THERE),
    ),
)
