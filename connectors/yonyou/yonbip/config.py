"""Settings of one YonBIP / YonSuite tenant: validation, the settings form and masking come from this model."""

import json
from collections.abc import Mapping
from decimal import Decimal
from typing import Literal
from urllib.parse import urljoin

from pydantic import BaseModel, ConfigDict, Field, SecretStr, field_validator

Finance = Literal["efi", "fi"]
_TAXES = {"13": "VAT13", "9": "VAT9", "6": "VAT6", "3": "VAT3", "0": "VAT0"}


class YonbipConfig(BaseModel):
    """`gateway_url` and `token_url` are for private deployments; they may be paths of `base_url`. Codes named here are the
    tenant's own."""

    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True)

    product: Literal["yonbip"] = Field("yonbip", title="产品 / product", description="固定值 / always yonbip")
    base_url: str = Field(
        "https://apigateway.yonyoucloud.com",
        title="寻址服务地址 / address service",
        description="公有云不用改；由它得到租户的数据中心 / leave it as it is on the public cloud",
    )
    tenant_id: str = Field(
        title="租户ID / tenant id", description="在工作台的企业信息里 / as the workbench shows it", min_length=1
    )
    app_key: str = Field(
        title="应用 appKey / appKey", description="自建应用的 appKey / of the self-built app", min_length=1
    )
    app_secret: SecretStr = Field(
        title="应用 appSecret / appSecret", description="与 appKey 同处 / beside the appKey", min_length=1
    )
    encoding_aes_key: SecretStr = Field(
        SecretStr(""),
        title="事件加密密钥 / EncodingAESKey",
        description="只有 ISV 应用需要；自建应用留空 / only ISV apps have one",
    )
    org_code: str = Field(
        title="组织编码 / organisation",
        description="本连接读写的业务单元 / the business unit of this connection",
        min_length=1,
    )
    finance: Finance = Field(
        "efi",
        title="财务版本 / finance generation",
        description="efi 新财务，fi 老财务；测试连接会验证 / efi new, fi old; checked by the connection test",
    )
    gateway_url: str = Field(
        "", title="网关地址 / gateway", description="专属云或私有部署才填 / private deployments only"
    )
    token_url: str = Field(
        "", title="令牌服务地址 / token service", description="与网关地址一起填 / together with the gateway"
    )
    order_type: str = Field(
        "SO01",
        title="订单交易类型编码 / order type",
        description="新建订单用的交易类型 / transaction type of new orders",
        min_length=1,
    )
    customer_class: str = Field(
        "", title="客户分类编码 / customer class", description="新建客户用；空 = 由用友决定 / of new customers"
    )
    customer_type: str = Field(
        "", title="客户交易类型编码 / customer type", description="新建客户用；空 = 由用友决定 / of new customers"
    )
    order_key_field: str = Field(
        "define60",
        title="存放集线器键的表头自定义项 / field of the hub's key",
        description="销售订单表头自定义项 define1…define60 之一，文本 / a text field of the order's head",
        pattern="^define([1-9]|[1-5][0-9]|60)$",
    )
    exchange_rate_type: str = Field(
        "01", title="汇率类型编码 / exchange rate type", description="新建订单用 / of new orders", min_length=1
    )
    local_currency: str = Field(
        "CNY", title="本币编码 / local currency", description="组织的本币 / of the organisation", min_length=1
    )
    exchange_rates: Mapping[str, Decimal] = Field(
        default_factory=dict,
        title="外币汇率 / exchange rates",
        description='例 {"USD": "7.1"}；没有汇率的外币订单会被拒绝 / an order in a currency without one is refused',
    )
    tax_codes: Mapping[str, str] = Field(
        default_factory=lambda: dict(_TAXES),
        title="税率 → 税目编码 / tax codes by rate",
        description='例 {"13": "VAT13"} / for example {"13": "VAT13"}',
    )
    answer: Literal["plain", "encrypted"] = Field(
        "plain",
        title="事件应答方式 / answer to events",
        description="plain 明文 success；encrypted 加密 / plain text, or encrypted as the guide says",
    )

    @field_validator("exchange_rates", "tax_codes", mode="before")
    @classmethod
    def _from_text(cls, value: object) -> object:
        """A settings form sends these as JSON text; blank means none."""
        if not isinstance(value, str):
            return value
        return json.loads(value) if value.strip() else {}

    @field_validator("base_url")
    @classmethod
    def _no_slash(cls, url: str) -> str:
        return url.rstrip("/")

    def given_addresses(self) -> tuple[str, str] | None:
        """(gateway, token service) of a private deployment; None = ask the address service."""
        if not (self.gateway_url and self.token_url):
            return None
        whole = (urljoin(self.base_url + "/", url) for url in (self.gateway_url, self.token_url))
        gateway, token = (url.rstrip("/") for url in whole)
        return gateway, token
