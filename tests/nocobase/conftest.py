"""Collected by `make nocobase` only: installing NocoBase takes minutes."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.nocobase.environment import NocoBase, installed, running_nocobase

collect_ignore_glob = [] if "NOCOBASE_DIR" in os.environ else ["test_*.py"]


@pytest.fixture(scope="session")
def nocobase(tmp_path_factory: pytest.TempPathFactory) -> Iterator[NocoBase]:
    folder = installed(Path(os.environ["NOCOBASE_DIR"]).absolute())
    with running_nocobase(folder, tmp_path_factory.mktemp("nocobase")) as running:
        yield running
        running.web.close()
