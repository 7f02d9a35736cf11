"""钉钉: codes and words of dingtalk.md 1, 2 and 4.1, of both API families. Messages and approvals are its records."""

from typing import Any, cast

from hub.errors import (
    ConfigInvalid,
    CredentialsRejected,
    OutcomeUnknown,
    PermissionMissing,
    RateLimited,
    RecordGone,
    RecordRejected,
    Text,
    ValidationFailed,
)
from hub.setup.connections import change_settings
from tests.contract.badinput.chat import alert_pauses, alert_refused, alert_waits, approval_refused
from tests.contract.badinput.frame import AtConnection, Case, Cause, Ground, NotThere, Own, Sees, Sheet, Suite
from tests.contract.badinput.pages import page, pages
from tests.contract.badinput.scene import UNDER_TEST, Scene
from tests.contract.badinput.server import SandboxServer

TEMPLATE = "PROC-SANDBOX-ORDER-0001"
ROBOT = "5a4d0b0c1e2f3a4b5c6d7e8f90a1b2c3d4e5f60718293a4b5c6d7e8f90a1b2c3"
GROUND = Ground(
    entities=("employee", "approval"),
    sheets={"approval": Sheet("approval", "processInstanceId")},
    seed={
        "member": (
            {"userid": "16301", "name": "张三", "mobile": "13800000001"},
            {"userid": "16302", "name": "李四", "mobile": "13800000002"},
        )
    },
)
RESUME = "测试并恢复"
AGAIN = "hub alerts again"


def sandbox(scene: Scene) -> SandboxServer:
    return cast(SandboxServer, scene.server)


def change(path: str, **changes: Any) -> Any:
    """A user of 钉钉 changes a record."""

    def act(scene: Scene) -> None:
        sandbox(scene).control("PUT", f"records/{path}", changes)

    return act


def no_member(scene: Scene) -> None:
    sandbox(scene).control("DELETE", "records/member/16301")


def member_again(scene: Scene) -> None:
    scene.server.seed("member", GROUND.seed["member"][0])


def usual_applicant(scene: Scene) -> None:
    change_settings(scene.hub, UNDER_TEST, {"default_applicant": "16302"}, who="test")


def form(*currencies: str) -> Any:
    """The template's choices of 币种."""

    def act(scene: Scene) -> None:
        (row,) = (one for one in sandbox(scene).rows("approval_template") if one["processCode"] == TEMPLATE)
        fields = [{**one, "options": [*currencies]} if one["label"] == "币种" else one for one in row["components"]]
        sandbox(scene).control("PUT", f"records/approval_template/{TEMPLATE}", {"components": fields})

    return act


def robot(**flags: Any) -> Cause:
    return Cause(
        at=change(f"robot/{ROBOT}", **flags),
        gone=change(f"robot/{ROBOT}", enabled=True, in_group=True, group_exists=True, keywords=[]),
    )


KEYS = ("凭证与基础信息", "app_key", "app_secret", RESUME)
CONNECTION: tuple[Case, ...] = (
    AtConnection(
        kind="secret_wrong",
        name=Text("AppSecret 错", "app secret"),
        sees=Sees(CredentialsRejected, "hub_admin", ("AppKey 或 AppSecret 不正确",), KEYS),
        cause=Cause(settings={"app_secret": "x" * 64}),
        entity="employee",
    ),
    AtConnection(
        kind="app_unknown",
        name=Text("AppKey 不存在", "app key"),
        sees=Sees(CredentialsRejected, "hub_admin", ("AppKey 或 AppSecret 不正确",), KEYS),
        cause=Cause(settings={"app_key": "dingunknown0000"}),
        entity="employee",
    ),
    AtConnection(
        kind="permission_missing",
        name=Text("成员（旧版接口）", "members (old API)"),
        sees=Sees(PermissionMissing, "system_admin", ("所缺权限", "qyapi_get_member"), ("权限管理", "发布", RESUME)),
        cause=Cause(switches={"missing_scopes": "qyapi_get_member"}),
        entity="employee",
    ),
    AtConnection(
        kind="permission_missing",
        name=Text("审批表单（新版接口）", "approval forms (new API)"),
        sees=Sees(PermissionMissing, "system_admin", ("所缺权限", "Workflow.Form.Read"), ("权限管理", "发布", RESUME)),
        cause=Cause(switches={"missing_scopes": "Workflow.Form.Read"}),
        noticed_by="test",
        entity="approval",
    ),
    AtConnection(
        kind="permission_missing",
        name=Text("可见范围里没有部门", "no department in the visible range"),
        sees=Sees(PermissionMissing, "system_admin", ("可见范围里没有部门",), ("版本管理与发布", RESUME)),
        cause=Cause(
            at=change("setting/visible_departments", value="99"), gone=change("setting/visible_departments", value="1")
        ),
        noticed_by="test",
        entity="employee",
    ),
    AtConnection(
        kind="address_blocked",
        name=Text("旧版接口", "old API"),
        sees=Sees(PermissionMissing, "system_admin", ("白名单", "127.0.0.1"), ("安全设置", RESUME)),
        cause=Cause(switches={"trusted_ips": "10.9.8.7"}),
        entity="employee",
    ),
    AtConnection(
        kind="address_blocked",
        name=Text("新版接口", "new API"),
        sees=Sees(PermissionMissing, "system_admin", ("白名单", "127.0.0.1"), ("安全设置", RESUME)),
        cause=Cause(switches={"trusted_ips": "10.9.8.7"}),
        entity="approval",
    ),
    AtConnection(
        kind="quota_used",
        name=Text("企业本月的额度", "the organisation's calls of the month"),
        sees=Sees(RateLimited, "system_admin", ("本月", "额度已用完"), ("购买", "下月")),
        cause=Cause(switches={"month_quota": 1}),
        entity="approval",
    ),
    AtConnection(
        kind="quota_used",
        name=Text("出口 IP 被封 5 分钟", "this address is banned for five minutes"),
        sees=Sees(RateLimited, "nobody", ("出口 IP", "封禁"), ("会自动重试",)),
        cause=Cause(faults=({"kind": "rate_limited", "limit": "ban"},)),
        entity="employee",
    ),
    *pages("dingtalk", entity="employee", writes=False),
    AtConnection(
        kind="other",
        name=Text("审批模板编码错", "approval template code"),
        sees=Sees(ConfigInvalid, "hub_admin", ("审批模板编码不正确", "PROC-NONE"), ("process_code", RESUME)),
        cause=Cause(settings={"process_code": "PROC-NONE"}),
        entity="approval",
    ),
    AtConnection(
        kind="other",
        name=Text("模板没有存放中台编号的控件", "template without the field for the hub's key"),
        sees=Sees(ConfigInvalid, "system_admin", ("没有的控件", "集成编号"), ("OA 审批后台", "key_field", RESUME)),
        cause=Cause(settings={"key_field": "没有的控件"}),
        noticed_by="test",
        entity="approval",
    ),
)
MESSAGES: tuple[Case, ...] = (
    Own(
        kind="app_unknown",
        name=Text("AgentId 错", "agent ID"),
        sees=Sees(ConfigInvalid, "hub_admin", ("AgentId 不正确",), ("凭证与基础信息", "agent_id", RESUME)),
        shows=alert_pauses(Cause(settings={"agent_id": 2999999999})),
    ),
    Own(
        kind="app_unknown",
        name=Text("机器人编码错", "robot code"),
        sees=Sees(ConfigInvalid, "hub_admin", ("机器人编码不正确",), ("robot_code", RESUME)),
        shows=alert_pauses(Cause(settings={"robot_code": "dingnorobot"}), channel="person"),
    ),
    Own(
        kind="permission_missing",
        name=Text("机器人单聊", "one-to-one messages"),
        sees=Sees(PermissionMissing, "system_admin", ("qyapi_robot_sendmsg",), ("权限管理", RESUME)),
        shows=alert_pauses(Cause(switches={"missing_scopes": "qyapi_robot_sendmsg"}), channel="person"),
    ),
    Own(
        kind="message_refused",
        name=Text("接收人已离职", "recipient has left"),
        sees=Sees(RecordRejected, "system_admin", ("16301", "成员不存在或不在可见范围"), ("可见范围", "发布")),
        shows=alert_refused(Cause(at=no_member, gone=member_again)),
    ),
    Own(
        kind="message_refused",
        name=Text("接收人已离职（单聊）", "recipient has left (one-to-one)"),
        sees=Sees(RecordRejected, "system_admin", ("16301", "成员不存在"), ("可见范围", "发布")),
        shows=alert_refused(Cause(at=no_member, gone=member_again), channel="person"),
    ),
    Own(
        kind="message_refused",
        name=Text(
            "每人每天的条数用完（被静默丢弃）", "a member's messages of the day are used up (dropped in silence)"
        ),
        sees=Sees(RecordRejected, "hub_admin", ("143105", "当天"), ("hub alerts rules",)),
        shows=alert_refused(Cause(switches={"notices_per_day": 0}), alone=False),
    ),
    Own(
        kind="characters_forbidden",
        name=Text("内容含违禁词（被静默丢弃）", "banned words (dropped in silence)"),
        sees=Sees(RecordRejected, "hub_admin", ("1430002", "违禁词"), ("hub alerts rules", AGAIN)),
        shows=alert_refused(Cause(switches={"banned_words": "XS-001"})),
    ),
    Own(
        kind="characters_forbidden",
        name=Text("群机器人要求关键词", "the group robot wants a keyword"),
        sees=Sees(
            ConfigInvalid, "hub_admin", ("安全设置不匹配", "keywords not in content"), ("加签", "robot_secret", AGAIN)
        ),
        shows=alert_refused(robot(keywords=["通知"]), channel="robot", alone=False),
    ),
    Own(
        kind="message_refused",
        name=Text("群机器人 access_token 错", "robot token wrong"),
        sees=Sees(ConfigInvalid, "hub_admin", ("群机器人的 access_token 无效",), ("Webhook", "robot_token", AGAIN)),
        shows=alert_refused(Cause(settings={"robot_token": "0" * 64}), channel="robot", alone=False),
    ),
    Own(
        kind="message_refused",
        name=Text("群机器人加签密钥错", "robot signing secret wrong"),
        sees=Sees(ConfigInvalid, "hub_admin", ("安全设置不匹配", "sign not match"), ("加签", "robot_secret", AGAIN)),
        shows=alert_refused(Cause(settings={"robot_secret": "SECwrong"}), channel="robot", alone=False),
    ),
    *(
        Own(
            kind="message_refused",
            name=Text(zh, en),
            sees=Sees(PermissionMissing, "hub_admin", (zh,), ("群设置", "robot_token", AGAIN)),
            shows=alert_refused(robot(**{flag: False}), channel="robot", alone=False),
        )
        for flag, zh, en in (
            ("enabled", "群机器人已停用", "robot disabled"),
            ("in_group", "群机器人已不在群中", "robot not in the group"),
            ("group_exists", "群已解散", "group dissolved"),
        )
    ),
    Own(
        kind="quota_used",
        name=Text("群机器人每分钟 20 条", "20 robot messages a minute"),
        sees=Sees(RateLimited, "nobody", ("群机器人", "10 分钟"), ("会自动重试",)),
        shows=alert_waits(Cause(switches={"robot_per_minute": 0}), channel="robot"),
    ),
    Own(
        kind="maintenance_page",
        name=Text("发工作通知时遇到网页，其实已送达", "a page as the answer to a notification that was sent"),
        sees=Sees(OutcomeUnknown, "nobody", ("dingtalk", "系统维护中"), ("先核对",)),
        shows=alert_waits(Cause(faults=(page(200, commit=True, count=2, match={"path": "asyncsend_v2"}),))),
    ),
)
APPROVALS: tuple[Case, ...] = (
    Own(
        kind="reference_unknown",
        name=Text("审批模板的选项里没有这个币种", "a currency that is no option of the template"),
        sees=Sees(ValidationFailed, "author", ("币种",), ("审批模板",)),
        shows=approval_refused(Cause(at=form("CNY"), gone=form("CNY", "USD", "EUR")), currency="USD"),
    ),
    Own(
        kind="reference_unknown",
        name=Text("审批发起人已离职", "the applicant has left"),
        sees=Sees(RecordGone, "system_admin", ("成员不存在或已离职",), ("可见范围",)),
        shows=approval_refused(Cause(at=no_member, gone=member_again)),
    ),
    Own(
        kind="value_missing",
        name=Text("订单没有负责人，也没有默认发起人", "an order without an owner, and no usual applicant"),
        sees=Sees(ValidationFailed, "hub_admin", ("originatorUserId",), ("default_applicant",)),
        shows=approval_refused(Cause(gone=usual_applicant), owner=""),
    ),
)
NOT_THERE: tuple[Case, ...] = (
    NotThere(
        kind="tenant_wrong",
        why=Text(
            "AppKey 只属于一家企业；CorpId 只用来核对推送",
            "an app key belongs to one organisation; the corp ID only checks pushes",
        ),
    ),
    NotThere(
        kind="app_disabled",
        why=Text(
            "资料没有停用应用的代码；它的凭证会被拒绝，见上",
            "no code is documented for a disabled app; its credentials are refused",
        ),
    ),
    NotThere(
        kind="user_unlicensed",
        why=Text("成员没有许可一说，看得见就能收到", "members have no licences: who is visible can be reached"),
    ),
    NotThere(kind="period_closed", why=Text("聊天和审批没有会计期间", "chat and approvals have no accounting periods")),
    NotThere(kind="unit_unknown", why=Text("没有计量单位", "no units")),
    NotThere(kind="tax_unknown", why=Text("没有税率", "no taxes")),
    NotThere(
        kind="name_too_long",
        why=Text(
            "标题由连接器截断，正文按上限分条发出", "titles are cut by the connector, long texts go as several messages"
        ),
    ),
)

SUITES = (
    Suite(
        system="dingtalk",
        title=Text("钉钉", "DingTalk"),
        start=lambda: SandboxServer("dingtalk", {"qps": 0}),
        ground=GROUND,
        cases=(*CONNECTION, *MESSAGES, *APPROVALS, *NOT_THERE),
        settings={"process_code": TEMPLATE},
    ),
)
