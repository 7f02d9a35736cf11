"""企业微信: codes and words of wecom.md 1, 2, 4.1 and 7. Messages and approvals are its records."""

from typing import Any, cast

from hub.connector.contract import Write
from hub.errors import (
    ConfigInvalid,
    CredentialsRejected,
    HubError,
    OutcomeUnknown,
    PermissionMissing,
    RateLimited,
    RecordRejected,
    Text,
    ValidationFailed,
)
from tests.contract.badinput.chat import alert_pauses, alert_refused, alert_waits, approval_refused, read_error
from tests.contract.badinput.frame import AtConnection, Case, Cause, Ground, NotThere, Own, Sees, Sheet, Suite
from tests.contract.badinput.pages import page, pages
from tests.contract.badinput.scene import Scene
from tests.contract.badinput.server import SandboxServer

TEMPLATE = "Tpl_order"
CONTROLS = {
    "集成编号": "Text",
    "事由": "Text",
    "金额": "Money",
    "明细": "Textarea",
    "订单编号": "Text",
    "客户": "Text",
    "币种": "Selector",
    "收货人": "Text",
}
CURRENCIES = ("CNY", "USD")
OTHER = "sandbox-other-secret-00000000000000000000000"
CONTACT_SYNC = "sandbox-contact-sync-secret-000000000000000"


def template(currencies: tuple[str, ...] = CURRENCIES, required: str = "集成编号") -> dict[str, Any]:
    """The form of the order approval; 币种 is a choice."""
    options = [{"key": f"o{n}", "value": [{"text": one, "lang": "zh_CN"}]} for n, one in enumerate(currencies)]
    controls = [
        {
            "property": {
                "control": kind,
                "id": f"{kind}-{n}",
                "title": [{"text": title, "lang": "zh_CN"}],
                "require": int(title == required),
            },
            "config": {"selector": {"type": "single", "options": options}} if kind == "Selector" else {},
        }
        for n, (title, kind) in enumerate(CONTROLS.items())
    ]
    name = [{"text": "销售订单审批", "lang": "zh_CN"}]
    return {
        "template_id": TEMPLATE,
        "template_names": name,
        "template_content": {"controls": controls},
        "approvers": ["boss"],
    }


GROUND = Ground(
    entities=("employee", "approval"),
    sheets={"approval": Sheet("approval", "sp_no")},
    seed={
        "member": (
            {"userid": "zhangsan", "name": "张三", "mobile": "13800000001"},
            {"userid": "lisi", "name": "李四", "mobile": "13800000002"},
            {"userid": "boss", "name": "钱总", "mobile": "13900000000"},
        ),
        "approval_template": (template(),),
    },
)
RESUME = "测试并恢复"


def sandbox(scene: Scene) -> SandboxServer:
    return cast(SandboxServer, scene.server)


def change(path: str, **changes: Any) -> Any:
    """A user of 企业微信 changes a record."""

    def act(scene: Scene) -> None:
        sandbox(scene).control("PUT", f"records/{path}", changes)

    return act


def no_member(scene: Scene) -> None:
    sandbox(scene).control("DELETE", "records/member/zhangsan")


def member_again(scene: Scene) -> None:
    scene.server.seed("member", GROUND.seed["member"][0])


def form(**given: Any) -> Any:
    return change(f"approval_template/{TEMPLATE}", template_content=template(**given)["template_content"])


def contact_sync(scene: Scene) -> HubError:
    """Its secret opens most doors, so that only the read of members finds out."""
    cause = Cause(settings={"secret": CONTACT_SYNC, "external_contacts": False, "approval_template": ""})
    scene.bring(cause)
    report = scene.pull(scene.at, "employee")
    assert report.state == "failed"
    state = scene.state()
    assert state.state == "paused"
    scene.take_away(cause)
    scene.resume()
    assert scene.pull(scene.at, "employee").state == "ok"
    return read_error(state.reason)


def long_remark(scene: Scene) -> HubError:
    """A mapping without `long: cut`: the connector knows the vendor's limit and sends nothing."""
    follow = {"userid": "zhangsan", "createtime": 1}
    scene.server.seed("external_contact", {"external_userid": "wm1", "name": "王五", "follow_user": [follow]})
    write = Write("K1", {"follow_user": [{"userid": "zhangsan", "remark": "长" * 21}]}, id="wm1")
    (outcome,) = scene.hub.clients.get(scene.at).update("contact", [write])
    assert isinstance(outcome, HubError)
    return outcome


CONNECTION: tuple[Case, ...] = (
    AtConnection(
        kind="secret_wrong",
        name=Text("Secret 错或已重置", "secret wrong or reset"),
        sees=Sees(CredentialsRejected, "hub_admin", ("应用 Secret 不正确",), ("应用管理", "secret", RESUME)),
        cause=Cause(settings={"secret": "x" * 43}),
        entity="employee",
    ),
    AtConnection(
        kind="secret_wrong",
        name=Text("Secret 属于别的企业（旧代码 40091）", "secret of another corp (older code 40091)"),
        sees=Sees(CredentialsRejected, "hub_admin", ("不属于该企业",), ("secret", RESUME)),
        cause=Cause(settings={"secret": "y" * 43}, switches={"foreign_secrets": "y" * 43}),
        entity="employee",
    ),
    AtConnection(
        kind="tenant_wrong",
        name=Text("企业 ID 错", "corp ID"),
        sees=Sees(CredentialsRejected, "hub_admin", ("企业 ID 不正确",), ("我的企业 → 企业信息", "corp_id", RESUME)),
        cause=Cause(settings={"corp_id": "ww0000000000000000"}),
        entity="employee",
    ),
    AtConnection(
        kind="tenant_wrong",
        name=Text("企业已注销", "corp closed"),
        sees=Sees(PermissionMissing, "system_admin", ("企业已注销",), ("我的企业", RESUME)),
        cause=Cause(settings={"secret": "z" * 43}, switches={"corp_closed": True}),
        entity="employee",
    ),
    AtConnection(
        kind="app_disabled",
        name=Text("应用停用", "app disabled"),
        sees=Sees(PermissionMissing, "system_admin", ("应用已停用",), ("应用管理", "启用", RESUME)),
        cause=Cause(switches={"app_disabled": True}),
        entity="employee",
    ),
    AtConnection(
        kind="app_disabled",
        name=Text("接口权限因不活跃被收回", "right withdrawn for inactivity"),
        sees=Sees(PermissionMissing, "system_admin", ("不活跃", "department/simplelist"), ("管理后台", RESUME)),
        cause=Cause(switches={"withdrawn_calls": "department/simplelist"}),
        entity="employee",
    ),
    AtConnection(
        kind="permission_missing",
        name=Text("客户联系", "customer contact"),
        sees=Sees(PermissionMissing, "system_admin", ("externalcontact/",), ("客户联系 → 可调用接口的应用", RESUME)),
        cause=Cause(switches={"customer_contact_allowed": False}),
        noticed_by="test",
        entity="employee",
    ),
    AtConnection(
        kind="permission_missing",
        name=Text("企业不活跃，不能读客户", "corp too inactive to read customers"),
        sees=Sees(PermissionMissing, "system_admin", ("活跃度不足", "externalcontact/"), ("管理后台", RESUME)),
        cause=Cause(switches={"corp_inactive": True}),
        noticed_by="test",
        entity="employee",
    ),
    AtConnection(
        kind="permission_missing",
        name=Text("审批", "approvals"),
        sees=Sees(PermissionMissing, "system_admin", ("审批", "oa/"), ("审批 → 可调用接口的应用", RESUME)),
        cause=Cause(switches={"approval_allowed": False}),
        entity="approval",
    ),
    Own(
        kind="permission_missing",
        name=Text("用了通讯录同步的 Secret", "the secret of contact sync"),
        sees=Sees(PermissionMissing, "hub_admin", ("通讯录同步", "user/list"), ("自建应用", "secret", RESUME)),
        shows=contact_sync,
    ),
    AtConnection(
        kind="address_blocked",
        name=Text("不在企业可信 IP 中", "not a trusted IP"),
        sees=Sees(PermissionMissing, "system_admin", ("可信 IP", "127.0.0.1"), ("企业可信IP", RESUME)),
        cause=Cause(switches={"trusted_ips": "10.9.8.7"}),
        entity="employee",
    ),
    AtConnection(
        kind="quota_used",
        name=Text("每分钟调用次数", "calls a minute"),
        sees=Sees(RateLimited, "nobody", ("频率限制",), ("会自动重试",)),
        cause=Cause(switches={"api_per_minute": 0}),
        entity="employee",
    ),
    *pages("wecom", entity="employee", writes=False),
    AtConnection(
        kind="other",
        name=Text("审批模板不存在", "approval template unknown"),
        sees=Sees(ConfigInvalid, "hub_admin", ("审批模板不存在",), ("模板管理", "approval_template", RESUME)),
        cause=Cause(settings={"approval_template": "Tpl_none"}),
        noticed_by="test",
        entity="approval",
    ),
    AtConnection(
        kind="other",
        name=Text("模板没有存放中台编号的控件", "template without the control for the hub's key"),
        sees=Sees(ConfigInvalid, "system_admin", ("没有单行文本控件", "没有的控件"), ("approval_key_field", RESUME)),
        cause=Cause(settings={"approval_key_field": "没有的控件"}),
        noticed_by="test",
        entity="approval",
    ),
)
MESSAGES: tuple[Case, ...] = (
    Own(
        kind="app_unknown",
        name=Text("AgentId 不存在", "agent ID unknown"),
        sees=Sees(ConfigInvalid, "hub_admin", ("AgentId 不正确",), ("agent_id", RESUME)),
        shows=alert_pauses(Cause(settings={"agent_id": 1999999})),
    ),
    Own(
        kind="app_unknown",
        name=Text("AgentId 与 Secret 不是同一个应用", "agent ID of another app"),
        sees=Sees(ConfigInvalid, "hub_admin", ("不是同一个应用",), ("agent_id", RESUME)),
        shows=alert_pauses(Cause(settings={"secret": OTHER})),
    ),
    Own(
        kind="user_unlicensed",
        name=Text("提醒的接收人", "recipient of an alert"),
        sees=Sees(RecordRejected, "system_admin", ("zhangsan", "没有基础接口许可"), ("分配", "hub alerts again")),
        shows=alert_refused(
            Cause(at=change("member/zhangsan", licensed=False), gone=change("member/zhangsan", licensed=True))
        ),
    ),
    Own(
        kind="message_refused",
        name=Text("接收人已离职", "recipient has left"),
        sees=Sees(RecordRejected, "system_admin", ("zhangsan", "已离职"), ("可见范围", "hub alerts again")),
        shows=alert_refused(Cause(at=no_member, gone=member_again)),
    ),
    Own(
        kind="message_refused",
        name=Text("群机器人 key 错", "robot key wrong"),
        sees=Sees(ConfigInvalid, "hub_admin", ("群机器人 key 无效",), ("Webhook", "robot_key", "hub alerts again")),
        shows=alert_refused(
            Cause(settings={"robot_key": "00000000-0000-0000-0000-000000000000"}), channel="robot", alone=False
        ),
    ),
    *(
        Own(
            kind="message_refused",
            name=Text(zh, en),
            sees=Sees(PermissionMissing, "hub_admin", (zh,), ("Webhook", "robot_key", "hub alerts again")),
            shows=alert_refused(
                Cause(at=change(f"robot/{ROBOT}", **{flag: False}), gone=change(f"robot/{ROBOT}", **{flag: True})),
                channel="robot",
                alone=False,
            ),
        )
        for ROBOT in ("693a91f6-7a0f-4bc4-97a0-0ec2f1fa5aaa",)
        for flag, zh, en in (
            ("enabled", "群机器人已停用", "robot disabled"),
            ("in_group", "群机器人已不在群中", "robot not in the group"),
        )
    ),
    Own(
        kind="quota_used",
        name=Text("群机器人每分钟 20 条", "20 robot messages a minute"),
        sees=Sees(RateLimited, "nobody", ("频率限制",), ("会自动重试",)),
        shows=alert_waits(Cause(switches={"robot_per_minute": 0}), channel="robot"),
    ),
    Own(
        kind="maintenance_page",
        name=Text("发消息时遇到网页，其实已送达", "a page as the answer to a message that was sent"),
        sees=Sees(OutcomeUnknown, "nobody", ("wecom", "系统维护中"), ("先核对",)),
        shows=alert_waits(Cause(faults=(page(200, commit=True, count=2, match={"path": "message/send"}),))),
    ),
    Own(
        kind="name_too_long",
        name=Text(
            "外部联系人的备注（映射没有 long: cut）", "remark of an external contact (a mapping without long: cut)"
        ),
        sees=Sees(ValidationFailed, "author", ("remark", "20 个字"), ("缩短到 20 个字", "long: cut")),
        shows=long_remark,
    ),
)
APPROVALS: tuple[Case, ...] = (
    Own(
        kind="reference_unknown",
        name=Text("审批发起人不在应用可见范围", "applicant outside the app's visible range"),
        sees=Sees(RecordRejected, "system_admin", ("zhangsan", "销售订单审批"), ("可见范围",)),
        shows=approval_refused(Cause(at=no_member, gone=member_again)),
    ),
    Own(
        kind="reference_unknown",
        name=Text("审批模板的选项里没有这个币种", "a currency that is no option of the template"),
        sees=Sees(ValidationFailed, "author", ("币种", "USD", "CNY"), ("币种",)),
        shows=approval_refused(
            Cause(at=form(currencies=("CNY",)), gone=form()),
            currency="USD",
        ),
    ),
    Own(
        kind="value_missing",
        name=Text("审批模板的必填控件没有内容", "a required control of the template is empty"),
        sees=Sees(ValidationFailed, "hub_admin", ("收货人", "必填"), ("wecom/approval.yaml", "form.收货人")),
        shows=approval_refused(Cause(at=form(required="收货人"), gone=form()), alone=False),
    ),
)
NOT_THERE: tuple[Case, ...] = (
    NotThere(kind="period_closed", why=Text("聊天和审批没有会计期间", "chat and approvals have no accounting periods")),
    NotThere(kind="unit_unknown", why=Text("没有计量单位", "no units")),
    NotThere(kind="tax_unknown", why=Text("没有税率", "no taxes")),
    NotThere(
        kind="characters_forbidden",
        why=Text(
            "资料没有禁用字符；单行控件里的换行由连接器换成空格",
            "none are documented; line breaks in one-line controls become blanks",
        ),
    ),
)

SUITES = (
    Suite(
        system="wecom",
        title=Text("企业微信", "WeCom"),
        start=lambda: SandboxServer("wecom", {"legacy_contact_fields": True}),
        ground=GROUND,
        cases=(*CONNECTION, *MESSAGES, *APPROVALS, *NOT_THERE),
        settings={"approval_template": TEMPLATE},
    ),
)
