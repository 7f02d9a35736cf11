"""What the codes of the two API families mean, as tables (vendor note sections 1.2, 1.3, 2, 4.1). Menu paths are those of the
developer console (open-dev.dingtalk.com)."""

from collections.abc import Mapping

from hub.connector.meaning import Meaning, duty
from hub.errors import (
    ConfigInvalid,
    CredentialsRejected,
    PermissionMissing,
    RateLimited,
    RecordGone,
    RecordLocked,
    RecordRejected,
    ValidationFailed,
)

MONTH_S = 4 * 3600.0
ROBOT_PENALTY_S = 600.0
TOKEN_CODES = frozenset({40000, 40001, 40014, 41001, 42001, 33001})

KEYS = duty(
    "hub_admin",
    "在开发者后台该应用的“凭证与基础信息”页核对 Client ID 和 Client Secret，填入连接设置 app_key、app_secret，然后测试并恢复连接",
    "compare client ID and secret on the app's credentials page, put them into app_key and app_secret, then test and resume",
)
AGENT = duty(
    "hub_admin",
    "把“凭证与基础信息”页的 AgentId 填入连接设置 agent_id，然后测试并恢复连接",
    "take the AgentId from the app's credentials page into agent_id, then test and resume the connection",
)
GRANT = duty(
    "system_admin",
    "在开发者后台该应用的“权限管理”开通这项权限，并在“版本管理与发布”发布，然后测试并恢复连接",
    "grant the permission in the developer console under permissions and publish the app, then test and resume the connection",
)
ALLOW = duty(
    "system_admin",
    "在开发者后台该应用的“安全设置”里把这个 IP 加入服务器出口 IP，然后测试并恢复连接",
    "add the address under the app's security settings, then test and resume the connection",
)
BUY = duty(
    "system_admin",
    "在开发者后台购买接口调用额度；不买则到下月自动继续",
    "buy more calls in the developer console; otherwise it goes on by itself next month",
)
RANGE = duty(
    "system_admin",
    "核对成员是否离职；在职的在“版本管理与发布”的可见范围里加入并发布",
    "see whether the member left; one who did not is added to the app's visible range, and the app published",
)
TEMPLATE_CODE = duty(
    "hub_admin",
    "在 OA 审批后台编辑该模板，把地址栏中的 PROC- 编码填入连接设置 process_code，然后测试并恢复连接",
    "open the template's editor and take the PROC- code from its address into process_code, then test and resume",
)
ROBOT_CODE = duty(
    "hub_admin",
    "把应用“机器人”页的 RobotCode 填入连接设置 robot_code（一般留空），然后测试并恢复连接",
    "take the RobotCode from the app's robot page into robot_code (usually left empty), then test and resume",
)
PUBLISH = duty(
    "system_admin",
    "在开发者后台该应用的“机器人”页启用机器人并发布，然后测试并恢复连接",
    "enable the robot on the app's robot page and publish it, then test and resume the connection",
)
WEBHOOK = duty(
    "hub_admin",
    "在群设置的“机器人”里查看该机器人，把 Webhook 地址填入连接设置 robot_token，再用 hub alerts again 重发这条提醒",
    "copy the webhook URL of the robot in the group's settings into robot_token, then send the alert again (hub alerts again)",
)
SIGNING = duty(
    "hub_admin",
    "在群机器人的安全设置里只选“加签”，把 SEC 密钥填入连接设置 robot_secret，再用 hub alerts again 重发这条提醒",
    "choose signing alone in the robot's security settings, put its SEC secret into robot_secret, then send again (hub alerts again)",
)
WORDING = duty(
    "hub_admin",
    "用 hub alerts rules 改掉提醒规则模板中的这些内容，再用 hub alerts again 重发这条提醒",
    "change these words in the template of the alert rule (hub alerts rules), then send the alert again (hub alerts again)",
)
FORM = duty(
    "author",
    "改正单据中填入这个控件的值，或在审批模板里让控件接受它",
    "correct the value that goes into this field, or let the template's field take it",
)

SCOPE = Meaning(PermissionMissing, "应用没有开通所需的权限", "The app lacks a permission", remedy=GRANT)
ADDRESS = Meaning(
    PermissionMissing,
    "本机的出口 IP 不在应用的白名单中",
    "This server's address is not on the app's list",
    remedy=ALLOW,
)
SECOND = Meaning(RateLimited, "每秒调用次数超过钉钉的限制", "Too many calls a second", 1)
MINUTE = Meaning(RateLimited, "每分钟调用次数超过钉钉的限制", "Too many calls a minute", 60)
MONTH = Meaning(
    RateLimited,
    "企业本月的钉钉接口调用额度已用完",
    "The organisation's calls of this month are used up",
    MONTH_S,
    remedy=BUY,
)
ROBOT_PACE = Meaning(
    RateLimited,
    "群机器人一分钟内发了 20 条以上，被限制 10 分钟",
    "The group robot sent over 20 messages in a minute and is held back for 10",
    ROBOT_PENALTY_S,
)
BUSY = Meaning(RateLimited, "钉钉系统繁忙", "DingTalk is busy", 5)
NOBODY = Meaning(RecordGone, "成员不存在或已离职", "No such member, or the member has left", remedy=RANGE)
UNSEEN = Meaning(RecordGone, "成员不在应用的可见范围内", "The member is outside the app's visible range", remedy=RANGE)
NO_DEPARTMENT = Meaning(
    RecordGone, "部门不存在或不在可见范围内", "No such department, or it is not visible", remedy=RANGE
)
CONTENT = Meaning(
    ValidationFailed, "消息内容不安全，被钉钉拒绝", "DingTalk refuses the content as unsafe", remedy=WORDING
)
APPROVAL_STATE = Meaning(RecordRejected, "审批的状态不允许这样做", "The approval's state does not allow this")
VALUE = Meaning(ValidationFailed, "参数不符合要求", "A value is refused")
NO_APPROVAL = Meaning(RecordGone, "审批实例不存在", "No such approval")
TEMPLATE = Meaning(
    ConfigInvalid,
    "审批模板编码不正确",
    "The approval template's code is wrong",
    remedy=TEMPLATE_CODE,
    field="process_code",
)
CREDENTIALS = Meaning(
    CredentialsRejected, "AppKey 或 AppSecret 不正确", "App key or app secret is wrong", remedy=KEYS, field="app_secret"
)
AGENT_ID = Meaning(ConfigInvalid, "AgentId 不正确", "The agent ID is wrong", remedy=AGENT, field="agent_id")
ROBOT_TOKEN = Meaning(
    ConfigInvalid, "群机器人的 access_token 无效", "The robot's token is not valid", remedy=WEBHOOK, field="robot_token"
)
ROBOT_ID = Meaning(ConfigInvalid, "机器人编码不正确", "The robot code is wrong", remedy=ROBOT_CODE, field="robot_code")

OLD: Mapping[int, Meaning] = {
    33012: NOBODY,
    40035: VALUE,
    40056: AGENT_ID,
    40089: CREDENTIALS,
    40096: CREDENTIALS,
    40104: NOBODY,
    41052: Meaning(RecordRejected, "接收人过多，查不到结果", "Too many recipients for a result"),
    43007: SCOPE,
    50002: UNSEEN,
    50004: NO_DEPARTMENT,
    60003: NO_DEPARTMENT,
    60011: SCOPE,
    60019: NO_DEPARTMENT,
    60020: ADDRESS,
    60121: NOBODY,
    90002: SECOND,
    90018: SECOND,
    90020: MONTH,
    130101: ROBOT_PACE,
    410100: ROBOT_PACE,
    660026: ROBOT_PACE,
    300001: ROBOT_TOKEN,
    300005: ROBOT_TOKEN,
    400101: ROBOT_TOKEN,
    310000: Meaning(
        ConfigInvalid,
        "群机器人的安全设置不匹配",
        "The robot's security settings do not fit",
        remedy=SIGNING,
        field="robot_secret",
    ),
    400002: VALUE,
    400013: Meaning(PermissionMissing, "群已解散", "The group was dissolved", remedy=WEBHOOK, field="robot_token"),
    400102: Meaning(PermissionMissing, "群机器人已停用", "The robot is disabled", remedy=WEBHOOK, field="robot_token"),
    400106: Meaning(
        PermissionMissing,
        "群机器人已不在群中",
        "The robot is not in the group any more",
        remedy=WEBHOOK,
        field="robot_token",
    ),
    430101: CONTENT,
    430102: CONTENT,
    430103: CONTENT,
    430104: CONTENT,
}
NEW: Mapping[str, Meaning] = {
    "invalidClientIdOrSecret": CREDENTIALS,
    "invalid.client": CREDENTIALS,
    "authFailed": CREDENTIALS,
    "Forbidden.AccessDenied.AccessTokenPermissionDenied": SCOPE,
    "Forbidden.AccessDenied.IpNotInWhiteList": ADDRESS,
    "Forbidden.AccessDenied.QpsLimitForAppkeyAndApi": SECOND,
    "Forbidden.AccessDenied.QpsLimitForApi": SECOND,
    "Forbidden.AccessDenied.QpmLimitForAppkeyAndApi": MINUTE,
    "Forbidden.AccessDenied.ApiCountLimitForOrg": MONTH,
    "send.too.fast": MINUTE,
    "request.too.frequent": MINUTE,
    "system.busy": BUSY,
    "systemBusy": BUSY,
    "todo.taskCreate.flowControlError": MINUTE,
    "todo.taskCreate.lockError": Meaning(RecordLocked, "待办正在被处理", "The to-do is being worked on", 5),
    "todo.taskCreate.paramError": VALUE,
    "invalidParameter.robotCode.notExsit": ROBOT_ID,
    "invalidParameter.robotCode.invalid": ROBOT_ID,
    "bot.forbidden.sendMessage": Meaning(
        PermissionMissing, "机器人被禁止发消息", "The robot may not send", remedy=PUBLISH
    ),
    "chatbotId.notAllow.sendOTO": Meaning(
        PermissionMissing,
        "机器人还没有发布，不能单聊",
        "The robot is not published and may not write to persons",
        remedy=PUBLISH,
    ),
    "template.stopped": Meaning(PermissionMissing, "机器人已停用", "The robot is stopped", remedy=PUBLISH),
    "staffId.notExisted": Meaning(
        RecordRejected, "没有人能收到消息：成员不存在", "Nobody can get it: no such member", remedy=RANGE
    ),
    "contain.notAllowed.text": CONTENT,
    "processCodeError": TEMPLATE,
    "invalidProcessCode": TEMPLATE,
    "needAuth": SCOPE,
    "invalidAgentId": AGENT_ID,
    "formConverterError": Meaning(
        ValidationFailed, "审批表单的值不符合模板", "A value does not fit the approval's form", remedy=FORM
    ),
    "processInstanceIdError": NO_APPROVAL,
    "processInstanceNotExist": NO_APPROVAL,
    "processInstanceInvalidParameter": VALUE,
    "processInstanceStartFailed": Meaning(RecordRejected, "审批没有发起成功", "The approval was not started"),
    "aflowProcessInstStatusException": APPROVAL_STATE,
    "invalidParameter": VALUE,
}
