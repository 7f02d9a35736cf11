"""Settings of one U8 account set behind the cloud gateway: validation, the settings form and masking come from this model."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, SecretStr, field_validator


class U8Config(BaseModel):
    """`from_account` calls, `to_account` owns the data; `ds_sequence` chooses among several account sets."""

    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True)

    product: Literal["u8"] = Field("u8", title="产品 / product", description="固定值 / always u8")
    base_url: str = Field(
        "https://api.yonyouup.com",
        title="开放平台地址 / gateway",
        description="一般不用改 / leave it as it is",
    )
    from_account: str = Field(
        title="调用方账号 / from_account", description="开发者的帐号编码 / of the developer", min_length=1
    )
    to_account: str = Field(
        title="提供方账号 / to_account", description="企业的帐号编码 / of the company", min_length=1
    )
    app_key: str = Field(title="应用 app_key / app_key", description="以 opa 开头 / begins with opa", min_length=1)
    app_secret: SecretStr = Field(
        title="应用 app_secret / app_secret", description="与 app_key 同处 / beside the app_key", min_length=1
    )
    ds_sequence: str = Field(
        "", title="数据源序号 / data source", description="有多个账套时填写 / where there are several account sets"
    )
    operator: str = Field(
        "demo", title="制单人 / operator", description="单据的操作员姓名 / the operator of documents", min_length=1
    )
    customer_class: str = Field(
        "01", title="客户分类编码 / customer class", description="新建客户用 / of new customers", min_length=1
    )
    currency: str = Field(
        "人民币", title="本币名称 / local currency", description="U8 里的币种名称 / as U8 names it", min_length=1
    )
    window_days: int = Field(
        90,
        title="订单窗口（天） / window of orders in days",
        gt=0,
        description="U8 订单没有修改时间，明细要逐单读取：平时只看这些天的订单，每夜全看 / orders have no change time and "
        "are read one by one: pulls look at so many days, the nightly sweep at all",
    )
    guard: Literal["biz_id", "tradeid"] = Field(
        "biz_id",
        title="防重方式 / duplicate guard",
        description="biz_id：中枢自己的键；tradeid：每次新增先向平台取号，适用于不认 biz_id 的旧版平台 / the hub's own key, or a number "
        "fetched for each add, for platforms that do not know biz_id",
    )
    wait_s: float = Field(
        30.0,
        title="等待结果（秒） / wait for a result in seconds",
        gt=0,
        description="异步新增最多等多久 / how long an add is waited for",
    )

    @field_validator("base_url")
    @classmethod
    def _no_slash(cls, url: str) -> str:
        return url.rstrip("/")
