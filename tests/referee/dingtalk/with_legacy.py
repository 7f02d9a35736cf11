"""Run by the referees' Python: dingtalk-sdk on the old family, and its crypto as the receiver of callbacks."""

import json
import os
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from urllib.parse import parse_qs, urlsplit

import requests
from dingtalk import AppKeyClient
from dingtalk.client.base import BaseClient
from dingtalk.core.exceptions import DingTalkClientException
from dingtalk.crypto import DingTalkCrypto

url, access = os.environ["URL"], json.loads(os.environ["ACCESS"])
BaseClient.API_BASE_URL = url + "/"
client = AppKeyClient(access["corp_id"], access["app_key"], access["app_secret"])
TOKEN, KEY = "refereeToken", "Yue0EfdN5900c1ce5cf6A152c63DDe1808a60c5ecd7"
crypto = DingTalkCrypto(TOKEN, KEY, access["corp_id"])  # registered through the API: CorpId is the owner
received, enough = [], threading.Event()
out = {}


class Receiver(BaseHTTPRequestHandler):
    def do_POST(self):
        query = {name: values[0] for name, values in parse_qs(urlsplit(self.path).query).items()}
        message = self.rfile.read(int(self.headers["Content-Length"]))
        plain = crypto.decrypt_message(message, query["signature"], query["timestamp"], query["nonce"])
        received.append(json.loads(plain))
        answer = json.dumps(crypto.encrypt_message("success")).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)
        if len(received) == 3:
            enough.set()

    def log_message(self, *_):
        pass


def refused(path, body):
    try:
        client.post(path, body)
    except DingTalkClientException as error:
        return [error.errcode, str(error.errmsg)]
    return None


server = HTTPServer(("127.0.0.1", 0), Receiver)
threading.Thread(target=server.serve_forever, daemon=True).start()

departments = client.post("/topapi/v2/department/listsub", {"dept_id": 1})["result"]
out["departments"] = [one["name"] for one in departments]
page = client.post("/topapi/v2/user/list", {"dept_id": "2", "cursor": "0", "size": "2"})["result"]
rest = client.post("/topapi/v2/user/list", {"dept_id": 2, "cursor": page["next_cursor"], "size": 2})["result"]
out["members"] = [[one["userid"] for one in page["list"] + rest["list"]], rest["has_more"], "next_cursor" in rest]
out["by_mobile"] = client.post("/topapi/v2/user/getbymobile", {"mobile": "13800000001"})["result"]["userid"]
out["unknown_mobile"] = refused("/topapi/v2/user/getbymobile", {"mobile": "13999999999"})
out["unknown_user"] = refused("/topapi/v2/user/get", {"userid": "ghost"})
notice = {
    "agent_id": access["agent_id"],
    "userid_list": "u1,ghost",
    "msg": {"msgtype": "text", "text": {"content": "提醒"}},
}
first, second = (client.post("/topapi/message/corpconversation/asyncsend_v2", notice)["task_id"] for _ in range(2))
asked = {"agent_id": access["agent_id"]}
done = client.post("/topapi/message/corpconversation/getsendprogress", {**asked, "task_id": second})["progress"]
out["progress"] = done["status"]
results = [
    client.post("/topapi/message/corpconversation/getsendresult", {**asked, "task_id": one})["send_result"]
    for one in (first, second)
]
out["results"] = [[one["unread_user_id_list"], one["invalid_user_id_list"], one["forbidden_list"]] for one in results]

client.callback.register_call_back(
    ["user_add_org", "bpms_instance_change"], TOKEN, KEY, f"http://127.0.0.1:{server.server_port}/e"
)
out["callback"] = client.callback.get_call_back()["call_back_tag"]
created = client.post(
    "/topapi/processinstance/create",
    {
        "process_code": os.environ["PROCESS_CODE"],
        "originator_user_id": "u1",
        "dept_id": 2,
        "approvers": "u2",
        "form_component_values": [
            {"name": "订单编号", "value": "SO-9"},
            {"name": "客户", "value": "张三的公司"},
            {"name": "金额", "value": "9.90"},
        ],
    },
)["process_instance_id"]
requests.post(f"{url}/_sandbox/records/member", json={"userid": "late", "name": "后来"}, timeout=10)
enough.wait(20)
out["received"] = received
instance = client.post("/topapi/processinstance/get", {"process_instance_id": created})["process_instance"]
out["instance"] = [instance["status"], instance["tasks"][0]["userid"], instance["form_component_values"][1]["value"]]
client.access_token  # noqa: B018 - fetched and kept before it is spoilt
client.cache.access_token.set(value="spoilt", ttl=7200)
out["bad_token"] = refused("/topapi/v2/user/get", {"userid": "u1"})
print(json.dumps(out, ensure_ascii=False))
