"""What the `hub` command imports before it does anything: no library that only some commands need."""

import subprocess
import sys

import pytest
import typer

from hub.cli.main import COMMANDS, build, overview

HEAVY = (
    "alembic", "openpyxl", "xlsxwriter", "pypinyin", "liquid", "phonenumbers", "sqlmodel", "dramatiq", "redis", "fastapi",
    "httpx", "psycopg", "argon2", "rapidfuzz", "cryptography", "stdnum", "uvicorn", "prometheus_client",
)  # fmt: skip
SHOW = "import sys; from hub.cli.main import main; main({words}); print('\\n@' + ' '.join(set(sys.modules) & set({heavy})))"


def imported(*words: str) -> set[str]:
    code = SHOW.format(words=list(words), heavy=(*HEAVY, "sqlalchemy"))
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    return set(ran.stdout.rpartition("@")[2].split())


@pytest.mark.parametrize("words", [("--help",), (), ("doctor", "--help"), ("up", "--help"), ("no-such-command",)])
def test_help_needs_no_heavy_library(words):
    assert imported(*words) == set()


def test_the_overview_says_what_the_commands_say_themselves():
    real = typer.main.get_command(build()).commands  # type: ignore[attr-defined]
    short = typer.main.get_command(overview()).commands  # type: ignore[attr-defined]
    assert set(real) == set(short) == set(COMMANDS)
    assert {name: one.get_short_help_str(200) for name, one in short.items()} == {
        name: one.get_short_help_str(200) for name, one in real.items()
    }


def test_an_unknown_command_is_bad_usage(hub):
    ran = hub("recrods")
    assert (ran.status, "recrods" in ran.err) == (2, True)
