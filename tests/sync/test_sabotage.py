"""The machines are strong enough: every rule that is taken out of the engine makes them fail."""

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.sync.machine import SyncMachine
from tests.sync.sabotage import BREAKS, Break

HUNT = settings(
    max_examples=300,
    stateful_step_count=40,
    deadline=None,
    derandomize=True,
    database=None,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("broken", BREAKS, ids=lambda broken: broken.__name__)
def test_a_broken_engine_is_caught(broken: Break, monkeypatch: pytest.MonkeyPatch) -> None:
    broken(monkeypatch)
    with pytest.raises(Exception) as caught:
        run_state_machine_as_test(SyncMachine, settings=HUNT)
    print(f"{broken.__name__}: {str(caught.value)[:200]}")
