"""Tryton: parties and sales both ways; products, receivables, receipts and settlements out."""

from connectors.tryton.client import TrytonClient
from connectors.tryton.config import TrytonConfig
from hub.connector import Connector, Link, load_manifest

MANIFEST = load_manifest(__name__)


def open_client(config: TrytonConfig, link: Link) -> TrytonClient:
    """A client for one connection. Raises ConfigInvalid for an address that must not be called."""
    return TrytonClient(config, link, MANIFEST)


CONNECTOR = Connector(MANIFEST, TrytonConfig, open_client)
