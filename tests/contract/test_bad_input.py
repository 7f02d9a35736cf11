"""Every refusal says what happened, whose job it is and what to press; the others go on (tests/contract/badinput)."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from hub.errors import JOBS
from tests.contract.badinput.frame import KINDS, Case, NotThere, Server, Suite
from tests.contract.badinput.page import heading, row, sections
from tests.contract.badinput.runner import play
from tests.contract.badinput.scene import open_scene
from tests.contract.badinput.suites import holes, suites

PAGE = Path(__file__).parents[2] / "docs" / "refusals.md"
UNFINISHED: set[str] = set()
PLAYED = [(suite, case) for suite in suites().values() for case in suite.cases if not isinstance(case, NotThere)]


@pytest.fixture(scope="module")
def servers() -> Iterator[dict[str, Server]]:
    """One server per suite, started when its first case comes."""
    started: dict[str, Server] = {}
    yield started
    for server in started.values():
        server.stop()


@pytest.mark.parametrize(("suite", "case"), PLAYED, ids=[f"{suite.key}-{case.key}" for suite, case in PLAYED])
def test_a_refusal_is_said_with_its_remedy_and_stops_nothing_else(
    suite: Suite, case: Case, servers: dict[str, Server], tmp_path: Path
) -> None:
    if suite.key not in servers:
        servers[suite.key] = suite.start()
    with open_scene(suite, case, servers[suite.key], tmp_path) as scene:
        shown = play(case, scene)
    assert shown.job in JOBS
    assert row(case, shown) in PAGE.read_text("utf-8").splitlines(), (
        f"docs/refusals.md is stale: python -m tests.contract.badinput --into docs/refusals.md\n{row(case, shown)}"
    )


@pytest.mark.parametrize("suite", suites().values(), ids=list(suites()))
def test_every_connector_says_something_about_every_kind_of_bad_input(suite: Suite) -> None:
    assert holes(suite) == [] or suite.key in UNFINISHED
    assert {case.kind for case in suite.cases} <= set(KINDS)
    keys = [case.key for case in suite.cases]
    assert len(keys) == len(set(keys)), "two cases of one name"


def test_the_page_has_every_case_and_no_other() -> None:
    shown = sections(PAGE.read_text("utf-8"))
    assert list(shown) == sorted(heading(suite) for suite in suites().values())
    for suite in suites().values():
        mine = shown[heading(suite)]
        rows = [line for line in mine.splitlines() if line.startswith("| ")]
        cases = [case for case in suite.cases if not isinstance(case, NotThere)]
        assert len(rows) - 1 == len(cases), f"{suite.key}: the page is stale"
        for case in suite.cases:
            assert not isinstance(case, NotThere) or case.why.zh in mine
