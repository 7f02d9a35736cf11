"""Run by the referees' Python: wechatpy 2.0.0a26 (work) does its calls and prints what it understood as JSON."""

import io
import json
import os
import time

from wechatpy.exceptions import APILimitedException, WeChatClientException
from wechatpy.work import WeChatClient

given = json.loads(os.environ["GIVEN"])
access = given["credentials"]


class Client(WeChatClient):
    """The vendor's address is written into the package twice."""

    API_BASE_URL = f"{access['base_url']}/cgi-bin/"

    def fetch_access_token(self):
        params = {"corpid": self.corp_id, "corpsecret": self.secret}
        return self._fetch_access_token(url=f"{self.API_BASE_URL}gettoken", params=params)


def refused(call, *args, **kwargs):
    """The code in the exception of the package."""
    try:
        call(*args, **kwargs)
    except APILimitedException as error:
        return ["limited", error.errcode]
    except WeChatClientException as error:
        return ["refused", error.errcode]
    return ["accepted", 0]


def pages(client):
    """The package sends `userid` where the vendor wants `userid_list`; its own generator cannot be used."""
    found, cursor = [], ""
    while True:
        body = {"userid_list": ["lisi"], "cursor": cursor, "limit": 2}
        page = client.post("externalcontact/batch/get_by_user", data=body)
        found += [row["external_contact"]["name"] for row in page["external_contact_list"]]
        cursor = page["next_cursor"]
        if not cursor:
            return found


client = Client(access["corp_id"], access["secret"])
agent = access["agent_id"]
form = given["form"]
now = int(time.time())
out = {
    "text": client.message.send_text(agent, ["zhangsan", "ghost"], "你好，应收逾期"),
    "markdown": client.message.send_markdown(agent, "lisi", "**逾期**"),
    "card": client.message.send(agent, "lisi", msg={"msgtype": "template_card", "template_card": given["card"]}),
    "all_invalid": refused(client.message.send_text, agent, "ghost", "x"),
    "other_agent": refused(client.message.send_text, agent + 1, "lisi", "x"),
    "departments": client.department.list(),
    "department_ids": client.department.simple_list(),
    "member": client.user.get("zhangsan"),
    "members": client.user.list(1, fetch_child=True),
    "userid": client.user.getuserid("13800000002"),
    "followers": client.external_contact.get_follow_user_list(),
    "customer_ids": client.external_contact.list("lisi"),
    "no_customers": refused(client.external_contact.list, "zhangsan"),
    "customer": client.external_contact.get(given["customer"]),
    "own_batch": refused(client.external_contact.batch_get_by_user, "lisi"),
    "batch": pages(client),
    "tag": client.external_contact.add_corp_tag(None, "等级", None, [{"name": "甲"}]),
    "template": client.oa.get_template_detail("Tpl1"),
    "form": client.oa.apply_event(**form),
    "media": client.media.upload("file", ("对账.csv", io.BytesIO(b"a,b,c\r\n1,2,3"))),
    "oauth": client.oauth.get_user_info(given["code"]),
}
out["mark"] = client.external_contact.mark_tag(
    "lisi", given["customer"], add_tag=[out["tag"]["tag_group"]["tag"][0]["id"]], remove_tag=[]
)
out["tags"] = client.external_contact.get_corp_tag_list()
out["numbers"] = client.oa.get_approval_info(now - 3600, now + 60, 0)
out["detail"] = client.oa.get_approval_detail(out["form"]["sp_no"])
for kind, fields in (("token_expired", {"code": 42001}), ("token_expired", {"code": 40014})):
    client._http.post(f"{access['base_url']}/_sandbox/faults", json={"kind": kind, **fields})
    out[f"after_{fields['code']}"] = client.user.get("lisi")["name"]
client._http.post(f"{access['base_url']}/_sandbox/faults", json={"kind": "rate_limited"})
out["limited"] = refused(client.user.get, "lisi")
print(json.dumps(out))
