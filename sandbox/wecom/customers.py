"""External contacts read and remarked (wecom.md section 6)."""

from typing import Any

from sandbox.wecom.corp import Call, Corp, Relation, texts_of
from sandbox.wecom.cursors import Paging, make_cursor, next_page, read_cursor
from sandbox.wecom.errors import ApiError, JsonObject, exceeds
from sandbox.wecom.relations import follower, relation, save_follow
from sandbox.wecom.scope import Record
from sandbox.wecom.tags import corp_tag_ids, tag_rows

FOLLOWERS_PER_PAGE = 500
REMARK_LIMITS = {"remark": 20, "description": 150, "remark_company": 20}
REMARK_TEXTS = (*REMARK_LIMITS, "remark_pic_mediaid")
PROFILE = ("external_userid", "name", "avatar", "type", "gender")
PROFILE_IF_SET = ("unionid", "position", "corp_name", "corp_full_name", "external_profile")


def follow_users(corp: Corp, call: Call) -> JsonObject:
    """GET externalcontact/get_follow_user_list: members in scope who may have customers."""
    rows = corp.scope(call.app).members.values()
    return {"follow_user": [row["userid"] for row in rows if row["customer_contact"]]}


def customer_ids(corp: Corp, call: Call) -> JsonObject:
    """GET externalcontact/list: a member without customers answers 84061, not an empty list."""
    member = follower(corp, call, call.argument("userid", 40003))
    if corp.fault("empty_page", call):
        return {"external_userid": []}
    rows = [one.row for one in corp.customers_of(member["userid"])]
    found = [row["external_userid"] for row in rows if not _hidden(corp, call, row)]
    if not found:
        raise ApiError(84061)
    return {"external_userid": found}


def customer_get(corp: Corp, call: Call) -> JsonObject:
    """GET externalcontact/get: all followers in scope; `next_cursor` is present only when more than 500 follow."""
    row = corp.store.get("external_contact", call.argument("external_userid", 41035))
    if row is None:
        raise ApiError(40096)
    scope = corp.scope(call.app).members
    follows = [one for one in row["follow_user"] if str(one["userid"]).lower() in scope]
    if not follows or _hidden(corp, call, row):
        raise ApiError(40096 if row["follow_user"] else 84061)
    return {"external_contact": _profile(row), **_followers(corp, call, row, follows=follows)}


def customers_by_user(corp: Corp, call: Call) -> JsonObject:
    """POST externalcontact/batch/get_by_user: one row per follower and customer; "" ends the cursor.

    Errors: 40031/40032 list empty or above 100, 40003 unknown member, 701008 nobody licensed, 50100 bad cursor.
    """
    members = [follower(corp, call, userid) for userid in _userid_list(call)]
    unlicensed = [row["userid"] for row in members if not row["licensed"]]
    if len(unlicensed) == len(members):
        raise ApiError(701008)
    lists = [(place, corp.customers_of(row["userid"])) for place, row in enumerate(members) if row["licensed"]]
    pairs = [(place, relation) for place, relations in lists for relation in relations]
    page, after = next_page(corp, call, pairs, Paging(lambda pair: [pair[0], *pair[1].order], 50, 100))
    shown = [_batch_row(corp, relation) for _, relation in page if not _hidden(corp, call, relation.row)]
    return {
        "external_contact_list": shown,
        "next_cursor": after,
        "fail_info": {"unlicensed_userid_list": unlicensed},
    }


def remark(corp: Corp, call: Call) -> JsonObject:
    """POST externalcontact/remark: changes what one follower noted; `remark_mobiles` replaces the list, [""] clears it.

    Errors: 40003, 41035, 40096, 84061, 40058 when nothing is given or too long, 45035 when locked.
    """
    row, follow = relation(corp, call)
    changes = _remark_changes(call, contact_type=row["type"])
    if corp.fault("locked", call, record_id=row["external_userid"]):
        raise ApiError(45035)
    edit = corp.fault("edit_before_write", call, record_id=row["external_userid"])
    if edit:
        user_edit = edit.options.get("edit", {"description": "改于写入之前"})
        row, follow = save_follow(corp, row, follow["userid"], user_edit)
    if corp.fault("normalise", call, record_id=row["external_userid"]):
        changes = {name: " ".join(v.split()) if isinstance(v, str) else v for name, v in changes.items()}
    save_follow(corp, row, follow["userid"], changes)
    data = {"external_userid": row["external_userid"], "userid": follow["userid"], **changes}
    corp.journal.append("update", "external_contact", id=row["external_userid"], data=data)
    return {}


def _remark_changes(call: Call, *, contact_type: int) -> dict[str, Any]:
    given = {name: call.body[name] for name in REMARK_TEXTS if isinstance(call.body.get(name), str)}
    if texts_of(call.body.get("remark_mobiles")):
        given["remark_mobiles"] = texts_of(call.body["remark_mobiles"])
    if not given:
        raise ApiError(40058, "nothing to remark. invalid Request Parameter")
    for name, limit in REMARK_LIMITS.items():
        if len(str(given.get(name, ""))) > limit:
            raise exceeds(name, limit)
    company = given.pop("remark_company", None)
    if company is not None and contact_type == 1:
        given["remark_corp_name"] = company
    if "remark_mobiles" in given:
        given["remark_mobiles"] = [one for one in given["remark_mobiles"] if one]
    return given


def _userid_list(call: Call) -> list[str]:
    given = call.body.get("userid_list")
    if not isinstance(given, list) or not given:
        raise ApiError(40031)
    if len(given) > 100:
        raise ApiError(40032)
    return [str(userid) for userid in given]


def _batch_row(corp: Corp, relation: Relation) -> JsonObject:
    follow = _follow_fields(relation.follow, relation.row)
    tags = corp_tag_ids(corp, relation.follow)
    return {"external_contact": _profile(relation.row), "follow_info": {**follow, "tag_id": tags}}


def _followers(corp: Corp, call: Call, row: Record, *, follows: list[Record]) -> JsonObject:
    after = read_cursor(call.facts.operation, call.query.get("cursor"))
    start = int(after[0]) if after else 0
    page = follows[start : start + FOLLOWERS_PER_PAGE]
    shown = [{**_follow_fields(follow, row), "tags": tag_rows(corp, follow)} for follow in page]
    more = start + FOLLOWERS_PER_PAGE < len(follows)
    cursor = {"next_cursor": make_cursor(call.facts.operation, [start + FOLLOWERS_PER_PAGE])} if more else {}
    return {"follow_user": shown, **cursor}


def _follow_fields(follow: Record, row: Record) -> JsonObject:
    dropped = {"tags"} if row["type"] == 1 else {"tags", "remark_corp_name"}
    return {name: value for name, value in follow.items() if name not in dropped}


def _profile(row: Record) -> JsonObject:
    return {name: row[name] for name in PROFILE} | {name: row[name] for name in PROFILE_IF_SET if row.get(name)}


def _hidden(corp: Corp, call: Call, row: Record) -> bool:
    return corp.fault("hidden", call, record_id=row["external_userid"]) is not None
