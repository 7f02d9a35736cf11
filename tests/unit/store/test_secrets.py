"""What is sealed stays readable with its key and says what to do without; key files are private."""

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from hub.errors import BadInput, SetupError
from hub.settings import load_settings
from hub.store.secrets import SecretBox, box_from_settings, key_text, keys_from_text

OLD, NEW = b"o" * 32, b"n" * 32


@pytest.mark.parametrize("text", ["", "密码 p@ss", "x" * 100_000])
def test_what_is_sealed_opens_again(text: str) -> None:
    box = SecretBox(OLD)
    assert box.open(box.seal(text)) == text


def test_equal_texts_do_not_look_equal() -> None:
    box = SecretBox(OLD)
    sealed = box.seal("secret-value")
    assert sealed != box.seal("secret-value")
    assert "secret" not in sealed


def test_a_new_key_seals_and_the_old_one_still_opens() -> None:
    sealed = SecretBox(OLD).seal("x")
    both = SecretBox(NEW, OLD)
    assert both.open(sealed) == "x"
    assert not both.is_current(sealed)
    assert both.is_current(both.seal("x"))


@pytest.mark.parametrize("damage", [lambda s: s[:-4] + "AAA=", lambda s: "s9" + s[2:], lambda _s: "", lambda s: s[:20]])
def test_what_was_changed_does_not_open(damage: object) -> None:
    box = SecretBox(OLD)
    with pytest.raises(SetupError, match="HUB_SECRET_KEY"):
        box.open(damage(box.seal("x")))  # type: ignore[operator]


def test_another_key_says_which_and_what_to_do() -> None:
    with pytest.raises(SetupError, match="enter the credentials again"):
        SecretBox(NEW).open(SecretBox(OLD).seal("x"))


def test_the_key_file_is_made_once_and_private(tmp_path: Path) -> None:
    settings = load_settings(data_dir=tmp_path / "hub")
    sealed = box_from_settings(settings).seal("x")
    path = tmp_path / "hub" / "secret.key"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert box_from_settings(settings).open(sealed) == "x"
    assert [entry.name for entry in (tmp_path / "hub").iterdir()] == ["secret.key"]


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o644, 0o660])
def test_a_key_file_that_others_can_read_is_refused(tmp_path: Path, mode: int) -> None:
    settings = load_settings(data_dir=tmp_path)
    box_from_settings(settings)
    (tmp_path / "secret.key").chmod(mode)
    with pytest.raises(SetupError, match="chmod 600"):
        box_from_settings(settings)


def test_four_first_starts_agree_on_the_key(tmp_path: Path) -> None:
    code = (
        "import sys; from hub.settings import load_settings; from hub.store.secrets import key_text;"
        "print(key_text(load_settings(data_dir=sys.argv[1])))"
    )
    started = [subprocess.Popen([sys.executable, "-c", code, tmp_path], stdout=subprocess.PIPE) for _ in range(4)]
    assert len({process.communicate(timeout=60)[0] for process in started}) == 1


def test_the_key_may_come_from_the_setting_or_a_file(tmp_path: Path) -> None:
    path = tmp_path / "key"
    path.write_text("k" * 40)
    path.chmod(0o600)
    from_file = load_settings(data_dir=tmp_path, secret_key_file=path)
    from_text = load_settings(data_dir=tmp_path, secret_key="k" * 40)
    assert key_text(from_file) == key_text(from_text)
    assert box_from_settings(from_file).open(box_from_settings(from_text).seal("x")) == "x"


def test_a_missing_key_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(SetupError, match=r"cannot read the key file .*/none"):
        box_from_settings(load_settings(data_dir=tmp_path, secret_key_file=tmp_path / "none"))


@pytest.mark.parametrize("text", ["", "short", "x" * 31, "k" * 40 + "\nshort"])
def test_a_key_too_short_is_refused(text: str) -> None:
    with pytest.raises(BadInput, match="openssl rand -base64 32"):
        keys_from_text(text)


def test_lines_of_a_key_are_newest_first() -> None:
    new, old = "n" * 32, "o" * 32
    assert keys_from_text(f"{new}\n\n {old} \n") == [keys_from_text(new)[0], keys_from_text(old)[0]]
    assert all(len(key) == 32 for key in keys_from_text(f"{new}\n{old}"))


def test_a_folder_that_cannot_be_written_is_no_crash(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(SetupError, match="HUB_DATA_DIR"):
        box_from_settings(load_settings(data_dir=tmp_path / "file"))
    assert os.listdir(tmp_path) == ["file"]
