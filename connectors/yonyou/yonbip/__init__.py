"""YonBIP / YonSuite: customers and orders both ways, receipts created; products, staff, receivables and settlements out."""

from connectors.yonyou.yonbip.callback import callback
from connectors.yonyou.yonbip.client import YonbipClient
from connectors.yonyou.yonbip.config import YonbipConfig
from hub.connector import Connector, Link, load_manifest

MANIFEST = load_manifest(__name__)


def open_client(config: YonbipConfig, link: Link) -> YonbipClient:
    """A client for one connection. Raises ConfigInvalid for an address that must not be called."""
    return YonbipClient(config, link, MANIFEST)


CONNECTOR = Connector(MANIFEST, YonbipConfig, open_client, callback)
