"""Kinds of settings that connectors share."""

from typing import Annotated

import pytest
from pydantic import BaseModel, SecretStr, ValidationError

from hub.connector.fields import CallbackKey, part_of_url
from hub.connector.form import describe


class Settings(BaseModel):
    key: CallbackKey = SecretStr("")
    robot: Annotated[SecretStr, part_of_url("key")] = SecretStr("")


@pytest.mark.parametrize("length", [0, 43])
def test_a_callback_key_is_whole_or_not_given(length: int) -> None:
    assert Settings(key=SecretStr("k" * length)).key.get_secret_value() == "k" * length


@pytest.mark.parametrize("length", [1, 42, 44])
def test_a_callback_key_that_was_cut_when_pasted_is_refused_in_both_languages(length: int) -> None:
    with pytest.raises(ValidationError, match=r"43 个字符.*43 characters") as caught:
        Settings(key=SecretStr("k" * length))
    assert "kkk" not in str(caught.value).replace("**", "") or length < 3


@pytest.mark.parametrize(
    "given", ["abc", "https://x.example/send?key=abc", "https://x.example/send?v=1&key=abc&debug=1"]
)
def test_a_whole_address_may_be_pasted(given: str) -> None:
    assert Settings(robot=SecretStr(given)).robot.get_secret_value() == "abc"


def test_the_form_knows_them_as_secrets() -> None:
    assert [field["type"] for field in describe(Settings)] == ["secret", "secret"]
