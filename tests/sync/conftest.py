"""How long the machines of this folder run: HYPOTHESIS_PROFILE=deep for hours of machine time, else a minute."""

import os
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, Phase, settings

from hub.sync import core

QUIET = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much]
settings.register_profile(  # the same walks on every run, unshrunk: CI judges the change; the deep profile looks for new ones
    "quick",
    max_examples=20,
    stateful_step_count=25,
    deadline=None,
    derandomize=True,
    phases=(Phase.explicit, Phase.generate),
    suppress_health_check=QUIET,
)
settings.register_profile("deep", max_examples=600, stateful_step_count=50, deadline=None, suppress_health_check=QUIET)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "quick"))


@pytest.fixture(autouse=True, scope="session")
def no_ids_to_spare() -> Iterator[None]:
    """Ids come one at a time, as to a worker that has none yet: one that was not reserved before a transaction fails in it."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(core, "ID_BLOCK", 1)
        yield
