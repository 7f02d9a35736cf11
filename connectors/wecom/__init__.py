"""企业微信 (WeCom): one self-built app, and optionally one group robot."""

from connectors.wecom.callback import callback
from connectors.wecom.config import WecomConfig
from connectors.wecom.connection import WecomClient
from hub.connector import Connector, load_manifest

CONNECTOR = Connector(load_manifest("connectors.wecom"), WecomConfig, WecomClient, callback)
