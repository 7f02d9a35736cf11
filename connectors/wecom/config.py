"""Settings of one self-built app of 企业微信 (and, optionally, one group robot)."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, SecretStr

from hub.connector.fields import CallbackKey, part_of_url


class WecomConfig(BaseModel):
    """One app, one secret: tokens of different apps are not interchangeable."""

    model_config = ConfigDict(extra="forbid", frozen=True, coerce_numbers_to_str=True, str_strip_whitespace=True)

    base_url: str = Field("https://qyapi.weixin.qq.com", title="接口地址 / API address")
    corp_id: str = Field(
        min_length=1, title="企业 ID / Corp ID", description="我的企业 → 企业信息 / My company, company info"
    )
    agent_id: int = Field(
        gt=0, title="应用 AgentId / Agent ID", description="自建应用详情页 / Page of the self-built app"
    )
    secret: SecretStr = Field(min_length=1, title="应用 Secret / App secret")
    callback_token: SecretStr = Field(
        default=SecretStr(""),
        title="回调 Token / Callback token",
        description="应用 → 接收消息 → API 接收；不用回调则留空 / App, receive messages; empty without callbacks",
    )
    callback_aes_key: CallbackKey = Field(
        default=SecretStr(""), title="回调 EncodingAESKey / Callback AES key", description="43 个字符 / 43 characters"
    )
    robot_key: Annotated[SecretStr, part_of_url("key")] = Field(
        default=SecretStr(""),
        title="群机器人 key / Group robot key",
        description="Webhook 地址中 key= 之后的部分 / The part of the webhook URL after key=",
    )
    external_contacts: bool = Field(
        default=True,
        title="读取客户联系 / Read external contacts",
        description="需在“客户联系 → 可调用接口的应用”中加入本应用 / The app must be allowed under customer contact",
    )
    external_contacts_as: Literal["contact", "customer"] = Field(
        default="contact",
        title="外部联系人作为 / External contacts become",
        description="contact 联系人，customer 客户 / contacts or customers of the hub",
    )
    approval_template: str = Field(
        default="",
        title="审批模板 ID / Approval template ID",
        description="模板编辑页地址中的 ID；留空则不读取也不发起审批 / From the template's page; empty: no approvals",
    )
    approval_key_field: str = Field(
        default="集成编号",
        min_length=1,
        title="存放中台编号的控件 / Control for the hub's key",
        description="模板中一个单行文本控件的标题 / Title of a Text control of the template",
    )
    approval_creator: str = Field(
        default="",
        title="默认发起人 / Default applicant",
        description="销售员没有企业微信账号时由谁发起（成员账号）/ Member who applies where the salesperson has no account",
    )
    approval_days: int = Field(
        default=93,
        ge=1,
        le=366,
        title="读取最近多少天的审批 / Days of approvals to read",
        description="按提交时间 / By submission",
    )
