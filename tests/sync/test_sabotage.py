"""The machines are strong enough: every rule that is taken out of the engine makes them fail, and the engine as it is passes the same
walks."""

import pytest

from tests.sync.sabotage import BREAKS, Break
from tests.sync.walks import Walk, walk

PATHS: list[Walk] = list(dict.fromkeys(BREAKS.values()))


def test_the_engine_passes_all_walks_in_a_row() -> None:
    walk(*PATHS)


@pytest.mark.slow
@pytest.mark.parametrize("path", PATHS, ids=lambda path: path.__name__)
def test_the_engine_passes_the_walk(path: Walk) -> None:
    walk(path)


@pytest.mark.parametrize("broken", BREAKS, ids=lambda broken: broken.__name__)
def test_a_broken_engine_is_caught(broken: Break, monkeypatch: pytest.MonkeyPatch) -> None:
    broken(monkeypatch)
    with pytest.raises((AssertionError, RuntimeError)):  # a promise at rest, or a guard of tests/guards.py on the way
        walk(BREAKS[broken])
