"""One running echo vendor and one EC account per module, as good as new for each test."""

from collections.abc import Iterator

import httpx
import pytest

from sandbox.core.start import Running, start_sandbox
from tests.unit.sandbox.ec_fixture import ec, ec_process, ec_with
from tests.unit.sandbox.echo_vendor import make_echo
from tests.unit.sandbox.kingdee_fixture import kd, kd_process, kd_with
from tests.unit.sandbox.wecom_desk import Desk, seed_staff

__all__ = ["ec", "ec_process", "ec_with", "echo", "kd", "kd_process", "kd_with", "web"]


@pytest.fixture(scope="module")
def echo() -> Iterator[Running]:
    with start_sandbox(make_echo()) as running:
        yield running


@pytest.fixture
def web(echo: Running) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=echo.url, timeout=5, trust_env=False, verify=False) as client:
        client.post("/_sandbox/reset")
        yield client


@pytest.fixture(scope="session")
def wecom_sandbox() -> Iterator[Running]:
    with start_sandbox("wecom") as running:
        yield running


@pytest.fixture
def desk(wecom_sandbox: Running) -> Iterator[Desk]:
    with httpx.Client(base_url=wecom_sandbox.url, timeout=5, trust_env=False, verify=False) as client:
        client.post("/_sandbox/reset")
        made = Desk(wecom_sandbox, client)
        seed_staff(made)
        yield made
