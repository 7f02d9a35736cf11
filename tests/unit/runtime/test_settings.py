"""Settings: every wrong one is named with what it takes, in both languages, without showing secrets."""

import re
from pathlib import Path

import pytest

from hub.errors import BadInput
from hub.settings import Settings, load_settings


@pytest.fixture(autouse=True)
def no_ambient_settings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    import os

    for name in [name for name in os.environ if name.startswith("HUB_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("HUB_DATA_DIR", str(tmp_path))


def test_the_default_is_everything_embedded(tmp_path: Path) -> None:
    settings = load_settings()
    assert settings.database == f"sqlite:///{tmp_path / 'hub.db'}"
    assert settings.embedded_redis
    assert settings.host == "127.0.0.1"
    assert settings.secret_key is None
    assert not settings.allow_private_hosts


def test_the_data_folder_is_beside_where_the_hub_is_started(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("HUB_DATA_DIR")
    monkeypatch.chdir(tmp_path)
    settings = load_settings()
    assert settings.data_dir == tmp_path / ".hub"
    assert settings.as_environment()["HUB_DATA_DIR"] == str(tmp_path / ".hub"), "a child may run in another folder"


def test_variables_are_read_and_arguments_go_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HUB_PORT", "9000")
    monkeypatch.setenv("HUB_LANGUAGE", "en")
    assert load_settings().port == 9000
    assert load_settings(port=0).port == 0
    assert load_settings().language == "en"


@pytest.mark.parametrize(
    ("name", "value", "zh", "en"),
    [
        ("HUB_PORT", "abc", "HUB_PORT 应为整数", "HUB_PORT Input should be a valid integer"),
        ("HUB_PORT", "70000", "HUB_PORT 不能大于 65535", "less than or equal to 65535"),
        ("HUB_WORKERS", "0", "HUB_WORKERS 不能小于 1", "greater than or equal to 1"),
        ("HUB_LANGUAGE", "de", "'zh' or 'en' 之一", "HUB_LANGUAGE"),
        ("HUB_ALLOW_PRIVATE_HOSTS", "maybe", "应为 true 或 false", "HUB_ALLOW_PRIVATE_HOSTS"),
        ("HUB_ZONE", "Asia/Hangzhou", "没有时区 Asia/Hangzhou", "try Asia/Shanghai"),
        ("HUB_DATABASE_URL", "mysql://h/x", "应为 sqlite:///文件", "postgresql://USER:PASSWORD@HOST/NAME"),
        ("HUB_REDIS_URL", "http://h", "应以 redis://", "must start with redis://"),
        ("HUB_PROT", "1", "没有名为 HUB_PROT 的设置，是否想写 HUB_PORT", "did you mean HUB_PORT?"),
        ("HUB_FLAVOUR", "1", "可用的有 HUB_DATA_DIR", "known: HUB_DATA_DIR"),
    ],
)
def test_a_wrong_setting_is_named_with_what_it_takes(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str, zh: str, en: str
) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(BadInput) as caught:
        load_settings()
    assert zh in caught.value.text.zh
    assert en in caught.value.text.en


def test_all_mistakes_are_told_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HUB_PORT", "x")
    monkeypatch.setenv("HUB_WORKERS", "y")
    monkeypatch.setenv("HUB_TYPO", "z")
    with pytest.raises(BadInput, match=r"HUB_TYPO.*HUB_PORT.*HUB_WORKERS"):
        load_settings()


def test_two_keys_are_one_too_many(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HUB_SECRET_KEY", "super-secret-value-that-must-not-be-shown")
    monkeypatch.setenv("HUB_SECRET_KEY_FILE", "/x")
    with pytest.raises(BadInput, match="not both") as caught:
        load_settings()
    assert "super-secret" not in str(caught.value)


def test_an_empty_variable_is_no_value(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HUB_PORT", "")
    monkeypatch.setenv("HUB_SECRET_KEY", "")
    assert load_settings().port == Settings.model_fields["port"].default
    assert load_settings().secret_key is None


def test_a_child_gets_exactly_these_settings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    settings = load_settings(
        port=0, secret_key="s" * 40, workers=3, allow_private_hosts=True, stop_s=1.5, data_dir=tmp_path / "数据"
    )
    for name, value in settings.as_environment().items():
        monkeypatch.setenv(name, value)
    assert load_settings() == settings


def test_secrets_do_not_show_in_a_printed_settings() -> None:
    assert "sssss" not in repr(load_settings(secret_key="s" * 40))


def test_unknown_arguments_are_refused() -> None:
    with pytest.raises(BadInput, match="HUB_NONSENSE"):
        load_settings(nonsense=1)


def test_paths_are_absolute_whatever_folder_a_process_runs_in(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    assert load_settings(data_dir="x").data_dir == tmp_path / "x"


def test_the_page_names_every_setting_and_no_other() -> None:
    page = (Path(__file__).parents[3] / "docs" / "operate.md").read_text("utf-8")
    table = page[page.index("## 设置") :]
    assert set(re.findall(r"`(HUB_[A-Z_]+[A-Z])`", table)) == {f"HUB_{name.upper()}" for name in Settings.model_fields}
