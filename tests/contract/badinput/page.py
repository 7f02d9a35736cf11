"""docs/refusals.md from what the cases showed: by system, case | message | who | what to press. Pure."""

import re
from collections.abc import Mapping

from hub.errors import JOBS, Text
from tests.contract.badinput.frame import KINDS, Case, NotThere, Shown, Suite

Told = Mapping[str, Shown]
"""Key of a case -> what it showed."""

_HEAD = """\
# 被拒绝时：发生了什么、谁来处理、点什么 / Refusals: what happened, whose job it is, what to press

<!-- 由 `python -m tests.contract.badinput --into docs/refusals.md` 生成，勿手改 / generated, not written by hand -->

每一行都由真实的连接器和引擎对着仿真系统演过一遍，文字就是“待处理”、`hub connections list|show|test`、`hub doctor` 和接口里看到的。
“连接”类的拒绝只暂停（或稍后重试）这一个连接，“记录”类的只停下这一条，其余照常同步。处理后：连接点“测试”和“恢复”
（`hub connections test NAME`、`hub connections resume NAME`），记录点“重试”（`hub inbox replay ID`）；标“无人”的会自己恢复。

Each row was played by the real connector and engine against a sandbox, and the words are what the inbox, `hub connections
list|show|test`, `hub doctor` and the API show. A refusal of a connection pauses that one (or makes it wait), a refusal of a record
stops that one; all others go on. Then: test and resume the connection, or replay the inbox item; what says "nobody" recovers by itself.
"""
_LONG = 220
_MOVING = (
    (re.compile(r"127\.0\.0\.1:\d+"), "127.0.0.1"),
    (re.compile(r"(.)\1{24,}"), r"\1\1\1…"),
    (re.compile(r"\b[0-9a-f]{16,}\b"), "…"),
    (re.compile(r"\b[0-9A-F]{8}(-[0-9A-F]{4}){3}-[0-9A-F]{12}\b", re.I), "…"),
    (re.compile(r"KDX?-?HUB\w+|\bHUB-\d+\b"), "HUB-…"),
)


def page(suites: Mapping[str, Suite], told: Mapping[str, Told], before: str = "") -> str:
    """The whole page, in the order of the headings; `told` by suite. What was not played keeps the section it had in the page
    `before`."""
    parts = sections(before) | {heading(suites[key]): section(suites[key], shown) for key, shown in told.items()}
    return _HEAD + "".join(parts[title] for title in sorted(parts))


def sections(text: str) -> dict[str, str]:
    """Heading -> that section of a page, with its heading."""
    parts = text.split("\n## ")[1:]
    return {part.splitlines()[0]: f"\n## {part.rstrip()}\n" for part in parts}


def heading(suite: Suite) -> str:
    return f"{suite.title.zh} / {suite.title.en}"


def section(suite: Suite, told: Told) -> str:
    title = f"\n## {heading(suite)}\n\n"
    head = "| 情况 / case | 看到的话 / message | 谁 / who | 点什么 / what to press |\n|---|---|---|---|\n"
    rows = [row(case, told[case.key]) for case in ordered(suite) if not isinstance(case, NotThere)]
    absent = [case for case in ordered(suite) if isinstance(case, NotThere)]
    zh = "；".join(f"{KINDS[case.kind].zh}（{case.why.zh}）" for case in absent)
    en = "; ".join(f"{KINDS[case.kind].en} ({case.why.en})" for case in absent)
    not_there = f"\n不会有的情况：{zh}。\n\nCannot happen here: {en}.\n" if absent else ""
    return title + head + "\n".join(rows) + "\n" + not_there


def ordered(suite: Suite) -> list[Case]:
    """In the order of the kinds."""
    return sorted(suite.cases, key=lambda case: list(KINDS).index(case.kind))


def row(case: Case, shown: Shown) -> str:
    kind = KINDS[case.kind]
    name = Text(kind.zh, kind.en)
    if case.name.zh:
        name = Text(f"{kind.zh}：{case.name.zh}", f"{kind.en}: {case.name.en}")
    return "| " + " | ".join(_both(text) for text in (name, shown.text, JOBS[shown.job], shown.press)) + " |"


def _both(text: Text) -> str:
    return f"{_cell(text.zh)}<br>{_cell(text.en)}"


def _cell(text: str) -> str:
    for pattern, instead in _MOVING:
        text = pattern.sub(instead, text)
    text = " ".join(text.split())
    text = text if len(text) <= _LONG else text[: _LONG - 1] + "…"
    return text.replace("|", "\\|").replace("<", "&lt;")
