"""Fixtures for the Kingdee sandbox."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from sandbox.core.start import start_sandbox
from tests.unit.sandbox.kingdee_client import KingdeeClient


@pytest.fixture(scope="session")
def kd_process() -> Iterator[KingdeeClient]:
    with start_sandbox("kingdee") as running:
        client = KingdeeClient(running)
        yield client
        client.web.close()


@pytest.fixture
def kd(kd_process: KingdeeClient) -> KingdeeClient:
    kd_process.reset()
    return kd_process


@pytest.fixture
def kd_with() -> Iterator[Callable[..., KingdeeClient]]:
    """A data center with other switches than the defaults."""
    open_ones: list[KingdeeClient] = []

    def start(**settings: Any) -> KingdeeClient:
        client = KingdeeClient(start_sandbox("kingdee", settings))
        client.reset()
        open_ones.append(client)
        return client

    yield start
    for client in open_ones:
        client.web.close()
        client.running.stop()
