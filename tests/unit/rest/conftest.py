"""Closes what the tests opened."""

from collections.abc import Iterator

import pytest

from tests.unit.rest.vendor import OPENED


@pytest.fixture(autouse=True)
def _closed() -> Iterator[None]:
    yield
    while OPENED:
        OPENED.pop().close()
