"""Keeps secrets out of messages, logs and stored evidence."""

import json
import re
from collections.abc import Iterable
from dataclasses import replace
from urllib.parse import quote, quote_plus

from pydantic import BaseModel, SecretStr

from hub.errors import HubError, Remedy, Text

MASK = "***"

_WORDS = (
    "access_token|accesstoken|refresh_token|token|corpsecret|appsecret|app_secret|app_sec|appsec|secret|password|passwd|pwd|"
    "authorization|cookie|set-cookie|sign|signature|msg_signature|key|encodingaeskey|x-ec-sign|x-kd-signature|"
    "x-api-signature|kdservice-sessionid"
)
_QUERY = re.compile(rf"(?i)([?&](?:{_WORDS})=)[^&\s\"'<>#]+")
_HEADER = re.compile(rf"(?i)(\b(?:{_WORDS})\"?'?\s*:\s*\"?'?)(?:bearer\s+|basic\s+)?[^\s\"',;}}]{{6,}}")
_URL_USER = re.compile(r"(?i)(https?://)[^/\s@]+@")


def secrets_of(config: BaseModel) -> tuple[str, ...]:
    """The plain values of every SecretStr field of a connector's config, nested models included."""
    found: list[str] = []
    for name in type(config).model_fields:
        value = getattr(config, name)
        if isinstance(value, SecretStr):
            found.append(value.get_secret_value())
        elif isinstance(value, BaseModel):
            found.extend(secrets_of(value))
    return tuple(secret for secret in found if secret)


class Redactor:
    """Replaces known secrets, and whatever stands where vendors put secrets, by ***."""

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        self._secrets: set[str] = set()
        for secret in secrets:
            self.hide(secret)

    def hide(self, secret: str) -> None:
        """Remember one more secret (a token just obtained). Values under 4 characters would mask ordinary text:
        ignored."""
        if len(secret) >= 4:
            in_json = {json.dumps(secret)[1:-1], json.dumps(secret, ensure_ascii=False)[1:-1]}
            self._secrets |= {secret, quote(secret, safe=""), quote_plus(secret), *in_json}

    def text(self, text: str) -> str:
        for secret in sorted(self._secrets, key=len, reverse=True):
            text = text.replace(secret, MASK)
        text = _QUERY.sub(rf"\1{MASK}", text)
        text = _HEADER.sub(rf"\1{MASK}", text)
        return _URL_USER.sub(rf"\1{MASK}@", text)

    def scrub(self, error: HubError) -> HubError:
        """The same error, with nothing secret left in what it shows."""
        error.text = Text(self.text(error.text.zh), self.text(error.text.en))
        error.args = (error.text.zh, error.text.en)
        error.value = self.text(error.value)
        if error.remedy:
            press = error.remedy.press
            error.remedy = Remedy(error.remedy.job, Text(self.text(press.zh), self.text(press.en)))
        error.vendor = replace(error.vendor, message=self.text(error.vendor.message), code=self.text(error.vendor.code))
        return error
