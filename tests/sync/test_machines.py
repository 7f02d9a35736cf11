"""State machines for the promises of docs/engine.md on the real engine, with faults, kills and workers that meet."""

import pytest

from tests.sync.machine import NoKeyAtTheErp, StagedOrders, SyncMachine, ThreeSystems, TidyingVendor
from tests.sync.stories import Stories

TestStories = Stories.TestCase
TestTwoSystems = SyncMachine.TestCase
TestThreeSystems = ThreeSystems.TestCase
TestStagedOrders = StagedOrders.TestCase
TestNoKeyAtTheErp = NoKeyAtTheErp.TestCase
TestTidyingVendor = TidyingVendor.TestCase

pytestmark = pytest.mark.slow
