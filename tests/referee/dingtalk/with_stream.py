"""Run by the referees' Python: the vendor's Stream SDK takes events and robot messages; prints what reached it."""

import asyncio
import json
import os

import dingtalk_stream
import requests
from dingtalk_stream import AckMessage

url, access = os.environ["URL"], json.loads(os.environ["ACCESS"])
assert dingtalk_stream.DingTalkStreamClient.OPEN_CONNECTION_API.startswith(url)
seen, said, opened, answered = [], [], [], asyncio.Event()
complete = asyncio.Event()


class Events(dingtalk_stream.EventHandler):
    async def process(self, event):
        seen.append([event.headers.event_type, event.headers.event_corp_id, event.headers.event_id, event.data])
        if event.headers.event_type == "org_dept_create":
            complete.set()
        later = [one[0] for one in seen].count("user_modify_org") == 1 and event.headers.event_type == "user_modify_org"
        return (AckMessage.STATUS_SYSTEM_EXCEPTION, "LATER") if later else (AckMessage.STATUS_OK, "OK")


class Bot(dingtalk_stream.ChatbotHandler):
    async def process(self, callback):
        message = dingtalk_stream.ChatbotMessage.from_dict(callback.data)
        said.append([message.text.content.strip(), message.sender_staff_id, message.robot_code])
        await asyncio.to_thread(self.reply_text, "收到", message)
        answered.set()
        return AckMessage.STATUS_OK, "OK"


class Client(dingtalk_stream.DingTalkStreamClient):
    def get_host_ip(self):
        return "127.0.0.1"

    def open_connection(self):
        connection = super().open_connection()
        opened.append(bool(connection))
        return connection


def control(method, path, body=None):
    reply = requests.request(method, f"{url}/_sandbox/{path}", json=body, timeout=10)
    reply.raise_for_status()
    return reply.json()


async def connected(times):
    ping = {"url": "stream", "system": "ping"}
    while len(opened) < times or not (await asyncio.to_thread(control, "POST", "push", ping))["connections"]:
        await asyncio.sleep(0.05)


async def main():
    client = Client(dingtalk_stream.Credential(access["app_key"], access["app_secret"]))
    client.register_all_event_handler(Events())
    client.register_callback_handler(dingtalk_stream.ChatbotMessage.TOPIC, Bot())
    running = asyncio.create_task(client.start())
    await connected(1)
    await asyncio.to_thread(control, "POST", "records/member", {"userid": "new", "name": "新人", "dept_id_list": [1]})
    await asyncio.to_thread(control, "PUT", "records/member/new", {"title": "销售"})
    while len([one for one in seen if one[0] == "user_modify_org"]) < 1:
        await asyncio.sleep(0.05)
    await asyncio.to_thread(control, "POST", "clock", {"advance_s": 61})
    while len([one for one in seen if one[0] == "user_modify_org"]) < 2:
        await asyncio.sleep(0.05)
    said_by = {"text": "你好", "userid": "u1", "conversation": "测试群"}
    await asyncio.to_thread(control, "POST", "push", {"url": "stream", "event": "robot_message", "fields": said_by})
    await answered.wait()
    await asyncio.to_thread(control, "POST", "push", {"url": "stream", "system": "disconnect"})
    await asyncio.to_thread(control, "POST", "records/department", {"dept_id": 77, "name": "断线时"})
    await connected(2)
    await complete.wait()
    running.cancel()
    return {"seen": seen, "said": said, "opened": opened[:2], "token": bool(client.get_access_token())}


async def limited():
    """Its start() swallows every cancellation, so that the process must end by force, come what may."""
    work = asyncio.create_task(main())
    done, _ = await asyncio.wait([work], timeout=60)
    error = work.exception() if done else TimeoutError("stuck")
    print(json.dumps({"error": repr(error), "was": [opened, seen, said]} if error else work.result()), flush=True)
    os._exit(0)


asyncio.run(limited())
