"""The settings form of a manifest: one pydantic model made from it."""

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, SecretStr, create_model

from connectors.rest.spec.system import Setting, System

_TYPES: dict[str, Any] = {"text": str, "secret": SecretStr, "integer": int, "boolean": bool}


class RestConfig(BaseModel):
    """What all systems of this kind have."""

    model_config = ConfigDict(extra="forbid", frozen=True, coerce_numbers_to_str=True, str_strip_whitespace=True)

    base_url: str = Field(title="接口地址 / API address", min_length=1)


def config_model(system: System) -> type[RestConfig]:
    """RestConfig with the system's own settings."""
    usual = system.base_url or ...
    fields: dict[str, Any] = {
        "base_url": (
            str,
            Field(usual, title="接口地址 / API address", description="没有末尾斜杠 / Without a slash at its end"),
        )
    }
    fields |= {name: _field(setting) for name, setting in system.settings.items() if name != "base_url"}
    made: type[RestConfig] = create_model(f"{system.system}_config", __base__=RestConfig, **fields)
    return made


def values_of(config: BaseModel) -> dict[str, Any]:
    """The settings by name, secrets in plain text: for requests only."""
    given = {name: getattr(config, name) for name in type(config).model_fields}
    return {name: value.get_secret_value() if isinstance(value, SecretStr) else value for name, value in given.items()}


def _field(setting: Setting) -> tuple[Any, Any]:
    kind = Literal[setting.choices] if setting.choices else _TYPES[setting.type]
    default: Any = ... if setting.default is None else setting.default
    if setting.type == "secret" and setting.default is not None:
        default = SecretStr(str(setting.default))
    about = "" if setting.help is None else f"{setting.help.zh} / {setting.help.en}"
    least = 1 if setting.default is None and kind in (str, SecretStr) else None
    return kind, Field(default, title=f"{setting.title.zh} / {setting.title.en}", description=about, min_length=least)
