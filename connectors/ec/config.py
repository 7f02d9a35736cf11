"""Settings of one EC account: validation, form and masking come from here."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, SecretStr, field_validator


class EcConfig(BaseModel):
    """`app_id` stays text: it has 18 digits and would not survive a float."""

    model_config = ConfigDict(extra="forbid", frozen=True, coerce_numbers_to_str=True, str_strip_whitespace=True)

    base_url: str = Field(
        "https://open.workec.com",
        title="接口地址 / API address",
        description="不含 /v2 的地址 / Address without /v2",
    )
    corp_id: str = Field(title="企业 ID / Corp ID", description="EC 管理后台的企业 ID / From the EC admin console")
    app_id: str = Field(title="应用 ID / App ID", description="应用互联 → API 开发接口 / Console: API access")
    app_secret: SecretStr = Field(title="应用密钥 / App secret", min_length=1)
    opt_user_id: int = Field(
        gt=0,
        title="操作人 userId / Operator user ID",
        description="以谁的身份读写，数据权限随其而定 / "
        "Calls are made in this employee's name and with their data rights",
    )
    webhook_token: SecretStr = Field(
        default=SecretStr(""),
        title="推送令牌 / Push token",
        description="写在推送地址的 token 参数里；不用推送则留空 / "
        "In the push URL as token=…; empty when pushes are not used",
    )
    key_field: str = Field(
        "外部编号",
        min_length=1,
        title="对接编号字段 / Key field",
        description="客户和销售金额各有一个同名的文本自定义字段，用来避免重复创建 / "
        "A text custom field of this name on customers and on sales: prevents double creation",
    )
    persons: Literal["customer", "ignore"] = Field(
        "customer",
        title="个人客户 / Persons without company",
        description="作为客户同步，或忽略 / Sync them as customers, or leave them out",
    )
    order_details: bool = Field(
        default=False,
        title="读取订单自定义字段 / Read custom fields of orders",
        description="每个订单多一次调用；向 EC 写订单时必须打开 / "
        "One more call per order; required to write orders to EC",
    )
    gender_codes: Literal["male_1", "male_2"] = Field(
        "male_1",
        title="性别写入代码 / Gender codes in writes",
        description="两种客户端资料不一致，请用一个客户验证 / Sources disagree: try with one customer",
    )

    @field_validator("base_url")
    @classmethod
    def _without_version(cls, url: str) -> str:
        return url.rstrip("/").removesuffix("/v2")
