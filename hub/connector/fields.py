"""Kinds of settings that several connectors have, checked the same way in each."""

from typing import Annotated

from pydantic import AfterValidator, SecretStr

AES_KEY_LENGTH = 43


def _whole(key: SecretStr) -> SecretStr:
    if key.get_secret_value() and len(key.get_secret_value()) != AES_KEY_LENGTH:
        raise ValueError(
            f"回调密钥必须是 {AES_KEY_LENGTH} 个字符 / the callback's AES key must have {AES_KEY_LENGTH} characters"
        )
    return key


CallbackKey = Annotated[SecretStr, AfterValidator(_whole)]
"""The AES key of hub.connector.envelope as consoles show it; "" = no callbacks."""


def part_of_url(parameter: str) -> AfterValidator:
    """For a secret that stands in an address: people paste the whole address, only the value of `parameter` is kept."""

    def only(secret: SecretStr) -> SecretStr:
        return SecretStr(secret.get_secret_value().rpartition(f"{parameter}=")[2].split("&")[0])

    return AfterValidator(only)
