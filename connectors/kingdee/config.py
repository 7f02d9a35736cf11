"""Settings of one 金蝶云星空 connection: validation, the settings form and masking come from this model."""

import json
from collections.abc import Mapping
from typing import Literal, Self
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import BaseModel, ConfigDict, Field, SecretStr, field_validator, model_validator

AuthKind = Literal["signature", "login_by_sign", "login_by_app_secret", "validate_user"]
_APP_ID_SECRET_CHARS = 32


class KingdeeConfig(BaseModel):
    """`auth` chooses between signed headers (no login call) and the three login calls of kingdee.md 2.1.

    `extra_fields` adds a tenant's own fields (F_XXXX_…) to what is read, per entity; a field of an entry is written
    `FSaleOrderEntry.F_XXXX_Text`. `defaults` are Model values that a create sends where the mapping gives none.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    server_url: str = Field(
        title="产品地址 / product address",
        description="例 https://erp.example.com/K3Cloud/ / for example https://erp.example.com/K3Cloud/",
    )
    acct_id: str = Field(
        title="账套ID / data center id",
        description="数据中心的 id，14 位左右 / as the login page lists it",
        min_length=1,
    )
    username: str = Field(
        title="集成用户 / integration user", description="专用的集成用户 / a user kept for the hub", min_length=1
    )
    auth: AuthKind = Field(
        "signature",
        title="登录方式 / how to sign in",
        description="signature 每次签名，其余先登录 / signature signs every call, the others open a session",
    )
    password: SecretStr = Field(
        SecretStr(""), title="密码 / password", description="只有 validate_user 需要 / only for validate_user"
    )
    app_id: str = Field(
        "",
        title="应用ID / application id",
        description="第三方系统登录授权中的应用 / from the authorization of third parties",
    )
    app_secret: SecretStr = Field(
        SecretStr(""), title="应用密钥 / application secret", description="与应用 ID 同处 / beside the application id"
    )
    lcid: int = Field(2052, title="语言 / language", description="2052 简体, 3076 繁體, 1033 English / locale id")
    org_number: str = Field(
        "",
        title="组织编码 / organization",
        description="本连接读写基础资料的组织，例 100 / whose base data is read and written, for example 100",
    )
    server_zone: str = Field(
        "Asia/Shanghai",
        title="服务器时区 / server time zone",
        description="登录回复不说明时区时使用 / used when no login reply tells it",
    )
    session_life_s: float = Field(
        1200.0,
        title="会话寿命（秒） / session life in seconds",
        gt=0,
        description="过后重新登录 / then the hub signs in anew",
    )
    metadata_life_s: float = Field(
        21600.0,
        title="字段清单缓存（秒） / field list life in seconds",
        gt=0,
        description="字段清单多久重读 / re-read after this",
    )
    probes: Mapping[str, str] = Field(
        default_factory=dict,
        title="探针单据 / probes",
        description="实体 → 一个确实存在的编码，用来发现数据权限过滤 / entity -> a number known to exist",
    )
    extra_fields: Mapping[str, tuple[str, ...]] = Field(
        default_factory=dict,
        title="补充字段 / extra fields",
        description="实体 → 要一并读取的自定义字段 / entity -> own fields to read as well",
    )
    defaults: Mapping[str, Mapping[str, object]] = Field(
        default_factory=dict,
        title="新建默认值 / defaults of new records",
        description="实体 → 字段 → 值 / entity -> field -> value",
    )

    @field_validator("probes", "extra_fields", "defaults", mode="before")
    @classmethod
    def _from_text(cls, value: object) -> object:
        """A settings form sends these as JSON text; blank means none."""
        if not isinstance(value, str):
            return value
        return json.loads(value) if value.strip() else {}

    @field_validator("server_zone")
    @classmethod
    def _known_zone(cls, value: str) -> str:
        try:
            return ZoneInfo(value).key
        except (ZoneInfoNotFoundError, ValueError):
            raise ValueError(f"没有时区 {value!r}，例 Asia/Shanghai / no such time zone") from None

    @field_validator("server_url")
    @classmethod
    def _product_address(cls, value: str) -> str:
        parts = urlsplit(value.strip())
        if parts.scheme not in {"http", "https"} or not parts.hostname or parts.query:
            raise ValueError(
                f"产品地址 {value!r} 不是完整网址，应形如 https://erp.example.com/K3Cloud/ / not a full product address"
            )
        return value.strip().rstrip("/") + "/"

    @model_validator(mode="after")
    def _credentials_for_the_auth_kind(self) -> Self:
        if self.auth == "validate_user":
            if not self.password.get_secret_value():
                raise ValueError("password: validate_user 需要密码 / validate_user needs a password")
        elif not self.app_id or not self.app_secret.get_secret_value():
            raise ValueError(f"app_id, app_secret: {self.auth} 需要应用 ID 和密钥 / needs application id and secret")
        if self.auth == "signature":
            self._check_app_id()
        return self

    def _check_app_id(self) -> None:
        parts = self.app_id.split("_")
        if len(parts) != 2 or len(parts[1]) != _APP_ID_SECRET_CHARS:
            raise ValueError(
                "app_id: 应是 “数字_32位字符”，请从第三方系统登录授权里完整复制 / copy all of <digits>_<32 characters>"
            )
