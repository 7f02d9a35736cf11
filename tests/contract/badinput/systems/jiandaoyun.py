"""简道云 by its manifest: codes 8301, 8302, 8303 and 1010 are all that is known (crm.md section 4.1); a form checks nothing of what the
API writes."""

from hub.errors import CredentialsRejected, PermissionMissing, RateLimited, Text
from tests.contract.badinput.frame import AtConnection, AtRecord, Case, Cause, Ground, NotThere, Sees, Sheet, Suite
from tests.contract.badinput.pages import page, pages
from tests.contract.badinput.server import SandboxServer

KEYS = ("开放平台 → 密钥管理", "测试并恢复")
GROUND = Ground(
    entities=("customer", "contact"),
    sheets={"customer": Sheet("customer", "name"), "contact": Sheet("contact", "name")},
    usual={"customer": {"owner": None}},
)
OTHER = "0123456789abcdef01234567"
WRONG = Sees(CredentialsRejected, "hub_admin", ("API 密钥无效或已停用",), ("API 密钥", *KEYS))
NO_RIGHT = Sees(PermissionMissing, "system_admin", ("没有这个应用或表单的权限", "没有该应用的权限"), KEYS)

CONNECTION: tuple[Case, ...] = (
    AtConnection(
        kind="secret_wrong",
        name=Text("API 密钥错", "API key"),
        sees=WRONG,
        cause=Cause(settings={"api_key": "wrongwrongwrongwrongwrong"}),
    ),
    AtConnection(
        kind="app_disabled",
        name=Text("密钥在开放平台里停用或删除", "the key switched off or deleted there"),
        sees=WRONG,
        cause=Cause(switches={"api_key": OTHER}),
    ),
    AtConnection(
        kind="app_unknown",
        name=Text("应用 ID 不对", "app ID"),
        sees=NO_RIGHT,
        cause=Cause(settings={"app_id": OTHER}),
    ),
    AtConnection(
        kind="app_unknown",
        name=Text("表单 ID 不对", "form ID"),
        sees=Sees(PermissionMissing, "system_admin", ("没有该表单的权限",), KEYS),
        cause=Cause(settings={"customer_form": OTHER}),
        entity="customer",
    ),
    AtConnection(
        kind="permission_missing",
        name=Text("密钥没有该表单的权限", "the key has no right to the form"),
        sees=Sees(PermissionMissing, "system_admin", ("没有该表单的权限",), KEYS),
        cause=Cause(switches={"closed_forms": "customer"}),
        entity="customer",
    ),
    AtConnection(
        kind="permission_missing",
        name=Text("前面的防火墙 HTTP 403", "HTTP 403 of a firewall in front"),
        sees=Sees(PermissionMissing, "system_admin", ("jiandaoyun", "HTTP 403"), ("权限",)),
        cause=Cause(faults=(page(403, "<html><body>Forbidden</body></html>"),)),
    ),
    AtConnection(
        kind="quota_used",
        name=Text("调用过于频繁（HTTP 400 的 8303）", "too many calls (8303 in an HTTP 400)"),
        sees=Sees(RateLimited, "nobody", ("jiandaoyun", "调用过于频繁"), ("会自动重试",)),
        cause=Cause(faults=({"kind": "rate_limited"},)),
    ),
    *pages("jiandaoyun"),
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
)
NOT_THERE: tuple[Case, ...] = (
    NotThere(
        kind="tenant_wrong",
        why=Text("密钥属于一个企业，企业不另外填写", "a key belongs to one company, which is not entered"),
    ),
    NotThere(
        kind="address_blocked",
        why=Text("公开资料中没有按地址的限制", "no public source knows a list of addresses"),
    ),
    NotThere(
        kind="user_unlicensed",
        why=Text("接口按密钥而不按用户放行", "calls are made by a key and by no user"),
    ),
    NotThere(kind="period_closed", why=Text("表单没有会计期间", "forms have no accounting periods")),
    NotThere(kind="unit_unknown", why=Text("表单的明细没有单位", "the lines of the form have no unit")),
    NotThere(kind="tax_unknown", why=Text("表单的明细没有税率", "the lines of the form have no tax rate")),
    NotThere(
        kind="characters_forbidden",
        why=Text("接口写入不经过表单的校验", "what the API writes skips the checks of the form"),
    ),
)

SUITES = (
    Suite(
        system="jiandaoyun",
        title=Text("简道云（YAML 连接器）", "Jiandaoyun (a YAML manifest)"),
        start=lambda: SandboxServer("jiandaoyun"),
        ground=GROUND,
        cases=(*CONNECTION, *RECORD, *NOT_THERE),
    ),
)
