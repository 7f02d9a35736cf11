"""Run by the referees' Python: wechatpy reads the form that the hub's connector started, starts one itself, and checks a card."""

import json
import os
import time

from wechatpy.work import WeChatClient

given = json.loads(os.environ["GIVEN"])
access = given["credentials"]


class Client(WeChatClient):
    """The vendor's address is written into the package twice."""

    API_BASE_URL = f"{access['base_url']}/cgi-bin/"

    def fetch_access_token(self):
        params = {"corpid": self.corp_id, "corpsecret": self.secret}
        return self._fetch_access_token(url=f"{self.API_BASE_URL}gettoken", params=params)


client = Client(access["corp_id"], access["secret"])
now = int(time.time())
listed = client.oa.get_approval_info(now - 3600, now + 60, 0)["sp_no_list"]
own = client.oa.apply_event(**given["form"])
card = {"userids": ["zhangsan"], "agentid": access["agent_id"], "response_code": given["response_code"]}
out = {
    "listed": listed,
    "info": client.oa.get_approval_detail(listed[0])["info"],
    "own": own["sp_no"],
    "updated": client.post("message/update_template_card", data={**card, "button": {"replace_name": "已知道"}}),
}
print(json.dumps(out))
