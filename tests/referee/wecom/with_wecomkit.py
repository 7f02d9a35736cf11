"""Run by the referees' Python: wecomkit 0.2.0 does its calls and prints what it understood as JSON."""

import asyncio
import json
import os

from wecomkit.client import AsyncWeComClient
from wecomkit.config import WeComConfig
from wecomkit.exceptions import WeComAPIError

given = json.loads(os.environ["GIVEN"])
access = given["credentials"]


async def refused(call):
    try:
        await call
    except WeComAPIError as error:
        return error.errcode
    return 0


async def main():
    config = WeComConfig(access["corp_id"], access["secret"], base_url=access["base_url"])
    sync = WeComConfig(access["corp_id"], given["contact_sync_secret"], base_url=access["base_url"])
    client, contact = AsyncWeComClient(config), AsyncWeComClient(sync)
    agent, robot = access["agent_id"], f"{access['base_url']}/cgi-bin/webhook/send?key={access['robot_key']}"
    card = {**given["card"], "task_id": "wecomkit-1"}
    out = {
        "member": await client.users.get("zhangsan"),
        "ids": await contact.users.list_id(),
        "departments": await client.departments.list(),
        "text": await client.messages.send_text(agent, "你好", to_user="zhangsan|ghost"),
        "markdown": await client.messages.send_markdown(agent, "**逾期**", to_user="lisi"),
        "card": await client.messages.send_template_card(agent, card, to_user="lisi"),
        "robot": await client.robot.send_markdown(robot, "**逾期**"),
        "long_robot": (await client.robot.send_markdown(robot, "中" * 1366))["errcode"],
        "bad_robot": (await client.robot.send_text(robot + "x", "x"))["errcode"],
        "oauth": await client.auth.get_user_info_by_code(given["code"]),
        "template": await client.approval.get_template("Tpl1"),
        "form": await refused(client.approval.apply(**given["form"])),
    }
    code = out["card"]["response_code"]
    button = {"replace_name": "已处理"}
    out["updated"] = await client.messages.update_template_card(agent, code, userids=["lisi"], button=button)
    out["twice"] = await refused(client.messages.update_template_card(agent, code, userids=["lisi"], button=button))
    out["detail"] = await client.approval.get_approve(given["sp_no"])
    await client.close()
    await contact.close()
    print(json.dumps(out))


asyncio.run(main())
