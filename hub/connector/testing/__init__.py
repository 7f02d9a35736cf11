"""The contract kit: a ready pytest class that proves what a connector's manifest claims, against a sandbox over HTTP.

Subclass `ConnectorContract`, name the connector and the samples, give a `sandbox_url` fixture; see README.md beside
this.
"""

from hub.connector.testing.contract import ConnectorContract
from hub.connector.testing.control import SandboxControl
from hub.connector.testing.kit import Kit, Sample
from hub.connector.testing.servers import Proxy, Receiver, StubVendor

__all__ = ["ConnectorContract", "Kit", "Proxy", "Receiver", "Sample", "SandboxControl", "StubVendor"]
