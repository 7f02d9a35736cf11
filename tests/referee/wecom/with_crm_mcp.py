"""Run by the referees' Python: wecom-crm-mcp 0.1.0 reads, remarks and tags customers and prints what it got."""

import asyncio
import json
import os
import tempfile

import httpx
from wecom_crm_mcp.client import WecomClient
from wecom_crm_mcp.config import WecomConfig
from wecom_crm_mcp.exceptions import WecomAPIError
from wecom_crm_mcp.modules.customer import CustomerModule
from wecom_crm_mcp.modules.tag import TagModule

given = json.loads(os.environ["GIVEN"])
access = given["credentials"]


async def refused(call):
    try:
        await call
    except WecomAPIError as error:
        return error.errcode
    return 0


async def batch(customers):
    found, cursor = [], ""
    while True:
        page = await customers.batch_get(["zhangsan", "lisi"], cursor=cursor, limit=2)
        found += page["external_contact_list"]
        cursor = page["next_cursor"]
        if not cursor:
            return found


async def main(cache_dir):
    config = WecomConfig(access["corp_id"], access["secret"], base_url=access["base_url"], cache_dir=cache_dir)
    async with WecomClient(config) as client:
        customers, tags = CustomerModule(client), TagModule(client)
        key = given["customer"]
        out = {
            "followers": await customers.list_followers(),
            "list": await customers.list("lisi"),
            "nobody": await refused(customers.list("zhangsan")),
            "batch": await batch(customers),
            "remark": await customers.remark("lisi", key, remark="王总 甲", remark_mobiles=["13911112222"]),
            "tag": await tags.add_corp_tag(group_name="渠道", tag=[{"name": "展会"}]),
        }
        tag = out["tag"]["tag_group"]["tag"][0]["id"]
        out["mark"] = await tags.mark_tag("lisi", key, add_tag=[tag])
        out["get"] = await customers.get(key)
        out["tags"] = await tags.list_corp_tags()
        httpx.post(f"{access['base_url']}/_sandbox/faults", json={"kind": "token_expired", "code": 40014})
        out["after_expiry"] = await customers.list_followers()
        print(json.dumps(out))


with tempfile.TemporaryDirectory() as folder:
    asyncio.run(main(folder))
