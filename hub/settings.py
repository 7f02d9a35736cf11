"""The settings of one process, read from HUB_* once. No other module reads the environment."""

import difflib
import os
from pathlib import Path
from typing import Any, Literal, Self
from zoneinfo import ZoneInfo

from pydantic import Field, SecretStr, ValidationError, field_validator, model_validator
from pydantic_core import ErrorDetails
from pydantic_settings import BaseSettings, SettingsConfigDict

from hub.errors import BadInput

PREFIX = "HUB_"
_IN_CHINESE = {  # pydantic's error type -> what to write instead
    "int_parsing": "应为整数",
    "float_parsing": "应为数字",
    "bool_parsing": "应为 true 或 false",
    "greater_than_equal": "不能小于 {ge}",
    "less_than_equal": "不能大于 {le}",
    "literal_error": "应为 {expected} 之一",
}


class Settings(BaseSettings):
    """Every knob with its default. Field `x_y` is read from HUB_X_Y; `as_environment` passes it to a child."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX, extra="forbid", frozen=True, hide_input_in_errors=True, env_ignore_empty=True
    )

    data_dir: Path = Field(default_factory=lambda: Path.cwd() / ".hub")
    """Database, key, queue, logs and backups of this installation."""
    database_url: str = ""
    """"" = SQLite in data_dir. PostgreSQL: postgresql://user:password@host/name"""
    redis_url: str = ""
    """"" = the server that comes with the hub, in data_dir."""
    secret_key: SecretStr | None = None
    secret_key_file: Path | None = None
    """Neither = a key made once in data_dir. Several lines: the first encrypts, all decrypt."""
    host: str = "127.0.0.1"
    port: int = Field(default=8470, ge=0, le=65535)
    """0 takes a free port."""
    public_url: str = ""
    """Where people reach the hub; links in alerts start with it."""
    allow_private_hosts: bool = False
    """Whether a connection may point at addresses inside the company's network (an ERP on premises needs it)."""
    language: Literal["zh", "en"] = "zh"
    zone: str = "Asia/Shanghai"
    workers: int = Field(default=2, ge=1, le=64)
    """Worker processes of `hub up`."""
    sync_threads: int = Field(default=4, ge=1, le=64)
    push_threads: int = Field(default=4, ge=1, le=64)
    alert_threads: int = Field(default=2, ge=1, le=64)
    stop_s: float = Field(default=30.0, ge=0, le=600)
    """How long SIGTERM waits for the page in hand."""
    daily_hour: int = Field(default=9, ge=0, le=23)
    """Local hour from which overdue receivables are looked for."""
    overdue_every_s: float = Field(default=3600.0, ge=1)
    """How often they are looked for again on the same day: each instalment is told once, however often."""
    notice_every_s: float = Field(default=30.0, ge=1)
    """How often it is looked whether a connection stopped or came back: admins are told once."""
    nightly_hour: int = Field(default=3, ge=0, le=23)
    """Local hour at which old rows are removed."""
    retention_attempt_days: int = Field(default=30, ge=0)
    """Days that rows of a growing table are kept; 0 = for ever."""
    retention_run_days: int = Field(default=90, ge=0)
    retention_event_days: int = Field(default=30, ge=0)
    retention_intent_days: int = Field(default=90, ge=0)
    retention_alert_days: int = Field(default=365, ge=0)
    retention_inbox_days: int = Field(default=365, ge=0)
    retention_audit_days: int = Field(default=0, ge=0)
    retention_change_days: int = Field(default=0, ge=0)
    log_level: Literal["debug", "info", "warning", "error"] = "info"

    @field_validator("data_dir", "secret_key_file")
    @classmethod
    def _absolute(cls, value: Path | None) -> Path | None:
        return None if value is None else value.expanduser().absolute()

    @field_validator("zone")
    @classmethod
    def _known_zone(cls, value: str) -> str:
        try:
            ZoneInfo(value)
        except (KeyError, ValueError, OSError) as error:
            raise ValueError(
                f"没有时区 {value}，例如 Asia/Shanghai / no time zone {value}, try Asia/Shanghai"
            ) from error
        return value

    @field_validator("database_url")
    @classmethod
    def _known_database(cls, value: str) -> str:
        if value and not value.startswith(("sqlite:///", "postgresql://", "postgresql+psycopg://")):
            raise ValueError(
                "应为 sqlite:///文件 或 postgresql://用户:密码@主机/库 / give sqlite:///FILE or postgresql://USER:PASSWORD@HOST/NAME"
            )
        return value

    @field_validator("redis_url")
    @classmethod
    def _known_redis(cls, value: str) -> str:
        if value and not value.startswith(("redis://", "rediss://", "unix://")):
            raise ValueError(
                "应以 redis://、rediss:// 或 unix:// 开头 / must start with redis://, rediss:// or unix://"
            )
        return value

    @model_validator(mode="after")
    def _one_key(self) -> Self:
        if self.secret_key is not None and self.secret_key_file is not None:
            raise ValueError(
                "HUB_SECRET_KEY 与 HUB_SECRET_KEY_FILE 只能设一个 / set HUB_SECRET_KEY or HUB_SECRET_KEY_FILE, not both"
            )
        return self

    @property
    def database(self) -> str:
        """The database URL in force."""
        return self.database_url or f"sqlite:///{self.data_dir / 'hub.db'}"

    @property
    def embedded_redis(self) -> bool:
        return not self.redis_url

    def as_environment(self) -> dict[str, str]:
        """HUB_* for a child process that shall run with exactly these settings."""
        values = {"data_dir": self.data_dir, **self.model_dump(exclude_none=True, exclude_defaults=True)}
        return {PREFIX + name.upper(): _as_text(value) for name, value in values.items()}


def load_settings(**given: Any) -> Settings:
    """Settings from HUB_*, with `given` over them. Raises BadInput that names each wrong or unknown variable."""
    lines = [_unknown(name) for name in os.environ if name.startswith(PREFIX) and name not in _known()]
    try:
        settings = Settings(**given)
    except ValidationError as error:
        lines += [_describe(problem) for problem in error.errors()]
    if lines:
        raise BadInput(
            "配置有误：" + "；".join(zh for zh, _ in lines), "wrong settings: " + "; ".join(en for _, en in lines)
        )
    return settings


def machine_language() -> str:
    """The language that the machine's locale names: en, else zh (so also where it names none, as C and POSIX do)."""
    named = (os.environ.get(name) for name in ("LC_ALL", "LC_MESSAGES", "LANG"))
    return "en" if next((value for value in named if value), "").lower().startswith("en") else "zh"


def _known() -> list[str]:
    return [PREFIX + name.upper() for name in Settings.model_fields]


def _unknown(name: str) -> tuple[str, str]:
    near = difflib.get_close_matches(name, _known(), n=1, cutoff=0.8)
    zh = f"，是否想写 {near[0]}" if near else f"，可用的有 {'、'.join(_known())}"
    en = f", did you mean {near[0]}?" if near else f"; known: {', '.join(_known())}"
    return f"没有名为 {name} 的设置{zh}", f"there is no setting {name}{en}"


def _describe(problem: ErrorDetails) -> tuple[str, str]:
    """One line per language. Our own messages carry both, divided by " / "; pydantic's are English."""
    name = PREFIX + "_".join(str(part) for part in problem["loc"]).upper() if problem["loc"] else ""
    zh, _, en = problem["msg"].removeprefix("Value error, ").partition(" / ")
    known = _IN_CHINESE.get(problem["type"])
    if known is not None:
        zh, en = known.format(**problem.get("ctx", {})), zh
    return f"{name} {zh}".strip(), f"{name} {en or zh}".strip()


def _as_text(value: object) -> str:
    return value.get_secret_value() if isinstance(value, SecretStr) else str(value)


def completing() -> bool:
    """Whether a shell asks for completions of the `hub` command rather than running it."""
    return "_HUB_COMPLETE" in os.environ
