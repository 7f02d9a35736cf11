"""Both 用友 sandboxes, one process each, as good as new for every test."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from sandbox.core.start import start_sandbox
from tests.unit.sandbox.yonyou.desk import BipDesk, U8Desk


@pytest.fixture(scope="module")
def bip_process() -> Iterator[BipDesk]:
    with start_sandbox("yonbip") as running:
        desk = BipDesk(running)
        yield desk
        desk.web.close()


@pytest.fixture
def bip(bip_process: BipDesk) -> BipDesk:
    bip_process.reset()
    return bip_process


@pytest.fixture(scope="module")
def u8_process() -> Iterator[U8Desk]:
    with start_sandbox("u8") as running:
        desk = U8Desk(running)
        yield desk
        desk.web.close()


@pytest.fixture
def u8(u8_process: U8Desk) -> U8Desk:
    u8_process.reset()
    return u8_process


@pytest.fixture
def bip_with() -> Iterator[Callable[..., BipDesk]]:
    """A tenant with other switches than the defaults."""
    yield from _started("yonbip", BipDesk)


@pytest.fixture
def u8_with() -> Iterator[Callable[..., U8Desk]]:
    """An account set with other switches than the defaults."""
    yield from _started("u8", U8Desk)


def _started(system: str, desk: Any) -> Iterator[Callable[..., Any]]:
    open_ones: list[tuple[Any, Any]] = []

    def start(**settings: Any) -> Any:
        running = start_sandbox(system, settings)
        made = desk(running)
        made.reset()
        open_ones.append((running, made))
        return made

    yield start
    for running, made in open_ones:
        made.web.close()
        running.stop()
