"""Fixtures for the EC sandbox, imported by its test modules."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from sandbox.core.start import start_sandbox
from tests.unit.sandbox.ec_client import EcClient


@pytest.fixture(scope="module")
def ec_process() -> Iterator[EcClient]:
    with start_sandbox("ec") as running:
        client = EcClient(running.credentials)
        yield client
        client.web.close()


@pytest.fixture
def ec(ec_process: EcClient) -> EcClient:
    ec_process.web.post("/_sandbox/reset")
    return ec_process


@pytest.fixture
def ec_with() -> Iterator[Callable[..., EcClient]]:
    """An account with other switches than the defaults."""
    open_ones = []

    def start(**settings: Any) -> EcClient:
        running = start_sandbox("ec", settings)
        client = EcClient(running.credentials)
        open_ones.append((running, client))
        return client

    yield start
    for running, client in open_ones:
        client.web.close()
        running.stop()
