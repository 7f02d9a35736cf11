"""U8 / U8+ OpenAPI: customers, orders and receipts read and added; products, persons and receivables out."""

from connectors.yonyou.u8.client import U8Client
from connectors.yonyou.u8.config import U8Config
from hub.connector import Connector, Link, load_manifest

MANIFEST = load_manifest(__name__)


def open_client(config: U8Config, link: Link) -> U8Client:
    """A client for one connection. Raises ConfigInvalid for an address that must not be called."""
    return U8Client(config, link, MANIFEST)


CONNECTOR = Connector(MANIFEST, U8Config, open_client)
