"""One running echo vendor per test."""

from collections.abc import Iterator

import httpx
import pytest

from sandbox.core.start import Running, start_sandbox
from tests.unit.sandbox.echo_vendor import make_echo


@pytest.fixture
def echo() -> Iterator[Running]:
    with start_sandbox(make_echo()) as running:
        yield running


@pytest.fixture
def web(echo: Running) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=echo.url, timeout=5, trust_env=False) as client:
        yield client
