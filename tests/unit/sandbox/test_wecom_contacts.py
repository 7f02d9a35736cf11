"""Departments, members, customers and tags: visible range, hidden fields, cursors, remarks."""

from typing import Any

import pytest

from tests.unit.sandbox.wecom_desk import Desk, Json

SYNC = "sandbox-contact-sync-secret-000000000000000"


def customer(desk: Desk, name: str, *followers: str, **more: Any) -> str:
    follows = [{"userid": user, "createtime": 1700000000 + place} for place, user in enumerate(followers)]
    return str(desk.make("external_contact", {"name": name, "follow_user": follows, **more})[0]["external_userid"])


def test_departments_below_one(desk: Desk) -> None:
    assert [row["id"] for row in desk.get("department/list")["department"]] == [1, 2, 3, 4]
    assert [row["id"] for row in desk.get("department/list", id=2)["department"]] == [2, 4]
    assert [row["id"] for row in desk.get("department/list", id="")["department"]] == [1, 2, 3, 4]
    simple = desk.get("department/simplelist", id=2)["department_id"]
    assert simple == [{"id": 2, "parentid": 1, "order": 0}, {"id": 4, "parentid": 2, "order": 0}]
    assert desk.get("department/get", id=4)["department"]["name"] == "华东组"
    assert desk.get("department/list", id=77)["errcode"] == 60003


def test_departments_out_of_range(desk: Desk) -> None:
    desk.set(visible_departments="2")
    assert [row["id"] for row in desk.get("department/list")["department"]] == [2, 4]
    assert desk.get("department/get", id=3)["errcode"] == 60011
    assert desk.get("user/list", department_id=3)["errcode"] == 60011


def test_new_apps_do_not_see_contact_fields(desk: Desk) -> None:
    seen = desk.get("user/get", userid="zhangsan")
    assert seen["userid"] == "ZhangSan" and seen["name"] == "张三" and seen["main_department"] == 2
    assert not {"mobile", "email", "gender", "avatar", "address", "biz_mail", "licensed"} & set(seen)
    desk.set(legacy_contact_fields=True)
    seen = desk.get("user/get", userid="zhangsan")
    assert seen["mobile"] == "13800000001" and seen["gender"] == "0"


def test_members_of_one_level_or_below(desk: Desk) -> None:
    assert [row["userid"] for row in desk.get("user/list", department_id=2)["userlist"]] == ["ZhangSan"]
    below = desk.get("user/simplelist", department_id=2, fetch_child=1)["userlist"]
    assert [row["userid"] for row in below] == ["ZhangSan", "lisi", "wangwu"] and "mobile" not in below[0]


def test_members_out_of_range_and_unknown(desk: Desk) -> None:
    desk.set(visible_departments="3")
    assert desk.get("user/get", userid="lisi")["errcode"] == 60011
    assert desk.get("user/get", userid="nobody")["errcode"] == 60111
    assert desk.get("user/get", userid="wangwu")["errcode"] == 0


def test_list_id_is_for_the_contact_sync_secret_only(desk: Desk) -> None:
    assert desk.post("user/list_id", {})["errcode"] == 48002
    sync = desk.gettoken(secret=SYNC)["access_token"]
    rows: list[Json] = []
    cursor = ""
    while True:
        page = desk.post("user/list_id", {"cursor": cursor, "limit": 3}, token=sync)
        rows += page["dept_user"]
        cursor = page["next_cursor"]
        if not cursor:
            break
    assert [(row["userid"], row["department"]) for row in rows] == [
        ("ZhangSan", 2),
        ("lisi", 4),
        ("wangwu", 3),
        ("wangwu", 4),
    ]
    assert desk.post("user/list_id", {"cursor": "bad"}, token=sync)["errcode"] == 50100


def test_contact_sync_reads_no_details_and_sends_nothing(desk: Desk) -> None:
    sync = desk.gettoken(secret=SYNC)["access_token"]
    assert desk.get("user/get", token=sync, userid="lisi")["errcode"] == 48009
    assert desk.post("message/send", {}, token=sync)["errcode"] == 48002
    assert desk.get("externalcontact/get_follow_user_list", token=sync)["errcode"] == 48002
    desk.set(contact_sync_reads_details=True)
    assert desk.get("user/get", token=sync, userid="lisi")["errcode"] == 0


def test_a_member_by_mobile_or_address(desk: Desk) -> None:
    assert desk.post("user/getuserid", {"mobile": "13800000002"})["userid"] == "lisi"
    assert desk.post("user/getuserid", {"mobile": "1"})["errcode"] == 40058
    assert desk.post("user/get_userid_by_email", {"email": "zs@x.cn"})["userid"] == "ZhangSan"
    assert desk.post("user/get_userid_by_email", {"email": "zs@x.cn", "email_type": 2})["errcode"] == 46004


def test_too_many_misses_lock_the_lookup_for_a_day(desk: Desk) -> None:
    desk.set(mobile_miss_least=2)
    misses = [desk.post("user/getuserid", {"mobile": "13900000000"})["errcode"] for _ in range(3)]
    assert misses == [46004, 46004, 45009]
    assert desk.post("user/getuserid", {"mobile": "13800000002"})["errcode"] == 45009
    desk.later(86400)
    desk.token = desk.gettoken()["access_token"]
    assert desk.post("user/getuserid", {"mobile": "13800000002"})["errcode"] == 0


def test_control_refuses_broken_members(desk: Desk) -> None:
    for record in ({"name": "x"}, {"userid": "LISI"}, {"userid": "x", "department": [99]}):
        assert desk.web.post("/_sandbox/records/member", json=record).status_code in (400, 409)
    assert desk.web.post("/_sandbox/records/department", json={"name": "x", "parentid": 99}).status_code == 400


def test_followers_and_their_customers(desk: Desk) -> None:
    desk.put("member", "wangwu", {"customer_contact": False})
    key = customer(desk, "王总", "lisi")
    assert desk.get("externalcontact/get_follow_user_list")["follow_user"] == ["ZhangSan", "lisi"]
    assert desk.get("externalcontact/list", userid="LISI")["external_userid"] == [key]
    assert desk.get("externalcontact/list", userid="zhangsan")["errcode"] == 84061
    assert desk.get("externalcontact/list", userid="wangwu")["errcode"] == 84074
    assert desk.get("externalcontact/list", userid="nobody")["errcode"] == 40003


def test_a_customer_shows_each_follower_with_named_tags(desk: Desk) -> None:
    group = desk.make("tag_group", {"group_name": "等级"})[0]["group_id"]
    tag = desk.make("tag", {"group_id": group, "name": "重要"})[0]["id"]
    follow = {"userid": "lisi", "tags": [tag, {"type": 2, "tag_name": "私"}], "remark_corp_name": "甲公司"}
    key = customer(desk, "王总", unionid="u1")
    desk.put("external_contact", key, {"follow_user": [follow, {"userid": "zhangsan"}]})
    seen = desk.get("externalcontact/get", external_userid=key)
    assert seen["external_contact"]["unionid"] == "u1" and key.startswith("wm") and "next_cursor" not in seen
    first, second = seen["follow_user"]
    assert first["tags"][0] == {"group_name": "等级", "tag_name": "重要", "tag_id": tag, "type": 1}
    assert first["tags"][1] == {"group_name": "", "tag_name": "私", "type": 2}
    assert first["remark_corp_name"] == "甲公司" and second["userid"] == "zhangsan"
    [row] = desk.post("externalcontact/batch/get_by_user", {"userid_list": ["lisi"]})["external_contact_list"]
    assert row["follow_info"]["tag_id"] == [tag] and "tags" not in row["follow_info"]


def test_a_customer_that_cannot_be_read(desk: Desk) -> None:
    key = customer(desk, "王总", "wangwu")
    desk.set(visible_departments="2", visible_users="")
    desk.put("member", "wangwu", {"department": [3]})
    assert desk.get("externalcontact/get", external_userid=key)["errcode"] == 40096
    assert desk.get("externalcontact/get", external_userid="wmNothing")["errcode"] == 40096
    assert desk.get("externalcontact/get")["errcode"] == 41035
    desk.set(customer_contact_allowed=False)
    assert desk.get("externalcontact/get", external_userid=key)["errcode"] == 48002


def test_more_than_500_followers_come_in_pages(desk: Desk) -> None:
    desk.make("member", *({"userid": f"u{n}", "name": str(n)} for n in range(501)))
    key = customer(desk, "大客户", *(f"u{n}" for n in range(501)))
    first = desk.get("externalcontact/get", external_userid=key)
    second = desk.get("externalcontact/get", external_userid=key, cursor=first["next_cursor"])
    assert len(first["follow_user"]) == 500 and [row["userid"] for row in second["follow_user"]] == ["u500"]
    assert "next_cursor" not in second


def read_all(desk: Desk, limit: int, users: list[str]) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    cursor = ""
    for _ in range(50):
        body = {"userid_list": users, "limit": limit, "cursor": cursor}
        page = desk.post("externalcontact/batch/get_by_user", body)
        found += [
            (row["external_contact"]["external_userid"], row["follow_info"]["userid"])
            for row in page["external_contact_list"]
        ]
        cursor = page["next_cursor"]
        if not cursor:
            return found
    raise AssertionError("the cursor never ends")


@pytest.mark.parametrize("limit", [1, 3, 7, 100, 1000])
def test_the_batch_covers_each_relation_once(desk: Desk, limit: int) -> None:
    keys = [customer(desk, f"客户{n}", "lisi", "zhangsan") for n in range(7)]
    found = read_all(desk, limit, ["zhangsan", "lisi"])
    assert sorted(found) == sorted((key, user) for key in keys for user in ("lisi", "zhangsan"))


def test_a_row_that_goes_in_mid_scan_shifts_nothing(desk: Desk) -> None:
    keys = [customer(desk, f"客户{n}", "lisi") for n in range(4)]
    first = desk.post("externalcontact/batch/get_by_user", {"userid_list": ["lisi"], "limit": 2})
    desk.web.delete(f"/_sandbox/records/external_contact/{keys[0]}")
    body = {"userid_list": ["lisi"], "limit": 2, "cursor": first["next_cursor"]}
    rest = desk.post("externalcontact/batch/get_by_user", body)["external_contact_list"]
    assert [row["external_contact"]["external_userid"] for row in rest] == keys[2:]


def test_batch_arguments_and_licences(desk: Desk) -> None:
    customer(desk, "王总", "lisi")
    assert desk.post("externalcontact/batch/get_by_user", {})["errcode"] == 40031
    assert desk.post("externalcontact/batch/get_by_user", {"userid_list": ["x"] * 101})["errcode"] == 40032
    assert desk.post("externalcontact/batch/get_by_user", {"userid_list": ["nobody"]})["errcode"] == 40003
    desk.put("member", "lisi", {"licensed": False})
    answer = desk.post("externalcontact/batch/get_by_user", {"userid_list": ["zhangsan", "lisi"]})
    assert answer["fail_info"]["unlicensed_userid_list"] == ["lisi"] and answer["external_contact_list"] == []
    assert desk.post("externalcontact/batch/get_by_user", {"userid_list": ["lisi"]})["errcode"] == 701008


def test_page_faults(desk: Desk) -> None:
    keys = [customer(desk, f"客户{n}", "lisi") for n in range(3)]
    body = {"userid_list": ["lisi"], "limit": 2}
    desk.fault("empty_page", match={"path": "batch/get_by_user"})
    assert desk.post("externalcontact/batch/get_by_user", body)["external_contact_list"] == []
    desk.fault("repeat_page", match={"path": "batch/get_by_user"})
    assert [key for key, _ in read_all(desk, 2, ["lisi"])] == [keys[0], keys[1], *keys]
    desk.fault("hidden", match={"id": keys[1]})
    assert [key for key, _ in read_all(desk, 5, ["lisi"])] == [keys[0], keys[2]]


def note(desk: Desk, key: str, **fields: object) -> Json:
    return desk.post("externalcontact/remark", {"userid": "LISI", "external_userid": key, **fields})


def noted(desk: Desk, key: str, place: int = 0) -> Json:
    found: Json = desk.get("externalcontact/get", external_userid=key)["follow_user"][place]
    return found


def test_a_remark_changes_one_followers_view(desk: Desk) -> None:
    key = customer(desk, "王总", "lisi", "zhangsan")
    fields = {"remark": "王总 甲公司", "description": "老客户", "remark_company": "甲公司"}
    assert note(desk, key, **fields, remark_mobiles=["13911112222", "13933334444"])["errcode"] == 0
    mine, other = noted(desk, key), noted(desk, key, 1)
    assert mine["remark"] == "王总 甲公司" and mine["remark_corp_name"] == "甲公司" and mine["description"] == "老客户"
    assert mine["remark_mobiles"] == ["13911112222", "13933334444"] and other["remark_mobiles"] == []
    [entry] = desk.journal(kind="update")
    assert entry["object"] == "external_contact" and entry["id"] == key and entry["data"]["userid"] == "lisi"


def test_remark_mobiles_replace_the_list_and_a_blank_clears_it(desk: Desk) -> None:
    key = customer(desk, "王总", "lisi")
    note(desk, key, remark_mobiles=["1", "2"])
    note(desk, key, remark_mobiles=["3"])
    assert noted(desk, key)["remark_mobiles"] == ["3"]
    note(desk, key, remark="x", remark_mobiles=[])
    assert noted(desk, key)["remark_mobiles"] == ["3"]
    note(desk, key, remark_mobiles=[""])
    assert noted(desk, key)["remark_mobiles"] == []


def test_a_company_can_be_noted_for_wechat_users_only(desk: Desk) -> None:
    key = customer(desk, "李工", "lisi", type=2, external_userid="woSandbox1", corp_name="乙公司")
    assert note(desk, key, remark_company="甲公司")["errcode"] == 0
    assert "remark_corp_name" not in noted(desk, key)


def test_remarks_are_checked(desk: Desk) -> None:
    key = customer(desk, "王总", "zhangsan")
    assert note(desk, key, remark="x")["errcode"] == 84061
    assert note(desk, "wmNothing", remark="x")["errcode"] == 40096
    assert desk.post("externalcontact/remark", {"external_userid": key})["errcode"] == 40003
    assert desk.post("externalcontact/remark", {"userid": "lisi"})["errcode"] == 41035
    mine = customer(desk, "李总", "lisi")
    assert note(desk, mine)["errcode"] == 40058
    assert note(desk, mine, remark="长" * 21)["errcode"] == 40058
    assert note(desk, mine, description="长" * 151)["errcode"] == 40058


def test_write_faults(desk: Desk) -> None:
    key = customer(desk, "王总", "lisi")
    desk.fault("locked", match={"id": key})
    assert note(desk, key, remark="x")["errcode"] == 45035
    desk.fault("edit_before_write", edit={"description": "同事刚改"})
    desk.fault("normalise")
    assert note(desk, key, remark=" 王  总 ")["errcode"] == 0
    assert noted(desk, key)["remark"] == "王 总" and noted(desk, key)["description"] == "同事刚改"


def test_control_refuses_broken_customers(desk: Desk) -> None:
    for record in ({"type": 3}, {"follow_user": [{"remark": "x"}]}, {"follow_user": [{"userid": "lisi", "tags": [5]}]}):
        answer = desk.web.post("/_sandbox/records/external_contact", json=record)
        assert answer.status_code == 400 and "external_contact" in answer.json()["error"] + "external_contact"


def test_the_life_of_a_tag(desk: Desk) -> None:
    made = desk.post("externalcontact/add_corp_tag", {"group_name": "等级", "tag": [{"name": "甲"}, {"name": "乙"}]})
    group = made["tag_group"]
    first, second = (tag["id"] for tag in group["tag"])
    again = desk.post("externalcontact/add_corp_tag", {"group_id": group["group_id"], "tag": [{"name": "甲"}]})
    assert again["errcode"] == 40071
    assert desk.post("externalcontact/edit_corp_tag", {"id": first, "name": "特级"})["errcode"] == 0
    [listed] = desk.post("externalcontact/get_corp_tag_list", {})["tag_group"]
    assert listed["group_name"] == "等级" and [tag["name"] for tag in listed["tag"]] == ["特级", "乙"]
    [one] = desk.post("externalcontact/get_corp_tag_list", {"tag_id": [second]})["tag_group"]
    assert [tag["id"] for tag in one["tag"]] == [second]
    assert desk.post("externalcontact/del_corp_tag", {"tag_id": [first, second]})["errcode"] == 0
    assert desk.post("externalcontact/get_corp_tag_list", {})["tag_group"] == []


def test_only_tags_of_its_own_can_an_app_change(desk: Desk) -> None:
    group = desk.make("tag_group", {"group_name": "后台建"})[0]["group_id"]
    tag = desk.make("tag", {"group_id": group, "name": "x"})[0]["id"]
    assert desk.post("externalcontact/edit_corp_tag", {"id": tag, "name": "y"})["errcode"] == 60011
    assert desk.post("externalcontact/del_corp_tag", {"group_id": [group]})["errcode"] == 60011
    assert desk.post("externalcontact/del_corp_tag", {})["errcode"] == 40063
    assert desk.post("externalcontact/edit_corp_tag", {"id": "none"})["errcode"] == 40068
    assert desk.post("externalcontact/add_corp_tag", {"group_name": "g", "tag": []})["errcode"] == 40063
    long = {"group_name": "g", "tag": [{"name": "长" * 31}]}
    assert desk.post("externalcontact/add_corp_tag", long)["errcode"] == 40058


def test_marking_a_customer(desk: Desk) -> None:
    key = customer(desk, "王总", "lisi")
    made = desk.post("externalcontact/add_corp_tag", {"group_name": "等级", "tag": [{"name": "甲"}, {"name": "乙"}]})
    first, second = (tag["id"] for tag in made["tag_group"]["tag"])
    who = {"userid": "lisi", "external_userid": key}
    assert desk.post("externalcontact/mark_tag", {**who, "add_tag": [first, second]})["errcode"] == 0
    assert desk.post("externalcontact/mark_tag", {**who, "remove_tag": [first]})["errcode"] == 0
    assert [tag["tag_name"] for tag in noted(desk, key)["tags"]] == ["乙"]
    assert desk.post("externalcontact/mark_tag", who)["errcode"] == 40063
    assert desk.post("externalcontact/mark_tag", {**who, "add_tag": ["none"]})["errcode"] == 40068
    desk.fault("locked", match={"path": "mark_tag"})
    assert desk.post("externalcontact/mark_tag", {**who, "add_tag": [first]})["errcode"] == 45035
