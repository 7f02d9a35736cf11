"""EC CRM (六度人和), open platform v2."""

from connectors.ec.callback import callback
from connectors.ec.config import EcConfig
from connectors.ec.connection import EcClient
from hub.connector import Connector, load_manifest

CONNECTOR = Connector(load_manifest("connectors.ec"), EcConfig, EcClient, callback)
