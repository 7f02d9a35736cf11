"""钉钉 (DingTalk): one internal app, its group robot and one approval template."""

from connectors.dingtalk.callback import callback
from connectors.dingtalk.config import DingtalkConfig
from connectors.dingtalk.connection import DingtalkClient
from hub.connector import Connector, load_manifest

CONNECTOR = Connector(load_manifest("connectors.dingtalk"), DingtalkConfig, DingtalkClient, callback)
