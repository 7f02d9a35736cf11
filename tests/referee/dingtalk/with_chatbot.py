"""Run by the referees' Python: DingtalkChatbot writes to the group; prints what the robot answered."""

import json
import os

import requests
from dingtalkchatbot.chatbot import ActionCard, CardItem, DingtalkChatbot, FeedLink

url, access = os.environ["URL"], json.loads(os.environ["ACCESS"])
address = f"{url}/robot/send?access_token={access['robot_token']}"
robot = DingtalkChatbot(address, secret=access["robot_secret"])
buttons = [CardItem(title="通过", url="https://hub/yes"), CardItem(title="拒绝", url="https://hub/no")]
answers = {
    "text": robot.send_text("逾期提醒", at_mobiles=["13800000001"]),
    "link": robot.send_link("标题", "内容", "https://hub/a"),
    "markdown": robot.send_markdown("日报", "### 应收\n- 甲公司", is_at_all=True),
    "card": robot.send_action_card(ActionCard(title="审批", text="请看", btns=buttons)),
    "feed": robot.send_feed_card([FeedLink("一", "https://hub/1", "https://hub/1.png")]),
    "wrong_secret": DingtalkChatbot(address, secret="SECother").send_text("x"),
    "unsigned": DingtalkChatbot(address).send_text("x"),
    "unknown_token": DingtalkChatbot(f"{url}/robot/send?access_token={'0' * 64}").send_text("x"),
}
requests.post(f"{url}/_sandbox/clock", json={"advance_s": 3700}, timeout=10)
answers["old_timestamp"] = robot.send_text("签名已过一小时")
requests.post(f"{url}/_sandbox/clock", json={"advance_s": -3700}, timeout=10)
more = [DingtalkChatbot(address, secret=access["robot_secret"]).send_text(f"第{place}条") for place in range(16)]
answers["many"] = [one["errcode"] for one in more]
print(json.dumps({name: one["errcode"] if isinstance(one, dict) else one for name, one in answers.items()}))
