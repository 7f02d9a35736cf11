"""The 钉钉 sandbox judged by the vendor's own SDKs and two published clients, unchanged, in their own environment."""

import json
import os
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from sandbox.core.start import Running, start_sandbox
from tests import environments

pytestmark = pytest.mark.slow
SCRIPTS = Path(__file__).parent / "dingtalk"
FOLDER = environments.ROOT / ".venv-referees-dingtalk"
PROCESS_CODE = "PROC-SANDBOX-ORDER-0001"
Json = dict[str, Any]
Run = Callable[[str], Any]


@pytest.fixture(scope="module")
def referee() -> Path:
    return environments.ensure(FOLDER, SCRIPTS / "requirements.txt")


@pytest.fixture
def running() -> Iterator[Running]:
    with start_sandbox("dingtalk", {"stream_close_after_s": 5.0}) as running:
        yield running


@pytest.fixture
def run(referee: Path, running: Running, tmp_path: Path) -> Run:
    """run("with_x.py") → the JSON it printed last; u1 to u3 sit in department 2."""
    people = [
        {"userid": f"u{place}", "name": name, "mobile": f"1380000000{place}", "dept_id_list": [2]}
        for place, name in enumerate(("张三", "李四", "王五"), 1)
    ]
    with httpx.Client(base_url=running.url, trust_env=False) as web:
        web.post("/_sandbox/records/department", json={"dept_id": 2, "name": "销售部"}).raise_for_status()
        made = web.post("/_sandbox/records/member", json=people).json()["records"]

    def run(script: str) -> Any:
        told = {
            "HOME": str(tmp_path),
            "PATH": os.environ["PATH"],
            "NO_PROXY": "*",
            "PYTHONIOENCODING": "utf-8",
            "URL": running.url,
            "DINGTALK_OPENAPI_ENDPOINT": running.url,
            "ACCESS": json.dumps(dict(running.credentials)),
            "UNIONS": json.dumps({row["userid"]: row["unionid"] for row in made}),
            "PROCESS_CODE": PROCESS_CODE,
        }
        command = [str(referee), str(SCRIPTS / script)]
        done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False, env=told, cwd=tmp_path)
        assert done.returncode == 0, done.stderr[-3000:]
        return json.loads(done.stdout.strip().splitlines()[-1])

    return run


def test_the_official_sdk_of_the_new_family(run: Run, running: Running) -> None:
    out = run("with_alibabacloud.py")
    assert out["expires"] == 7200
    assert out["wrong_pair"] == ["invalidClientIdOrSecret", 400]
    assert out["bad_token"] == ["InvalidAuthentication", 400]
    assert out["robot"] == [True, ["ghost"], []]
    assert out["read"] == ["SUCCESS", [["u1", "张三", "UNREAD"], ["u2", "李四", "UNREAD"]]]
    assert out["recalled"] is True
    assert out["todo"] == ["请处理差异", False, "question-17", True, True]
    assert out["todo_again"] == ["todo.taskCreate.paramError", 400]
    assert out["todo_by_source"] is True
    assert out["todo_done"] == [True, [[True, True]]]
    assert out["todo_deleted"] is True


def test_the_official_sdk_on_approvals(run: Run) -> None:
    out = run("with_alibabacloud.py")
    assert out["labels"] == ["订单编号", "客户", "金额", "币种", "下单日期", "备注", "集成编号"]
    assert out["running"] == ["RUNNING", "", [["u2", "RUNNING"], ["u3", "RUNNING"]]]
    result, status, verdict, tasks, records, values = out["agreed"]
    assert (result, status, verdict) == (True, "COMPLETED", "agree")
    assert tasks == [["u2", "COMPLETED", "AGREE"], ["u3", "CANCELED", "NONE"]]
    assert records == [["START_PROCESS_INSTANCE", "NONE", ""], ["EXECUTE_TASK_NORMAL", "AGREE", "同意"]]
    assert values == [["订单编号", "SO-1"], ["客户", "示例公司"], ["金额", "100.10"]]
    assert out["unknown_keys"] == []
    assert out["too_early"] == ["aflowProcessInstStatusException", 400]
    assert out["ends"] == [["TERMINATED", ""], ["COMPLETED", "refuse"]]
    assert out["listed"] == [True, "2", None]
    refusals = [out[name] for name in ("bad_form", "bad_code", "bad_id")]
    assert refusals == [["formConverterError", 400], ["processCodeError", 400], ["processInstanceNotExist", 400]]


def test_the_official_stream_sdk(run: Run, running: Running) -> None:
    out = run("with_stream.py")
    assert out["opened"] == [True, True]
    assert out["token"] is True
    assert out["said"] == [["你好", "u1", running.credentials["robot_code"]]]
    kinds = [one[0] for one in out["seen"]]
    assert kinds[:2] == ["user_add_org", "user_modify_org"]
    again = [one for one in out["seen"] if one[0] == "user_modify_org"]
    assert len(again) >= 2
    assert len({one[2] for one in again}) == 1  # the same event, by its id
    assert kinds[-1] == "org_dept_create"  # made while the old connection was draining
    assert all(one[1] == running.credentials["corp_id"] for one in out["seen"])
    assert out["seen"][0][3]["userId"] == ["new"]
    entries = httpx.get(f"{running.url}/_sandbox/journal?object=session", trust_env=False).json()["entries"]
    assert [one["data"]["content"] for one in entries] == [{"content": "收到"}]


def test_the_group_robot_client(run: Run, running: Running) -> None:
    out = run("with_chatbot.py")
    good = [out[name] for name in ("text", "link", "markdown", "card", "feed")]
    assert good == [0, 0, 0, 0, 0]
    bad = [out[name] for name in ("wrong_secret", "unsigned", "unknown_token", "old_timestamp")]
    assert bad == [310000, 310000, 300005, 310000]
    assert out["many"] == [0] * 15 + [130101]  # five went before
    with httpx.Client(base_url=running.url, trust_env=False) as web:
        entries = web.get("/_sandbox/journal?object=robot").json()["entries"]
    assert len(entries) == 20
    assert entries[0]["data"]["at"]["atMobiles"] == ["13800000001"]


def test_the_old_family_and_its_callbacks(run: Run, running: Running) -> None:
    out = run("with_legacy.py")
    assert out["departments"] == ["销售部"]
    assert out["members"] == [["u1", "u2", "u3"], False, False]
    assert out["by_mobile"] == "u1"
    assert out["unknown_mobile"][0] == 40104
    assert out["unknown_user"][0] == 60121
    assert out["progress"] == 2
    duplicate = [{"code": "143106", "count": 1, "userid": "u1"}]
    assert out["results"] == [[["u1"], ["ghost"], []], [[], ["ghost"], duplicate]]
    assert out["callback"] == ["user_add_org", "bpms_instance_change"]
    check, started, added = out["received"]
    assert check == {"EventType": "check_url"}
    assert (started["EventType"], started["type"], started["staffId"]) == ("bpms_instance_change", "start", "u1")
    assert (added["EventType"], added["UserId"]) == ("user_add_org", ["late"])
    assert out["instance"] == ["RUNNING", "u2", "张三的公司"]
    assert out["bad_token"][0] == 88  # this client does not see an expired token in it, ours must
