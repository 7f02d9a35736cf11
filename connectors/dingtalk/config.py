"""Settings of one internal app of 钉钉, its group robot and its approval template."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, SecretStr

from hub.connector.fields import CallbackKey, part_of_url


class DingtalkConfig(BaseModel):
    """One app of one organisation: its AppKey is also its ClientID and, unless given, its robotCode."""

    model_config = ConfigDict(extra="forbid", frozen=True, coerce_numbers_to_str=True, str_strip_whitespace=True)

    base_url_api: str = Field("https://api.dingtalk.com", title="新版接口地址 / Address of the new API")
    base_url_oapi: str = Field("https://oapi.dingtalk.com", title="旧版接口地址 / Address of the old API")
    corp_id: str = Field(min_length=1, title="企业 CorpId / Corp ID", description="开发者后台首页 / Developer console")
    app_key: str = Field(
        min_length=1,
        title="应用 AppKey（Client ID） / App key (client ID)",
        description="应用 → 凭证与基础信息 / App, credentials",
    )
    app_secret: SecretStr = Field(min_length=1, title="应用 AppSecret（Client Secret） / App secret (client secret)")
    agent_id: int = Field(gt=0, title="应用 AgentId / Agent ID", description="同一页面 / The same page")
    robot_code: str = Field(
        default="", title="机器人编码 / Robot code", description="留空则同 AppKey / Empty: the same as the app key"
    )
    robot_token: Annotated[SecretStr, part_of_url("access_token")] = Field(
        default=SecretStr(""),
        title="群机器人 access_token / Group robot token",
        description="粘贴 Webhook 地址即可 / The webhook URL may be pasted",
    )
    robot_secret: SecretStr = Field(
        default=SecretStr(""),
        title="群机器人加签密钥 / Group robot signing secret",
        description="SEC 开头 / Starts with SEC",
    )
    events: Literal["callback", "stream", "none"] = Field(
        default="callback",
        title="事件接收方式 / How events arrive",
        description="stream 不需要公网地址 / stream needs no public address",
    )
    callback_token: SecretStr = Field(
        default=SecretStr(""),
        title="回调 Token / Callback token",
        description="事件订阅 → HTTP 推送 / Event subscription",
    )
    callback_aes_key: CallbackKey = Field(
        default=SecretStr(""), title="回调加密 aes_key / Callback AES key", description="43 个字符 / 43 characters"
    )
    process_code: str = Field(
        default="",
        title="审批模板编码 / Approval template code",
        description="PROC- 开头，在审批后台编辑模板时的地址栏中；不用审批则留空 / Starts with PROC-; empty without approvals",
    )
    key_field: str = Field(
        default="集成编号",
        min_length=1,
        title="存放中台编号的控件 / Form field for the hub's key",
        description="审批模板中单行文本控件的名称 / Label of a text field of the template",
    )
    default_applicant: str = Field(
        default="",
        title="默认发起人 userid / Applicant when the order has none",
        description="订单没有负责人时以谁的名义发起 / In whose name approvals start without an owner",
    )
    approval_days: int = Field(
        default=30,
        ge=1,
        le=365,
        title="首次读取多少天内的审批 / Days of approvals to read at first",
        description="每条审批占一次调用额度 / Each one costs a call of the monthly quota",
    )

    @property
    def robot(self) -> str:
        return self.robot_code or self.app_key
