"""docs/cli.md and docs/api.md say what there is, and all of it."""

import re
import shlex
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import typer
from fastapi import FastAPI

from hub.api.metrics import scrape
from hub.cli.main import build
from tests.unit.api.office import FakeRuntime

DOCS = Path(__file__).parents[3] / "docs"
PAGE = (DOCS / "cli.md").read_text("utf-8")


@cache
def commands() -> dict[tuple[str, ...], Any]:
    return leaves(typer.main.get_command(build()), ())


def leaves(found: Any, path: tuple[str, ...]) -> dict[tuple[str, ...], Any]:
    below = getattr(found, "commands", None)
    if below is None:
        return {path: found}
    return {key: leaf for name, one in below.items() for key, leaf in leaves(one, (*path, name)).items()}


def lines() -> list[list[str]]:
    blocks = re.findall(r"```\n(.*?)```", PAGE, re.DOTALL)
    return [shlex.split(line)[1:] for block in blocks for line in block.splitlines() if line.startswith("hub ")]


def command_of(words: list[str]) -> tuple[str, ...]:
    known = commands()
    return next((key for size in (3, 2, 1) if (key := tuple(words[:size])) in known), ())


def test_every_line_of_the_page_is_a_command_as_it_is():
    known = commands()
    for words in lines():
        path = command_of(words)
        assert path, words
        context = known[path].make_context(path[-1], words[len(path) :], resilient_parsing=False)
        assert context.args == [], words


def test_every_command_is_on_the_page():
    shown = {command_of(words) for words in lines()}
    assert set(commands()) - shown == set()


def test_every_option_is_on_the_page():
    for path, command in commands().items():
        used = {word for words in lines() if command_of(words) == path for word in words if word.startswith("--")}
        options = {name for one in command.params for name in (*one.opts, *one.secondary_opts) if name.startswith("--")}
        assert options - used == set(), path


@pytest.mark.parametrize("path", sorted(commands()))
def test_every_command_says_in_both_languages_what_it_does(path):
    command = commands()[path]
    assert " / " in (command.help or ""), path


def test_the_api_page_names_addresses_and_figures_that_exist(api_app: FastAPI, runtime: FakeRuntime):
    page = (DOCS / "api.md").read_text("utf-8")
    paths = set(api_app.openapi()["paths"])
    named = set(re.findall(r"/api/v1[/\w.{}-]*\w}?", page))
    assert len(named) > 15
    assert {path for path in named if path not in paths and path != "/api/v1"} == set()
    figures = set(re.findall(r"`(hub_\w+)`", page))
    assert figures == set(re.findall(r"# HELP (\w+)", scrape(runtime).decode()))
