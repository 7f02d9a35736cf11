"""The class that a connector's contract test subclasses."""

from collections.abc import Iterator, Mapping
from typing import Any, ClassVar

import pytest

from hub.connector.testing.control import SandboxControl
from hub.connector.testing.kit import Kit
from hub.connector.testing.messages import Messages
from hub.connector.testing.reading import Reading
from hub.connector.testing.trust import Trust
from hub.connector.testing.webhooks import Webhooks
from hub.connector.testing.writing import Writing


class ConnectorContract(Reading, Writing, Trust, Webhooks, Messages):
    """Everything that a manifest promises, proved over HTTP against a sandbox.

    Give class attributes `connector`, `samples`, `credential`, `unknown_code` (and `faults`, `url_field`,
    `push_events`, `signed`, `members` where they apply) and a fixture `sandbox_url`. Tests that do not apply are
    not collected.
    """

    settings: ClassVar[Mapping[str, Any]] = {}
    """Connector settings beside what the sandbox's credentials give."""

    def prepare(self, control: SandboxControl) -> None:
        """Make what the samples refer to (employees, products …). Runs before every test on a reset sandbox."""

    @pytest.fixture
    def kit(self, sandbox_url: str) -> Iterator[Kit]:
        control = SandboxControl(sandbox_url)
        control.reset()
        self.prepare(control)
        kit = Kit(self.connector, control, self.samples, self.settings)
        yield kit
        kit.close()
