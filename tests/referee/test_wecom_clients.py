"""Third parties' 企业微信 clients, unchanged, against the sandbox: each side understands the other."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from sandbox.core.start import Running, start_sandbox

pytestmark = pytest.mark.slow
SCRIPTS = Path(__file__).parent / "wecom"
Json = dict[str, Any]
Run = Callable[..., Json]
CARD = {
    "card_type": "button_interaction",
    "main_title": {"title": "应收逾期"},
    "task_id": "referee-1",
    "button_list": [{"text": "已联系", "key": "done", "style": 1}],
}
CONTENTS = [{"control": "Text", "id": "T", "value": {"text": "报价"}}]
SUMMARY = [{"summary_info": [{"text": "报价", "lang": "zh_CN"}]}]
FORM: Json = {
    "creator_userid": "zhangsan",
    "template_id": "Tpl1",
    "use_template_approver": 0,
    "apply_data": {"contents": CONTENTS},
}
TEMPLATE: Json = {
    "template_id": "Tpl1",
    "template_names": [{"text": "报价审批", "lang": "zh_CN"}],
    "template_content": {"controls": [{"property": {"control": "Text", "id": "T", "require": 1}, "config": {}}]},
}
STAFF = [
    {"userid": "zhangsan", "name": "张三", "mobile": "13800000001"},
    {"userid": "lisi", "name": "李四", "mobile": "13800000002"},
]


@pytest.fixture
def corp() -> Iterator[Running]:
    with start_sandbox("wecom") as running:
        yield running


@pytest.fixture
def web(corp: Running) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=corp.url, trust_env=False, timeout=10) as client:
        client.post("/_sandbox/records/member", json=STAFF)
        client.post("/_sandbox/records/approval_template", json=TEMPLATE)
        yield client


@pytest.fixture
def run(corp: Running, web: httpx.Client, referee_python: Callable[..., Any]) -> Run:
    """Runs one referee with the sandbox's credentials and whatever else it needs; answers what it printed."""

    def started(script: str, **given: object) -> Json:
        told = {"credentials": dict(corp.credentials), "card": CARD, **given}
        printed: Json = referee_python(
            (SCRIPTS / script).read_text("utf-8"), GIVEN=json.dumps(told, ensure_ascii=False)
        )
        return printed

    return started


def make(web: httpx.Client, name: str, *records: Json) -> list[Json]:
    return web.post(f"/_sandbox/records/{name}", json=list(records)).json()["records"]


def customers(web: httpx.Client) -> list[str]:
    follow = {"follow_user": [{"userid": "lisi"}]}
    return [row["external_userid"] for row in make(web, "external_contact", *({"name": n, **follow} for n in "甲乙丙"))]


def code(web: httpx.Client) -> str:
    return str(make(web, "oauth_code", {"userid": "lisi"})[0]["code"])


def chat(web: httpx.Client, user: str) -> list[str]:
    return [row["msgtype"] for row in web.get("/_sandbox/records/messages", params={"user": user}).json()["records"]]


def setting(web: httpx.Client, name: str) -> Any:
    return web.get("/_sandbox/records/setting", params={"id": name}).json()["records"][0]["value"]


def test_wechatpy(run: Run, web: httpx.Client) -> None:
    keys = customers(web)
    form = {**FORM, "approver": [{"attr": 2, "userid": ["lisi"]}], "summary_list": SUMMARY}
    out = run("with_wechatpy.py", form=form, customer=keys[0], code=code(web))
    assert out["text"]["errcode"] == 0 and out["text"]["invaliduser"] == "ghost"
    assert chat(web, "zhangsan") == ["text"] and chat(web, "lisi") == ["markdown", "template_card"]
    assert out["card"]["response_code"]
    assert out["all_invalid"] == ["refused", 81013] and out["other_agent"] == ["refused", 301002]
    assert [row["id"] for row in out["departments"]] == [1] == [row["id"] for row in out["department_ids"]]
    assert out["member"]["name"] == "张三" and "mobile" not in out["member"]
    assert [row["userid"] for row in out["members"]] == ["zhangsan", "lisi"] and out["userid"] == "lisi"
    assert out["oauth"]["UserId"] == "lisi" and out["media"]["created_at"].isdigit()


def test_wechatpy_customers_and_forms(run: Run, web: httpx.Client) -> None:
    keys = customers(web)
    form = {**FORM, "approver": [{"attr": 2, "userid": ["lisi"]}], "summary_list": SUMMARY}
    out = run("with_wechatpy.py", form=form, customer=keys[0], code=code(web))
    assert out["followers"]["follow_user"] == ["zhangsan", "lisi"] and out["customer_ids"]["external_userid"] == keys
    assert out["no_customers"] == ["refused", 84061] and out["customer"]["external_contact"]["name"] == "甲"
    assert out["own_batch"] == ["refused", 40031]  # it sends `userid` where the vendor wants `userid_list`
    assert out["batch"] == ["甲", "乙", "丙"]
    assert out["mark"]["errcode"] == 0 and out["tags"]["tag_group"][0]["tag"][0]["name"] == "甲"
    assert out["template"]["template_names"][0]["text"] == "报价审批"
    assert out["numbers"]["sp_no_list"] == [out["form"]["sp_no"]]
    info = out["detail"]["info"]
    assert info["sp_status"] == 1 and info["sp_record"][0]["approverattr"] == 2
    assert info["process_list"]["node_list"][0]["apv_rel"] == 1


def test_wechatpy_outlives_dead_tokens_and_limits(run: Run, web: httpx.Client) -> None:
    keys = customers(web)
    form = {**FORM, "approver": [{"attr": 2, "userid": ["lisi"]}], "summary_list": SUMMARY}
    out = run("with_wechatpy.py", form=form, customer=keys[0], code=code(web))
    assert out["after_42001"] == out["after_40014"] == "李四" and out["limited"] == ["limited", 45009]
    assert web.get("/_sandbox/counters").json()["calls"]["gettoken"] == 3


def test_wecomkit(run: Run, web: httpx.Client) -> None:
    sync = setting(web, "contact_sync_secret")
    form = {**FORM, "process": {"node_list": [{"type": 1, "apv_rel": 2, "userid": ["lisi"]}]}}
    number = make(web, "approval", {"template_id": "Tpl1"})[0]["sp_no"]
    out = run("with_wecomkit.py", contact_sync_secret=sync, code=code(web), form=form, sp_no=number)
    assert out["member"]["name"] == "张三" and out["departments"]["department"][0]["id"] == 1
    assert [row["userid"] for row in out["ids"]["dept_user"]] == ["lisi", "zhangsan"] and out["ids"][
        "next_cursor"
    ] == ""
    assert out["text"]["invaliduser"] == "ghost" and chat(web, "lisi") == ["markdown", "template_card"]
    assert out["updated"]["errcode"] == 0 and out["updated"]["invaliduser"] == [] and out["twice"] == 60140
    assert out["robot"]["errcode"] == 0 and out["long_robot"] == 40058 and out["bad_robot"] == 93000
    assert out["oauth"]["userid"] == "lisi" and out["template"]["errcode"] == 0
    assert out["form"] == 301025  # it has no argument for summary_list, which the vendor requires
    assert out["detail"]["info"]["sp_no"] == number


def test_py_wecom_toolkit_shares_one_token_between_two_apps(run: Run, web: httpx.Client) -> None:
    """Its cache is keyed by corp only: the second app's message is refused, the trap our connector must avoid."""
    out = run(
        "with_toolkit.py",
        other_secret=setting(web, "other_secret"),
        other_agent_id=setting(web, "other_agent_id"),
    )
    assert out["first"]["errcode"] == 0 and chat(web, "zhangsan") == ["text"]
    assert out["other_app_with_the_corps_cached_token"] == 301002
    assert (out["robot"], out["robot_v2"], out["robot_card"], out["lost_robot"]) == (0, 0, 0, 93000)
    assert out["robot_file"]["errcode"] == 0 and out["robot_file"]["media_id"]


def test_wecom_crm_mcp(run: Run, web: httpx.Client) -> None:
    keys = customers(web)
    out = run("with_crm_mcp.py", customer=keys[0])
    assert out["list"]["external_userid"] == keys and out["nobody"] == 84061
    assert [row["external_contact"]["external_userid"] for row in out["batch"]] == keys
    assert out["remark"]["errcode"] == 0 == out["mark"]["errcode"]
    [follow] = out["get"]["follow_user"]
    assert follow["remark"] == "王总 甲" and follow["remark_mobiles"] == ["13911112222"]
    assert follow["tags"][0]["tag_name"] == "展会" and out["tags"]["tag_group"][0]["group_name"] == "渠道"
    assert out["after_expiry"]["follow_user"] == ["zhangsan", "lisi"]
