"""金蝶云星空 (Kingdee Cloud Galaxy): base data and orders both ways; receivables, receipts and settlements out."""

from connectors.kingdee.client import KingdeeClient
from connectors.kingdee.config import KingdeeConfig
from hub.connector import Connector, Link, load_manifest

MANIFEST = load_manifest(__name__)


def open_client(config: KingdeeConfig, link: Link) -> KingdeeClient:
    """A client for one connection. Raises ConfigInvalid for an address that must not be called."""
    return KingdeeClient(config, link, MANIFEST)


CONNECTOR = Connector(MANIFEST, KingdeeConfig, open_client)
