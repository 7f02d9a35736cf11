"""Scripts of this folder run in the SDK's environment; a YonBIP tenant with a customer and an order stands ready."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from sandbox.core.start import Running
from tests.referee.yonyou.sdk_environment import ensure
from tests.referee.yonyou.stage import stage


@pytest.fixture(scope="session")
def referee_interpreter() -> Path:
    """The interpreter that has 用友's SDK."""
    return ensure()


@pytest.fixture(scope="module")
def yonbip() -> Iterator[Running]:
    yield from stage()
