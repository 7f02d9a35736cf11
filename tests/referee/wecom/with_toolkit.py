"""Run by the referees' Python: py-wecom-toolkit 4.0.11, messages and robot; two apps that share one token."""

import json
import os

from py_wecom_toolkit.server.cache import AccessTokenMemoryCache
from py_wecom_toolkit.server.message.client import Client
from py_wecom_toolkit.server.message.msgtype import TextMessage
from py_wecom_toolkit.webhook.client import Client as Robot

given = json.loads(os.environ["GIVEN"])
access = given["credentials"]
cache = AccessTokenMemoryCache()


def send(secret, agent):
    client = Client(access["corp_id"], secret, agentid=agent, cache=cache, base_url=access["base_url"])
    return client.send(TextMessage(touser="zhangsan|ghost", agentid=agent, text={"content": "你好"}))


robot = Robot(access["robot_key"], base_url=access["base_url"])
first = send(access["secret"], access["agent_id"])
other = send(given["other_secret"], given["other_agent_id"])
out = {
    "first": first.model_dump(),
    "other_app_with_the_corps_cached_token": other.errcode,
    "robot": robot.send_text("逾期", mentioned_list=["lisi"]).errcode,
    "robot_v2": robot.send_markdown_v2("| a | b |").errcode,
    "robot_card": robot.send_template_card("text_notice", "逾期", card_action_url="https://x.cn").errcode,
    "robot_file": robot.upload_media("file", b"a,b,c\r\n1,2,3", filename="对账.csv").model_dump(),
    "lost_robot": Robot("lost", base_url=access["base_url"]).send_text("x").errcode,
}
print(json.dumps(out))
