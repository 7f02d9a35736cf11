"""The generated salespeople in the 钉钉 sandbox: the ones of 企业微信, known again by mobile and job number only."""

from datetime import date

from sandbox.seed import make_world
from sandbox.seed.post import seed_dingtalk
from sandbox.seed.wecom import wecom_records
from tests.unit.sandbox.dingtalk_desk import Ding, ding, ding_process

__all__ = ["ding", "ding_process"]


def test_salespeople_are_found_by_mobile_and_the_manager_leads(ding: Ding) -> None:
    ding.web.post("/_sandbox/reset")
    ding.token = ding.ask_token()
    world = make_world(1, customers=20, orders=0, today=date(2026, 11, 21))
    counts = seed_dingtalk(world, ding.access["base_url_api"])
    there = {row["mobile"]: row for row in wecom_records(world)["member"]}
    assert counts == {"department": 1, "member": len(there) + 1}
    for mobile, person in there.items():
        userid = ding.old("v2/user/getbymobile", {"mobile": mobile})["result"]["userid"]
        shown = ding.old("v2/user/get", {"userid": userid})["result"]
        assert (shown["name"], shown["job_number"]) == (person["name"], person["alias"])
        assert userid != person["userid"]
    page = ding.old("v2/user/list", {"dept_id": 2, "cursor": 0, "size": 100})["result"]["list"]
    assert [row["userid"] for row in page if row["leader"]] == ["manager"]
